"""Sorting by key: nothing is lost, equal keys keep their order, memory decides nothing."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapidmass import sorting
from rapidmass.identity import KEY_SPAN
from rapidmass.sorting import KeySorter
from rapidmass.tables import ALL_KEYS, KeyRange, split_keys


def make_table(keys, first=0):
    number = np.arange(first, first + len(keys))
    lists = pa.array([[float(n)] * (n % 3) for n in number], type=pa.list_(pa.float32()))
    return pa.table({"key": np.array(keys, dtype=np.uint64), "number": number, "list": lists})


def sort_in(folder, tables, pieces, memory, keys=ALL_KEYS):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorting, "BYTES_IN_MEMORY", memory)
        with KeySorter(folder, sum(table.num_rows for table in tables), keys) as sorter:
            for table in tables:
                sorter.add(table)
            found = list(sorter.drain(pieces))
    assert not list(folder.iterdir())
    return found


CHUNKS = st.lists(st.lists(st.integers(0, KEY_SPAN - 1) | st.integers(0, 5)), min_size=1)


@settings(max_examples=40, deadline=None)
@given(chunks=CHUNKS, pieces=st.sampled_from([1, 2, 8]), memory=st.sampled_from([1, 500, 10**9]))
def test_pieces_are_the_stably_sorted_rows_of_each_range(tmp_path_factory, chunks, pieces, memory):
    folder = tmp_path_factory.mktemp("sorting")
    starts = np.cumsum([0, *map(len, chunks)])
    tables = [make_table(keys, start) for keys, start in zip(chunks, starts, strict=False)]
    found = sort_in(folder, tables, pieces, memory)
    rows = sorted(pa.concat_tables(tables).to_pylist(), key=lambda row: row["key"])
    assert len(found) == pieces
    assert pa.concat_tables(found).to_pylist() == rows
    for table, keys in zip(found, split_keys(ALL_KEYS, pieces), strict=True):
        assert all(keys.low <= key < keys.high for key in table["key"].to_pylist())


@pytest.mark.parametrize("memory", [10_000, 10**9])
def test_more_pieces_than_piles_and_the_other_way_round(tmp_path, monkeypatch, memory):
    keys = np.random.default_rng(1).integers(10**6, 2 * 10**6, 4000, dtype=np.uint64)
    known = KeyRange(10**6, 2 * 10**6)
    for rows in (50, 1000, 10**6):
        monkeypatch.setattr(sorting, "ROWS_PER_PILE", rows)
        found = sort_in(tmp_path, [make_table(keys)], 10, memory, known)
        assert len(found) == 16  # the next power of two
        assert all(table.num_rows for table in found)
        together = pa.concat_tables(found)["number"].to_numpy()
        np.testing.assert_array_equal(together, np.argsort(keys, kind="stable"))
