from dataclasses import replace

import numpy as np
import pytest

from fit_events import FOLDER, give, make_pair, make_shift, scale
from rapidmass.config.studies.fits import Fits
from rapidmass.search.fit_bins import choose_bins
from rapidmass.search.fit_shifts import measure_changes

MET = {"variable": "met", "edges": [0, 25, 50, 100, 150]}


@pytest.fixture(scope="module")
def events():
    return make_pair()


def measure(events, shifts, **changes):
    background, signal = events
    settings = Fits(axes=[MET], **changes)
    bins, _ = choose_bins(give(background), settings, FOLDER)
    return measure_changes(shifts, give(background), signal, ["A", "B"], bins, settings)


def change_weights(events, function):
    return replace(events, weight=events.weight * function(events.variables["met"]))


def test_both_sides_are_signed_and_a_factor_stays_one(events):
    background, signal = events
    up = make_shift("up", "jets", scale(background, 1.2), scale(signal, 1.1))
    down = make_shift("down", "jets", scale(background, 0.9), scale(signal, 1.0))
    found = measure(events, [down, up])
    assert found.one_sided == []
    change = found.changes["jets"]["A"]
    np.testing.assert_allclose(change.up, 0.2)
    np.testing.assert_allclose(change.down, -0.1)
    np.testing.assert_allclose(found.changes["jets"]["signal"].up, 0.1)
    np.testing.assert_allclose(found.changes["jets"]["signal"].down, 0.0, atol=1e-12)


def test_one_side_is_mirrored(events):
    background, signal = events
    found = measure(events, [make_shift("x", "x", scale(background, 1.07), signal)])
    assert found.one_sided == ["x"]
    np.testing.assert_allclose(found.changes["x"]["B"].down, -0.07)


def test_a_shape_is_kept_where_it_is_measured(events):
    background, signal = events
    bent = change_weights(background, lambda met: np.where(met > 50, 1.3, 1.0))
    found = measure(events, [make_shift("x", "x", bent, signal)])
    np.testing.assert_allclose(found.changes["x"]["A"].up, [0, 0, 0.3, 0.3, 0.3], atol=1e-9)


def test_what_is_small_is_pruned(events):
    background, signal = events
    bent = change_weights(background, lambda met: np.where(met > 50, 1.03, 1.02))
    shift = make_shift("x", "x", bent, scale(signal, 1.001))
    flat = measure(events, [shift], prune_shape=0.02).changes["x"]
    assert set(flat) == {"A", "B"}
    assert np.ptp(flat["A"].up) == 0
    assert 0.02 < flat["A"].up[0] < 0.03
    none = measure(events, [shift], prune_shape=0.02, prune_norm=0.05)
    assert none.changes["x"] == {}
    assert none.pruned["x"] == ["A in search", "B in search", "signal in search"]


def test_bins_are_smoothed_until_they_are_known(events):
    background, signal = events
    rng = np.random.default_rng(1)
    noisy = replace(
        background, weight=background.weight * rng.choice([0.0, 2.0], len(background.weight))
    )
    shift = make_shift("x", "x", noisy, signal)
    rough = measure(events, [shift], smoothing=10.0)
    smooth = measure(events, [shift], smoothing=0.03)
    assert rough.smoothed["x"] == 0
    assert smooth.smoothed["x"] > 3
    last = [
        found.changes["x"]["A"].up[-1] for found in (rough, smooth) if "A" in found.changes["x"]
    ]
    assert abs(last[0]) > 0.05
    assert all(abs(value) < 0.05 for value in last[1:])


def test_a_yield_never_becomes_negative(events):
    background, signal = events
    found = measure(events, [make_shift("x", "x", scale(background, 3.0), signal)])
    assert found.changes["x"]["A"].down.min() == pytest.approx(-0.99)
