"""What signal regions are compared with, on a toy in which simulation and density are known."""

import numpy as np
import pytest
from scipy.stats import norm

from bump_events import CENTRE, draw_events, make_settings
from rapidmass.config.studies.bump_hunt import BumpHunt
from rapidmass.search.bumps.ensembles import Trees
from rapidmass.search.bumps.flows import ConditionalFlow
from rapidmass.search.bumps.hunt import HuntEvents, draw_folds, pass_cuts
from rapidmass.search.bumps.methods.base import Sample
from rapidmass.search.bumps.methods.registry import load_method
from rapidmass.search.bumps.window_scores import score_window
from rapidmass.search.bumps.windows import SIGNAL, Window

WINDOW = Window(
    *(CENTRE * np.exp(x) for x in (-0.3, -0.06, -0.06, 0.06, 0.06, 0.3))
)  # fmt: skip
TREES = Trees(models=4, rounds=40)
METHODS = BumpHunt.model_fields["method"].annotation.__args__


def make_sample(events, weight=1.0):
    return Sample(
        events.key, events.mass, events.features, WINDOW.divide(events.mass),
        np.full(len(events.mass), weight),
    )  # fmt: skip


def shift(events, by):
    """Shift the first feature."""
    features = events.features.copy()
    features[:, 0] += by
    return events._replace(features=features)


@pytest.fixture(scope="module")
def hidden():
    """Data with a signal, then simulation without, and the weights of the latter."""
    data, simulation = draw_events(16000, 150), draw_events(32000, seed=2)
    columns = (np.concatenate(both) for both in zip(data[:3], simulation[:3], strict=True))
    weight = np.where(np.arange(48150) < 16150, 0.0, 0.5)
    return HuntEvents(*columns, data.names), weight


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_a_hidden_signal(hidden, method):
    events, weight = hidden
    settings, own = make_settings(method=method, folds=2), weight == 0
    score = score_window(events, WINDOW, settings, seed=1, own=own, simulated=weight).score
    region, fold = WINDOW.divide(events.mass), draw_folds(events.key, settings.folds)
    passing = pass_cuts(score, np.where(own, region, 0), fold, [0.05])[0]
    signal = np.arange(16000, 16150)
    signal = signal[region[signal] == SIGNAL]
    assert passing[signal].mean() > 0.4
    # cuts know nothing of the mass: simulation passes as often in the signal region as beside it
    simulated = ~own & (region == SIGNAL)
    assert passing[simulated].mean() == pytest.approx(
        0.05, abs=4 * np.sqrt(0.05 / simulated.sum()) + 0.01
    )


def test_simulation_that_is_wrong_is_put_right_on_the_sidebands():
    """The ratio of two normal densities is known; simulation is a shift away from data."""
    data, simulation = make_sample(draw_events(40000)), shift(draw_events(40000, seed=2), 0.5)
    found = load_method("salad").make_template(
        data, make_sample(simulation), window=WINDOW, trees=Trees(models=10), seed=1
    )
    mean = np.average(found.features[:, 0], weights=found.weight)
    truth = make_sample(draw_events(40000, seed=2))
    assert simulation.features[:, 0].mean() == pytest.approx(0.5, abs=0.03)
    assert mean == pytest.approx(truth.features[truth.region == SIGNAL][:, 0].mean(), abs=0.15)


def test_a_flow_knows_how_features_follow_the_mass_and_each_other():
    events = draw_events(12000, correlation=3.0)
    features = events.features.copy()
    features[:, 1] = 0.8 * features[:, 0] + 0.6 * features[:, 1]
    features[::7, 2] = np.nan
    features[:, 3] = np.round(features[:, 3])
    sample = make_sample(events._replace(features=features))
    flow = ConditionalFlow(sample, seed=1, threads=1)
    inside = sample.take(sample.region == SIGNAL)
    latent = flow.find_latent(inside)
    assert np.isfinite(latent).all()
    error = 5 / np.sqrt(len(latent))
    assert latent.mean(0) == pytest.approx(np.zeros(4), abs=error)
    assert latent.std(0) == pytest.approx(np.ones(4), abs=error)
    scores = flow.find_scores(inside)
    drawn = flow.draw_scores(np.repeat(inside.mass, 4), 1)
    assert np.corrcoef(drawn.T) == pytest.approx(np.corrcoef(scores.T), abs=0.1)
    assert np.quantile(drawn, [0.1, 0.9], axis=0) == pytest.approx(
        np.tile(norm.ppf([[0.1], [0.9]]), 4), abs=0.15
    )


def test_the_same_seed_gives_the_same_flow():
    sample = make_sample(draw_events(3000))
    one, two = (ConditionalFlow(sample, seed=4, threads=1).find_latent(sample) for _ in range(2))
    assert np.array_equal(one, two)


@pytest.mark.parametrize("method", ["salad", "idealised"])
def test_without_simulation_such_a_method_is_an_error_that_says_what_to_do(method):
    with pytest.raises(ValueError, match=rf"studies\.bump_hunt\.method.*{method}"):
        score_window(draw_events(4000), WINDOW, make_settings(method=method), seed=1)
