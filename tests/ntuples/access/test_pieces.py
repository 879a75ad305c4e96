"""Pieces share out the chunks of a file."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.ntuples.access.pieces import WHOLE, Piece


@given(st.sets(st.integers(1, 1000), max_size=40), st.integers(1, 60))
def test_every_chunk_is_in_one_piece_and_their_order_stays(edges, number):
    chunks = list(pairwise([0, *sorted(edges)])) or [(0, 0)]
    entries = chunks[-1][1]
    pieces = [Piece(k, number).choose(chunks, entries) for k in range(1, number + 1)]
    assert all(pieces), "a piece without entries has an empty chunk"
    assert [chunk for piece in pieces for chunk in piece if chunk != (0, 0)] == [
        chunk for chunk in chunks if chunk != (0, 0)
    ]
    widest = max(stop - start for start, stop in chunks)
    assert all(piece[-1][1] - piece[0][0] < entries / number + widest + 1 for piece in pieces)
    assert WHOLE.choose(chunks, entries) == chunks


@pytest.mark.parametrize(("number", "of"), [(0, 3), (4, 3), (1, 0)])
def test_a_piece_that_there_is_not_is_refused(number, of):
    with pytest.raises(ValueError, match=f"there is no piece {number} of {of}"):
        Piece(number, of)
