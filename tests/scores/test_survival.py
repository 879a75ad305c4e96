"""P-values of scores among weighted background."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapidmass.scores.read import ScoredEvents
from rapidmass.scores.survival import (
    CLASS_EVENTS,
    LABEL,
    STEP,
    ClassCurves,
    SurvivalCurve,
    choose_edges,
    find_classes,
)
from rapidmass.statistics.ranked import Ranked
from rapidmass.statistics.roc import RocCurve

SEED = st.integers(0, 2**32 - 1)


def fit(score, weight):
    order = np.argsort(score, kind="stable")
    return SurvivalCurve.fit([Ranked(score[order], weight[order])])


def fit_classes(score, weight, label):
    order = np.argsort(score, kind="stable")
    columns = np.arange(len(score), dtype=np.uint64), np.full(len(score), ""), score, weight
    events = ScoredEvents(*(column[order] for column in columns), {LABEL: label[order]})
    edges = choose_edges([(label[:7], weight[:7]), (label[7:], weight[7:])])
    return ClassCurves.fit([events], lambda some: some.weight > 0, edges)


@given(SEED, st.integers(1, 400), st.booleans())
@settings(max_examples=60, deadline=None)
def test_p_values_never_rise_with_the_score(seed, events, discrete):
    rng = np.random.default_rng(seed)
    score = (
        rng.integers(0, 6, events).astype(float) if discrete else rng.standard_exponential(events)
    )
    curve = fit(score, rng.uniform(0.1, 2, events))
    found = curve.measure(np.linspace(-3, 30, 500))
    assert (np.diff(found) <= 1e-12).all()
    assert (found <= 0).all()


@given(SEED, st.integers(1, 300), st.integers(1, 6), st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_curve_in_pieces_is_the_same_curve(seed, events, number, discrete):
    """Wherever the events are cut, but between equal ones; pieces may be empty."""
    rng = np.random.default_rng(seed)
    score = np.sort(rng.normal(size=events))
    score = np.round(score) if discrete else score
    weight = rng.choice([1.0, 2.0, -0.3], events) + np.where(np.arange(events) == 0, events, 0)
    cuts = np.sort(rng.choice(score, number))
    places = np.concatenate([[0], np.searchsorted(score, cuts), [events]]).tolist()
    pieces = [Ranked(score[a:b], weight[a:b]) for a, b in pairwise(places)]
    whole = fit(score, weight)
    found = SurvivalCurve.fit(pieces)
    at = np.concatenate([score, rng.normal(0, 2, 50)]).astype(np.float32)
    np.testing.assert_array_equal(found.measure(at), whole.measure(at))


def test_a_curve_of_many_events_has_fewer_knots_and_is_true_to_its_step():
    """Also where weights cancel, and the curve is flat before it falls."""
    rng = np.random.default_rng(6)
    score = np.sort(rng.normal(size=400_000))
    weight = np.where((score > 0.3) & (score < 0.5), rng.choice([1.0, -1.0], len(score)), 1.0)
    found = SurvivalCurve.fit([Ranked(score[a:b], weight[a:b]) for a, b in
                               pairwise((0, 100_000, 250_000, len(score)))])  # fmt: skip
    whole = fit(score, weight)
    at = np.concatenate([rng.normal(0, 1.5, 200_000), score[::7]])
    log_p = found.measure(at)
    assert np.abs(log_p - whole.measure(at)).max() < STEP
    assert found.knots.shape[1] < 0.5 * whole.knots.shape[1]
    # what lies between two knots keeps its order
    inside = np.argsort(at)[np.sort(at) < found.end]
    assert (np.diff(log_p[inside]) <= 0).all()


def test_p_values_are_those_of_the_distribution_and_go_on_beyond_it():
    """Of an exponential distribution -ln p is the score, at any score."""
    score = np.random.default_rng(1).standard_exponential(40_000)
    curve = fit(score, np.ones(len(score)))
    at = np.array([0.1, 1.0, 3.0, 5.0])
    np.testing.assert_allclose(curve.measure(at), -at, atol=0.1)
    beyond = score.max() + np.array([1.0, 10.0])
    np.testing.assert_allclose(curve.measure(beyond), -beyond, rtol=0.4)
    assert np.diff(curve.measure(beyond)) < -5


def test_p_values_count_weights_and_half_of_what_is_equal():
    curve = fit(np.repeat([1.0, 2.0, 3.0], 1000), np.repeat([3.0, 2.0, 5.0], 1000))
    expected = np.log([0.7 + 0.15, 0.5 + 0.1])
    np.testing.assert_allclose(curve.measure(np.array([1.0, 2.0])), expected)


def test_a_background_is_uniform_in_its_own_p_values():
    rng = np.random.default_rng(2)
    fitted, other = rng.normal(size=(2, 20_000))
    weight = rng.uniform(0.5, 2, 20_000)
    p = np.exp(fit(fitted, weight).measure(other))
    for share in (0.5, 0.1, 0.01):
        spread = np.sqrt(2 * share / len(p))  # of both samples
        assert (p < share).mean() == pytest.approx(share, abs=5 * spread)


def test_a_constant_score_keeps_as_much_signal_as_background():
    """As does a score of few values that are distributed alike."""
    rng = np.random.default_rng(3)
    for background, signal in (
        (np.zeros(5000), np.zeros(800)),
        (np.arange(5000) % 4, np.arange(800) % 4),
    ):
        curve = fit(background.astype(float), rng.uniform(0.5, 1.5, 5000))
        scores = (-curve.measure(values.astype(float)) for values in (background, signal))
        roc = RocCurve(next(scores), np.ones(5000), next(scores), np.ones(800))
        for share in (0.5, 0.1, 0.01):
            assert roc.compute_efficiency(share, 1.0).efficiency == pytest.approx(share, abs=1e-9)


def test_negative_weights_do_not_let_p_values_rise():
    rng = np.random.default_rng(4)
    score, weight = rng.normal(size=3000), rng.choice([1.0, 1.0, 1.0, -1.0], 3000)
    found = fit(score, weight).measure(np.linspace(-5, 8, 400))
    assert np.isfinite(found).all()
    assert (np.diff(found) <= 1e-12).all()


def test_each_class_has_a_curve_of_its_own():
    rng = np.random.default_rng(5)
    label = np.repeat([2.0, 3.0], 5000)
    score = rng.standard_exponential(10_000) * np.where(label == 2, 1.0, 10.0)
    curves = fit_classes(score, np.ones(10_000), label)
    assert curves.edges.tolist() == [3.0]
    found = curves.measure(np.array([2.0, 2.0, 20.0]), np.array([2.0, 3.0, 3.0]))
    np.testing.assert_allclose(found, [-2, -0.2, -2], atol=0.15)


def test_values_with_little_background_join_others():
    label = np.repeat([1.0, 2.0, 3.0, 4.0], [50, CLASS_EVENTS + 5, 3, CLASS_EVENTS])
    curves = fit_classes(np.arange(len(label), dtype=float), np.ones(len(label)), label)
    # 4 is one class; 3, 2 and, as the lowest, 1 are the other
    assert curves.edges.tolist() == [4.0]
    assert find_classes(curves.edges, np.array([0, 1, 3, 4, 9]), 5).tolist() == [0, 0, 0, 1, 1]
    few = fit_classes(np.arange(20.0), np.ones(20), np.arange(20.0))
    assert len(few.curves) == 1


def test_a_background_without_weight_is_refused():
    with pytest.raises(ValueError, match="total weight"):
        fit(np.arange(3.0), np.array([1.0, -1.0, 0.0]))
