"""Cuts that are chosen on one half of the events and evaluated on the other."""

import numpy as np
import pytest

from rapidmass.config.search.scan import Axis, ScanSettings
from rapidmass.search.crossed_cuts import FoldedSums, cross_fit, find_best_significance
from rapidmass.search.cuts import Sums

SETTINGS = ScanSettings(
    met=Axis(start=0, stop=60, step=20), minimum_effective_events=10, background_uncertainty=0.1
)


def make_sums(s, b):
    """Unweighted events."""
    s, b = np.array(s, dtype=float), np.array(b, dtype=float)
    return Sums(s, s, b, b, b, b, b, b)


def test_the_optimum_is_that_with_uncertain_background():
    """2.75 on 50 events is more than 60 on 5 thousand once 10 % of them are uncertain."""
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


@pytest.mark.parametrize("shifts", [0, 2])
def test_the_best_significance_alone_is_that_of_the_whole_answer(shifts):
    rng = np.random.default_rng(1)
    sources = [f"source{k}" for k in range(shifts)]
    found = []

    def draw(most):
        sums = make_sums(rng.uniform(0, 20, 3), rng.uniform(0, most, 3))
        shifted = tuple(sums._replace(b=sums.b * rng.uniform(0.8, 1.2, 3)) for _ in sources)
        return sums._replace(shifted=shifted)

    for _ in range(50):
        most = rng.uniform(5, 60)
        cuts = [FoldedSums((draw(most), draw(most)), (draw(most), draw(most))) for _ in range(3)]
        best = cross_fit(cuts, SETTINGS, sources)
        found.append(None if best is None else best["profiled"])
        assert find_best_significance(cuts, SETTINGS, sources) == pytest.approx(found[-1])
    assert None in found
    assert len(set(found)) > 10
