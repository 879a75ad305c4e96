"""A share of negative weights that depends on pT: what each policy makes of distributions."""

import numpy as np
import pytest
from pydantic import ValidationError

from labelled_events import grow, make_trees, write_sample
from rapidmass.models.classifiers.cancellation import cancel
from rapidmass.models.classifiers.events import LabelledEvents
from rapidmass.models.classifiers.refinement import refine

SETTINGS = make_trees(negative_weights="keep", refine_weights=True, max_trees=60, max_depth=3)
EDGES = np.linspace(-2.5, 2.5, 21)


def draw(n, seed, label=0.0):
    """Normal numbers; the share of negative weights rises from 0 to 0.4 with the first of them."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 4)).astype(np.float32)
    negative = rng.random(n) < 0.4 / (1 + np.exp(-2 * x[:, 0]))
    weight = np.where(negative, -1.0, 1.0).astype(np.float32)
    return LabelledEvents(x, np.full(n, label, np.float32), weight)


def list_observables(x):
    """The features, and functions of several that no classifier was shown."""
    return [*x.T, x[:, 0] + x[:, 1], x[:, 0] - x[:, 2], x[:, 0] * x[:, 1], np.hypot(*x[:, :2].T),
            np.abs(x[:, 0]), x.mean(axis=1)]  # fmt: skip


def compare(events, weight, reference):
    """chi2/ndf of weighted histograms against those of a signed sample, over all observables."""
    chi2, bins = 0.0, 0
    scale = reference.weight.sum(dtype=np.float64) / weight.sum(dtype=np.float64)
    for mine, other in zip(list_observables(events.x), list_observables(reference.x), strict=True):
        found, _ = np.histogram(mine, EDGES, weights=weight * scale)
        square, _ = np.histogram(mine, EDGES, weights=(weight * scale) ** 2)
        expected, _ = np.histogram(other, EDGES, weights=reference.weight)
        variance, _ = np.histogram(other, EDGES, weights=reference.weight**2)
        filled = variance > 20
        chi2 += np.sum((found - expected)[filled] ** 2 / (square + variance)[filled])
        bins += np.count_nonzero(filled)
    return chi2 / bins


def test_refined_weights_keep_signed_distributions_where_other_policies_do_not():
    training, validation, other = (
        draw(n, seed) for n, seed in ((40_000, 1), (10_000, 2), (40_000, 3))
    )
    assert compare(training, training.weight, other) < 1.3
    refined = refine(training, validation, SETTINGS, seed=1, threads=1)
    assert (refined.weight > 0).mean() > 0.999
    assert refined.weight.sum() == pytest.approx(training.weight.sum(), rel=1e-4)
    assert compare(refined, refined.weight, other) < 1.3
    for weight in (np.abs(training.weight), np.maximum(training.weight, 0)):
        assert compare(training, weight, other) > 3


def test_cancelled_weights_do_so_too():
    training, other = draw(20_000, 1), draw(20_000, 3)
    cancelled = cancel(training)
    assert cancelled.weight.min() >= 0
    assert cancelled.weight.sum() == pytest.approx(training.weight.sum(), rel=1e-5)
    assert compare(cancelled, cancelled.weight, other) < 1.3
    assert compare(training, np.abs(training.weight), other) > 2


def test_a_cell_takes_the_nearest_events_and_no_more():
    x = np.array([[0.0], [0.1], [0.3], [5.0], [6.0]], np.float32)
    weight = np.array([-1.0, 0.5, 1.5, 1.0, 2.0], np.float32)
    found = cancel(LabelledEvents(x, np.zeros(5, np.float32), weight)).weight
    # -1 + 0.5 + 1.5 = 1, shared as 1 : 0.5 : 1.5
    assert found == pytest.approx([1 / 3, 1 / 6, 1 / 2, 1.0, 2.0])


def test_cells_grow_as_far_as_they_must_and_classes_stay_apart():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 3)).astype(np.float32)
    x[::7, 2] = np.nan
    weight = np.r_[-np.full(60, 1.0), np.full(60, 1.1), np.full(80, 1.0)].astype(np.float32)
    label = np.repeat([0, 1], [120, 80]).astype(np.float32)
    found = cancel(LabelledEvents(x, label, weight)).weight
    assert found[:120].sum() == pytest.approx(6, rel=1e-3)
    assert found.min() >= 0
    assert np.array_equal(found[120:], weight[120:])
    with pytest.raises(ValueError, match="do not add up to more than 0"):
        cancel(LabelledEvents(x[:60], label[:60], weight[:60]))


def test_a_class_without_negative_weights_stays_as_it_is():
    signal = draw(500, 4, label=1.0)
    signal = signal._replace(weight=np.abs(signal.weight))
    both = LabelledEvents(*map(np.concatenate, zip(draw(2000, 5), signal, strict=True)))
    refined = refine(both, both, SETTINGS, seed=1, threads=1)
    assert np.array_equal(refined.weight[2000:], signal.weight)
    assert not np.array_equal(refined.weight[:2000], both.weight[:2000])
    assert np.array_equal(refined.x, both.x)


def test_trees_learn_from_refined_weights(tmp_path):
    """Signal of weight +1 at 0 and 2, and of weight -1 at 0: only that at 2 is there."""
    rng = np.random.default_rng(1)
    background, signal = rng.normal(size=(4000, 2)), rng.normal(size=(6000, 2))
    signal[2000:4000, 0] += 2
    files = (
        [write_sample(tmp_path / "b.parquet", background, 1.0, "b")],
        {"s": write_sample(tmp_path / "s.parquet", signal, np.repeat([1, 1, -1], 2000), "s")},
    )
    x = np.array([[0.0, 0.0], [2.0, 0.0]], np.float32)
    assert grow(*files, SETTINGS).compute_scores(x) == pytest.approx([-2.0, 2.0], abs=0.6)
    cancelled = make_trees(negative_weights="keep", cancel_weights=True)
    assert grow(*files, cancelled).compute_scores(x) == pytest.approx([-2.0, 2.0], abs=0.8)


def test_there_must_be_signs_to_refine():
    with pytest.raises(ValidationError, match="refine_weights needs negative_weights: keep"):
        make_trees(refine_weights=True)
    with pytest.raises(ValidationError, match="cancel_weights needs negative_weights: keep"):
        make_trees(cancel_weights=True)
    with pytest.raises(ValidationError, match="exclude each other"):
        make_trees(negative_weights="keep", cancel_weights=True, refine_weights=True)
