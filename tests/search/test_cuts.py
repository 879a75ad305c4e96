import numpy as np
import pytest

from rapidmass.config.search.scan import Axis, ScanSettings
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.cuts import (
    FoldedSums,
    Sums,
    cross_fit,
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
    sums = make_sums([60, 2.75], [5e3, 50])
    assert cross_fit([FoldedSums((sums, sums), (sums, sums))], SETTINGS)["met"] == [20.0, 20.0]


def test_each_half_takes_the_choice_of_the_other():
    first = make_sums([30, 20, 1], [100, 50, 40])
    second = make_sums([30, 2, 20], [100, 90, 20])
    cut = FoldedSums(own=(first, second), crossed=(first, second))
    found = cross_fit([cut], SETTINGS)
    assert found["met"] == [20.0, 40.0]
    assert found["choices"] == [0, 0]
    # the second half's choice, 40 GeV, on the first half, and the first's on the second
    assert (found["s"], found["b"]) == (1 + 2, 40 + 90)
    worse = cut._replace(own=(first.scale(0.1), second.scale(0.1)))
    assert cross_fit([worse, cut], SETTINGS)["choices"] == [1, 1]


def test_the_first_half_alone_decides_whether_anything_is_quoted():
    good, thin = make_sums([30, 20, 1], [100, 50, 40]), make_sums([1, 1, 1], [2, 2, 2])
    assert cross_fit([FoldedSums((thin, good), (good, good))], SETTINGS) is None
    assert cross_fit([], SETTINGS) is None
    # where the second half has no choice, the choice of the first stands for all
    other = make_sums([20, 10, 5], [80, 30, 20])
    first = make_sums([20, 1, 1], [80, 30, 20])
    found = cross_fit([FoldedSums((first, thin), (good, other))], SETTINGS)
    assert (found["s"], found["b"], found["b_variance"]) == (40, 160, 320)
    assert found["met"] == [0.0, 0.0]
    # what is evaluated has no say, unless it is nothing
    assert cross_fit([FoldedSums((good, good), (thin, thin))], SETTINGS)["b"] == 4
    empty = make_sums([0, 0, 0], [0, 0, 0])
    assert cross_fit([FoldedSums((good, good), (empty, empty))], SETTINGS) is None


def test_each_half_must_keep_the_floor():
    """Halves that keep half of it each would often be below it on the other events."""
    half, enough = make_sums([6, 6, 6], [9, 9, 9]), make_sums([6, 6, 6], [10, 10, 10])
    assert cross_fit([FoldedSums((half, half), (half, half))], SETTINGS) is None
    found = cross_fit([FoldedSums((enough, enough), (half, half))], SETTINGS)
    assert found["effective"] == pytest.approx(18)
