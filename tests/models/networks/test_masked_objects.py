"""Transformers over objects: what they see, what their scores are, and what they learn."""

import math

import numpy as np
import pyarrow as pa
import pytest
import torch
from pydantic import ValidationError

from labelled_events import FRACTION, SELECTION, fit
from rapidmass.config.models.masked_objects import MaskedObjects
from rapidmass.config.models.training import TrainingSettings
from rapidmass.models.export.cpp_header import write_header
from rapidmass.models.export.onnx_check import check_parity
from rapidmass.models.export.onnx_export import export_onnx
from rapidmass.models.export.onnx_model import Model
from rapidmass.models.networks.base import Inputs
from rapidmass.models.networks.registry import build_network
from rapidmass.models.training import steps
from rapidmass.models.training.sigterm import Interrupted
from rapidmass.models.training.train import train
from rapidmass.representations.objects.representation import VALUES, store_elements
from rapidmass.representations.registry import make_representation
from rapidmass.representations.tables import make_table
from rapidmass.statistics.roc import compute_auc
from rapidmass.storage.event_keys import make_event_keys
from rapidmass.storage.parquet import read_shard
from rapidmass.storage.tables import sort_by_key
from synthetic_megasets import write_events

SHAPE = SLOTS, FEATURES = (5, 2)
OBJECTS = make_representation({
    "kind": "objects",
    "blocks": [
        ["ele", 2, [["a", "ele.pt"], ["b", "ele.eta"]]],
        ["ljet", 2, [["a", "ljet.pt"], ["b", "ljet.eta"]]],
        ["met", 1, [["a", "met"]]],
    ],
})  # fmt: skip


def make(**changes):
    small = {"width": 16, "units": 32, "heads": 2, "maskings": 3}
    return MaskedObjects(**{**small, **changes})


def build(**changes):
    torch.manual_seed(1)
    network = build_network(make(**changes), SHAPE, SLOTS * FEATURES)
    network.seed_noise(1)
    return network


def draw(n, *, seed=1, broken=False):
    """Events of shape (events, slots, features), NaN where absent.

    The second ele is the first one mirrored, where it is there; of broken events that of another
    event. MET has one feature, and jets know nothing of each other.
    """
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, *SHAPE)).astype(np.float32)
    first = rng.permutation(x[:, 0]) if broken else x[:, 0]
    x[:, 1] = -first + 0.05 * x[:, 1]
    x[:, 4, 1] = np.nan
    x[rng.random(n) < 0.2, 3] = np.nan
    return x


def write(path, x, weight=1.0):
    """Write events as a megaset."""
    n = len(x)
    flat = x.reshape(n, -1)
    filled = ~np.isnan(flat)
    event, element = np.nonzero(filled)
    encoded = store_elements(event, element, flat[filled], n)
    known = {
        "key": make_event_keys(1, path.stem, np.ones(n, np.int64), np.arange(n, dtype=np.uint64)),
        "sample": pa.array(["b"] * n, pa.string()),
        "channel": pa.array(["b"] * n, pa.string()),
        "weight": np.broadcast_to(np.asarray(weight, np.float64), n).copy(),
    }
    return write_events(path, sort_by_key(make_table(OBJECTS, encoded, known, SELECTION)))


def run(folder, megasets, settings, **changes):
    return train(
        megasets,
        fit(megasets, kind="present_standard"),
        settings,
        settings=TrainingSettings(),
        seed=1,
        validation_fraction=FRACTION,
        checkpoint=folder / "c.pt",
        name="transformer",
        selection=SELECTION,
        code="c0de",
        **changes,
    )


def show(x):
    """Elements and mask, in rows."""
    flat = torch.from_numpy(x.reshape(len(x), -1))
    mask = 1 - flat.isnan().float()
    return flat.nan_to_num(7.0), mask


def describe(network, x):
    with torch.no_grad():
        return {name: one.numpy() for name, one in network.describe_events(*show(x)).items()}


def test_the_score_of_an_event_is_that_of_each_object_given_the_others():
    """With as many maskings as slots each is hidden alone; densities are those of torch."""
    network, x = build(maskings=99).eval(), draw(6)
    flat, mask = show(x)
    members = torch.cat((flat * mask, mask), dim=1).reshape(6, 2, *SHAPE).transpose(1, 2)
    members = members.flatten(2)
    there = mask.reshape(6, *SHAPE)
    total, presence = torch.zeros(6), torch.zeros(6)
    for slot in range(SLOTS):
        hidden = torch.nn.functional.one_hot(torch.tensor([slot] * 6), SLOTS).float()
        with torch.no_grad():
            seen = network.inward(members)
            seen[:, slot] = network.unknown
            found = network.outward(network.encoder(seen + network.places))[:, slot]
        assert torch.allclose(found, network._look(members, hidden)[:, slot], atol=1e-6)
        width = 0.1 + torch.nn.functional.softplus(found[:, 2:4])
        density = torch.distributions.Normal(found[:, :2], width)
        values = flat.reshape(6, *SHAPE)[:, slot]
        total -= (density.log_prob(values) * there[:, slot]).sum(dim=1)
        odds = torch.distributions.Bernoulli(logits=found[:, 4])
        presence -= odds.log_prob(there[:, slot].amax(dim=1))
    scores = describe(network, x)
    np.testing.assert_allclose(scores["score_nll"], total + presence, rtol=1e-4)
    np.testing.assert_allclose(scores["score_mean_nll"], total / mask.sum(dim=1), rtol=1e-4)


def test_what_is_hidden_or_absent_is_not_seen():
    network, x = build(maskings=5).eval(), draw(4)
    flat, mask = show(x)
    mask[:, 2:4] = 0  # the second slot is empty
    other = torch.where(mask > 0, flat, 100 * flat)
    for name, score in network.describe_events(flat, mask).items():
        torch.testing.assert_close(score, network.describe_events(other, mask)[name])
    hidden = torch.eye(SLOTS)[:1].expand(4, -1)
    members = torch.cat((flat, mask), dim=1).reshape(4, 2, *SHAPE).transpose(1, 2).flatten(2)
    changed = members.clone()
    changed[:, 0] += 3
    assert torch.equal(network._look(members, hidden), network._look(changed, hidden))
    assert not torch.equal(network._look(members, 0 * hidden), network._look(changed, 0 * hidden))


def test_events_without_objects_and_of_one_object_have_scores():
    network, x = build(), draw(3)
    x[0], x[1, 1:] = math.nan, math.nan
    scores = describe(network.eval(), x)
    assert scores["score_mean_nll"][0] == 0
    assert all(np.isfinite(values).all() for values in scores.values())
    losses = network.compute_losses(Inputs(*show(x))).total
    losses.sum().backward()
    assert torch.isfinite(losses).all()
    assert all(torch.isfinite(weights.grad).all() for weights in network.parameters())
    with pytest.raises(ValueError, match="must be told which objects"):
        network.compute_losses(Inputs(torch.zeros(2, SLOTS * FEATURES)))


def test_training_hides_the_share_that_is_asked_for(monkeypatch):
    network, seen = build(hidden_share=0.4), []
    look = network._look
    monkeypatch.setattr(network, "_look", lambda m, hidden: seen.append(hidden) or look(m, hidden))
    network.compute_losses(Inputs(*show(draw(4000))))
    number = seen[0].sum(dim=1)
    assert number.min() == 1
    # one in place of none, of which there are 0.6^5
    assert number.mean() == pytest.approx(5 * 0.4 + 0.6**5, abs=0.07)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("objects")
    megaset = write(folder / "b.parquet", draw(3000))
    settings = make(epochs=8, batch_size=64, optimiser={"learning_rate": 0.003})
    found = run(folder, [megaset], settings)
    path = folder / "model.onnx"
    export_onnx(found, path, provenance={})
    return found, path, megaset


def test_it_finds_events_whose_objects_do_not_fit(trained):
    """Features of broken events are those of others, one by one; unbroken ones are a coin."""
    _, path, _ = trained
    model = Model(path, 1)
    ones = np.ones(1500)
    scores = [
        model.run_rows(draw(1500, seed=seed, broken=broken).reshape(1500, -1), ["score_mean_nll"])
        for seed, broken in ((2, False), (3, False), (4, True))
    ]
    known, other, broken = (one["score_mean_nll"].astype(np.float64) for one in scores)
    assert compute_auc(known, ones, broken, ones).value > 0.95
    assert compute_auc(known, ones, other, ones).value == pytest.approx(0.5, abs=0.04)


def test_what_is_exported_agrees_and_no_header_is_written(trained, tmp_path):
    _, path, megaset = trained
    parity = check_parity(trained[0], path, [megaset])
    assert parity["events"] == 3000
    assert parity["score_nll"] < 1e-5
    assert Model(path, 1).outputs == ["score_mean_nll", "score_nll"]
    with pytest.raises(ValueError, match=r"C\+\+ is written of dense"):
        write_header(path, tmp_path)
    table = read_shard(megaset).slice(0, 10)
    values = table.column(VALUES).combine_chunks()
    bad = values.flatten().to_numpy().copy()
    bad[3] = np.inf
    lists = pa.ListArray.from_arrays(values.offsets, pa.array(bad), type=values.type)
    table = table.set_column(table.column_names.index(VALUES), table.schema.field(VALUES), lists)
    with pytest.raises(ValueError, match=r"an element of event .* is inf"):
        Model(path, 1).run(table, ["score_nll"])


def test_weights_of_events_are_in_the_loss(tmp_path):
    """Half of the events, shifted, count nothing: then they are not learnt."""
    x = draw(1200)
    x[600:, 2] += 4
    weight = np.where(np.arange(1200) < 600, 2.0, 0.0)
    settings = make(epochs=8, batch_size=64, optimiser={"learning_rate": 0.005})
    found = run(tmp_path, [write(tmp_path / "b.parquet", x, weight)], settings)
    raw = x.reshape(1200, -1)
    scaled = (raw * found.scaler.scale + found.scaler.shift).reshape(x.shape)
    scores = describe(found.network, scaled)["score_mean_nll"]
    assert np.median(scores[600:]) > np.quantile(scores[:600], 0.95)


def test_a_training_that_was_stopped_goes_on_to_the_same_weights(tmp_path, monkeypatch):
    megaset = write(tmp_path / "b.parquet", draw(800))
    settings = make(epochs=2, batch_size=128)
    (tmp_path / "whole").mkdir()
    expected = run(tmp_path / "whole", [megaset], settings)
    learn, done = steps.Steps.learn, []

    def stop(self, batch):
        done.append(1)
        if len(done) == 8:  # within the second epoch
            raise Interrupted
        return learn(self, batch)

    monkeypatch.setattr(steps.Steps, "learn", stop)
    with pytest.raises(Interrupted):
        run(tmp_path, [megaset], settings, checkpoint_interval=0.0)
    assert (tmp_path / "c.pt").is_file()
    found = run(tmp_path, [megaset], settings)
    assert len(done) < 2 * 8  # it did not begin anew
    for name, weights in expected.network.state_dict().items():
        assert torch.equal(weights, found.network.state_dict()[name])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"width": 10, "heads": 4}, "must be a multiple of heads"),
        ({"exclude_features": ["a_*"]}, "needs all features"),
        ({"hidden_share": 1.0}, "hidden_share"),
        ({"maskings": 1}, "maskings"),
    ],
)
def test_impossible_settings_are_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        make(**changes)
