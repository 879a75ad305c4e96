"""Features that know the mass are caught, and made to forget it."""

import numpy as np
import pytest
from scipy.stats import kstest

from bump_events import draw_events, make_settings
from rapidmass.search.bumps.decorrelation import ConditionalQuantile, decorrelate
from rapidmass.search.bumps.ensembles import Trees
from rapidmass.search.bumps.gates import correlate, try_gates
from rapidmass.search.bumps.hunt import draw_folds
from rapidmass.search.bumps.window_scores import score_window
from rapidmass.search.bumps.windows import place_windows

SETTINGS = make_settings()
WINDOW = place_windows(SETTINGS)[1]


def gate(events, features=None):
    region, fold = WINDOW.divide(events.mass), draw_folds(events.key, 3)
    x = events.features if features is None else features
    return try_gates(x, events.names, events.mass, region, fold, Trees(rounds=40), seed=1)


def test_independent_features_pass():
    found = gate(draw_events(20000))
    assert found.passed
    assert found.auc == pytest.approx(0.5, abs=3 * found.error)


def test_a_correlated_feature_is_caught_by_name():
    found = gate(draw_events(20000, correlation=1.0))
    assert found.caught == ("x0",)
    assert not found.passed
    assert found.auc > 0.5 + 5 * found.error


def test_a_dependence_without_rank_correlation_is_caught_by_trees():
    events = draw_events(20000)
    spread = 1 + 2 * (events.mass > WINDOW.centre)
    events.features[:, 1] *= spread
    found = gate(events)
    assert not found.is_coin


def test_the_error_of_the_auc_is_its_spread():
    found = [gate(draw_events(3000, seed=seed)) for seed in range(8)]
    pulls = np.array([(one.auc - 0.5) / one.error for one in found])
    assert 0.4 < pulls.std() < 1.7
    assert abs(pulls.mean()) < 1


def test_conditional_quantiles_are_uniform_at_every_mass():
    rng = np.random.default_rng(1)
    mass = rng.uniform(size=40000)
    values = rng.poisson(1 + 2 * mass).astype(float)  # many events share a value
    values[rng.random(len(mass)) < 0.1 + 0.3 * mass] = np.nan
    middle = (mass > 0.4) & (mass < 0.6)
    learnt = ConditionalQuantile(values[~middle], mass[~middle])
    u = learnt.transform(values, mass, rng.random(len(mass)))
    assert kstest(u[middle], "uniform").pvalue > 0.001
    assert abs(correlate(u[~middle], mass[~middle])) < 0.02


def test_a_decorrelated_feature_passes_and_a_hunt_takes_quantiles_of_all():
    events = draw_events(20000, correlation=1.0)
    region, fold = WINDOW.divide(events.mass), draw_folds(events.key, 3)
    features = events.features.copy()
    features[:, :1] = decorrelate(
        features[:, :1], events.mass, (region == 1) | (region == 3), fold, events.key
    )
    assert gate(events, features).passed
    scored = score_window(events, WINDOW, SETTINGS, seed=1)
    assert scored.before.caught == ("x0",)
    assert scored.treated == events.names
    assert not scored.before.passed
    assert scored.after.passed


def test_a_feature_beside_its_quantile_would_tell_the_mass():
    """So all are transformed, not only those that are caught."""
    events = draw_events(20000, correlation=1.0)
    features = events.features.copy()
    features[:, 1] = features[:, 0]
    events = events._replace(features=features)
    region, fold = WINDOW.divide(events.mass), draw_folds(events.key, 3)
    alone = features.copy()
    alone[:, :1] = decorrelate(
        features[:, :1], events.mass, (region == 1) | (region == 3), fold, events.key
    )
    assert not gate(events, alone).is_coin
    assert score_window(events, WINDOW, SETTINGS, seed=1).after.passed


def test_correlated_features_are_refused_or_dropped_if_so_configured():
    events = draw_events(20000, correlation=1.0)
    with pytest.raises(ValueError, match=r"features know the mass: x0 .*exclude_features"):
        score_window(events, WINDOW, make_settings(correlated="refuse"), seed=1)
    dropped = score_window(events, WINDOW, make_settings(correlated="drop"), seed=1)
    assert list(dropped.after.correlations) == ["x1", "x2", "x3"]
