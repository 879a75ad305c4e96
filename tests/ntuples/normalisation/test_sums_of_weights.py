"""Sums of weights beside the events."""

import awkward as ak
import boost_histogram as bh
import numpy as np
import pytest
import uproot

from rapidmass.ntuples.access.chunks import iterate_chunks
from rapidmass.ntuples.access.sources import NtupleError, Source
from rapidmass.ntuples.access.trees import open_tree
from rapidmass.ntuples.normalisation.sums_of_weights import sum_bin, sum_branch, sum_entries


@pytest.fixture
def write_book(tmp_path):
    def write_tree(name, weights, kind=np.float32):
        path = tmp_path / name
        with uproot.recreate(path) as file:
            file.mktree("book", {"w": kind})
            file["book"].extend({"w": np.asarray(weights, kind)})
        return Source(str(path))

    return write_tree


def test_sums_go_over_entries_and_files_in_64_bits(write_book):
    """In 32 bits, adding 1 to 2^24 changes nothing."""
    sources = [write_book("a.root", [2**24, *np.ones(50_000)]), write_book("b.root", [5])]
    assert sum_branch(sources, "book", "w") == 2**24 + 50_005
    assert sum_branch([], "book", "w") == 0


def test_weights_that_are_not_finite_are_an_error(write_book):
    weights = np.ones(20_000)
    weights[[17_000, 18_000]] = np.nan, np.inf
    sources = [write_book("a.root", weights)]
    with pytest.raises(
        NtupleError, match=r"a\.root: branch w is not finite in entry 17000 of tree b"
    ):
        sum_branch(sources, "book", "w")


def test_integers_are_added_up(write_book):
    assert sum_branch([write_book("a.root", [3, 4], np.int32)], "book", "w") == 7


def test_only_entries_that_count_must_be_finite(write_book):
    source = write_book("a.root", [1.0, np.nan, 4.0, np.inf])
    with open_tree(source, ["book"]) as tree:
        (chunk,) = iterate_chunks(source, tree, ["w"])
    assert sum_entries(source, "book", "w", chunk, np.array([0, 2])) == 5
    with pytest.raises(NtupleError, match="not finite in entry 3 of tree book"):
        sum_entries(source, "book", "w", chunk, np.array([0, 2, 3]))


def test_lists_of_one_number_are_numbers_and_others_are_refused(tmp_path):
    """Delphes writes the weight of an event as a list of one."""
    path = tmp_path / "a.root"
    with uproot.recreate(path) as file:
        file.mktree("book", {"w": "var * float32", "pt": "var * float32"})
        lists = {"w": [[0.5], [-1.0], [3.0]], "pt": [[1.0], [2.0, 3.0], []]}
        file["book"].extend({name: ak.Array(rows) for name, rows in lists.items()})
    source = Source(str(path))
    assert sum_branch([source, source], "book", "w") == 5
    with pytest.raises(NtupleError, match=r"branch pt holds lists.* entry 1 of tree book has 2 of"):
        sum_branch([source], "book", "pt")


@pytest.fixture
def write_histogram(tmp_path):
    def write_bins(name, contents, labels=None):
        path = tmp_path / name
        axis = bh.axis.StrCategory(labels) if labels else bh.axis.Regular(len(contents), 0, 1)
        histogram = bh.Histogram(axis, storage=bh.storage.Weight())
        histogram.view().value = contents
        with uproot.recreate(path) as file:
            file["book/weights"] = histogram
            file["flat"] = np.histogram2d([0.0], [0.0])
        return Source(str(path))

    return write_bins


@pytest.mark.parametrize(("label", "expected"), [("1", 11), ("3", 2**25 + 35), ("2", 22)])
def test_bins_have_numbers_from_1(write_histogram, label, expected):
    sources = [
        write_histogram("a.root", [1.0, 2.0, 2**25 + 5.0]),
        write_histogram("b.root", [10.0, 20.0, 30.0]),
    ]
    assert sum_bin(sources, "book/weights", label) == expected


def test_bins_have_labels(write_histogram):
    sources = [write_histogram("a.root", [1.0, 2.5, 4.0], ["all", "weighted", "7"])]
    for label, expected in (("weighted", 2.5), ("7", 4.0), ("1", 1.0), ("2", 2.5)):
        assert sum_bin(sources, "book/weights", label) == expected


@pytest.mark.parametrize("label", ["0", "4", "-1", "none", "1.5"])
def test_bins_that_do_not_exist_are_refused(write_histogram, label):
    source = write_histogram("a.root", [1.0, 2.0, 3.0])
    with pytest.raises(NtupleError, match=rf"a\.root: histogram book/weights has no bin '{label}'"):
        sum_bin([source], "book/weights", label)


def test_bins_must_be_finite(write_histogram):
    source = write_histogram("a.root", [1.0, np.nan])
    assert sum_bin([source], "book/weights", "1") == 1
    with pytest.raises(
        NtupleError, match=r"a\.root: bin 2 of the histogram book/weights holds nan"
    ):
        sum_bin([source], "book/weights", "2")


@pytest.mark.parametrize("name", ["other", "weights", "flat"])
def test_what_is_no_histogram_is_refused(write_histogram, name):
    source = write_histogram("a.root", [1.0, 2.0, 3.0])
    with pytest.raises(NtupleError, match=rf"no histogram '{name}' .*; it has book/weights\."):
        sum_bin([source], name, "1")
