import numpy as np

from rapidmass.config.search.scan import Axis, ScanSettings
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.cuts import (
    Sums,
    list_significances,
    sum_above,
)

SETTINGS = ScanSettings(
    met=Axis(start=0, stop=60, step=20), minimum_effective_events=10, background_uncertainty=0.1
)


def make_sums(s, b):
    """Unweighted events."""
    s, b = np.array(s, dtype=float), np.array(b, dtype=float)
    return Sums(s, s, b, b, b, b, b, b)


def make_events(met, weight):
    met, weight = np.array(met, "f4"), np.array(weight, dtype=float)
    n = met.size
    return ScoredEvents(np.zeros(n, "u8"), np.full(n, "A"), np.zeros(n), weight, {"met": met})


def test_sums_are_of_what_lies_at_or_above_each_edge():
    background = make_events([-5, 0, 19, 20, 59, 900], [1, 2, 4, 8, 16, 32])
    signal = make_events([25, 70, 70], [1, 1, 100])
    everything = np.ones(6, np.bool_), np.array([True, True, False])
    found = sum_above(background, signal, everything, SETTINGS.met)
    assert found.b.tolist() == [62, 56, 48]
    assert found.b_variance[2] == 16**2 + 32**2
    assert found.s.tolist() == [2, 2, 1]


def test_too_few_effective_events_give_no_significance():
    listed = list_significances(make_sums([5, 5, 5], [100, 10, 9.9]), SETTINGS)
    assert [z is None for z in listed["profiled"]] == [False, False, True]
    assert [z is None for z in listed["asimov_uncertainty"]] == [False, False, True]
    assert listed["asimov"][0] > listed["profiled"][0] > 0


def test_the_optimum_is_that_with_uncertain_background():
    """5 on 100 events is more than 50 on 10 thousand once 10 % of them are uncertain."""
    listed = list_significances(make_sums([50, 5.5], [1e4, 100]), SETTINGS)
    assert listed["asimov"][1] > listed["asimov"][0]
    tight = list_significances(make_sums([120, 5.5], [1e4, 100]), SETTINGS)
    assert tight["asimov"][0] > tight["asimov"][1]
