import numpy as np
import pytest
from rapidmass.representations.rmm.blocks import iterate_blocks, take_events

from rapidmass.representations.rmm.columns import get_matrices
from rapidmass.representations.rmm.matrices import densify
from synthetic_megasets import make_events


@pytest.mark.parametrize("rows", [1, 7, 50, 1000])
def test_blocks_cover_all_events(rows):
    matrices = get_matrices(make_events(50))
    whole = densify(matrices)
    found = np.full_like(whole, np.nan)
    for place, block in iterate_blocks(matrices, rows):
        assert len(block) <= rows
        assert len(block.values) == block.offsets[-1]
        assert np.shares_memory(block.values, matrices.values)
        found[place] = densify(block)
    assert np.array_equal(found, whole)


def test_events_are_taken_in_any_order():
    matrices = get_matrices(make_events(50))
    rows = np.array([3, 49, 0, 3])
    assert np.array_equal(densify(take_events(matrices, rows)), densify(matrices)[rows])
    assert len(take_events(matrices, rows[:0])) == 0
