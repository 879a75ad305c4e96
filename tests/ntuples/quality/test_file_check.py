"""A bad file is never an error here: what is wrong with it is written down, and what it holds."""

import errno
import json
from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow.parquet as pq
import pytest
import uproot

from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.inputs.sums_of_weights import StoredSum
from rapidmass.ntuples.access.sources import Source, UnreachableError, add_up
from rapidmass.ntuples.quality.file_check import Inspector, write_file_summary
from rapidmass.ntuples.quality.file_summary import iterate_numbers, read_file_summary
from rapidmass.storage.event_keys import KEY_SPAN
from runs import TINY_FORMAT, make_tiny_events, write_tiny
from servers import HttpServer

N = 300
SHARED = {"is_data": False, "require": None, "largest_momentum": 6500.0, "constants": {}}


@pytest.fixture
def inspect(tmp_path):
    """Inspect a file; its summary, and the numbers of its events."""

    def run(name="a.root", part="a", known=None, **changes):
        settings = NtupleFormat.model_validate({**TINY_FORMAT, **changes.pop("format", {})})
        where = changes.pop("sum_of_weights", None)
        options = {**SHARED, **changes, "sum_of_weights": where and StoredSum.parse(where)}
        inspector = Inspector(settings, ["ele"], **options)
        location = name if "://" in name else str(tmp_path / "in" / name)
        source = Source(location, **(known or {}))
        output = tmp_path / "out" / f"{part}.parquet"
        summary = write_file_summary(inspector, source, part, output, {"by": "test"})
        assert read_file_summary(output) == summary
        events = [row for table in iterate_numbers(output) for row in table.to_pylist()]
        assert [row["key"] for row in events] == sorted(row["key"] for row in events)
        return summary, sorted((row["run"], row["event"]) for row in events)

    return run


@pytest.fixture
def write(tmp_path):
    def write_events(name="a.root", seed=1, size=N, **changes):
        path = tmp_path / "in" / name
        write_tiny(path, {**make_tiny_events(seed, 30, size), **changes})
        return path

    return write_events


def numbers(events, run=1):
    return [(run, event) for event in events]


def test_a_sound_file_is_all_there(write, inspect):
    path = write()
    summary, events = inspect()
    assert events == numbers(range(N))
    assert (summary.file, summary.entries, summary.reason) == ("a.root", N, None)
    assert summary.size == path.stat().st_size
    assert (summary.n_bad_events, summary.bad_events) == (0, [])


def test_an_empty_tree_is_sound(write, inspect):
    write(size=0)
    summary, events = inspect()
    assert (summary.entries, summary.reason, events) == (0, None, [])


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def overwrite_compressed(path, content, skip=0):
    """Overwrite what begins at the first compressed basket behind the middle."""
    data = bytearray(path.read_bytes())
    place = data.find(b"ZL", len(data) // 2) + skip
    data[place : place + len(content)] = content
    path.write_bytes(bytes(data))


def zero(path):
    overwrite_compressed(path, bytes(200), skip=20)


def forge_compression(path):
    overwrite_compressed(path, b"XX")


def behead(path):
    path.write_bytes(b"html" + path.read_bytes()[4:])


def empty(path):
    path.write_bytes(b"")


DAMAGES = [truncate, zero, forge_compression, behead, empty]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_a_reason_and_no_error(write, inspect, damage):
    path = write()
    damage(path)
    summary, _ = inspect()
    assert summary.reason
    assert str(path.parent) not in summary.reason, "where a file lies does not matter"
    assert summary.entries in (None, N)


def test_an_empty_file_may_be_one_that_a_server_does_not_have(write, inspect):
    empty(write())
    summary = inspect(known={"size": 4321})[0]
    assert summary.reason.startswith("is empty; if it was copied from a server")
    assert summary.size == 4321
    assert inspect()[0].size is None, "how large it should be is unknown"


def test_a_file_that_is_not_there_has_no_size(inspect):
    summary, events = inspect()
    assert summary.reason.startswith("does not exist")
    assert (summary.entries, summary.size, events) == (None, None, [])


def test_the_size_of_a_truncated_file_is_what_it_should_have(write, inspect):
    size = write().stat().st_size
    truncate(write())
    assert inspect()[0].size == size
    # the sheet knows better than a header that is gone
    path = write()
    path.write_bytes(bytes(1000))
    assert inspect()[0].size == 1000
    assert inspect(known={"size": 4321})[0].size == 4321


def test_a_checksum_of_the_sheet_finds_what_nothing_else_does(write, inspect):
    path = write()
    checksum = f"{add_up(path):08x}"
    assert inspect(known={"adler32": checksum})[0].reason is None
    data = bytearray(path.read_bytes())
    place = data.find(make_tiny_events(1, 30, N)["met_phi"][100:101].astype(">f8").tobytes())
    data[place + 7] ^= 1  # of a number that compression did not make shorter
    path.write_bytes(bytes(data))
    assert inspect()[0].reason is None
    assert f"and the sample sheet says {checksum}" in inspect(known={"adler32": checksum})[0].reason


def test_a_branch_that_is_missing_is_a_reason(write, inspect):
    write()
    assert inspect()[0].reason is None
    lacking = {"format": {"met": {"pt": "met_et", "phi": "met_phi"}}}
    assert "no branch 'met_et'" in inspect(**lacking)[0].reason
    assert "no branch 'slice'" in inspect(require="slice < 3")[0].reason
    # what only a shift needs does not decide
    assert inspect(format={"shifts": {"up": {"replace": {"met": "met_up"}}}})[0].reason is None


def test_a_requirement_of_other_lengths_is_a_reason(write, inspect):
    counts = np.arange(N) % 3
    write(other=ak.unflatten(np.ones(counts.sum()), counts))
    objects = {"ele": {**TINY_FORMAT["objects"]["ele"], "where": "other > 0"}}
    assert "'where' of the object ele" in inspect(format={"objects": objects})[0].reason


@pytest.mark.parametrize(
    ("where", "reason"),
    [("sum:tiny:weight", None), ("sum:tiny:sumw", "no branch 'sumw'"), ("branch:weight", None),
     ("sum:meta:w", "has 0 trees"), ("histogram:h:1", "has no histogram 'h'"),
     ("branch:sumw", "no branch 'sumw'"), ("branch:event", "is no constant"), ("file", None)],
)  # fmt: skip
def test_sums_of_weights_must_be_there_too(write, inspect, where, reason):
    write()
    found = inspect(sum_of_weights=where)[0].reason
    assert found is None if reason is None else reason in found


def test_constants_must_be_there_and_constant(write, inspect):
    constants = {"cross_section": "2 * xsec", "k_factor": "1"}
    write("a.root", xsec=np.full(N, 3.0))
    assert inspect(constants=constants)[0].reason is None
    write("b.root", xsec=np.append(np.full(N - 1, 3.0), np.nan))
    reason = inspect("b.root", constants=constants)[0].reason
    assert reason.startswith(f"'2 * xsec' is nan in entry {N - 1} (first: 6 in entry 0 of b.root)")
    write("c.root")
    assert "no branch 'xsec'" in inspect("c.root", constants=constants)[0].reason
    write("d.root", size=0)
    for given in ({"constants": {"sum_of_weights": "weight"}}, {"sum_of_weights": "branch:weight"}):
        assert inspect("d.root", **given)[0].reason is None, "no event contradicts"


def test_a_sum_over_the_events_is_one_over_those_that_can_be_used(write, inspect):
    events = {**spoil(), "mc": np.arange(N, dtype=np.float64)}
    events["mc"][17] = np.nan
    write("a.root", **events)
    for where in ("sum:tiny:mc", "sum:t*:mc"):
        summary = inspect(sum_of_weights=where)[0]
        assert summary.reason is None
        assert summary.sum_of_weights == sum(set(range(N)) - {17, 40, 99})
    write("b.root", mc=events["mc"])
    summary = inspect("b.root", sum_of_weights="sum:tiny:mc")[0]
    assert summary.reason.startswith("branch mc is not finite in entry 17 of tree tiny")
    assert inspect("b.root")[0].sum_of_weights is None


def test_a_sum_beside_the_events_must_be_finite(write, inspect):
    path = write()
    with uproot.update(path) as file:
        file.mktree("meta", {"w": np.float64})
        file["meta"].extend({"w": np.array([2.0, np.inf])})
        file["h"] = (np.array([1.0, np.nan]), np.array([0.0, 1.0, 2.0]))
    summary = inspect(sum_of_weights="sum:meta:w")[0]
    assert summary.reason.startswith("branch w is not finite in entry 1 of tree meta")
    assert "bin 2 of the histogram h holds nan" in inspect(sum_of_weights="histogram:h:2")[0].reason
    assert inspect(sum_of_weights="histogram:h:1")[0].reason is None


def spoil():
    """Events of which three are impossible: a weight, MET of 7 TeV, and a lepton's direction."""
    events = make_tiny_events(1, 30, N)
    events["weight"][17] = np.nan
    events["met"][40] = 7000.0
    eta = ak.to_numpy(ak.flatten(events["eta"])).copy()
    eta[ak.sum(ak.num(events["eta"])[:99])] = np.inf
    return {**events, "eta": ak.unflatten(eta, ak.num(events["eta"]))}


def test_bad_events_are_listed_with_their_reasons(write, inspect):
    write(**spoil())
    summary, events = inspect()
    assert summary.reason is None
    assert events == numbers(set(range(N)) - {17, 40, 99})
    found = {bad["entry"]: bad["reason"] for bad in summary.bad_events}
    assert summary.n_bad_events == len(found) == 3
    assert found[17] == "generator_weight is not finite"
    assert "met is above 6500" in found[40]
    assert found[99] == "eta of lepton is not finite"
    # data have no weight that could be wrong
    assert inspect(is_data=True)[0].n_bad_events == 2


def test_of_very_many_bad_events_the_first_hundred_are_listed(write, inspect):
    write(met=np.full(N, np.nan))
    summary, events = inspect()
    assert (summary.n_bad_events, len(summary.bad_events), events) == (N, 100, [])
    assert [bad["entry"] for bad in summary.bad_events] == list(range(100))


def test_events_count_whether_the_sample_requires_them_or_not(write, inspect):
    write()
    assert len(inspect(require="met < 10")[1]) == N


def test_a_damaged_file_still_tells_which_events_it_has(write, inspect):
    path = write(size=20_000)
    zero(path)
    summary, events = inspect()
    assert summary.reason
    assert events == numbers(range(20_000))
    without = inspect(format={"identity": None})[1]
    assert without == [], "entry numbers say nothing to other files"


def test_equal_events_have_equal_keys_in_any_file(write, inspect, tmp_path):
    write("a.root")
    write("b.root")
    inspect("a.root", "a")
    inspect("b.root", "b")
    first, second = (pq.read_table(tmp_path / f"out/{part}.parquet") for part in "ab")
    assert first.equals(second)
    keys = first["key"].to_numpy().astype(float)
    assert keys.mean() == pytest.approx(KEY_SPAN / 2, rel=0.1)


def test_a_server_that_does_not_answer_says_nothing_of_a_file(tmp_path):
    settings = NtupleFormat.model_validate(TINY_FORMAT)
    inspector = Inspector(settings, ["ele"], **SHARED, sum_of_weights=None)
    for size in (100, None):
        source = Source("http://127.0.0.1:9/a.root", size=size, attempts=1, timeout=2)
        with pytest.raises(UnreachableError):
            write_file_summary(inspector, source, "a", tmp_path / "a.parquet", {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", [errno.EACCES, errno.ESTALE, errno.EIO])
@pytest.mark.parametrize("method", ["stat", "open"])
def test_a_file_system_that_fails_says_nothing_of_a_file(
    write, inspect, tmp_path, monkeypatch, code, method
):
    path = write()
    plain = getattr(Path, method)

    def fail(self, *arguments, **options):
        if self == path:
            raise OSError(code, "for now")
        return plain(self, *arguments, **options)

    monkeypatch.setattr(Path, method, fail)
    with pytest.raises(UnreachableError, match=r"a\.root cannot be read.*for now"):
        inspect()
    assert list((tmp_path / "out").iterdir()) == []


def test_a_file_on_a_server_is_as_large_as_it_says_or_as_the_server_says(write, inspect):
    path = write()
    size = path.stat().st_size
    server = HttpServer(path.parent)
    try:
        truncate(path)
        summary = inspect(server.address("a.root"), known={"attempts": 1})[0]
        assert summary.reason.startswith("is incomplete: it has")
        assert summary.size == size
        path.write_bytes(bytes(1000))
        assert inspect(server.address("a.root"), known={"attempts": 1})[0].size == 1000
        absent = inspect(server.address("b.root"), known={"attempts": 1})[0]
        assert (absent.reason[:14], absent.size) == ("does not exist", None)
    finally:
        server.stop()


def test_the_summary_says_where_it_comes_from(write, inspect, tmp_path):
    write()
    inspect()
    metadata = pq.read_schema(tmp_path / "out/a.parquet").metadata
    assert json.loads(metadata[b"rapidmass.provenance.requests"]) == {"by": "test"}


@pytest.mark.parametrize("entries", [None, 0])
def test_a_skim_without_events_is_no_bad_file(inspect, tmp_path, entries):
    path = tmp_path / "in" / "a.root"
    path.parent.mkdir()
    (tree,) = TINY_FORMAT["tree"]
    with uproot.recreate(path) as file:
        file.mktree("book", {"w": np.float64})
        file["book"].extend({"w": np.array([3.0])})
        if entries is not None:
            file.mktree(tree, {"unlike": np.float64})
    summary, events = inspect(format={"bookkeeping": ["book"]}, sum_of_weights="sum:book:w")
    assert (summary.reason, summary.entries, events) == (None, 0, [])
    assert summary.sum_of_weights is None  # what is kept beside the events is read later
    where = f"sum:{tree}:w"
    summary, _ = inspect(format={"bookkeeping": ["book"]}, sum_of_weights=where)
    assert (summary.reason, summary.sum_of_weights) == (None, 0.0)
    summary, _ = inspect(format={"bookkeeping": ["book"]}, sum_of_weights="sum:book:lost")
    assert "sum_of_weights: sum:book:lost" in summary.reason


def test_a_copy_of_a_file_without_numbers_has_its_content(write, inspect):
    write("a.root", seed=1)
    write("b.root", seed=1)
    write("c.root", seed=2)
    contents = [
        inspect(f"{name}.root", name, format={"identity": None})[0].content for name in "abc"
    ]
    assert contents[0] == contents[1] != contents[2]
    assert None not in contents
