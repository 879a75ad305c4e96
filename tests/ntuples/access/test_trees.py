"""A skim that no event passed holds no events; a tree of another name is an error."""

import numpy as np
import pytest
import uproot

from rapidmass.config.inputs.constants import add_bookkeeping, keep_constants
from rapidmass.config.inputs.samples import SampleWeights
from rapidmass.ntuples.access.sources import NtupleError, Source
from rapidmass.ntuples.access.trees import holds_events, open_events
from rapidmass.ntuples.normalisation.sample_weights import normalise_sample


@pytest.fixture
def write_trees(tmp_path):
    """Write trees of one branch, by name and number of entries, and perhaps a histogram."""

    def write(name="a.root", *, histogram=False, **trees):
        path = tmp_path / name
        with uproot.recreate(path) as file:
            for tree, entries in trees.items():
                file.mktree(tree, {"w": np.float64})
                if entries:
                    file[tree].extend({"w": np.full(entries, 2.0)})
            if histogram:
                file["cuts"] = np.histogram([0.5], bins=1, range=(0, 1))
            file["text"] = "there is always something"
        return Source(str(path))

    return write


@pytest.mark.parametrize(
    ("trees", "bookkeeping", "holds"),
    [
        ({"mini": 5, "book": 1}, [], True),
        ({"mini": 0, "book": 1}, [], False),
        # the tree itself is there: what else there is does not matter
        ({"mini": 0, "nominal": 5}, [], False),
        ({"book": 1}, ["book"], False),
        ({"book": 1, "nominal": 0}, ["bo*"], False),
        ({"book": 1, "log": 7}, ["book", "log"], False),
        ({"histogram": True}, ["cuts"], False),
    ],
)
def test_files_with_and_without_events(write_trees, change_format, trees, bookkeeping, holds):
    settings = change_format(tree=["mini"], bookkeeping=bookkeeping)
    assert holds_events(write_trees(**trees), settings) == holds


@pytest.mark.parametrize(
    ("trees", "bookkeeping"),
    [
        ({"book": 1}, []),  # what it is nobody says
        ({"book": 1, "nominal": 5}, ["book"]),  # events by another name
        ({"nominal": 5}, ["book"]),
        ({}, ["book"]),  # written by a job that broke off
        ({"histogram": True, "nominal": 5}, ["cuts"]),
    ],
)
def test_a_tree_of_another_name_is_an_error(write_trees, change_format, trees, bookkeeping):
    settings = change_format(tree=["mini"], bookkeeping=bookkeeping)
    message = r"a\.root has 0 trees called mini.* 'tree' of the ntuple format; .*'bookkeeping'"
    with (
        pytest.raises(NtupleError, match=message),
        open_events(write_trees(**trees), settings),
    ):
        pass


def test_what_the_sheet_adds_up_is_bookkeeping(change_format):
    settings = change_format(tree=["mini", "m?"], bookkeeping=["log"])

    def list_names(where):
        row = SampleWeights(cross_section=1.0, sum_of_weights=where)
        assert (
            keep_constants(row, settings).bookkeeping == add_bookkeeping(row, settings).bookkeeping
        )
        return add_bookkeeping(row, settings).bookkeeping

    assert list_names("sum:book:w") == ["log", "book"]
    assert list_names("histogram:cuts:1") == ["log", "cuts"]
    for where in ("sum:mini:w", "sum:*:w", "sum:log:w", "branch:w", "file", 3.0):
        if where != "file":
            assert list_names(where) == ["log"]
    assert add_bookkeeping(SampleWeights(), settings) == settings


@pytest.fixture
def normalise(change_format):
    def run(where, *sources):
        row = SampleWeights(cross_section=10.0, sum_of_weights=where)
        settings = keep_constants(row, change_format(tree=["mini"]))
        files = {source.name: source for source in sources}
        return normalise_sample(
            "ttbar", row, sources=files, settings=settings, luminosity_share=1.0
        ).sum_of_weights

    return run


def test_the_sum_of_an_empty_skim_counts(write_trees, normalise):
    full = write_trees("full.root", mini=3, book=4, histogram=True)
    skims = [
        write_trees("skim.root", book=2, histogram=True),
        write_trees("empty.root", mini=0, book=1, histogram=True),
    ]
    assert normalise("sum:book:w", full, *skims) == 14.0
    assert normalise("histogram:cuts:1", full, *skims) == 3.0
    assert normalise("sum:mini:w", full, skims[1]) == 6.0
    assert normalise("branch:w", full, skims[1]) == 2.0


def test_a_sample_in_which_no_file_has_the_tree_is_an_error(write_trees, normalise):
    """The tree that the sheet adds up may be the one with the events, by another name."""
    files = [write_trees(f"{number}.root", book=2) for number in range(4)]
    message = r"sample ttbar: no file has a tree called mini \(0\.root, 1\.root, 2\.root, \.\.\.\)"
    with pytest.raises(ValueError, match=message):
        normalise("sum:book:w", *files)


def test_a_sum_that_is_not_there_names_the_column(write_trees, normalise):
    full = write_trees("full.root", mini=3)
    with pytest.raises(
        ValueError, match=r"full\.root has 0 trees called Runs.*Correct the column 'sum_of_weights'"
    ):
        normalise("sum:Runs:genEventSumw", full)
    with pytest.raises(ValueError, match=r"no branch 'x'.*\(sum_of_weights: sum:mini:x\)"):
        normalise("sum:mini:x", full)
