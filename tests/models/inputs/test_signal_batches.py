import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelled_events import FRACTION, draw_gaussians, fit, make_classifier, write_sample
from rapidmass.models.inputs.class_sums import measure_classes
from rapidmass.models.inputs.class_weights import make_training_weights
from rapidmass.models.inputs.loader import Recipe, iterate_batches
from rapidmass.models.inputs.signal_batches import SignalEvents, iterate_signals

SIZE = 64


def make(folder, scheme):
    """A recipe, a megaset, the files of two signals, and their events in memory."""
    rng = np.random.default_rng(1)
    background = draw_gaussians(1000, 0.0, seed=1, missing=0.3)
    megaset = write_sample(folder / "b.parquet", background, rng.uniform(1, 3, 1000), "b")
    signals = {
        name: write_sample(folder / f"{name}.parquet", draw_gaussians(n, 1.0, seed=n), 0.01, name)
        for name, n in (("s", 90), ("t", 30))
    }
    architecture = make_classifier(target={"signals": ["s", "t"]}, class_weights=scheme)
    sums = measure_classes([megaset], signals, fold=None, validation_fraction=FRACTION)
    weights = make_training_weights("dnn", architecture, sums)
    recipe = Recipe(
        fit([megaset]), np.arange(2), FRACTION, "fail",
        needs_mask=True, target=architecture.labels, class_weights=weights,
    )  # fmt: skip
    paths = [*signals.values()]
    return recipe, megaset, paths, SignalEvents(paths, recipe, weights["training"].sampling)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    return make(tmp_path_factory.mktemp("events"), "balanced_yield")


def mix(prepared, seed=1, first=0):
    recipe, megaset, _, signals = prepared
    batches = iterate_batches(
        megaset, recipe, part="training", batch_size=SIZE, shuffle_seed=seed, first=first
    )
    return list(signals.mix(batches, size=SIZE, first=first, seed=seed))


def test_half_of_each_batch_is_signal_and_both_halves_weigh_the_same(prepared):
    batches = mix(prepared)
    assert len(batches) > 5
    for batch in batches:
        half = len(batch.x) // 2
        assert batch.label.tolist() == [0] * half + [1] * half
        assert len(batch.weight) == len(batch.mask) == len(batch.x) == 2 * half
        assert batch.x.ctypes.data % 64 == 0
    weight = np.concatenate([batch.weight for batch in batches])
    label = np.concatenate([batch.label for batch in batches])
    assert weight[label == 0].mean() == pytest.approx(1, rel=1e-5)
    assert weight[label == 1].mean() == pytest.approx(1, rel=1e-2)


@pytest.mark.parametrize("scheme", ["unweighted", "physical"])
def test_classes_weigh_what_they_ask_for_however_often_they_are_drawn(tmp_path, scheme):
    prepared = make(tmp_path, scheme)
    batches = mix(prepared)
    weight = np.concatenate([batch.weight for batch in batches]).astype(np.float64)
    label = np.concatenate([batch.label for batch in batches])
    recipe, megaset, paths, _ = prepared
    read = [
        *iterate_batches(megaset, recipe, part="training", batch_size=SIZE, shuffle_seed=None),
        *iterate_signals(paths, recipe, "training", SIZE),
    ]
    true = np.concatenate([batch.weight for batch in read]).astype(np.float64)
    told = np.concatenate([batch.label for batch in read])
    assert set(told) == {0, 1}
    assert weight[label == 1].sum() / weight.sum() == pytest.approx(
        true[told == 1].sum() / true.sum(), rel=1e-2
    )


def test_all_events_of_signals_come_equally_often(prepared):
    batches = mix(prepared)
    rows = np.concatenate([batch.x[len(batch.x) // 2 :] for batch in batches])
    _, counts = np.unique(rows, axis=0, return_counts=True)
    assert len(counts) == len(prepared[3])
    assert np.ptp(counts) <= 1


@given(first=st.integers(0, 12), seed=st.integers(0, 5))
@settings(max_examples=20, deadline=None)
def test_an_epoch_that_goes_on_has_the_batches_that_it_would_have_had(prepared, first, seed):
    whole, rest = mix(prepared, seed), mix(prepared, seed, first)
    assert len(rest) == len(whole[first:])
    for one, other in zip(whole[first:], rest, strict=True):
        for a, b in zip(one, other, strict=True):
            assert (a is None and b is None) or np.array_equal(a, b)


def test_another_seed_draws_in_another_order(prepared):
    one, other = (mix(prepared, seed)[0].x[SIZE:] for seed in (1, 2))
    assert not np.array_equal(one, other)
