"""The table of a plan; what Snakemake itself says of jobs is tried with real runs elsewhere."""

import pytest

from reruns.costs import Cost
from reruns.plan import SHOWN, Row, _list_reasons, _write

TRAIN = Row("train", Cost(4, 4, 7200.0, 7200.0), {"training.epochs: 4 -> 5": 4})
REPORT = Row("write_report", Cost(1, 1, 5.0), {"after train": 1})


def test_the_table_lists_rules_with_time_and_reason():
    lines = list(_write([TRAIN, REPORT]))
    assert lines[0] == "What runs, and why"
    assert [line.split()[0] for line in lines[1:]] == ["rule", "train", "write_report", "total"]
    assert lines[2].split() == [
        "train", "4", "2.0", "h", "2.0", "h", "training.epochs:", "4", "->", "5",
    ]  # fmt: skip
    assert lines[3].endswith("5 s          -  after train")
    assert lines[4].split()[:6] == ["total", "5", "2.0", "h", "2.0", "h"]
    assert lines[4].endswith("time of one job after the other, as in earlier runs")


def test_columns_are_aligned():
    lines = list(_write([TRAIN, REPORT]))
    starts = [lines[1].index("because"), lines[2].index("training."), lines[3].index("after")]
    assert len(set(starts)) == 1


def test_further_reasons_stand_below_the_first():
    row = Row("train", Cost(4, 4, 8.0), {"seed: 1 -> 2": 1, "script train.py changed": 3})
    lines = list(_write([row]))
    assert lines[2].endswith("  script train.py changed (3 of 4 jobs)")
    assert lines[3].strip() == "seed: 1 -> 2 (1 of 4 jobs)"
    assert lines[3].index("seed") == lines[2].index("script")


def test_reasons_of_all_jobs_have_no_number_and_ties_are_in_alphabetical_order():
    row = Row("train", Cost(2), {"b": 1, "a": 1, "c": 2})
    assert _list_reasons(row) == ["c", "a (1 of 2 jobs)", "b (1 of 2 jobs)"]


@pytest.mark.parametrize(("number", "more"), [(SHOWN, []), (SHOWN + 3, ["and 3 more reasons"])])
def test_only_some_reasons_are_shown(number, more):
    row = Row("train", Cost(1), {f"reason {k:02}": 1 for k in range(number)})
    assert _list_reasons(row) == [*(f"reason {k:02}" for k in range(SHOWN)), *more]


def test_what_is_not_known_is_said():
    unknown = Row("train", Cost(3), {"not made yet": 3})
    assert list(_write([unknown]))[-1].endswith("no earlier run tells how long it takes")
    assert list(_write([unknown, REPORT]))[-1].endswith(
        "as in earlier runs; 3 jobs of unknown length are left out"
    )
