"""Separation: values against scikit-learn and closed forms, intervals against toys."""

import math

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from rapidmass.statistics.roc import RocCurve, compute_auc

events = st.lists(
    st.tuples(st.integers(-5, 5).map(float), st.floats(0.1, 10)), min_size=1, max_size=30
).map(lambda rows: tuple(np.array(column) for column in zip(*rows, strict=True)))


def compute_efficiencies(*events, minimum_effective_events=10.0):
    *events, shares = events
    curve = RocCurve(*events)
    return [curve.compute_efficiency(share, minimum_effective_events) for share in shares]


@given(events, events)
def test_auc_is_that_of_scikit_learn(background, signal):
    score = np.concatenate([background[0], signal[0]])
    weight = np.concatenate([background[1], signal[1]])
    label = np.repeat([0, 1], [background[0].size, signal[0].size])
    expected = roc_auc_score(label, score, sample_weight=weight)
    found = compute_auc(*background, *signal)
    assert found.value == pytest.approx(expected, abs=1e-12)
    assert found.uncertainty >= 0


signed = st.lists(
    st.tuples(st.integers(-5, 5).map(float), st.floats(-1, 5)), min_size=1, max_size=30
).map(lambda rows: tuple(np.array(column) for column in zip(*rows, strict=True)))


@given(signed, signed)
def test_auc_with_signed_weights_is_the_share_of_weighted_pairs(background, signal):
    """Where scikit-learn refuses: sum of w_s w_b over pairs, ties by half."""
    totals = background[1].sum(), signal[1].sum()
    assume(min(totals) > 0.1)
    pairs = np.subtract.outer(signal[0], background[0])
    shares = np.where(pairs > 0, 1.0, np.where(pairs == 0, 0.5, 0.0))
    expected = signal[1] @ shares @ background[1] / (totals[0] * totals[1])
    assert compute_auc(*background, *signal).value == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(events, events, events)
def test_events_of_opposite_weight_take_each_other_away(background, signal, others):
    """A sample with events that come once with w and once with -w is that without them."""
    usual = compute_auc(*background, *signal)
    score = np.concatenate([background[0], others[0], others[0]])
    weight = np.concatenate([background[1], others[1], -others[1]])
    found = compute_auc(score, weight, *signal)
    assert found.value == pytest.approx(usual.value, abs=1e-9)
    assert found.uncertainty >= 0.999 * usual.uncertainty  # they cost statistics all the same


@given(events, events, st.floats(0.01, 100))
def test_auc_keeps_what_must_not_matter(background, signal, factor):
    found = compute_auc(*background, *signal)
    reverse = compute_auc(*signal, *background)
    assert reverse.value == pytest.approx(1 - found.value, abs=1e-12)
    assert reverse.uncertainty == pytest.approx(found.uncertainty, abs=1e-12)
    mapped = compute_auc(
        np.exp(background[0]), background[1] * factor, np.exp(signal[0]), signal[1]
    )
    assert mapped == pytest.approx(found, abs=1e-12)


@example((np.zeros(1), np.ones(1)), (np.zeros(1), np.ones(1)), 1 - 2**-53, 3.0)
@given(events, events, st.floats(0.01, 1), st.floats(0.01, 100))
def test_efficiencies_keep_what_must_not_matter(background, signal, share, factor):
    def find(b, s, factor=1.0):
        curve = RocCurve(b[0], b[1] * factor, s[0], s[1] / factor)
        return curve.compute_efficiency(share, 0.0)

    found = find(background, signal)
    assert found.low <= found.efficiency <= found.high
    assert found.low >= 0
    assert found.high <= 1
    mapped = find((np.exp(background[0]), background[1]), (np.exp(signal[0]), signal[1]), factor)
    assert mapped[2:] == pytest.approx(found[2:], abs=1e-9)
    # a score that separates nothing passes as much signal as background
    assert find(background, background).efficiency == pytest.approx(share, abs=1e-9)


def test_more_background_passes_more_signal():
    rng = np.random.default_rng(1)
    found = compute_efficiencies(
        rng.normal(size=5000), np.ones(5000), rng.normal(1, 1, 500), np.ones(500),
        [0.001, 0.01, 0.1, 0.5, 1.0], minimum_effective_events=0,
    )  # fmt: skip
    efficiencies = [e.efficiency for e in found]
    assert efficiencies == sorted(efficiencies)
    assert found[-1].efficiency == found[-1].high == 1


def test_ties_are_broken_as_if_at_random():
    """A number of objects as a score: 90 % of the background have none, 10 % have one."""
    background, signal = np.repeat([0.0, 1.0], [90, 10]), np.repeat([0.0, 1.0], [5, 5])
    (found,) = compute_efficiencies(
        background, np.ones(100), signal, np.ones(10), [0.05], minimum_effective_events=0
    )
    assert found.threshold == 1
    assert found.efficiency == pytest.approx(0.25)
    assert compute_auc(background, np.ones(100), signal, np.ones(10)).value == pytest.approx(0.7)


def test_too_few_background_events_give_no_efficiency():
    rng = np.random.default_rng(2)
    score, weight = rng.normal(size=20000), np.ones(20000)
    found = compute_efficiencies(score, weight, score, weight, [1e-2, 1e-3, 1e-4])
    assert found[0].efficiency == pytest.approx(0.01)
    assert found[1].efficiency is not None
    assert found[2] == (1e-4, None, None, None, None)
    curve = RocCurve(score, weight, score, weight)
    assert curve.compute_improvement(1e-4, 10.0) == (1e-4, None, None, None)
    # 200 events that are worth 5
    weight[np.argsort(score)[-200:]] = np.where(np.arange(200) < 5, 40.0, 0.01)
    (heavy,) = compute_efficiencies(score, weight, score, weight, [1e-2])
    assert heavy.efficiency is None


def test_improvement_of_two_normal_scores():
    rng = np.random.default_rng(3)
    curve = RocCurve(
        rng.normal(size=200000), np.ones(200000), rng.normal(2, 1, 50000), np.ones(50000)
    )
    found = curve.compute_improvement(0.01, 10.0)
    expected = norm.sf(norm.isf(0.01), 2) / math.sqrt(0.01)
    assert found.low < expected < found.high
    assert found.high - found.low < 0.04 * expected


def make_weights(rng, n, kind):
    if kind == "equal":
        return np.ones(n)
    if kind == "signs":
        return rng.choice([1.0, -1.0], n, p=[0.85, 0.15])
    return rng.lognormal(0.0, 1.2, n)  # the largest 1 % of the events have 13 % of the weight


@pytest.mark.parametrize("kind", ["equal", "heavy", "signs"])
def test_the_uncertainty_of_the_auc_covers(kind):
    rng = np.random.default_rng(4)
    true, toys = float(norm.cdf(1 / math.sqrt(2))), 1000
    pulls = []
    for _ in range(toys):
        found = compute_auc(
            rng.normal(size=1000), make_weights(rng, 1000, kind),
            rng.normal(1, 1, 300), make_weights(rng, 300, kind),
        )  # fmt: skip
        pulls.append((found.value - true) / found.uncertainty)
    assert np.mean(pulls) == pytest.approx(0, abs=0.25)
    assert np.mean(np.abs(pulls) < 1) == pytest.approx(0.683, abs=0.055)
    assert np.mean(np.abs(pulls) < 2) > 0.93


@pytest.mark.parametrize(
    ("kind", "share", "n"),
    [
        ("equal", 1e-2, 4000), ("equal", 1e-3, 20000),
        ("signs", 1e-2, 4000), ("signs", 1e-3, 20000),
        # so few heavy ones as 20 are worth less than what anything is quoted of
        ("heavy", 1e-2, 4000), ("heavy", 2.5e-3, 20000),
    ],
)  # fmt: skip
def test_intervals_of_efficiencies_cover(kind, share, n):
    """20 to 50 background events behind the cut: the threshold is as uncertain as the rest."""
    rng = np.random.default_rng(5)
    true, toys = float(norm.sf(norm.isf(share), 2.5)), 300
    covered, naive = [], []
    for _ in range(toys):
        background, signal = rng.normal(size=n), rng.normal(2.5, 1, 500)
        weights = make_weights(rng, n, kind), make_weights(rng, 500, kind)
        (found,) = compute_efficiencies(
            background, weights[0], signal, weights[1], [share], minimum_effective_events=0
        )
        covered.append(found.low <= true <= found.high)
        passed = signal > found.threshold
        value = weights[1][passed].sum() / weights[1].sum()
        naive.append(abs(value - true) < math.sqrt(max(value * (1 - value), 0) / 500))
    # three standard deviations of 300 toys: 0.08
    assert np.mean(covered) == pytest.approx(0.683, abs=0.08)
    # what counts entries and takes the threshold as known does not cover
    assert np.mean(naive) < np.mean(covered) - 0.02
