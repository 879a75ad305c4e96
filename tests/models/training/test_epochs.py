"""A training that is interrupted, wherever, ends as one that is not."""

import io
import signal
import threading
from functools import cache, partial

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from example_networks import make_autoencoder, make_vae
from rapidmass.config.models.training import ScalingSettings, TrainingSettings
from rapidmass.models.export.model_card import write_model
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.models.training.checkpoints import Keeper
from rapidmass.models.training.sigterm import Interrupted
from rapidmass.models.training.train import train
from synthetic_megasets import make_events, write_events

FRACTION = 0.2
PER_EPOCH = 7 + 2 + 1  # places to stop: batches of training and validation, and the end
TOTAL = 2 * 2 * PER_EPOCH  # megasets of two epochs each
NETWORKS = {
    "ae": make_autoencoder,
    "vae": make_vae,
    "bf16": partial(make_vae, precision="bf16"),
}


@pytest.fixture(scope="module")
def do(tmp_path_factory):
    """Train on two megasets in some row groups; get the bytes of what is written."""
    folder = tmp_path_factory.mktemp("epochs")
    megasets = [
        write_events(folder / f"{k}.parquet", make_events(2000, seed=k + 1), pieces=3)
        for k in range(2)
    ]
    scaler = fit_scaler(megasets, ScalingSettings(), validation_fraction=FRACTION)

    def do(network, checkpoint, **changes):
        interval = {"checkpoint_interval": changes.pop("interval", 600.0)}
        trained = train(
            megasets,
            scaler,
            NETWORKS[network](**changes),
            settings=TrainingSettings(),
            seed=1,
            validation_fraction=FRACTION,
            checkpoint=checkpoint,
            **interval,
            name=network,
            selection="lep",
            code="c0de",
        )
        files = {name: folder / "model" / name for name in ("weights", "history", "card")}
        write_model(trained, **files, provenance={})
        return {name: path.read_bytes() for name, path in files.items()}

    return do


@pytest.fixture(scope="module")
def undisturbed(do, tmp_path_factory):
    return cache(lambda network: do(network, tmp_path_factory.mktemp("quiet") / "c.pt"))


@pytest.fixture(scope="module")
def interrupt(do):
    """Train until a SIGTERM at the given place: the number of batches and ends of epochs."""

    def interrupt(network, checkpoint, place, **changes):
        class Interrupter(Keeper):
            left = place

            def count(self):
                self.left -= 1
                if self.left == 0:
                    signal.raise_signal(signal.SIGTERM)

            def visit(self, get_state):
                self.count()
                super().visit(get_state)

            def save(self, state):
                if state.unfinished is None:
                    self.count()
                super().save(state)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("rapidmass.models.training.course.Keeper", Interrupter)
            with pytest.raises(Interrupted):
                do(network, checkpoint, **changes)

    return interrupt


def read(checkpoint):
    return torch.load(io.BytesIO(checkpoint.read_bytes()[32:]), weights_only=True)


@settings(deadline=None, max_examples=10)
@given(
    network=st.sampled_from(sorted(NETWORKS)),
    places=st.lists(st.integers(1, PER_EPOCH + 3), min_size=1, max_size=3),
)
@example("vae", [1, 1, 1])  # one batch at a time
@example("vae", [7])  # all batches, nothing measured
@example("vae", [8])  # while the loss is measured
@example("bf16", [3, 8])
@example("ae", [9, 3])  # all measured; and the end of an epoch
@example("vae", [2 * PER_EPOCH - 3, 4])  # the last batch of a megaset
@example("vae", [TOTAL - 3])  # the last batch of all
@example("ae", [TOTAL])  # nothing left to do
def test_an_interrupted_training_ends_as_one_that_is_not(
    do, undisturbed, interrupt, tmp_path_factory, network, places
):
    checkpoint = tmp_path_factory.mktemp("run") / "c.pt"
    for place in places:
        interrupt(network, checkpoint, place)
        assert [path.name for path in checkpoint.parent.iterdir()] == ["c.pt"]
    assert do(network, checkpoint) == undisturbed(network)


@pytest.mark.parametrize(
    ("place", "finished", "batches", "words"),
    [
        (3, 0, 3, "megaset 0, epoch 0, batch 3"),
        (PER_EPOCH - 1, 0, 7, "megaset 0, epoch 0, batch 7"),
        (PER_EPOCH, 1, None, "megaset 0, epoch 0"),
        (3 * PER_EPOCH + 2, 3, 2, "megaset 1, epoch 1, batch 2"),
    ],
)
def test_an_interruption_says_where(
    do, interrupt, tmp_path, caplog, place, finished, batches, words
):
    checkpoint = tmp_path / "c.pt"
    interrupt("vae", checkpoint, place)
    assert caplog.messages[-1] == (
        f"vae: interrupted by SIGTERM: checkpoint written after {words}; the next start goes on "
        "from there"
    )
    content = read(checkpoint)
    assert len(content["history"]) == finished
    assert (content["unfinished"] or {}).get("batches") == batches
    caplog.set_level("INFO")
    do("vae", checkpoint)
    said = f"vae: continuing after {finished} finished epochs and {batches or 0} batches"
    assert said in caplog.text


def test_an_epoch_is_saved_at_intervals(do, undisturbed, tmp_path):
    """Killed without notice, a training goes on from the last of them."""
    checkpoint, kept = tmp_path / "c.pt", tmp_path / "kept.pt"

    class Copier(Keeper):
        def save(self, state):
            super().save(state)
            if len(state.history) == 1 and state.unfinished and state.unfinished["batches"] == 4:
                kept.write_bytes(checkpoint.read_bytes())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rapidmass.models.training.course.Keeper", Copier)
        assert do("vae", checkpoint, interval=1e-9) == undisturbed("vae")
    kept.replace(checkpoint)
    assert do("vae", checkpoint) == undisturbed("vae")


def test_an_interruption_leaves_no_thread_and_no_handler(interrupt, tmp_path):
    former = signal.getsignal(signal.SIGTERM)
    for place in (2, 8):
        interrupt("vae", tmp_path / "c.pt", place)
        assert signal.getsignal(signal.SIGTERM) == former
        assert not [t for t in threading.enumerate() if t.name.startswith("loader")]


def test_a_checkpoint_holds_no_events(interrupt, tmp_path):
    """A row of the megaset has more than a hundred bytes."""
    sizes = []
    for batch_size in (16, 512):
        checkpoint = tmp_path / f"{batch_size}.pt"
        interrupt("vae", checkpoint, 2, batch_size=batch_size)
        assert read(checkpoint)["unfinished"]["training"]["events"] == 2 * batch_size
        sizes.append(checkpoint.stat().st_size)
    assert abs(sizes[1] - sizes[0]) < 1000
