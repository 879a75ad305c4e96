import numpy as np

from rapidmass.config.scan import Axis
from rapidmass.search.histograms import fill_histogram


def test_histograms_lose_nothing_but_nan():
    axis = Axis(start=0, stop=10, step=5)
    values = np.array([-1, 2, 7, 99, np.nan])
    found = fill_histogram(axis, values, np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert found == {"values": [3.0, 7.0], "variances": [5.0, 25.0]}
