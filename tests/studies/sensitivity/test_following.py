import numpy as np
import pytest
from scipy.stats import spearmanr

from rapidmass.scores.ordered import order_events
from rapidmass.scores.read import ScoredEvents
from rapidmass.studies.sensitivity.following import measure_following


def make(score, weight=None):
    n = len(score)
    weight = np.ones(n) if weight is None else weight
    channel = np.full(n, "tt")
    events = ScoredEvents(np.arange(n, dtype=np.uint64), channel, np.asarray(score), weight, {})
    return lambda: [events], order_events(events)


def test_a_score_follows_itself_and_any_rising_function_of_it():
    score = np.random.default_rng(1).normal(size=5000)
    found = measure_following(make(np.exp(score)), make(score))
    assert found["rank_correlation"] == pytest.approx(1)
    assert found["shared"] == [1, 1]
    assert measure_following(make(-score), make(score))["rank_correlation"] == pytest.approx(-1)


def test_noise_is_measured_and_weights_count():
    rng = np.random.default_rng(2)
    score = rng.normal(size=20_000)
    noisy = score + 0.5 * rng.normal(size=20_000)
    found = measure_following(make(noisy), make(score))
    assert found["rank_correlation"] == pytest.approx(spearmanr(noisy, score).statistic, abs=1e-6)
    top = [values >= np.quantile(values, 0.99) for values in (noisy, score)]
    expected = (top[0] & top[1]).sum() / (top[0] | top[1]).sum()
    assert found["shared"][0] == pytest.approx(expected, abs=0.01)
    assert found["shared"][1] < found["shared"][0] < 1
    # two populations, of which one follows and the other does not; that of weight 0 does not count
    first = rng.random(20_000) < 0.5
    mixed = np.where(first, score, rng.normal(size=20_000))
    found = measure_following(make(mixed, first.astype(float)), make(score, first.astype(float)))
    assert found["rank_correlation"] > 0.99
    assert found["shared"] == pytest.approx([1, 1])
