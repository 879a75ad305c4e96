"""Learning rates over a training: torch's cycle, wherever a training stands."""

import numpy as np
import pytest
import torch

from example_networks import make_autoencoder
from rapidmass.config.models.network import OneCycle, Optimiser
from rapidmass.config.models.training import ScalingSettings, TrainingSettings
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.models.training.schedule import Schedule, Stretch
from rapidmass.models.training.train import train
from synthetic_megasets import make_events, write_events


def follow(settings, shares):
    optimiser = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = Schedule(settings)
    found = []
    for share in shares:
        schedule.apply(optimiser, share)
        (group,) = optimiser.param_groups
        found.append((group["lr"], group["betas"]))
    return found


def test_a_cycle_begins_peaks_and_ends_where_it_is_told():
    """The numbers of fastai's cycle: 1/25 at first, the peak at 25 %, 1/100000 at last."""
    settings = Optimiser(learning_rate=1e-3, one_cycle={})
    first, peak, last = follow(settings, (0.0, 0.25, 1.0))
    assert first[0] == pytest.approx(4e-5)
    assert peak[0] == pytest.approx(1e-3, rel=1e-4)
    assert last[0] == pytest.approx(1e-8)
    assert [betas[0] for _, betas in (first, peak, last)] == pytest.approx([0.95, 0.85, 0.95])
    assert {betas[1] for _, betas in (first, peak, last)} == {0.999}
    rates = [rate for rate, _ in follow(settings, np.linspace(0, 1, 50))]
    rising = np.argmax(rates)
    assert np.all(np.diff(rates[: rising + 1]) > 0)
    assert np.all(np.diff(rates[rising:]) < 0)
    # half-way down the cosine
    assert follow(settings, [0.625])[0][0] == pytest.approx(5e-4, rel=0.01)


def test_without_a_cycle_nothing_changes():
    assert follow(Optimiser(learning_rate=0.5), (0.0, 0.7)) == [(1.0, (0.9, 0.999))] * 2


def test_a_stretch_knows_where_it_is():
    stretch = Stretch(0.5, 0.75, 1000)
    assert [stretch.locate(n) for n in (0, 500, 1000, 2000)] == [0.5, 0.625, 0.75, 0.75]


def test_a_cycle_ends_below_where_it_begins():
    with pytest.raises(ValueError, match="must not be below first_divisor"):
        OneCycle(first_divisor=25, last_divisor=10)


class StoppedError(Exception):
    pass


@pytest.fixture(scope="module")
def megaset(tmp_path_factory):
    return write_events(tmp_path_factory.mktemp("cycle") / "0.parquet", make_events(600, seed=3))


def fit(megaset, folder, **optimiser):
    architecture = make_autoencoder(
        optimiser={"name": "adam", "learning_rate": 0.01, **optimiser}, epochs=3, batch_size=50
    )
    scaler = fit_scaler([megaset], ScalingSettings(), validation_fraction=0.2)
    return train(
        [megaset], scaler, architecture, settings=TrainingSettings(), seed=1,
        validation_fraction=0.2, checkpoint=folder / "x.pt", name="x", selection="lep", code="c",
    )  # fmt: skip


def test_a_training_with_a_cycle_goes_on_where_it_was_stopped(megaset, tmp_path, monkeypatch):
    whole = fit(megaset, tmp_path, one_cycle={})
    (tmp_path / "x.pt").unlink(missing_ok=True)
    rates, apply = [], Schedule.apply

    def watch(self, optimiser, share):
        rates.append(share)
        if len(rates) == 15:
            raise StoppedError
        apply(self, optimiser, share)

    monkeypatch.setattr(Schedule, "apply", watch)
    with pytest.raises(StoppedError):
        fit(megaset, tmp_path, one_cycle={})
    monkeypatch.undo()
    again = fit(megaset, tmp_path, one_cycle={})
    for name, weights in whole.network.state_dict().items():
        assert torch.equal(weights, again.network.state_dict()[name]), name
    assert rates == sorted(rates)
    assert rates[0] == 0
    constant = fit(megaset, tmp_path / "other")
    assert constant.history[-1]["validation_loss"] != whole.history[-1]["validation_loss"]


def test_weights_decay(megaset, tmp_path):
    plain, decayed = (
        sum(
            weights.detach().square().sum().item()
            for weights in fit(megaset, tmp_path / name, weight_decay=decay).network.parameters()
        )
        for name, decay in (("plain", 0.0), ("decayed", 0.5))
    )
    assert decayed < 0.9 * plain
