"""Separation of two groups of events, and the bins in which their scores are shown."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rapidmass.scores.ordered import order_events
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.separation import (
    BINS,
    TAIL,
    choose_axis,
    count_events,
    fill_scores,
    measure_separation,
)


def make(scores, weights=None):
    scores = np.asarray(scores, dtype=np.float64)
    n = len(scores)
    weights = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
    return ScoredEvents(np.arange(n, dtype=np.uint64), np.full(n, "a"), scores, weights, {})


def measure(background, signal, floor):
    return measure_separation(order_events(background), order_events(signal), floor)


def test_events_are_counted_with_their_weights():
    assert count_events([make([1, 2], [1, 1]), make([3], [2])]) == {
        "events": 3,
        "expected": 4.0,
        "effective": pytest.approx(16 / 6),
    }
    assert count_events([make([])]) == {"events": 0, "expected": 0.0, "effective": 0.0}


def test_separation_is_that_of_pairs_of_events():
    rng = np.random.default_rng(1)
    b, s = rng.normal(0, 1, 400), rng.normal(1, 1, 300)
    wb, ws = rng.uniform(0.5, 1.5, 400), rng.uniform(0.5, 1.5, 300)
    found = measure(make(b, wb), make(s, ws), 1.0)
    larger = (s[:, None] > b[None, :]) * ws[:, None] * wb[None, :]
    assert found["auc"] == pytest.approx(larger.sum() / (ws.sum() * wb.sum()))
    assert 0.01 < found["auc_uncertainty"] < 0.03
    assert [e["background_efficiency"] for e in found["efficiencies"]] == [0.01, 0.001]
    first = found["efficiencies"][0]
    assert wb[b > first["threshold"]].sum() / wb.sum() == pytest.approx(0.01, abs=0.005)
    assert first["low"] <= first["efficiency"] <= first["high"]


def test_too_few_events_above_a_cut_give_no_efficiency():
    rng = np.random.default_rng(1)
    found = measure(make(rng.normal(0, 1, 2000)), make(rng.normal(1, 1, 50)), 10.0)
    assert found["efficiencies"][0]["efficiency"] is not None
    assert found["efficiencies"][1]["efficiency"] is None


@pytest.mark.parametrize("nothing", [make([]), make([1.0, 2.0], [1.0, -1.0])])
def test_groups_without_weight_are_undefined(nothing):
    some = make([0.0, 1.0, 2.0])
    for pair in ((nothing, some), (some, nothing)):
        found = measure(*pair, 1.0)
        assert found["auc"] is None
        assert found["auc_uncertainty"] is None
        assert [e["efficiency"] for e in found["efficiencies"]] == [None, None]


@given(
    arrays(np.float64, st.integers(0, 60), elements=st.floats(-1e4, 1e4)),
    arrays(np.float64, st.integers(0, 60), elements=st.floats(-1e4, 1e4)),
)
def test_bins_show_nearly_all_events(first, second):
    axis = choose_axis([first, second])
    assert axis.bins == BINS + 1
    for scores in (first, second):
        if scores.size:
            low, high = np.quantile(scores, (TAIL / 2, 1 - TAIL / 2))
            slack = 1e-9 * max(abs(low), abs(high), 1.0)
            assert axis.edges[0] <= low + slack
            assert axis.edges[-1] >= high - slack


def test_what_lies_outside_is_counted_in_the_last_bin():
    scores = np.concatenate([np.linspace(0, 1, 5000), [1e3]])
    axis = choose_axis([scores])
    assert axis.stop < 2
    assert sum(fill_scores(axis, [make(scores)])["values"]) == 5001
