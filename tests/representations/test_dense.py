"""Rows with NaN where an element is absent."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rapidmass.representations.dense import DenseRows

numbers = st.one_of(st.floats(-1e3, 1e3, width=32), st.just(float("nan")))
shapes = st.tuples(st.integers(0, 9), st.integers(1, 5))
BOUNDS = (-5.0, 5.0)


@given(rows=arrays(np.float32, shapes, elements=numbers), data=st.data())
def test_dense_rows_are_chosen_scaled_padded_and_clipped(rows, data):
    n = rows.shape[1]
    features = np.array(data.draw(st.permutations(range(n)))[: data.draw(st.integers(1, n))])
    draw = st.lists(st.floats(-3, 3, width=32), min_size=n, max_size=n)
    scale, shift, pads = (np.array(data.draw(draw), dtype=np.float32) for _ in range(3))
    mask = np.empty((len(rows), len(features)), dtype=np.float32)
    found = DenseRows(rows).fill(
        features=features, scale=scale, shift=shift, padding=pads, bounds=BOUNDS, mask=mask
    )
    absent = np.isnan(rows)
    expected = np.where(absent, pads, rows * scale + shift).clip(*BOUNDS)[:, features]
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(mask, ~absent[:, features])


def test_rows_are_taken_and_walked_through():
    rows = np.arange(20, dtype=np.float32).reshape(10, 2)
    encoded = DenseRows(rows)
    assert np.array_equal(encoded.take(np.array([3, 1])).fill(), rows[[3, 1]])
    blocks = list(encoded.iterate_blocks(4))
    assert [place for place, _ in blocks] == [slice(0, 4), slice(4, 8), slice(8, 10)]
    assert np.array_equal(np.concatenate([block.fill() for _, block in blocks]), rows)
    out = np.empty((10, 2), dtype=np.float32)
    assert encoded.map_values(np.negative).fill(out) is out
    assert np.array_equal(out, -rows)


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinite_elements_are_found(value):
    rows = np.full((3, 2), np.nan, dtype=np.float32)
    assert DenseRows(rows).find_invalid() is None
    rows[1, 1] = value
    assert DenseRows(rows).find_invalid() == (1, value)
