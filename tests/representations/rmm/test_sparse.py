import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.tables import decode
from synthetic_megasets import make_events


@pytest.mark.parametrize("rows", [1, 7, 50, 1000])
def test_blocks_cover_all_events(rows):
    matrices = decode(make_events(50))
    whole = matrices.fill()
    found = np.full_like(whole, np.nan)
    for place, block in matrices.iterate_blocks(rows):
        assert len(block) <= rows
        assert len(block.values) == block.offsets[-1]
        assert np.shares_memory(block.values, matrices.values)
        found[place] = block.fill()
    assert np.array_equal(found, whole)


def test_events_are_taken_in_any_order():
    matrices = decode(make_events(50))
    rows = np.array([3, 49, 0, 3])
    assert np.array_equal(matrices.take(rows).fill(), matrices.fill()[rows])
    assert len(matrices.take(rows[:0])) == 0


@given(
    types=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    seed=st.integers(0, 1000),
    start=st.integers(0, 20),
)
@settings(max_examples=8, deadline=None)
def test_cells_are_those_that_the_dense_matrix_has(types, seed, start):
    layout = Layout(types={f"t{k}": slots for k, slots in enumerate(types)})
    matrices = decode(make_events(30, seed=seed, layout=layout).slice(start))
    dense = matrices.fill(padding=np.nan)
    rows = np.repeat(np.arange(len(matrices)), np.diff(matrices.offsets))
    rebuilt = np.full_like(dense, np.nan)
    rebuilt[rows, matrices.list_cells()] = matrices.values
    np.testing.assert_array_equal(rebuilt, dense)
