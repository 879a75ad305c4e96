"""Vectors as ROOT writes them: each entry behind a header, every number turned round."""

from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
from hypothesis import given, settings
from hypothesis import strategies as st
from uproot.interpretation.jagged import AsJagged
from uproot.interpretation.numerical import AsDtype

from rapidmass.ntuples.access.vector_branches import AsVector, choose_interpretation

FILES = sorted(
    (Path(__file__).parents[4] / "shared/data/real/atlas-open-data-2020-13tev").glob("*.root")
)
KINDS = {">f4": st.floats(width=32), ">f8": st.floats(), ">i4": st.integers(-(2**31), 2**31 - 1)}
KINDS |= {">u2": st.integers(0, 2**16 - 1), "?": st.booleans()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_entry_is_found_behind_its_header(kind):
    @settings(max_examples=50, deadline=None)
    @given(rows=st.lists(st.lists(KINDS[kind], max_size=4), max_size=6), header=st.integers(1, 12))
    def check(rows, header):
        packed = [np.array(row, dtype=kind).tobytes() for row in rows]
        ends = np.cumsum([0, *(header + len(entry) for entry in packed)]).astype(np.int32)
        data = np.frombuffer(b"".join(bytes([255]) * header + e for e in packed), np.uint8)
        interpretation = AsVector(AsJagged(AsDtype(kind), header_bytes=header))
        basket = interpretation.basket_array(data, ends, None, None, {}, 0, None, {})
        np.testing.assert_array_equal(basket.offsets, np.cumsum([0, *map(len, rows)]))
        expected = np.array([number for row in rows for number in row], dtype=kind)
        np.testing.assert_array_equal(basket.content, expected)

    check()


@pytest.mark.skipif(not FILES, reason="the ATLAS Open Data files are not there")
def test_real_vectors_are_what_uproot_reads():
    with uproot.open(FILES[0]) as file:
        tree = file["mini"]
        vectors = {}
        for branch in tree.branches:
            interpretation = choose_interpretation(branch)
            if isinstance(interpretation, AsVector):
                vectors[branch.name] = interpretation
        assert len(vectors) > 10
        expected = tree.arrays(list(vectors), entry_stop=1000, how=dict)
        found = tree.arrays(vectors, entry_stop=1000, how=dict)
    for name, array in found.items():
        assert ak.array_equal(array, expected[name], equal_nan=True), name
