import logging
import os
import signal

import pytest

from example_networks import make_autoencoder, make_vae
from rapidmass.config.models.training import ScalingSettings, TrainingSettings
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.models.training.sigterm import Interrupted
from rapidmass.provenance.atomic_files import read_json
from rapidmass.studies.tuning.objective import Objective
from rapidmass.studies.tuning.trials import run_batch
from synthetic_megasets import make_events, write_events

FRACTION = 0.2


@pytest.fixture(scope="module")
def megasets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("megasets")
    return [write_events(folder / f"{k}.parquet", make_events(600, seed=k + 1)) for k in range(2)]


@pytest.fixture
def make_objective(megasets, tmp_path):
    def make(**changes):
        settings = {
            "megasets": megasets,
            "scaler": fit_scaler(megasets, ScalingSettings(), validation_fraction=FRACTION),
            "settings": TrainingSettings(threads=1),
            "seed": 3,
            "validation_fraction": FRACTION,
            "checkpoint": tmp_path / "checkpoint.pt",
            "checkpoint_interval": 600.0,
            "expand": "auto",
            "name": "net",
            "selection": "lep",
            "request": "1",
        }
        return Objective(**{**settings, **changes})

    return make


@pytest.mark.parametrize("make", [make_autoencoder, make_vae])
def test_loss_is_that_of_validation_events_after_each_epoch(make_objective, make, tmp_path):
    measure = make_objective()
    outcome = measure(make(epochs=2, batch_size=64))
    assert outcome == measure(make(epochs=2, batch_size=64))
    assert len(outcome.losses) == 4
    assert outcome.losses[-1] < outcome.losses[0]
    assert outcome.failure is None
    assert outcome.weights > 100
    assert list(tmp_path.iterdir()) == []


def test_a_loss_that_is_not_finite_is_an_outcome(make_objective, tmp_path):
    layers = [{"units": "inputs", "activation": "linear"}] * 3
    network = make_autoencoder(
        layers=layers, optimiser={"learning_rate": 1e12}, batch_size=16, epochs=3
    )
    outcome = make_objective()(network)
    assert outcome.losses == []
    assert outcome.weights is None
    assert "the loss is not finite in epoch" in outcome.failure
    assert list(tmp_path.iterdir()) == []


def test_a_network_that_breaks_in_its_last_step_has_no_loss(make_objective, megasets):
    """The loss of the only batch is that before the step."""
    network = make_autoencoder(
        layers=[{"units": "inputs", "activation": "linear"}] * 3,
        optimiser={"learning_rate": 1e30},
        batch_size=1000,
        epochs=1,
    )
    outcome = make_objective(megasets=megasets[:1])(network)
    assert outcome.losses == []
    assert "the loss is not finite in epoch 0" in outcome.failure


def test_other_errors_are_errors(make_objective, megasets):
    scaler = fit_scaler(
        megasets, ScalingSettings(kind="standard", clip=False), validation_fraction=FRACTION
    )
    with pytest.raises(ValueError, match="needs inputs in"):
        make_objective(scaler=scaler)(make_vae())


def test_without_validation_events_there_is_nothing_to_compare(make_objective):
    with pytest.raises(ValueError, match=r"raise split\.validation_fraction"):
        make_objective(validation_fraction=0.0)(make_autoencoder(epochs=1))


def test_batches_of_real_trainings_are_reproduced(make_objective, make_batch, tmp_path):
    first, again = (
        run_batch(
            make_batch(), [], make_objective(), progress=tmp_path / f"{name}.json", request="1"
        )
        for name in "ab"
    )
    assert first == again
    assert all(trial.loss > 0 for trial in first)


class EndAfterEpochs(logging.Handler):
    """Asks this process to end once some epochs are done."""

    def __init__(self, epochs):
        super().__init__()
        self.epochs = epochs

    def emit(self, record):
        if "validation loss" in record.getMessage() and "epoch" in record.getMessage():
            self.epochs -= 1
            if self.epochs == 0:
                os.kill(os.getpid(), signal.SIGTERM)


def test_sigterm_within_a_trial_changes_nothing(make_objective, make_batch, tmp_path, caplog):
    """Of four trials with two epochs each, the second is interrupted."""
    progress = tmp_path / "progress.json"
    whole = run_batch(make_batch(), [], make_objective(), progress=progress, request="1")
    progress.unlink()
    handler, logger = EndAfterEpochs(3), logging.getLogger("rapidmass")
    logger.addHandler(handler)
    with pytest.raises(Interrupted):
        run_batch(make_batch(), [], make_objective(), progress=progress, request="1")
    logger.removeHandler(handler)
    assert len(read_json(progress)["trials"]) == 1
    assert (tmp_path / "checkpoint.pt").exists()
    caplog.clear()
    again = run_batch(make_batch(), [], make_objective(), progress=progress, request="1")
    assert again == whole
    assert "net: trials done before: 1 of 4" in caplog.text
    assert "net: continuing after 1 finished epochs" in caplog.text
    assert list(tmp_path.iterdir()) == [progress]
