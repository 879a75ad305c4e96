import numpy as np
import pytest
from scipy import stats

from rapidmass.search.excess_test import (
    compute_local_significance,
    draw_experiments,
    find_excess,
    list_ranges,
)
from rapidmass.search.expected_background import Expectation, divide_background, vary_expectation
from rapidmass.statistics.significance import (
    compute_asimov_significance,
    compute_profiled_significance,
)

LEVEL = 0.02  # of Kolmogorov-Smirnov tests, whose outcome is fixed by the seeds


def simulate(rng, events, spread=0.5):
    """A finite sample of the background, with weights that differ."""
    return rng.normal(size=events), rng.lognormal(0.0, spread, events)


def divide(scores, weights, **changes):
    settings = {"bins": 10, "uncertainty": 0.0, "minimum_effective_events": 10, **changes}
    return divide_background(scores, weights, **settings)


def draw_p_values(experiments=200, *, observed=2000, simulated=2000, spread=0.5, **changes):
    """p-values, global and local, where there is background alone.

    The background is known from a sample of its own in each experiment, whose normalisation is
    wrong by a factor."""
    rng = np.random.default_rng(5)
    found = []
    for k in range(experiments):
        scores, weights = simulate(rng, simulated, spread)
        background = divide(scores, weights * rng.lognormal(0.0, 0.3), **changes)
        data = rng.normal(size=rng.poisson(observed))
        best = find_excess(data, background, widest=5, toys=399, seed=k)["best"]
        found.append((best["p_value"], stats.norm.sf(best["local_significance"])))
    return np.array(found).T


@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_p_values_are_uniform_without_signal(spread):
    p_values, local = draw_p_values(spread=spread)
    assert stats.kstest(p_values, "uniform").pvalue > LEVEL
    assert p_values.mean() == pytest.approx(0.5, abs=3 / np.sqrt(12 * 200))
    # what is not corrected for the choice of the range is far too small
    assert stats.kstest(local, "uniform").pvalue < 1e-10
    assert np.mean(local < 0.05) > 0.2


def test_p_values_would_not_be_uniform_if_simulation_counted_as_infinite(monkeypatch):
    monkeypatch.setattr(Expectation, "total_variance", property(lambda e: 1e-9 * e.expected))
    p_values, _ = draw_p_values(simulated=1000)
    assert stats.kstest(p_values, "uniform").pvalue < 1e-6


def test_with_few_events_p_values_are_too_large_if_anything():
    p_values, _ = draw_p_values(observed=40)
    assert stats.kstest(p_values, "uniform", alternative="greater").pvalue > LEVEL
    assert p_values.mean() > 0.47


@pytest.mark.parametrize("normalisation", [0.1, 1.0, 10.0])
def test_the_normalisation_of_the_background_has_no_say(normalisation):
    rng = np.random.default_rng(1)
    scores, weights = simulate(rng, 3000)
    data = rng.normal(size=800)
    results = [
        find_excess(data, divide(scores, weights * w), widest=5, toys=400, seed=1)
        for w in (1.0, normalisation)
    ]
    assert results[0]["best"]["p_value"] == results[1]["best"]["p_value"]
    assert results[0]["scale"] == pytest.approx(normalisation * results[1]["scale"])
    np.testing.assert_allclose(results[0]["expected"], results[1]["expected"])
    assert sum(results[0]["expected"]) == pytest.approx(800)


def test_thirty_per_cent_of_signal_are_found():
    rng = np.random.default_rng(7)
    background = divide(*simulate(rng, 3000), uncertainty=0.05)
    data = np.concatenate([rng.normal(size=700), rng.normal(2.5, 0.5, 300)])
    result = find_excess(data, background, widest=5, toys=500, seed=1)
    best = result["best"]
    assert best["at_floor"]
    assert best["p_value"] == 1 / 501
    assert best["local_significance"] > 5
    assert best["above"] > 1
    assert best["up_to"] is None
    assert sum(result["observed"]) == 1000
    assert best["observed"] == np.count_nonzero(data > best["above"])


def test_the_same_seed_gives_the_same_p_value():
    rng = np.random.default_rng(7)
    background, data = divide(*simulate(rng, 1000)), rng.normal(size=100)
    found = [
        find_excess(data, background, widest=3, toys=5000, seed=seed)["best"] for seed in (1, 1, 2)
    ]
    assert found[0] == found[1]
    assert found[0]["p_value"] != found[2]["p_value"]
    error = np.hypot(found[0]["p_value_uncertainty"], found[2]["p_value_uncertainty"])
    assert abs(found[0]["p_value"] - found[2]["p_value"]) < 4 * error


def test_signal_does_not_move_the_bins():
    rng = np.random.default_rng(3)
    background = divide(*simulate(rng, 2000))
    for data in (rng.normal(size=50), rng.normal(9, 1, 50)):
        found = find_excess(data, background, widest=2, toys=100, seed=1)
        assert found["cuts"] == background.cuts.tolist()


def test_bins_hold_enough_events_and_all_of_them():
    rng = np.random.default_rng(3)
    scores, weights = simulate(rng, 2000, 1.0)
    weights[::7] *= -0.2
    background = divide(scores, weights, minimum_effective_events=30)
    np.testing.assert_allclose(background.expected.sum(), weights.sum())
    for low, high, b, v in zip(
        [-np.inf, *background.cuts], [*background.cuts, np.inf],
        background.expected, background.variance, strict=True,
    ):  # fmt: skip
        inside = weights[(scores > low) & (scores <= high)]
        assert inside.sum() == pytest.approx(b)
        assert (inside**2).sum() <= v * (1 + 1e-9)
        assert inside.sum() ** 2 / (inside**2).sum() >= 30
    share = background.expected[-1] / background.expected.sum()
    assert share < 0.06  # the last bin was halved


def test_a_score_of_few_values_is_divided_between_them():
    scores = np.repeat([1.0, 2.0, 3.0], 100)
    background = divide(scores, np.ones(300))
    assert background.count(scores).tolist() == [100, 100, 100]


def test_too_little_background_gives_no_answer():
    background = divide(np.arange(12.0), np.ones(12))
    assert len(background.expected) == 1
    assert find_excess(np.arange(5.0), background, widest=3, toys=100, seed=1)["best"] is None


def test_no_events_give_no_answer():
    background = divide(np.arange(100.0), np.ones(100))
    found = find_excess(np.zeros(0), background, widest=3, toys=100, seed=1)
    assert found["best"] is None
    assert sum(found["observed"]) == 0


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


def test_pseudo_experiments_scatter_as_the_background_is_known():
    cuts, values = np.array([0.0, 1.0]), np.array([60.0, 30.0, 10.0])
    tilt = np.array([[-6.0, 4.0, 2.0]])
    for shifts in (np.zeros((0, 3)), tilt):
        background = Expectation(cuts, values, np.array([6.0, 3.0, 4.0]), 0.1, shifts)
        counts = draw_experiments(background, 10_000, 4000, np.random.default_rng(1))
        assert np.all(counts.sum(axis=1) == 10_000)
        share = counts / 10_000
        np.testing.assert_allclose(share.mean(axis=0), [0.6, 0.3, 0.1], atol=0.005)
        # of a share f: (1 - f)^2 of its own variance, f^2 of that of the others, multinomial,
        # and what moves all bins
        f, v = background.expected / 100, background.total_variance / 100**2
        expected = (1 - f) ** 2 * v + f**2 * (v.sum() - v) + f * (1 - f) / 10_000
        expected += (shifts**2).sum(axis=0) / 100**2
        np.testing.assert_allclose(share.var(axis=0), expected, rtol=0.15)


def test_p_values_are_uniform_if_all_bins_are_distorted_together():
    """In each experiment events go from one side to the other, as many as a variation says."""
    rng = np.random.default_rng(5)
    found = {"known": [], "unknown": []}
    for k in range(150):
        scores, weights = simulate(rng, 3000)
        certain = divide(scores, weights)
        tilted = weights * (1 + 0.1 * np.sign(scores))
        background = vary_expectation(certain, [certain.fill(scores, 1.3 * tilted)], ["tilt"])
        data = np.abs(rng.normal(size=rng.poisson(2000)))
        data *= np.where(rng.uniform(size=len(data)) < (1 + 0.1 * rng.normal()) / 2, 1, -1)
        for name, expectation in (("known", background), ("unknown", certain)):
            best = find_excess(data, expectation, widest=5, toys=199, seed=k)["best"]
            found[name].append(best["p_value"])
    assert stats.kstest(found["known"], "uniform").pvalue > LEVEL
    assert np.mean(found["unknown"]) < 0.3


def test_a_variation_of_all_weights_distorts_nothing():
    scores, weights = simulate(np.random.default_rng(5), 500)
    background = divide(scores, weights)
    varied = vary_expectation(background, [background.fill(scores, 1.2 * weights)], ["norm"])
    assert varied.shifts == pytest.approx(np.zeros((1, len(background.expected))), abs=1e-9)
    empty = background.fill(scores[:0], weights[:0])
    nothing = vary_expectation(background, [empty], ["norm"])
    assert nothing.shifts == pytest.approx(np.zeros((1, len(background.expected))), abs=1e-9)
