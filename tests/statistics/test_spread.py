"""Numbers over trainings: their mean, spread and range."""

import numpy as np
import pytest

from rapidmass.statistics.spread import summarise_values


def test_undefined_values_are_left_out():
    found = summarise_values([1.0, None, 3.0], [0.5, None, 0.7])
    assert found == {
        "values": [1.0, None, 3.0],
        "uncertainty": pytest.approx(0.6),
        "mean": 2.0,
        "spread": pytest.approx(np.sqrt(2)),
        "low": 1.0,
        "high": 3.0,
    }
    assert summarise_values([1.0, None])["mean"] is None
