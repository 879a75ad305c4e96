"""Chunks cover the tree once; damage is named."""

import logging

import awkward as ak
import numpy as np
import pytest
import uproot

from rapidmass.ntuples.access import chunks, remote
from rapidmass.ntuples.access.chunks import (
    check_branches,
    cut_chunks,
    iterate_chunks,
    list_branches,
)
from rapidmass.ntuples.access.pieces import Piece
from rapidmass.ntuples.access.sources import NtupleError, Source, UnreachableError
from rapidmass.ntuples.access.trees import open_tree
from real_files import REAL
from servers import HttpServer, Relay, XrootdServer, limit_time, needs_xrootd


@pytest.mark.parametrize("entries", [1, 37, 100, 250, 5000])
def test_chunks_cover_the_tree_once(write, branches, entries):
    source = Source(str(write(chunks=8)))
    with open_tree(source, ["mini"]) as tree:
        chunks = list(iterate_chunks(source, tree, ["event", "lep_pt"], entries))
    starts = [chunk.start for chunk in chunks]
    assert starts == np.cumsum([0, *(chunk.stop - chunk.start for chunk in chunks)])[:-1].tolist()
    events = np.concatenate([chunk.branches["event"] for chunk in chunks])
    np.testing.assert_array_equal(events, branches["event"])
    assert max(chunk.stop - chunk.start for chunk in chunks) <= max(2 * entries, 125)
    assert list(chunks[0].branches) == ["event", "lep_pt"]


def test_pieces_of_a_chunk_share_offsets_and_nothing_is_lost(write, branches, monkeypatch):
    source = Source(str(write(chunks=2)))
    monkeypatch.setattr(chunks, "ENTRIES_AT_ONCE", 77)
    with open_tree(source, ["mini"]) as tree:
        pieces = list(iterate_chunks(source, tree, ["lep_pt", "lep_eta", "jet_pt"]))
    assert [piece.start for piece in pieces] == [0, *(piece.stop for piece in pieces[:-1])]
    for piece in pieces:
        pt, eta, jet = (piece.branches[name] for name in ("lep_pt", "lep_eta", "jet_pt"))
        assert pt.offsets is eta.offsets
        assert pt.offsets is not jet.offsets
        assert pt.offsets[0] == 0
        rows = branches["lep"].pt[piece.start : piece.stop]
        assert ak.array_equal(ak.unflatten(pt.content, pt.counts), rows)


def test_chunks_end_with_clusters(write):
    source = Source(str(write(chunks=8)))  # clusters of 125 entries
    with open_tree(source, ["mini"]) as tree:
        assert list(cut_chunks(tree, ["event"], 300)) == [
            (0, 250), (250, 500), (500, 750), (750, 1000)
        ]  # fmt: skip


def test_an_empty_tree_gives_one_typed_empty_chunk(write, branches):
    source = Source(str(write(branches={name: column[:0] for name, column in branches.items()})))
    with open_tree(source, ["mini"]) as tree:
        (chunk,) = iterate_chunks(source, tree, ["event", "lep_pt"])
    assert {name: len(array) for name, array in chunk.branches.items()} == {"event": 0, "lep_pt": 0}


def test_an_rntuple_reads_like_a_tree(tmp_path):
    path = tmp_path / "new.root"
    source = Source(str(path))
    with uproot.recreate(path) as file:
        file.mkrntuple("mini", {"event": np.arange(10), "pt": ak.Array([[1.0, 2.0]] * 10)})
    with open_tree(source, ["mini"]) as tree:
        (chunk,) = iterate_chunks(source, tree, ["event", "pt"])
        pieces = [list(iterate_chunks(source, tree, ["event"], 3, Piece(k, 2))) for k in (1, 2)]
    assert chunk.branches["event"].tolist() == list(range(10))
    found = [[event for c in piece for event in c.branches["event"].tolist()] for piece in pieces]
    assert found == [list(range(6)), list(range(6, 10))]


def test_arrays_of_one_size_are_lists_too(tmp_path):
    path = tmp_path / "fixed.root"
    source = Source(str(path))
    numbers = np.arange(30, dtype=np.float32).reshape(10, 3)
    with uproot.recreate(path) as file:
        file["mini"] = {"fixed": numbers}
    with open_tree(source, ["mini"]) as tree:
        (chunk,) = iterate_chunks(source, tree, ["fixed"])
    np.testing.assert_array_equal(chunk.branches["fixed"].counts, np.full(10, 3))
    np.testing.assert_array_equal(chunk.branches["fixed"].content, numbers.ravel())


def test_a_branch_of_something_else_is_named(tmp_path):
    path = tmp_path / "texts.root"
    source = Source(str(path))
    with uproot.recreate(path) as file:
        file["mini"] = {"name": ["a", "bc"]}
    with (
        open_tree(source, ["mini"]) as tree,
        pytest.raises(NtupleError, match=r"texts\.root: entries .* branch name holds .*string"),
    ):
        list(iterate_chunks(source, tree, ["name"]))


def test_missing_branch_names_the_nearest(write):
    source = Source(str(write()))
    with (
        open_tree(source, ["mini"]) as tree,
        pytest.raises(NtupleError, match=r"sample\.root: .* no branch 'lep_Pt'; .*lep_pt"),
    ):
        list(iterate_chunks(source, tree, ["lep_Pt"]))


def test_a_name_that_two_branches_have_is_none():
    """The two PHYSLITE branches lie in different objects; each still has its whole name."""
    path = REAL / "atlas-physlite/uproot-issue-123b.root"
    if not path.is_file():
        pytest.skip(f"there is no file {path}")
    source = Source(str(path))
    with open_tree(source, ["CollectionTree"]) as tree:
        names = list_branches(source, tree)
        whole = [name for name in names if name.endswith("/SG::AuxElement")]
        assert len(whole) > 1
        with pytest.raises(NtupleError, match="no branch 'SG::AuxElement'; the nearest are"):
            check_branches(source, tree, ["SG::AuxElement"])


def test_missing_tree_lists_what_is_there(write):
    with (
        pytest.raises(NtupleError, match=r"0 trees called nominal, not one; it holds mini"),
        open_tree(Source(str(write())), ["nominal"]),
    ):
        pass


def test_two_matching_trees_are_ambiguous(tmp_path):
    path = tmp_path / "two.root"
    source = Source(str(path))
    with uproot.recreate(path) as file:
        for name in ("a_NoSys", "b_NoSys"):
            file.mktree(name, {"x": np.float64})
            file[name].extend({"x": np.zeros(1)})
    with pytest.raises(NtupleError, match="2 trees"), open_tree(source, ["*_NoSys"]):
        pass


def test_absent_file_and_no_root_file_are_named(tmp_path):
    with (
        pytest.raises(NtupleError, match=r"nowhere\.root does not exist"),
        open_tree(Source("nowhere.root"), ["mini"]),
    ):
        pass
    text = tmp_path / "text.root"
    text.write_text("this is not ROOT" * 100)
    source = Source(str(text))
    with (
        pytest.raises(NtupleError, match=r"text\.root cannot be read as a ROOT file"),
        open_tree(source, ["mini"]),
    ):
        pass


def test_a_damaged_basket_names_the_entries(write):
    path = write()
    source = Source(str(path))
    content = bytearray(path.read_bytes())
    with open_tree(source, ["mini"]) as tree:
        seek = int(tree["met_et"].basket_key(0).data_cursor.index)
    content[seek : seek + 200] = bytes(200)
    path.write_bytes(content)
    with (
        open_tree(source, ["mini"]) as tree,
        pytest.raises(NtupleError, match=r"entries 0 to 1000 of tree mini cannot be read"),
    ):
        list(iterate_chunks(source, tree, ["met_et"]))


@pytest.fixture
def http(tmp_path, monkeypatch):
    monkeypatch.setattr(remote, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(remote, "SLOWEST", 1 << 20)
    server = HttpServer(tmp_path)
    with limit_time(30):
        yield server
    server.stop()


def far(server, **settings):
    return Source(server.address("sample.root"), **{"attempts": 3, "timeout": 0.3, **settings})


def read_events(source, entries=250):
    """Numbers and momenta of all events, chunk by chunk."""
    events, momenta = [], []
    with open_tree(source, ["mini"]) as tree:
        for chunk in iterate_chunks(source, tree, ["event", "lep_pt"], entries):
            events.append(chunk.branches["event"])
            momenta.append(chunk.branches["lep_pt"].content)
    return np.concatenate(events), np.concatenate(momenta)


@pytest.fixture
def sample(write, branches, monkeypatch):
    """A file of four chunks whose baskets are asked for one by one, and what it holds."""
    monkeypatch.setattr("rapidmass.ntuples.access.streams.GAP", 0)
    path = write(chunks=8)
    return path, branches["event"], ak.to_numpy(ak.flatten(branches["lep"].pt))


def assert_equal(found, sample):
    for one, other in zip(found, sample[1:], strict=True):
        np.testing.assert_array_equal(one, other)


def count_requests(http, sample):
    """How many requests opening and reading take."""
    http.forget()
    assert_equal(read_events(far(http)), sample)
    return len(http.requests)


@pytest.mark.parametrize("fault", [503, "cut", "short", "whole", "other", "hang", "stall"])
def test_a_failure_in_the_middle_repeats_no_event_and_loses_none(http, sample, fault):
    number = count_requests(http, sample)
    http.forget()
    http.faults += [*[None] * (number - 6), fault, fault]
    assert_equal(read_events(far(http)), sample)
    # what was there before is not asked for again
    assert len(http.requests) == number + 2


@pytest.mark.parametrize("fault", [503, "cut", "short", "hang", 403])
def test_a_failure_that_stays_names_address_and_entries(http, sample, fault):
    http.faults += [None] * (count_requests(http, sample) - 1)
    http.constant = fault
    message = r"http://.*/sample\.root: entries 750 to 1000 of tree mini cannot be read: .*bytes"
    with pytest.raises(UnreachableError, match=message):
        read_events(far(http, attempts=2))


def test_wrong_bytes_are_read_once_more(http, sample, caplog):
    number = count_requests(http, sample)
    http.faults += [*[None] * (number - 1), "garble"]
    assert_equal(read_events(far(http)), sample)
    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "entries 750 to 1000" in warning.getMessage()
    assert "fetched again" in warning.getMessage()


def test_bytes_that_stay_wrong_are_damage(http, sample):
    http.faults += [None] * (count_requests(http, sample) - 1)
    http.constant = "garble"
    with pytest.raises(NtupleError, match="entries 750 to 1000") as raised:
        read_events(far(http))
    assert not isinstance(raised.value, UnreachableError)


def test_a_file_cut_short_on_the_server_while_it_is_read(http, sample):
    path = sample[0]
    source = far(http)
    with open_tree(source, ["mini"]) as tree:
        chunks = iterate_chunks(source, tree, ["event"], 250)
        next(chunks)
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
        with pytest.raises(UnreachableError, match=r"entries 250 to 500 .*: .*bytes"):
            list(chunks)


@pytest.fixture
def server(http):
    server = XrootdServer(http.folder)
    yield server
    server.stop()


@needs_xrootd
def test_xrootd_goes_on_after_failures(server, sample):
    relay = Relay(server.port, [9_000, 14_000, 9_000])
    source = Source(f"root://127.0.0.1:{relay.port}//sample.root", attempts=4, timeout=1.0)
    assert_equal(read_events(source), sample)
    assert relay.connections == 4
    relay.stop()
    with open_tree(far(server, attempts=2), ["mini"]) as tree:
        chunks = iterate_chunks(far(server), tree, ["event"], 250)
        next(chunks)
        server.kill()
        with pytest.raises(UnreachableError, match=r"root://.* entries \d+ to \d+ .*Connection"):
            list(chunks)
