"""Data against simulation in all features: closed forms, and p-values of invented experiments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from rapidmass.search.kernel_test import KernelFitter
from rapidmass.search.pseudo_experiments import Expected, draw_data, make_positive
from rapidmass.search.tree_test import TreeFitter
from rapidmass.search.two_sample_test import (
    TwoSampleTest,
    combine_tests,
    compare_samples,
    compute_statistic,
    fit_ratio,
    measure_importance,
)
from synthetic_experiments import Experiment

METHODS = ("kernel", "trees")


def make_fitter(method, features, simulated, seed=1):
    rng = np.random.default_rng(seed)
    if method == "kernel":
        rows = np.arange(len(features)) < simulated
        return KernelFitter(features, rows, centres=30, ridge=1e-4, rng=rng)
    return TreeFitter(features, folds=2, trees=10, leaves=4, minimum_rows=40, rng=rng)


def run_test(experiment, method="kernel", toys=19, seed=1, **settings):
    fitter = make_fitter(method, experiment.rows, len(experiment.weight), seed)
    return compare_samples(
        fitter,
        Expected(experiment.weight, experiment.sources),
        len(experiment.data),
        toys=toys,
        normalisation=settings.get("normalisation", True),
        rng=np.random.default_rng(seed),
    )


@given(st.floats(1.0, 1e4), st.floats(1.0, 1e4))
def test_the_statistic_of_one_bin_is_that_of_a_count(observed, expected):
    # with f = log(n / b) the statistic is twice the logarithm of the ratio of Poisson likelihoods
    f = np.log(observed / expected)
    found = compute_statistic(np.array([f]), np.array([observed]), np.array([expected]))
    wanted = 2 * (observed * f - (observed - expected))
    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-7)


def test_without_features_that_differ_the_kernels_fit_the_ratio_of_numbers():
    fitter = make_fitter("kernel", np.zeros((60, 2)), 40)
    data, simulation = np.repeat([0.0, 1.0], [40, 20]), np.repeat([2.0, 0.0], [40, 20])
    fit = fitter.fit(data, simulation)
    assert fit.log_ratio == pytest.approx(np.full(60, np.log(20 / 80)), abs=1e-3)
    assert fit.statistic == pytest.approx(2 * (20 * np.log(20 / 80) + 60), rel=1e-4)


def test_kernels_find_a_ratio_that_is_known():
    # the ratio of normal distributions around 0.5 and 0 is exp(x / 2 - 1 / 8)
    rng = np.random.default_rng(3)
    rows = np.concatenate([rng.normal(size=20000), rng.normal(0.5, size=20000)])[:, None]
    simulated = np.arange(40000) < 20000
    fitter = KernelFitter(rows, simulated, centres=30, ridge=1e-4, rng=rng)
    fit = fitter.fit(np.where(simulated, 0.0, 1.0), np.where(simulated, 1.0, 0.0))
    inside = np.abs(rows[:, 0]) < 2
    assert np.abs(fit.log_ratio - (rows[:, 0] / 2 - 1 / 8))[inside].max() < 0.15
    assert np.allclose(fit.predict(rows[:50], np.arange(50)), fit.log_ratio[:50])


def test_trees_judge_events_that_they_have_not_seen():
    # labels are chance: trees that had seen the events would find a difference
    rng = np.random.default_rng(4)
    rows = rng.normal(size=(2000, 4))
    labels = rng.uniform(size=2000) < 0.5
    fitter = TreeFitter(rows, folds=4, trees=50, leaves=16, minimum_rows=5, rng=rng)
    fit = fitter.fit(labels.astype(float), (~labels).astype(float))
    assert fit.log_ratio[labels].mean() < fit.log_ratio[~labels].mean() + 0.05
    assert np.array_equal(fit.predict(rows, np.arange(2000)), fit.log_ratio)


def test_trees_without_events_of_one_kind_say_nothing():
    fitter = make_fitter("trees", np.zeros((10, 1)), 9)
    fit = fitter.fit(np.zeros(10), np.ones(10))
    assert fit.statistic == 0.0
    assert not fit.log_ratio.any()


@pytest.mark.parametrize("method", METHODS)
def test_absent_features_are_no_obstacle(method):
    experiment = Experiment(5, simulated=600, expected=200)
    rows = experiment.rows.copy()
    rows[::3, 1] = np.nan
    rows[:, 2] = np.nan
    fit = make_fitter(method, rows, 600).fit(*experiment.count())
    assert np.isfinite(fit.log_ratio).all()


def test_kernels_see_that_a_feature_is_absent():
    rng = np.random.default_rng(6)
    rows = rng.normal(size=(2000, 1))
    rows[:1000:2] = np.nan  # half of the simulation, a tenth of data
    rows[1000::10] = np.nan
    data = np.repeat([0.0, 1.0], 1000)
    fit = make_fitter("kernel", rows, 1000).fit(data, 1 - data)
    absent = np.isnan(rows[:, 0])
    assert fit.log_ratio[absent].mean() == pytest.approx(np.log(0.1 / 0.5), abs=0.1)
    assert fit.log_ratio[~absent].mean() == pytest.approx(np.log(0.9 / 0.5), abs=0.1)


def test_negative_weights_keep_their_sum():
    weight = make_positive(np.array([2.0, -0.5, 1.0, 0.0]))
    assert weight.sum() == pytest.approx(2.5)
    assert weight.min() == 0.0
    with pytest.raises(ValueError, match="nothing to compare data with"):
        make_positive(np.array([1.0, -2.0]))


def test_pseudo_data_have_the_mean_and_variance_of_a_poisson_process():
    rng = np.random.default_rng(7)
    weight = np.array([0.2, 3.0, 20.0])
    drawn = np.array([draw_data(Expected(weight), rng) for _ in range(4000)])
    assert drawn.mean(axis=0) == pytest.approx(weight, rel=0.06)
    assert drawn.var(axis=0) == pytest.approx(weight, rel=0.1)


def test_what_is_uncertain_moves_all_events_together():
    rng = np.random.default_rng(8)
    source = np.array([[0.1, 0.1], [-0.1, -0.1]])
    expected = Expected(np.array([1e5, 2e5]), [source])
    drawn = np.array([draw_data(expected, rng) for _ in range(2000)])
    change = np.log(drawn / expected.weight)
    assert change.std(axis=0) == pytest.approx(0.1, rel=0.06)
    assert np.corrcoef(change.T)[0, 1] > 0.99


@pytest.mark.parametrize("method", METHODS)
def test_the_same_seed_gives_the_same_result(method):
    experiment = Experiment(9, simulated=500, expected=150)
    first, second, other = (run_test(experiment, method, toys=3, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.toys, second.toys)
    assert first.statistic == second.statistic
    assert not np.array_equal(first.toys, other.toys)


def test_without_normalisation_the_number_of_events_does_not_count():
    experiment = Experiment(10, simulated=1000, expected=300)
    experiment.weight = 3 * experiment.weight
    assert run_test(experiment).p_value == 0.05
    assert run_test(experiment, normalisation=False).p_value > 0.05


@pytest.mark.parametrize("method", ["kernel", pytest.param("trees", marks=pytest.mark.long)])
def test_p_values_fall_with_the_strength_of_a_signal(method):
    means = [
        np.mean(
            [
                run_test(Experiment(20 + k, 800, 250, signal=signal), method).p_value
                for k in range(6)
            ]
        )
        for signal in (0, 25, 60)
    ]
    assert means[0] > means[1] > means[2]
    assert means[2] < 0.1 < means[0]


def test_the_events_and_features_of_a_signal_are_found():
    experiment = Experiment(11, simulated=2000, expected=600, signal=60)
    test = run_test(experiment)
    observed = len(experiment.data)
    log_ratio = test.fit.log_ratio[-observed:]
    # the signal is narrow in the first feature and large in the second
    first = experiment.is_signal[np.argsort(-log_ratio)[:20]]
    assert first.mean() > 3 * experiment.is_signal.mean()
    rows = np.arange(2000, 2000 + observed)
    loss = measure_importance(test.fit, experiment.data, rows, np.random.default_rng(0))
    assert min(loss[0], loss[1]) > loss[2]


def draw_p_values(method, experiments, sizes, toys, *, heavy):
    """P-values without a difference, with three nuisances.

    Pseudo-experiments have random numbers of their own: with those of the experiment the first of
    them would be drawn by the features.
    """
    found = [
        run_test(Experiment(1000 + k, *sizes, uncertain=True, heavy=heavy), method, toys, 5000 + k)
        for k in range(experiments)
    ]
    return np.array([test.p_value for test in found])


def check_uniform(method, experiments, sizes, toys, *, heavy=False):
    p_value = draw_p_values(method, experiments, sizes, toys, heavy=heavy)
    steps = np.arange(1, toys + 2) / (toys + 1)
    # spread over the steps between which a p-value of few pseudo-experiments cannot lie
    spread = p_value - np.random.default_rng(0).uniform(size=experiments) * steps[0]
    assert kstest(spread, "uniform").pvalue > 0.01
    assert np.mean(p_value <= 0.05) < 0.05 + 2.6 * np.sqrt(0.05 * 0.95 / experiments)


def test_p_values_are_uniform_with_three_nuisances():
    check_uniform("kernel", 60, (600, 150), 19)


@pytest.mark.long
@pytest.mark.parametrize(("method", "toys"), [("kernel", 39), ("trees", 19)])
def test_many_p_values_are_uniform_with_three_nuisances(method, toys):
    check_uniform(method, 200, (1500, 400), toys, heavy=True)


def test_what_is_known_of_nuisances_makes_p_values_larger():
    # data that are moved by three standard deviations of what is uncertain
    moved = Experiment(12, 1500, 500, uncertain=True, deviates=(3.0, 0.0, 0.0))
    known = run_test(moved, toys=39).p_value
    moved.sources = []
    assert run_test(moved, toys=39).p_value < known


def test_one_p_value_of_several_tests_is_calibrated():
    rng = np.random.default_rng(13)
    found = []
    for _ in range(300):
        statistics = rng.normal(size=(3, 40)) + rng.normal(size=40)  # correlated
        tests = [TwoSampleTest(row[0], row[1:], 1.0, None) for row in statistics]
        found.append(combine_tests(tests))
    assert kstest(found, "uniform").statistic < 0.1
    assert np.mean(np.array(found) <= 0.1) == pytest.approx(0.1, abs=0.05)


def test_one_test_is_combined_to_itself():
    toys = np.array([1.0, 5.0, 2.0, 4.0])
    assert combine_tests([TwoSampleTest(3.0, toys, 3 / 5, None)]) == pytest.approx(3 / 5)


@pytest.mark.parametrize("method", METHODS)
def test_a_pseudo_experiment_without_events_is_no_difference(method):
    fitter = make_fitter(method, np.random.default_rng(1).normal(size=(60, 2)), 60)
    none, some = np.zeros(60), np.ones(60)
    fit = fit_ratio(fitter, none, some, normalisation=False)
    assert (fit.statistic, fit.log_ratio.any()) == (0.0, False)
    # where numbers count, it is one
    assert fit_ratio(fitter, none, some, normalisation=True).statistic != 0.0 or method == "trees"


def test_no_data_is_an_error():
    experiment = Experiment(14, 100, 20)
    experiment.data = experiment.data[:0]
    with pytest.raises(ValueError, match="no events of data"):
        run_test(experiment)
