import numpy as np
import pytest

from rapidmass.config.search.scan import Axis
from rapidmass.search.histograms import SCORE, compare_bins, fill_histogram
from synthetic_shifts import BACKGROUND, move


def test_histograms_lose_nothing_but_nan():
    axis = Axis(start=0, stop=10, step=5)
    values = np.array([-1, 2, 7, 99, np.nan])
    found = fill_histogram(axis, values, np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert found == {"values": [3.0, 7.0], "variances": [5.0, 25.0]}


def test_changes_of_bins_lose_nothing_at_the_ends():
    nothing = BACKGROUND.select(np.zeros(len(BACKGROUND.key), dtype=bool))
    axis = Axis(start=-1, stop=1, step=0.5)
    changed = compare_bins(axis, SCORE, [BACKGROUND], [move(BACKGROUND, score=0.3)])
    assert changed[0] < 0 < changed[-1]
    assert changed.sum() == pytest.approx(0, abs=1e-9)
    met = compare_bins(Axis(start=0, stop=100, step=10), "met", [BACKGROUND], [nothing])
    assert met.sum() == pytest.approx(-BACKGROUND.weight.sum())
