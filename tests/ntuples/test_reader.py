"""Chunks cover the tree once; damage is named."""

import awkward as ak
import numpy as np
import pytest
import uproot

from rapidmass.ntuples import reader
from rapidmass.ntuples.reader import NtupleError, cut_chunks, iterate_chunks, open_tree


@pytest.mark.parametrize("entries", [1, 37, 100, 250, 5000])
def test_chunks_cover_the_tree_once(write, branches, entries):
    path = write(chunks=8)
    with open_tree(path, ["mini"]) as tree:
        chunks = list(iterate_chunks(path, tree, ["event", "lep_pt"], entries))
    starts = [chunk.start for chunk in chunks]
    assert starts == np.cumsum([0, *(chunk.stop - chunk.start for chunk in chunks)])[:-1].tolist()
    events = np.concatenate([chunk.branches["event"] for chunk in chunks])
    np.testing.assert_array_equal(events, branches["event"])
    assert max(chunk.stop - chunk.start for chunk in chunks) <= max(2 * entries, 125)
    assert list(chunks[0].branches) == ["event", "lep_pt"]


def test_pieces_of_a_chunk_share_offsets_and_nothing_is_lost(write, branches, monkeypatch):
    path = write(chunks=2)
    monkeypatch.setattr(reader, "ENTRIES_PER_PIECE", 77)
    with open_tree(path, ["mini"]) as tree:
        pieces = list(iterate_chunks(path, tree, ["lep_pt", "lep_eta", "jet_pt"]))
    assert [piece.start for piece in pieces] == [0, *(piece.stop for piece in pieces[:-1])]
    for piece in pieces:
        pt, eta, jet = (piece.branches[name] for name in ("lep_pt", "lep_eta", "jet_pt"))
        assert pt.offsets is eta.offsets
        assert pt.offsets is not jet.offsets
        assert pt.offsets[0] == 0
        rows = branches["lep"].pt[piece.start : piece.stop]
        assert ak.array_equal(ak.unflatten(pt.content, pt.counts), rows)


def test_chunks_end_with_clusters(write):
    path = write(chunks=8)  # clusters of 125 entries
    with open_tree(path, ["mini"]) as tree:
        assert list(cut_chunks(tree, ["event"], 300)) == [
            (0, 250), (250, 500), (500, 750), (750, 1000)
        ]  # fmt: skip


def test_an_empty_tree_gives_one_typed_empty_chunk(write, branches):
    path = write(branches={name: column[:0] for name, column in branches.items()})
    with open_tree(path, ["mini"]) as tree:
        (chunk,) = iterate_chunks(path, tree, ["event", "lep_pt"])
    assert {name: len(array) for name, array in chunk.branches.items()} == {"event": 0, "lep_pt": 0}


def test_an_rntuple_reads_like_a_tree(tmp_path):
    path = tmp_path / "new.root"
    with uproot.recreate(path) as file:
        file.mkrntuple("mini", {"event": np.arange(10), "pt": ak.Array([[1.0, 2.0]] * 10)})
    with open_tree(path, ["mini"]) as tree:
        (chunk,) = iterate_chunks(path, tree, ["event", "pt"])
    assert chunk.branches["event"].tolist() == list(range(10))


def test_arrays_of_one_size_are_lists_too(tmp_path):
    path = tmp_path / "fixed.root"
    numbers = np.arange(30, dtype=np.float32).reshape(10, 3)
    with uproot.recreate(path) as file:
        file["mini"] = {"fixed": numbers}
    with open_tree(path, ["mini"]) as tree:
        (chunk,) = iterate_chunks(path, tree, ["fixed"])
    np.testing.assert_array_equal(chunk.branches["fixed"].counts, np.full(10, 3))
    np.testing.assert_array_equal(chunk.branches["fixed"].content, numbers.ravel())


def test_a_branch_of_something_else_is_named(tmp_path):
    path = tmp_path / "texts.root"
    with uproot.recreate(path) as file:
        file["mini"] = {"name": ["a", "bc"]}
    with (
        open_tree(path, ["mini"]) as tree,
        pytest.raises(NtupleError, match=r"texts\.root: entries .* branch name holds .*string"),
    ):
        list(iterate_chunks(path, tree, ["name"]))


def test_missing_branch_names_the_nearest(write):
    path = write()
    with (
        open_tree(path, ["mini"]) as tree,
        pytest.raises(NtupleError, match=r"sample\.root: .* no branch 'lep_Pt'; .*lep_pt"),
    ):
        list(iterate_chunks(path, tree, ["lep_Pt"]))


def test_missing_tree_lists_what_is_there(write):
    with (
        pytest.raises(NtupleError, match=r"0 trees called nominal, not one; it holds mini"),
        open_tree(write(), ["nominal"]),
    ):
        pass


def test_two_matching_trees_are_ambiguous(tmp_path):
    path = tmp_path / "two.root"
    with uproot.recreate(path) as file:
        for name in ("a_NoSys", "b_NoSys"):
            file.mktree(name, {"x": np.float64})
            file[name].extend({"x": np.zeros(1)})
    with pytest.raises(NtupleError, match="2 trees"), open_tree(path, ["*_NoSys"]):
        pass


def test_absent_file_and_no_root_file_are_named(tmp_path):
    with (
        pytest.raises(NtupleError, match=r"nowhere\.root does not exist"),
        open_tree(tmp_path / "nowhere.root", ["mini"]),
    ):
        pass
    text = tmp_path / "text.root"
    text.write_text("this is not ROOT" * 100)
    with (
        pytest.raises(NtupleError, match=r"text\.root cannot be read as a ROOT file"),
        open_tree(text, ["mini"]),
    ):
        pass


def test_a_damaged_basket_names_the_entries(write):
    path = write()
    content = bytearray(path.read_bytes())
    with open_tree(path, ["mini"]) as tree:
        seek = int(tree["met_et"].basket_key(0).data_cursor.index)
    content[seek : seek + 200] = bytes(200)
    path.write_bytes(content)
    with (
        open_tree(path, ["mini"]) as tree,
        pytest.raises(NtupleError, match=r"entries 0 to 1000 of tree mini cannot be read"),
    ):
        list(iterate_chunks(path, tree, ["met_et"]))
