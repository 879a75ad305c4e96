"""Excesses along a score and above a cut: closed forms, and p-values of pseudo-experiments."""

import numpy as np
import pytest
from scipy import stats

from rapidmass.search.excess_test import (
    CutTest,
    ExcessTest,
    compute_local_significance,
    list_ranges,
)
from rapidmass.search.expected_background import Division
from rapidmass.search.pseudo_experiments import (
    Expected,
    compute_p_values,
    draw_data,
    draw_simulation,
)
from rapidmass.statistics.significance import (
    compute_asimov_significance,
    compute_profiled_significance,
)


def simulate(rng, events, spread=0.5):
    """A finite sample of the background, with weights that differ."""
    return rng.normal(size=events), rng.lognormal(0.0, spread, events)


def make_test(scores, weights, *, widest=5, uncertainty=0.0):
    division = Division(bins=10, minimum_effective_events=10)
    return ExcessTest(scores, weights, division, widest=widest, uncertainty=uncertainty)


def join(scores, weights, data):
    """Put data behind the simulation: scores, weights, and both as they are measured."""
    zeros, ones = np.zeros(len(data)), np.ones(len(data))
    return (
        np.concatenate([scores, data]),
        np.concatenate([weights, zeros]),
        np.concatenate([np.zeros(len(scores)), ones]),
    )


def test_p_values_are_uniform_without_signal():
    rng = np.random.default_rng(5)
    found = []
    for _ in range(150):
        scores, weights = simulate(rng, 1000)
        weights *= 400 / weights.sum()
        rows, weight, data = join(scores, weights, rng.normal(size=rng.poisson(400)))
        test = make_test(rows, weight)
        observed = test.measure(data, weight)
        toys = [
            test.measure(draw_data(Expected(weight), rng), draw_simulation(weight, rng))
            for _ in range(99)
        ]
        found.append(float(compute_p_values(np.array(observed), np.array(toys))))
    assert stats.kstest(found, "uniform").pvalue > 0.02


@pytest.mark.parametrize("normalisation", [0.1, 10.0])
def test_the_normalisation_of_the_background_has_no_say(normalisation):
    rng = np.random.default_rng(1)
    rows, weight, data = join(*simulate(rng, 3000), rng.normal(size=800))
    first, other = (make_test(rows, w).measure(data, w) for w in (weight, normalisation * weight))
    assert first == pytest.approx(other)


def test_one_range_has_the_significance_of_a_count():
    scores = np.repeat([1.0, 2.0], 100)
    weights = np.ones(200)
    rows, weight, data = join(scores, weights, np.repeat([1.0, 2.0], [40, 60]))
    found = make_test(rows, weight).measure(data, weight)
    # of 100 events 50 are expected above, known as well as 100 simulated ones tell
    assert found == pytest.approx(float(compute_local_significance(60, 50, 100 / 4)))


def test_thirty_per_cent_of_signal_are_found_and_do_not_move_the_bins():
    rng = np.random.default_rng(7)
    scores, weights = simulate(rng, 3000)
    signal = np.concatenate([rng.normal(size=700), rng.normal(2.5, 0.5, 300)])
    for data, least, most in ((rng.normal(size=1000), -1, 4), (signal, 5, np.inf)):
        rows, weight, seen = join(scores, weights, data)
        assert least < make_test(rows, weight, uncertainty=0.05).measure(seen, weight) < most


def test_uncertain_bins_are_less_significant():
    rng = np.random.default_rng(7)
    rows, weight, data = join(*simulate(rng, 3000), rng.normal(0.3, 1, 1000))
    known, uncertain = (make_test(rows, weight, uncertainty=u) for u in (0.0, 0.2))
    assert uncertain.measure(data, weight) < known.measure(data, weight)


def test_bins_hold_enough_events_and_all_of_them():
    rng = np.random.default_rng(3)
    scores, weights = simulate(rng, 2000, 1.0)
    weights[::7] *= -0.2
    bins = Division(10, 30).divide(scores, weights)
    sums, variances = bins.fill(bins.find(scores), weights, weights**2)
    assert sums == pytest.approx(bins.expected)
    np.testing.assert_allclose(sums.sum(), weights.sum())
    for low, high, b, v in zip(
        [-np.inf, *bins.cuts], [*bins.cuts, np.inf], sums, variances, strict=True
    ):
        inside = weights[(scores > low) & (scores <= high)]
        assert inside.sum() == pytest.approx(b)
        assert (inside**2).sum() <= v * (1 + 1e-9)
        assert inside.sum() ** 2 / (inside**2).sum() >= 30
    assert sums[-1] / sums.sum() < 0.06  # the last bin was halved


def test_a_bin_that_lost_its_events_is_no_division_by_zero():
    bins = Division(2, 10).divide(np.arange(100.0), np.ones(100))
    sums, variances = bins.fill(bins.find(np.zeros(50)), np.ones(50), np.ones(50))
    assert sums.min() > 0
    assert variances.min() > 0


def test_a_score_of_few_values_is_divided_between_them():
    scores = np.repeat([1.0, 2.0, 3.0], 100)
    assert Division(10, 10).divide(scores, np.ones(300)).expected.tolist() == [100, 100, 100]


def test_without_bins_or_events_there_is_no_excess():
    few = make_test(np.arange(12.0), np.ones(12))
    assert few.measure(np.ones(12), np.ones(12)) == -np.inf
    none = make_test(np.arange(100.0), np.ones(100))
    assert none.measure(np.zeros(100), np.ones(100)) == -np.inf


def test_every_range_is_tried_once():
    ranges = list_ranges(5, 2).tolist()
    assert ranges == [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [0, 2], [1, 3], [2, 4], [3, 5]]
    assert len(list_ranges(3, 10)) == 5  # never all bins: they always hold what is expected


def test_the_local_significance_is_what_a_signal_is_expected_to_have():
    s, b = np.array([0.0, 1.0, 5.0, 40.0]), np.array([10.0, 10.0, 2.0, 100.0])
    v = np.array([4.0, 1.0, 0.5, 30.0])
    expected = compute_profiled_significance(s, b, 0.0, v).value
    np.testing.assert_allclose(compute_local_significance(s + b, b, v), expected, atol=1e-6)
    known = compute_asimov_significance(s, b).value
    np.testing.assert_allclose(compute_local_significance(s + b, b, 1e-6), known, atol=1e-4)
    assert compute_local_significance(5, 10, 4) < 0
    assert compute_local_significance(0, 10, 4) < -2


def make_cut(background, signal, **changes):
    """A cut on a variable that is 0, 1, ..., with the numbers of events there."""
    values = np.arange(len(background), dtype=np.float64)
    settings = {"minimum_effective_events": 1, "uncertainty": 0.0, **changes}
    return CutTest(values, np.array(background, float), np.array(signal, float), values, **settings)


def test_the_cut_is_that_of_the_largest_expected_significance():
    test = make_cut([90.0, 6.0, 4.0], [1.0, 5.0, 1.0])
    assert test.cut.threshold == 1.0
    assert (test.cut.signal, test.cut.background) == (6.0, 10.0)
    wanted = compute_profiled_significance(6.0, 10.0, 0.0, 52.0).value
    assert test.cut.significance == pytest.approx(float(wanted))
    assert test.expect(1.0) == pytest.approx(test.cut.significance)
    assert test.expect(2.0) > test.expect(1.0)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_the_strength_of_a_significance_is_found(scale):
    test = make_cut([90.0, 6.0, 4.0], scale * np.array([1.0, 5.0, 1.0]), uncertainty=0.1)
    assert test.expect(test.find_strength(5.0)) == pytest.approx(5.0)
    assert make_cut([90.0, 6.0, 4.0], [0.0, 0.0, 0.0]).find_strength(5.0) is None


def test_the_statistic_of_a_cut_counts_events():
    test = make_cut([90.0, 6.0, 4.0], [1.0, 5.0, 1.0])
    data, simulation = np.array([100.0, 12.0, 3.0]), np.array([90.0, 6.0, 4.0])
    assert test.measure(data, simulation) == pytest.approx(5 / np.sqrt(10 + 52))


def test_a_cut_leaves_enough_simulation():
    # one effective event in the last bin
    assert make_cut([50.0, 30.0, 0.1], [0, 0, 5.0]).cut.threshold == 2.0
    assert make_cut([50.0, 30.0, 0.1], [0, 0, 5.0], minimum_effective_events=1.5).cut.threshold < 2
    with pytest.raises(ValueError, match=r"no cut from 0 to 2 leaves 9 effective events"):
        make_cut([50.0, 30.0, 0.1], [0, 0, 5.0], minimum_effective_events=9)
