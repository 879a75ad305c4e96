"""Rows by event."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.generator.tables import (
    JET,
    LEPTON,
    count_rows,
    measure_distance,
    pair_rows,
    select_baseline,
    sort_table,
    sum_rows,
)

EVENTS = st.lists(st.integers(0, 6), max_size=20)


@given(EVENTS, EVENTS)
def test_pairs_are_all_of_the_same_event(first, second):
    second = sorted(second)
    rows, partners = pair_rows(np.array(first, np.int64), np.array(second, np.int64))
    expected = [(i, j) for i, a in enumerate(first) for j, b in enumerate(second) if a == b]
    assert list(zip(rows.tolist(), partners.tolist(), strict=True)) == expected


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(0, 500)), max_size=30))
def test_sorting_keeps_the_rows(rows):
    table = np.zeros(len(rows), JET)
    table["event"], table["pt"] = [r[0] for r in rows], [r[1] for r in rows]
    result = sort_table(table)
    key = [(row["event"], -row["pt"]) for row in result]
    assert key == sorted(key)
    assert sorted(result.tolist()) == sorted(table.tolist())
    assert count_rows(result, 5).sum() == len(rows)


def test_distance_is_measured_across_the_seam_of_the_azimuth():
    near = measure_distance(np.zeros(1), np.array([3.1]), np.zeros(1), np.array([-3.1]))
    assert np.allclose(near, 2 * np.pi - 6.2)


def test_sums_by_row():
    result = sum_rows(np.array([0, 2, 2]), np.array([1.0, 2.0, 0.5]), 4)
    assert result.tolist() == [1.0, 0.0, 2.5, 0.0]


def test_baseline_leptons():
    leptons = np.zeros(6, LEPTON)
    leptons["pass_overlap"], leptons["loose"] = True, True
    leptons["flavour"] = [1, 2, 1, 2, 1, 1]
    leptons["eta"] = [0, 2.6, 2.6, 2.75, 0, 0]
    leptons["z0_sin_theta"] = [0.4, -0.4, 0, 0, -0.6, 0]
    leptons["pass_overlap"][5] = False
    assert select_baseline(leptons).tolist() == [True, True, False, False, False, False]
