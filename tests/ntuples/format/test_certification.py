"""Events of sections that were not certified are left out of data, and counted."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.datasets.shards import write_shard
from rapidmass.ntuples.access.sources import NtupleError
from rapidmass.ntuples.format.certification import Certified
from rapidmass.storage.parquet import read_shard
from synthetic_events import FORMAT, make_branches, make_sharder, write_ntuple

RUNS = st.integers(0, 5)
RANGES = st.tuples(RUNS, st.integers(0, 12), st.integers(0, 5)).map(
    lambda x: (x[0], x[1], x[1] + x[2])
)


@given(st.lists(RANGES, min_size=1, max_size=12))
def test_sections_are_certified_exactly_if_a_range_holds_them(ranges):
    run, section = (grid.ravel() for grid in np.meshgrid(np.arange(-1, 7), np.arange(-1, 20)))
    expected = [
        any(run_ == of and first <= s <= last for of, first, last in ranges)
        for run_, s in zip(run.tolist(), section.tolist(), strict=True)
    ]
    assert Certified(ranges).contain(run, section).tolist() == expected


def test_large_numbers_are_no_others():
    certified = Certified([(2**31 - 1, 2**32 - 1, 2**32 - 1), (1, 0, 5)])
    run = np.array([2**31 - 1, 2**31 - 1, 1, 2**31, 1 + 2**32])
    section = np.array([2**32 - 1, 2**32 - 2, 2**32, 1, 3])
    assert certified.contain(run, section).tolist() == [True, False, False, False, False]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "No such file"),
        ("{", "Expecting"),
        ("[1]", "keys|items"),
        ('{"a": [[1, 2]]}', "invalid literal"),
        ('{"1": [[1, 2, 3]]}', "unpack"),
        ('{"1": [1, 2]}', "unpack|iterable"),
        ('{"1": [[1, 2.5]]}', "2.5 is no number"),
        ('{"1": [[3, 2]]}', "run 1 has sections from 3 to 2"),
        ('{"1": [[1, 2]], "1": [[5, 6]]}', "a run is there twice"),
        ('{"-1": [[1, 2]]}', "run -1"),
        ("{}", "no section of any run is in it"),
        ('{"1": [], "2": []}', "no section of any run is in it"),
        (50_000 * "[" + 50_000 * "]", "recursion"),
    ],
)
def test_a_file_of_another_form_is_named(tmp_path, text, reason):
    path = tmp_path / "golden.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ValueError, match=rf"golden\.json cannot .*({reason}).*column 'certified'"):
        Certified.read(path)


@pytest.fixture
def select(tmp_path):
    def run(ranges, section="section", **changes):
        branches = make_branches(300)
        branches["section"] = np.arange(300) // 10
        branches["half"] = branches["section"] + 0.5
        source = write_ntuple(tmp_path / "a.root", branches)
        path = tmp_path / "golden.json"
        path.write_text(json.dumps(ranges))
        identity = FORMAT.identity.model_copy(update={"section": section})
        sharder = make_sharder(
            source, settings=FORMAT.model_copy(update={"identity": identity}),
            certified=Certified.read(path), is_data=True, cuts=[], **changes,
        )  # fmt: skip
        output, cutflow = tmp_path / "shard.parquet", tmp_path / "cutflow.json"
        write_shard(sharder, output, cutflow, {})
        return json.loads(cutflow.read_text()), sorted(read_shard(output)["event"].to_pylist())

    return run


def test_what_is_left_out_is_a_step_of_the_cutflow(select):
    cutflow, events = select({"7": [[0, 1], [29, 40]], "8": [[0, 99]]})
    assert cutflow["steps"] == ["all events", "certified sections"]
    assert cutflow["raw"] == [300, 30]
    assert events == [*range(20), *range(290, 300)]
    cutflow, _ = select({"7": [[0, 1]]}, require="event >= 5", quarantine=True)
    assert cutflow["steps"] == [
        "all events", "sound numbers", "certified sections", "not in another sample"
    ]  # fmt: skip
    assert cutflow["raw"] == [300, 300, 20, 15]
    assert select({"7": [[0, 1]], "8": []})[0]["raw"] == [300, 20]


def test_a_file_without_certified_sections_is_told(select, caplog):
    select({"7": [[0, 0]]})
    assert "certified section" not in caplog.text
    assert select({"8": [[0, 99]]})[0]["raw"] == [300, 0]
    assert "a.root: no event is of a certified section" in caplog.text


def test_a_section_that_is_no_number_is_an_error(select):
    with pytest.raises(NtupleError, match=r"a\.root, entry 0: the section number 0\.5 is not"):
        select({"7": [[0, 1]]}, "half")
    with pytest.raises(ValueError, match=r"no 'identity\.section'"):
        select({"7": [[0, 1]]}, None)
