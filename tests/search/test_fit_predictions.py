import numpy as np
import pytest

from few_events import THREE_LEPTONS, draw_background
from fit_events import FOLDER, give
from rapidmass.config.studies.fits import FitAxis, Fits
from rapidmass.search.fit_bins import choose_bins
from rapidmass.search.fit_predictions import CellSums
from rapidmass.statistics.weight_classes import Octaves

SHARES = FitAxis(variable="score", shares=(0.0, 0.5, 0.9))
EDGES = FitAxis(variable="met", edges=(0.0, 50.0, 100.0))


def _predict(weight, rows, met):
    columns = np.searchsorted(EDGES.edges, met, side="right") - 1
    sums = CellSums(Octaves.find(lambda: [weight]), [SHARES, EDGES], (3, 3))
    for some in (slice(7), slice(7, None)):
        sums.add(weight[some], [rows[some], columns[some]], [rows[some], met[some]])
    return sums.predict()


def test_many_equal_events_are_believed():
    rng = np.random.default_rng(1)
    n = 20000
    rows = rng.choice(3, n, p=[0.5, 0.4, 0.1])
    met = rng.exponential(60, n) * (1 + rows)  # the two depend on each other
    found = _predict(np.full(n, 0.5), rows, met)
    np.testing.assert_allclose(found.expected, found.total)
    np.testing.assert_allclose(found.variance, 0.5 * found.total)
    assert found.total.sum() == pytest.approx(0.5 * n)


def test_a_rare_heavy_class_is_expected_where_it_may_be():
    """Four events of 1,000 beside many of 1: none is in the tail, where some are expected."""
    rng = np.random.default_rng(2)
    rows = np.concatenate([rng.choice(3, 5000, p=[0.5, 0.4, 0.1]), [0, 0, 1, 1]])
    met = np.concatenate([rng.exponential(40, 5000), [10.0, 30.0, 60.0, 90.0]])
    weight = np.concatenate([np.ones(5000), np.full(4, 1000.0)])
    found = _predict(weight, rows, met)
    light = rows[:5000] == 2
    assert found.total[2].sum() == light.sum()
    share = light.sum() / weight.sum()  # of all weight, in the last row
    expected = light.sum() + 4 * 1e6 * share
    assert found.variance[2].sum() == pytest.approx(expected, rel=0.01)


def test_the_last_bin_is_as_uncertain_as_heavy_events_make_it():
    """Two classes of heavy events have a handful in all: most toys have none in the last bin."""
    fits, ratios = Fits(axes=(SHARES, EDGES)), []
    for seed in range(40):
        background = draw_background(THREE_LEPTONS, np.random.default_rng([9, seed]))
        bins, _ = choose_bins(give(background), fits, FOLDER)
        last = background.weight[bins.find(background) == bins.size - 1]
        if last.max() < 500:
            ratios.append(bins.variance[-1] / (last**2).sum())
    assert len(ratios) > 20
    assert min(ratios) > 0.9
    assert np.mean(ratios) > 1.3
