"""Numbers of single features, against sums by hand."""

from dataclasses import replace

import numpy as np
import pytest

from rapidmass.config.studies.data_comparison import DataComparison
from rapidmass.search.goodness_of_fit import Prediction
from rapidmass.studies.data_comparison.features import FINE
from rapidmass.studies.data_comparison.tests import FeatureBins, FeatureDescriber

SETTINGS = DataComparison(
    bins=4,
    minimum_events=5,
    systematics={"luminosity": 0.02},
    channel_systematics={"top": 0.1, "elsewhere": 0.5},
)
TESTER = FeatureDescriber(SETTINGS, ["top", "Z"], 1)


def make_feature(per_bin, observed, *, present=None, kind="cell"):
    """A feature whose fine bins share the content of each bin of the figure evenly."""
    values = np.repeat(np.array(per_bin, float), FINE, axis=1) / FINE
    data = np.repeat(np.array(observed, float), FINE) / FINE
    edges = np.arange(len(observed) + 1.0)
    count = int(sum(observed)) if present is None else present
    return FeatureBins("x", kind, values, 0.1 * values, data, count, edges)


TOTAL = TESTER.predict(np.array([[100.0], [300.0]]), np.array([[10.0], [30.0]]))


def test_yields_and_uncertainties_add_up():
    feature = make_feature([[10, 20, 30], [40, 50, 60]], [50, 80, 101])
    found = TESTER.describe(feature, TOTAL, 400)
    assert found["observed"] == 231
    assert found["expected"] == pytest.approx(210)
    assert found["expected_uncertainty"] == pytest.approx(np.sqrt(21))
    # luminosity moves both channels together, the channel's own uncertainty one of them
    assert found["expected_systematic"] == pytest.approx(np.hypot(0.02 * 210, 0.1 * 60))
    assert found["effective"] == pytest.approx(2100)
    assert found["ratio"] == pytest.approx(1.1)
    assert found["ratio_uncertainty"] == pytest.approx(1.1 * np.sqrt(1 / 231 + 1 / 2100))


def test_a_channel_that_is_not_there_has_no_uncertainty():
    assert TOTAL.shifts.shape == (2, 1)
    np.testing.assert_allclose(TOTAL.shifts[:, 0], [8.0, 10.0])


def test_presence_is_compared_beside_the_shape():
    flat = [[10, 10, 10, 10], [40, 40, 40, 40]]
    same = TESTER.describe(make_feature(flat, [50] * 4), TOTAL, 400)
    assert same["presence"]["expected"] == pytest.approx(0.5)
    assert same["presence"]["observed"] == pytest.approx(0.5)
    assert same["presence"]["p_value"] == pytest.approx(1.0)
    fewer = TESTER.describe(make_feature(flat, [30] * 4), TOTAL, 400)
    assert fewer["presence"]["observed"] == pytest.approx(0.3)
    assert fewer["presence"]["p_value"] < 1e-4
    assert fewer["shape"]["p_value"] == pytest.approx(1.0)  # the shape is the same
    assert fewer["chi2"]["p_value"] < 1e-4  # the normalisation is not
    always = TESTER.describe(make_feature([[50, 50], [150, 150]], [200, 200]), TOTAL, 400)
    assert always["presence"]["p_value"] is None


def test_a_shape_is_tested_whatever_the_normalisation():
    """Simulation that expects too little for a chi-square has a shape all the same."""
    little = FeatureDescriber(SETTINGS, ["top", "Z"], 1)
    tilted = make_feature([[0.1] * 4, [0.4] * 4], [70, 55, 45, 30])
    total = little.predict(np.array([[1.0], [3.0]]), np.array([[0.001], [0.003]]))
    feature = replace(tilted, variances=tilted.variances / 100)
    found = little.describe(feature, total, 400)
    assert found["chi2"] is None
    assert found["shape"]["p_value"] < 0.01
    assert found["ks"]["p_value"] < 0.01


def test_without_enough_data_only_the_yield_is_tested():
    found = TESTER.describe(make_feature([[10] * 4, [40] * 4], [1, 1, 1, 1]), TOTAL, 400)
    assert found["shape"] is found["ks"] is found["p_value"] is None
    assert found["chi2"]["p_value"] < 1e-6


def test_ranking_takes_the_smaller_of_two_p_values_twice():
    tilted = TESTER.describe(make_feature([[10] * 4, [40] * 4], [70, 55, 45, 30]), TOTAL, 400)
    smaller = min(tilted["shape"]["p_value"], tilted["ks"]["p_value"])
    assert tilted["p_value"] == pytest.approx(2 * smaller)
    assert tilted["p_value"] < 0.01


def test_what_simulation_never_has_is_not_tested():
    nothing = FeatureBins(
        "x", "cell", np.zeros((2, 0)), np.zeros((2, 0)), np.zeros(0), 7, np.array([0.0])
    )
    found = TESTER.describe(nothing, TOTAL, 400)
    assert found["observed"] == 7
    assert found["ratio"] is found["p_value"] is found["chi2"] is found["ks"] is None
    assert found["presence"] == {"observed": 7 / 400, "expected": 0.0, "p_value": None}


def test_rare_categories_are_merged_with_each_other_and_flavours_have_no_order():
    values = np.array([[1.0, 100, 2, 100, 3], [0, 0, 0, 0, 0]])
    data = np.array([2.0, 90, 1, 110, 4])
    labels = ("a", "b", "c", "d", "e")
    flavour = FeatureBins("flavour", "flavour", values, 0.01 * values, data, 207, None, labels)
    found = TESTER.describe(flavour, TOTAL, 400)
    assert found["ks"] is None
    assert found["presence"] is None
    flavours = found["chi2"]["value"]
    # b, and d with all that is rare
    assert found["chi2"]["ndf"] == 2
    multiplicity = FeatureBins(
        "n_x", "multiplicity", values, 0.01 * values, data, 207, None, labels
    )
    found = TESTER.describe(multiplicity, TOTAL, 400)
    assert found["ks"] is not None
    # only neighbours are merged: a with b, c with d and e
    assert found["chi2"]["ndf"] == 2
    assert found["chi2"]["value"] != pytest.approx(flavours)


def test_merged_bins_are_those_of_the_figure():
    merged = make_feature([[10, 20], [40, 50]], [50, 80]).merge()
    np.testing.assert_allclose(merged.values, [[10, 20], [40, 50]])
    np.testing.assert_allclose(merged.variances, [[1, 2], [4, 5]])
    np.testing.assert_allclose(merged.observed, [50, 80])


def test_nothing_expected_gives_no_ratio():
    empty = Prediction(np.zeros(1), np.zeros(1), np.zeros((2, 1)))
    found = TESTER.describe_yield(3, empty)
    assert found["ratio"] is None
    assert found["expected"] == found["effective"] == 0
