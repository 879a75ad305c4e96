import numpy as np
import pytest

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
