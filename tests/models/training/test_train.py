import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch

import training_job
from example_networks import (
    make_autoencoder,
    make_chain,
    make_discriminator,
    make_masked_autoencoder,
    make_vae,
    reconstruct,
)
from rapidmass.config.models.training import ScalingSettings, TrainingSettings
from rapidmass.datasets.splits import select_part
from rapidmass.models.export.model_card import describe_model, write_model
from rapidmass.models.inputs.event_weights import treat_weights
from rapidmass.models.inputs.loader import Recipe, iterate_batches
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.models.networks.base import Inputs
from rapidmass.models.networks.registry import build_network
from rapidmass.models.training.train import remove_checkpoint, train
from rapidmass.provenance.requests import Request
from rapidmass.representations.base import select_elements
from rapidmass.representations.tables import decode
from rapidmass.storage.event_keys import derive_seed
from synthetic_megasets import LAYOUT, MATRIX, make_events, mark, write_events

FRACTION = 0.2
MAKERS = [make_autoencoder, make_vae]
LOGARITHMS = ScalingSettings(kind="log_standard", clip=False)


@pytest.fixture(scope="module")
def megasets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("megasets")
    return [
        write_events(folder / f"{k}.parquet", make_events(2000, seed=k + 1, hardness=k + 1))
        for k in range(2)
    ]


@pytest.fixture(scope="module")
def scaler(megasets):
    return fit_scaler(megasets, ScalingSettings(), validation_fraction=FRACTION)


@pytest.fixture
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def do(megasets, scaler, architecture, folder, *, fresh=True, **changes):
    checkpoint = folder / "checkpoint.pt"
    if fresh:
        remove_checkpoint(checkpoint)
    return train(
        megasets,
        scaler,
        architecture,
        checkpoint=checkpoint,
        **{
            "settings": TrainingSettings(threads=1),
            "seed": 1,
            "validation_fraction": FRACTION,
            "name": "net",
            "selection": "lep",
            "code": "c0de",
            **changes,
        },
    )


def read_checkpoint(path):
    return torch.load(io.BytesIO(path.read_bytes()[32:]), weights_only=True)


def get_weights(trained):
    return trained.network.state_dict()


def split_channels(table):
    place = table.schema.get_field_index("channel")
    channels = pa.array([("top", "Z")[key % 2] for key in table.column("key").to_pylist()])
    return table.set_column(place, table.schema.field("channel"), channels)


def are_equal(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


@pytest.mark.parametrize("make", MAKERS)
def test_training_lowers_the_loss(megasets, scaler, make, tmp_path):
    architecture = make(epochs=6, batch_size=64, optimiser={"learning_rate": 0.005})
    history = do(megasets[:1], scaler, architecture, tmp_path).history
    for key in ("training_loss", "validation_loss"):
        assert history[-1][key] < history[0][key]


@pytest.mark.parametrize("make", MAKERS)
def test_same_seed_same_weights_other_seed_other_weights(megasets, scaler, make, tmp_path):
    once, again, other = (do(megasets, scaler, make(), tmp_path, seed=seed) for seed in (1, 1, 2))
    assert are_equal(get_weights(once), get_weights(again))
    assert once.history == again.history
    for a, b in zip(get_weights(once).values(), get_weights(other).values(), strict=True):
        assert not torch.equal(a, b)


def write_out(megasets, scaler, architecture, cells, *, forgetful):
    """Train without the library's loop; a forgetful Adam starts anew at each megaset."""
    torch.manual_seed(derive_seed(1, "initial weights"))
    network = build_network(architecture, (), len(cells))
    adam = torch.optim.Adam(network.parameters(), lr=architecture.optimiser.learning_rate)
    for megaset, path in enumerate(megasets):
        if forgetful:
            adam = torch.optim.Adam(network.parameters(), lr=architecture.optimiser.learning_rate)
        for epoch in range(architecture.epochs):
            network.seed_noise(derive_seed(1, "noise", megaset, epoch))
            for batch in iterate_batches(
                path,
                Recipe(scaler, cells, FRACTION, "keep"),
                part="training",
                batch_size=architecture.batch_size,
                shuffle_seed=derive_seed(1, "order", megaset, epoch),
            ):
                adam.zero_grad()
                losses = network.compute_losses(Inputs(torch.from_numpy(batch.x))).total
                (losses * torch.from_numpy(batch.weight)).mean().backward()
                adam.step()
    return join_weights(network)


def join_weights(network):
    return torch.cat([p.detach().flatten() for p in network.parameters()])


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("make", MAKERS)
def test_network_and_optimiser_keep_their_state_through_all_megasets(
    megasets, scaler, make, tmp_path
):
    """An Adam that forgets at each megaset, or a network that starts anew, ends elsewhere."""
    architecture = make(exclude_features=["h_*"])
    cells = select_elements(MATRIX, ["h_*"])
    found = join_weights(do(megasets, scaler, architecture, tmp_path).network)
    right, wrong = (
        write_out(megasets, scaler, architecture, cells, forgetful=forgetful)
        for forgetful in (False, True)
    )
    assert (found - right).norm() < 1e-3 * (found - wrong).norm()


def test_a_batch_in_pieces_is_still_one_batch(megasets, scaler, tmp_path, monkeypatch):
    whole = join_weights(do(megasets, scaler, make_autoencoder(), tmp_path).network)
    monkeypatch.setattr("rapidmass.models.training.steps.EVENTS_PER_PIECE", 100)
    pieces = join_weights(do(megasets, scaler, make_autoencoder(), tmp_path).network)
    assert not torch.equal(pieces, whole)
    torch.testing.assert_close(pieces, whole, rtol=0, atol=1e-5)


def test_adam_counts_the_steps_of_all_megasets(megasets, scaler, tmp_path):
    do(megasets, scaler, make_autoencoder(), tmp_path)
    checkpoint = read_checkpoint(tmp_path / "checkpoint.pt")
    steps = {float(state["step"]) for state in checkpoint["optimiser"]["state"].values()}
    per_epoch = [np.ceil(record["training_events"] / 256) for record in checkpoint["history"]]
    assert steps == {sum(per_epoch)}


@pytest.mark.parametrize("make", MAKERS)
def test_the_weights_of_events_matter_in_every_family(make, tmp_path):
    """Without their weights the hard events would be learnt as well as the soft ones."""
    soft, hard = make_events(1000, seed=1), make_events(1000, seed=2, hardness=5, sample="hard")
    found = {}
    for favoured in (0, 1):
        tables = [
            table.set_column(
                table.schema.get_field_index("weight"),
                "weight",
                pa.array(np.full(1000, 1.0 if index == favoured else 1e-3)),
            )
            for index, table in enumerate((soft, hard))
        ]
        table = pa.concat_tables(tables).sort_by("key")
        path = write_events(tmp_path / f"{favoured}.parquet", table)
        scaler = fit_scaler([path], ScalingSettings(), validation_fraction=FRACTION)
        architecture = make(epochs=15, batch_size=64, optimiser={"learning_rate": 0.01})
        network = do([path], scaler, architecture, tmp_path).network
        found[favoured] = []
        for table in (soft, hard):
            x = torch.from_numpy(scaler.transform(decode(table), select_elements(MATRIX)))
            with torch.no_grad():
                found[favoured].append(float((reconstruct(network, x) - x).square().mean()))
    assert found[0][0] < found[1][0]
    assert found[1][1] < found[0][1]


def test_weights_are_relative(megasets, scaler, tmp_path):
    """A cross section twice as large is no reason to train otherwise."""
    tables = [pa.parquet.read_table(path) for path in megasets]
    doubled = [
        write_events(
            tmp_path / path.name,
            table.set_column(
                table.schema.get_field_index("weight"),
                "weight",
                pa.array(table.column("weight").to_numpy() * 2),
            ),
        )
        for path, table in zip(megasets, tables, strict=True)
    ]
    other = fit_scaler(doubled, ScalingSettings(), validation_fraction=FRACTION)
    assert are_equal(
        get_weights(do(megasets, scaler, make_vae(), tmp_path)),
        get_weights(do(doubled, other, make_vae(), tmp_path)),
    )


def measure_parts(path, scaler, trained, megaset):
    """Means of the parts over the validation events, without the library's loop."""
    (batch,) = iterate_batches(
        path,
        Recipe(scaler, trained.features, FRACTION, "keep"),
        part="validation",
        batch_size=10_000,
        shuffle_seed=None,
    )
    trained.network.seed_noise(derive_seed(1, "validation noise", megaset))
    with torch.no_grad():
        losses = trained.network.compute_losses(Inputs(torch.from_numpy(batch.x)))
    return [np.average(part, weights=batch.weight) for part in losses if part is not None]


@pytest.mark.parametrize("make", MAKERS)
def test_the_history_has_the_parts_of_the_validation_loss(megasets, scaler, make, tmp_path):
    architecture = make(batch_size=1000)  # more than there are: one draw of noise
    trained = do(megasets, scaler, architecture, tmp_path)
    last = trained.history[-1]
    names = ["validation_loss", "reconstruction_loss", "kl"][: 2 if last["kl"] is None else 3]
    assert [last[name] for name in names] == pytest.approx(
        measure_parts(megasets[1], scaler, trained, 1), rel=1e-5
    )
    kl = 0.0 if last["kl"] is None else last["kl"] / len(trained.features)
    assert last["validation_loss"] == pytest.approx(last["reconstruction_loss"] + kl, rel=1e-5)
    assert (last["kl"] is None) == (make is make_autoencoder)


def test_without_validation_events_there_are_no_parts(megasets, scaler, tmp_path):
    history = do(megasets, scaler, make_vae(), tmp_path, validation_fraction=0.0).history
    for name in ("validation_loss", "reconstruction_loss", "kl"):
        assert [record[name] for record in history] == [None] * 4
    assert {record["validation_events"] for record in history} == {0}


@pytest.mark.parametrize("make", [make_autoencoder, make_discriminator])
@pytest.mark.parametrize("policy", ["keep", "absolute_rescaled", "drop"])
def test_negative_weights(make, policy, tmp_path):
    """Training and validation treat them alike, and so do networks that compare with copies."""
    table = split_channels(make_events(1000, weight=lambda rng, n: rng.normal(1, 0.7, n)))
    path = write_events(tmp_path / "m.parquet", table)
    scaler = fit_scaler([path], ScalingSettings(), validation_fraction=FRACTION)
    architecture = make(negative_weights=policy)
    trained = do([path], scaler, architecture, tmp_path, augmented=[path])
    record = trained.history[-1]
    n_negative = scaler.sums.n_negative if policy == "drop" else 0
    assert record["training_events"] == scaler.sums.n_events - n_negative
    sums = scaler.sums.channels.values()
    expected = sum(s.positive if policy == "drop" else s.total for s in sums)
    assert len(sums) == 2
    assert record["training_weight_pb"] == pytest.approx(expected, rel=1e-5)
    kept, weight = treat_weights(table, scaler.sums, policy)
    chosen = kept & select_part(table.column("key").to_numpy(), "validation", FRACTION)
    x, present = (
        torch.from_numpy(make_inputs(decode(table), trained.features))
        for make_inputs in (scaler.transform, mark)
    )
    with torch.no_grad():
        losses = trained.network.compute_losses(Inputs(x, present, x)).total.numpy()
    mean = np.average(losses[chosen], weights=weight[chosen])
    assert record["validation_loss"] == pytest.approx(mean, rel=1e-5)


def stop_after_a_checkpoint(megasets, folder, number):
    """Start a training in a process of its own; once it is saved, send a signal, and wait.

    Give the status of the process, what it said, and the seconds that it took to end.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, training_job.__file__, str(megasets), str(folder)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as job:
        while job.poll() is None and not (folder / "checkpoint.pt").exists():
            time.sleep(0.005)
        start = time.monotonic()
        job.send_signal(number)
        said = job.stderr.read().decode()
    return job.returncode, said, time.monotonic() - start


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """Folder of a training that nothing disturbed, with its megasets in a folder below."""
    folder = tmp_path_factory.mktemp("quiet")
    training_job.run(folder, training_job.make_megasets(folder / "megasets"))
    return folder


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_training_ends_as_if_nothing_had_happened(quiet, tmp_path, caplog, number):
    megasets, killed = quiet / "megasets", tmp_path / "killed"
    status, said, seconds = stop_after_a_checkpoint(megasets, killed, number)
    if number == signal.SIGTERM:
        assert status == 143, said
        assert re.fullmatch(r"vae: interrupted by SIGTERM: checkpoint written after .*\n", said)
        assert [path.name for path in killed.iterdir()] == ["checkpoint.pt"]
        assert seconds < 30  # as long as SLURM waits before it kills
    else:
        assert status == -signal.SIGKILL, said
    assert not (killed / "weights.pt").exists()
    content = read_checkpoint(killed / "checkpoint.pt")
    assert content["history"] or content["unfinished"]
    assert len(content["history"]) < 6
    caplog.set_level("INFO")
    training_job.run(killed, sorted(megasets.iterdir()))
    assert "continuing after" in caplog.text
    for name in ("weights.pt", "history.json", "card.json"):
        assert (killed / name).read_bytes() == (quiet / name).read_bytes()


def test_a_finished_training_is_not_repeated(megasets, scaler, tmp_path, caplog):
    first = do(megasets, scaler, make_vae(), tmp_path)
    caplog.clear()
    again = do(megasets, scaler, make_vae(), tmp_path, fresh=False)
    assert "continuing after 4 finished epochs" in caplog.text
    assert "epoch 0" not in caplog.text
    assert are_equal(get_weights(first), get_weights(again))


@pytest.mark.parametrize("make", [*MAKERS, make_masked_autoencoder])
def test_mixed_precision_comes_to_about_the_same(megasets, scaler, make, tmp_path):
    changes = {"epochs": 4, "batch_size": 64, "optimiser": {"learning_rate": 0.005}}
    single, mixed, again = (
        do(megasets[:1], scaler, make(**changes, precision=precision), tmp_path)
        for precision in ("float32", "bf16", "bf16")
    )
    assert are_equal(get_weights(mixed), get_weights(again))
    assert not are_equal(get_weights(mixed), get_weights(single))
    assert {weights.dtype for weights in get_weights(mixed).values()} == {torch.float32}
    for key in ("training_loss", "validation_loss"):
        assert mixed.history[-1][key] < 0.9 * mixed.history[0][key]
        assert mixed.history[-1][key] == pytest.approx(single.history[-1][key], rel=0.05)
    cards = [describe_model(trained, {}) for trained in (single, mixed)]
    assert [card["architecture"]["precision"] for card in cards] == ["float32", "bf16"]


@pytest.mark.parametrize(
    "change", ["seed", "architecture", "precision", "megasets", "scaler", "code"]
)
def test_a_changed_training_starts_anew(megasets, scaler, tmp_path, caplog, change):
    changes = {"architecture": {"kl_weight": 0.5}, "precision": {"precision": "bf16"}}
    do(megasets, scaler, make_vae(), tmp_path)
    other = fit_scaler(megasets[:1], ScalingSettings(), validation_fraction=FRACTION)
    trained = do(
        megasets[::-1] if change == "megasets" else megasets,
        other if change == "scaler" else scaler,
        make_vae(**changes.get(change, {})),
        tmp_path,
        seed=2 if change == "seed" else 1,
        code="other" if change == "code" else "c0de",
        fresh=False,
    )
    assert f"({'architecture' if change in changes else change} changed)" in caplog.text
    assert len(trained.history) == 4


@pytest.mark.parametrize(
    "settings", [{"clip": False}, {"kind": "max"}, {"kind": "standard", "clip": False}]
)
def test_a_sigmoid_needs_inputs_in_the_unit_range(megasets, tmp_path, settings):
    """Events beyond the training range would leave it; cross-entropy has no meaning there."""
    scaler = fit_scaler(megasets, ScalingSettings(**settings), validation_fraction=FRACTION)
    for loss in ("mse", "bce"):
        with pytest.raises(ValueError, match="kind: minmax and clip: true"):
            do(megasets, scaler, make_vae(loss=loss), tmp_path)
    assert do(megasets, scaler, make_autoencoder(), tmp_path).history


def test_cross_entropy_stays_finite_for_events_beyond_the_training_range(
    megasets, scaler, tmp_path
):
    network = do(megasets, scaler, make_vae(), tmp_path).network
    network.seed_noise(1)
    hard = decode(make_events(500, seed=7, hardness=100))
    x = torch.from_numpy(scaler.transform(hard, select_elements(MATRIX)))
    losses = network.compute_losses(Inputs(x)).total
    assert torch.isfinite(losses).all()
    assert (losses > 0).all()


def test_a_loss_that_explodes_names_megaset_and_epoch(megasets, scaler, tmp_path):
    wild = make_autoencoder(
        layers=make_chain((8, "linear"), (8, "linear"), ("inputs", "linear")),
        optimiser={"learning_rate": 1e12},
    )
    with pytest.raises(ValueError, match=r"not finite in epoch \d of megaset \d .*learning_rate"):
        do(megasets, scaler, wild, tmp_path)


@pytest.mark.parametrize(
    ("make", "rate"),
    [(make_autoencoder, 1e20), (make_autoencoder, 1e38), (make_vae, 1e30), (make_vae, 1e3)],
)
def test_a_last_step_that_ruins_the_network_is_an_error(megasets, scaler, tmp_path, make, rate):
    """One step in all: only the loss of the validation part can tell."""
    wild = make(epochs=1, batch_size=10_000, optimiser={"learning_rate": rate})
    if rate == 1e3:  # some steps, and cross-entropy of what is no number
        wild = make(optimiser={"learning_rate": rate})
    with pytest.raises(ValueError, match=r"not finite in epoch 0 of megaset 0 .*learning_rate"):
        do(megasets[:1], scaler, wild, tmp_path)


@pytest.mark.parametrize("make", [make_autoencoder, make_vae, make_masked_autoencoder])
def test_events_that_all_look_alike_are_nothing_to_train_on(make, tmp_path):
    same = pa.concat_tables([make_events(400, seed=1).slice(7, 1)] * 50)
    keys = pa.array(np.linspace(1, 2**63, 50).astype(np.uint64))
    megasets = [write_events(tmp_path / "same.parquet", same.set_column(0, "key", keys))]
    settings = make().scaling or ScalingSettings()
    scaler = fit_scaler(megasets, settings, validation_fraction=FRACTION)
    with pytest.raises(
        ValueError, match=r"none of the features that net sees varies among the \d+ ev"
    ):
        do(megasets, scaler, make(), tmp_path)


def select(table, selection):
    return table.replace_schema_metadata(
        {**table.schema.metadata, b"rapidmass.selection": selection.encode()}
    )


def test_megasets_and_scaler_are_of_the_selection(megasets, tmp_path):
    """Layouts of selections may be equal, so they tell nothing apart."""
    own, other = (
        write_events(tmp_path / f"{name}.parquet", select(make_events(500), name))
        for name in ("lep", "3lep")
    )
    own_scaler, other_scaler = (
        fit_scaler([path], ScalingSettings(), validation_fraction=FRACTION) for path in (own, other)
    )
    with pytest.raises(
        ValueError, match=r"3lep\.parquet is of the selection 3lep.* for lep: train"
    ):
        do([own, other], own_scaler, make_vae(), tmp_path)
    with pytest.raises(ValueError, match="the scaler is of the selection 3lep"):
        do([own], other_scaler, make_vae(), tmp_path)
    assert do([own, *megasets], own_scaler, make_vae(), tmp_path).selection == "lep"


def test_without_events_there_is_no_training(scaler, tmp_path):
    empty = write_events(tmp_path / "e.parquet", make_events(0))
    with pytest.raises(ValueError, match="no event in 1 megasets"):
        do([empty], scaler, make_vae(), tmp_path)


@pytest.mark.parametrize("make", MAKERS)
def test_a_megaset_without_events_changes_no_weight(megasets, scaler, make, tmp_path):
    """A decoder that started anew at each megaset would come out untrained."""
    empty = write_events(tmp_path / "e.parquet", make_events(0))
    trained = do([megasets[0], empty], scaler, make(), tmp_path)
    alone = do(megasets[:1], scaler, make(), tmp_path)
    assert are_equal(get_weights(trained), get_weights(alone))
    assert trained.history[-1]["training_loss"] is None


def test_the_settings_of_torch_are_as_before(megasets, scaler, tmp_path):
    before = torch.get_num_threads(), torch.random.get_rng_state()
    filled = torch.utils.deterministic.fill_uninitialized_memory
    do(megasets[:1], scaler, make_vae(), tmp_path)
    assert torch.get_num_threads() == before[0]
    assert torch.equal(torch.random.get_rng_state(), before[1])
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.utils.deterministic.fill_uninitialized_memory == filled


def test_the_model_is_written_alike_every_time(megasets, scaler, tmp_path):
    contents = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        trained = do(megasets, scaler, make_vae(), folder)
        files = {name: folder / name for name in ("weights", "history", "card")}
        write_model(trained, **files, provenance={"code": "c0de"}, parity={"squared_error": 0.0})
        contents.append([path.read_bytes() for path in files.values()])
    assert contents[0] == contents[1]
    restored = build_network(make_vae(), (), len(trained.features))
    restored.load_state_dict(torch.load(files["weights"], weights_only=True))
    assert are_equal(restored.state_dict(), get_weights(trained))
    assert json.loads(contents[0][1])["epochs"] == trained.history


def test_the_card_tells_what_a_reader_asks(megasets, scaler, tmp_path):
    trained = do(megasets, scaler, make_vae(exclude_features=["h_*"]), tmp_path)
    provenance = Request('{"batch": 1}', {"train.py": "c0de"}, {"torch": "2.13.0"}).describe()
    card = describe_model(trained, provenance)
    assert card["parameters"] == sum(p.numel() for p in trained.network.parameters())
    assert card["inputs"] == len(select_elements(MATRIX, ["h_*"]))
    assert card["inputs"] + card["excluded_features"] == LAYOUT.n_cells
    assert [megaset["rows"] for megaset in card["megasets"]] == [2000, 2000]
    assert card["training_events"] == scaler.sums.n_events
    (sums,) = scaler.sums.channels.values()
    assert card["training_weight_pb"] == pytest.approx(sums.total, rel=1e-5)
    assert card["kl"] == trained.history[-1]["kl"] > 0
    assert (card["selection"], card["code"]) == ("lep", "c0de")
    assert card["provenance"] == provenance
    assert Path(megasets[0]).parent.name not in json.dumps(card)


def test_a_discriminator_tells_events_from_copies_that_differ(tmp_path):
    """Its logit rises with the momenta, as those of the copies are larger."""
    event, copy = (make_events(4000, hardness=hardness) for hardness in (1, 4))
    files = [
        [write_events(tmp_path / f"{name}.parquet", table)]
        for name, table in (("events", event), ("augmented", align(copy, event)))
    ]
    scaler = fit_scaler(files[0], LOGARITHMS, validation_fraction=FRACTION)
    trained = do(files[0], scaler, make_discriminator(epochs=10), tmp_path, augmented=files[1])
    assert trained.history[-1]["validation_loss"] < 0.9 * np.log(2)
    assert trained.history[-1]["reconstruction_loss"] is None
    cells = select_elements(MATRIX)
    logits = []
    for table in (event, copy):
        matrices = decode(table)
        x, present = (torch.from_numpy(make(matrices, cells)) for make in (scaler.transform, mark))
        with torch.no_grad():
            logits.append(trained.network.describe_events(x, present)["score_logit"].mean())
    assert logits[0] < 0 < logits[1]


def align(table, events):
    """Give events the keys of others."""
    place = table.schema.get_field_index("key")
    return table.set_column(place, table.schema.field("key"), events.column("key"))


def test_a_discriminator_without_copies_is_refused(megasets, scaler, tmp_path):
    with pytest.raises(ValueError, match="augmented events of each of 2 megasets"):
        do(megasets, scaler, make_discriminator(), tmp_path)


@pytest.mark.parametrize("make", [make_autoencoder, make_masked_autoencoder])
def test_a_channel_that_is_left_out_might_as_well_not_exist(make, tmp_path):
    """Scaler and weights are those of a file without its events."""
    table = split_channels(make_events(1500))
    files = [
        [write_events(tmp_path / f"{name}.parquet", some)]
        for name, some in (
            ("both", table),
            ("one", table.filter(pa.compute.equal(table.column("channel"), "top"))),
        )
    ]
    weights = []
    for paths, excluded_channel in zip(files, ("Z", None), strict=True):
        scaler = fit_scaler(
            paths,
            make().scaling or ScalingSettings(),
            validation_fraction=FRACTION,
            excluded_channel=excluded_channel,
        )
        trained = do(paths, scaler, make(), tmp_path, excluded_channel=excluded_channel)
        weights.append(get_weights(trained))
    assert are_equal(*weights)
