"""Processes that share batches see, together, what one process sees."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelled_events import fit, make_classifier, write_gaussians
from rapidmass.config.models.training import ScalingSettings
from rapidmass.models.inputs.loader import Recipe, iterate_batches
from rapidmass.models.inputs.packed import Packed
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.models.inputs.shares import Share, list_rows
from rapidmass.models.inputs.signal_batches import SignalEvents
from rapidmass.models.training.train import weigh_classes
from rapidmass.representations.base import select_elements
from synthetic_megasets import MATRIX, make_events, write_events

FRACTION = 0.2


@given(st.integers(1, 9), st.integers(1, 200), st.data())
def test_every_event_of_a_batch_is_in_one_share(number, size, data):
    events = data.draw(st.integers(1, size))
    shares = [list_rows(Share(k, number), size, events) for k in range(number)]
    if number == 1:
        assert shares == [None]
        return
    assert np.concatenate(shares).tolist() == list(range(events))
    if events == size:
        assert max(map(len, shares)) - min(map(len, shares)) <= 1


def join(parts):
    """Put the parts of a batch together again, in its order."""
    rows = np.concatenate([part.rows for part in parts])
    order = np.argsort(rows)
    assert rows[order].tolist() == list(range(len(parts[0].weight)))
    assert all(np.array_equal(part.weight, parts[0].weight) for part in parts)
    return lambda name: np.concatenate([getattr(part, name) for part in parts])[order]


@pytest.fixture(scope="module")
def megaset(tmp_path_factory):
    """1600 training events or so, in row groups that end anywhere in batches."""
    return write_events(tmp_path_factory.mktemp("m") / "0.parquet", make_events(2000), pieces=3)


@pytest.mark.parametrize("number", [2, 3])
@pytest.mark.parametrize("packs", [False, True])
def test_shares_of_batches_are_the_batches(megaset, packs, number):
    """The last batch is so small that the last process has nothing of it."""
    scaler = fit_scaler([megaset], ScalingSettings(), validation_fraction=FRACTION)
    recipe = Recipe(
        scaler, select_elements(MATRIX), FRACTION, "keep", needs_mask=not packs, packs=packs
    )

    def read(**share):
        made = iterate_batches(
            megaset, recipe, part="training", batch_size=501, shuffle_seed=3, first=1, **share
        )
        return list(made)

    whole, shared = read(), [read(share=Share(k, number)) for k in range(number)]
    assert len(whole[-1].weight) < 501 / number
    assert len(shared[-1][-1].rows) == 0
    for batch, *parts in zip(whole, *shared, strict=True):
        if packs:
            elements = [
                np.split(one.x.values, one.x.offsets[1:-1]) if len(one.x) else []
                for one in (batch, *parts)
            ]
            assert all(isinstance(part.x, Packed) for part in parts)
            together = [event for some in elements[1:] for event in some]
            assert [e.tolist() for e in together] == [e.tolist() for e in elements[0]]
            join([part._replace(x=part.rows) for part in parts])
        else:
            get = join(parts)
            assert np.array_equal(get("x"), batch.x)
            assert np.array_equal(get("mask"), batch.mask)
            assert np.array_equal(parts[0].weight, batch.weight)


def test_shares_of_mixed_batches_have_both_classes(tmp_path):
    megasets, signals = write_gaussians(tmp_path, 1000)
    settings, scaler = make_classifier(), fit(megasets)
    weights = weigh_classes(
        "dnn", settings, megasets, signals, scaler=scaler, validation_fraction=FRACTION
    ).weights
    recipe = Recipe(
        scaler, select_elements(scaler.representation), FRACTION, "keep",
        needs_mask=True, target=settings.labels, class_weights=weights,
    )  # fmt: skip
    events = SignalEvents([*signals.values()], recipe, weights["training"].sampling)

    def mix(**share):
        batches = iterate_batches(
            megasets[0], recipe, part="training", batch_size=101, shuffle_seed=3, **share
        )
        return list(events.mix(batches, size=101, first=0, seed=3, **share))

    whole, shared = mix(), [mix(share=Share(k, 2)) for k in range(2)]
    for batch, *parts in zip(whole, *shared, strict=True):
        get = join(parts)
        for name in ("x", "mask", "label"):
            assert np.array_equal(get(name), getattr(batch, name)), name
        assert np.array_equal(parts[0].weight, batch.weight)
    assert {frozenset(part.label) for part in shared[1][:-1]} == {frozenset({0.0, 1.0})}
