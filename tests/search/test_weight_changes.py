"""What variations change of weights: against changes that are known."""

import numpy as np
import pytest

from rapidmass.search.weight_changes import learn_change, pair_variations


def test_a_change_of_the_rate_is_found():
    rng = np.random.default_rng(1)
    features = rng.normal(size=(2000, 2))
    weight = np.ones(2000)
    change = learn_change(features, weight, features, 1.2 * weight, rng=rng)
    assert change == pytest.approx(np.full(2000, np.log(1.2)), abs=1e-3)


def test_a_change_of_the_scale_is_found():
    # the densities of exponentials with means 1.1 and 1 have the ratio exp(x / 11) / 1.1
    rng = np.random.default_rng(2)
    features = rng.exponential(size=(20000, 1))
    weight = np.full(20000, 0.5)
    change = learn_change(features, weight, 1.1 * features, weight, rng=rng)
    inside = (features[:, 0] > 0.1) & (features[:, 0] < 3)
    wanted = features[:, 0] / 11 - np.log(1.1)
    assert np.abs(change - wanted)[inside].mean() < 0.02


def test_one_variation_is_mirrored_and_two_are_not():
    up, down = np.array([0.1, 0.2]), np.array([-0.3, 0.0])
    assert np.array_equal(pair_variations([up]), [up, -up])
    assert np.array_equal(pair_variations([up, down]), [up, down])
