import numpy as np
import pytest

from rapidmass.statistics.weighted_ecdf import Cut, WeightedEcdf


def test_events_at_the_threshold_pass_in_part():
    ecdf = WeightedEcdf(
        np.array([2.0, 1.0, 2.0, 3.0]), np.array([1.0, 4.0, 2.0, 3.0]), "background"
    )
    assert ecdf.total == 10
    cut = ecdf.cut(0.45)
    assert cut == Cut(2.0, pytest.approx(0.5))
    assert ecdf.compute_fraction(cut) == pytest.approx(0.45)
    assert ecdf.cut(1.0) == Cut(1.0, pytest.approx(1.0))


def test_placement_counts_ties_half():
    ecdf = WeightedEcdf(np.array([1.0, 2.0, 2.0, 3.0]), np.ones(4), "background")
    np.testing.assert_allclose(ecdf.place(np.array([0.0, 2.0, 9.0])), [0.0, 0.5, 1.0])


def test_the_variance_of_a_mean_is_that_of_equal_weights():
    values = np.array([1.0, 3.0, 4.0, 8.0])
    ecdf = WeightedEcdf(np.arange(4.0), np.full(4, 0.7), "background")
    assert ecdf.compute_variance(lambda _: values) == pytest.approx(values.var(ddof=1) / 4)
    assert WeightedEcdf(np.zeros(1), np.ones(1), "signal").compute_variance(np.ones_like) == 0


def test_negative_weights_leave_fractions_defined():
    rng = np.random.default_rng(1)
    score, weight = rng.normal(size=5000), rng.choice([1.0, -1.0], 5000, p=[0.8, 0.2])
    ecdf = WeightedEcdf(score, weight, "background")
    for share in (0.001, 0.01, 0.1, 0.5, 0.99):
        cut = ecdf.cut(share)
        low, high = ecdf.find_interval(cut)
        fraction = ecdf.compute_fraction(cut)
        assert fraction == pytest.approx(share, abs=2 / weight.sum())
        assert low <= fraction <= high


@pytest.mark.parametrize(
    ("score", "weight", "words"),
    [
        ([], [], "background: 0 of 0 scores are not finite"),
        ([1.0, np.nan], [1.0, 1.0], "background: 1 of 2 scores are not finite"),
        ([1.0, 2.0], [1.0, -1.0], "background: the total weight of 2 events is 0"),
    ],
)
def test_what_has_no_efficiency_is_refused(score, weight, words):
    with pytest.raises(ValueError, match=words):
        WeightedEcdf(np.array(score), np.array(weight), "background")
