"""No event counts twice: in one file, in two files of a sample, in two samples of data."""

import awkward as ak
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapidmass.datasets.megasets import BackgroundShard, write_megaset
from rapidmass.datasets.shards import write_shard
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.sparse import SparseMatrices
from rapidmass.storage import duplicates, parquet, tables
from rapidmass.storage.duplicates import refuse_key, refuse_overlap, refuse_shared
from rapidmass.storage.event_keys import make_event_keys
from rapidmass.storage.sorting import RepeatedEventError
from synthetic_events import FORMAT, make_branches, make_sharder, write_ntuple
from synthetic_megasets import tabulate

LAYOUT = Layout(types={"ele": 1})


def write_numbers(path, events, run=7, sample="s", keys=None):
    """Write a shard of events of which little more than the numbers is known."""
    events = np.array(events, dtype=np.uint64)
    size = len(events)
    runs = np.full(size, run)
    matrices = SparseMatrices(
        LAYOUT, np.zeros(size, np.float32), np.arange(size + 1), np.zeros((size, 1), np.uint8)
    )
    columns = {
        "key": make_event_keys(1, sample, runs, events) if keys is None else np.array(keys),
        "run": runs,
        "event": events,
    }
    table = tables.sort_by_key(tabulate(matrices, columns))
    with parquet.ShardWriter(path, table.schema, {}) as writer:
        for start in range(0, size, 100):
            writer.write(table.slice(start, 100))
    return path


@settings(max_examples=25, deadline=None)
@given(
    parts=st.lists(st.sets(st.integers(0, 2**64 - 1)), min_size=2, max_size=4),
    pieces=st.sampled_from([1, 3, 1000]),
)
def test_shards_are_refused_exactly_if_they_share_an_event(tmp_path_factory, parts, pieces):
    folder = tmp_path_factory.mktemp("shared")
    paths = [
        write_numbers(folder / f"{place}.parquet", sorted(part)) for place, part in enumerate(parts)
    ]
    shared = sum(map(len, parts)) > len(set().union(*parts))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "KEYS_AT_ONCE", pieces)
        if not shared:
            refuse_shared(paths)
            return
        with pytest.raises(RepeatedEventError, match="two files of the sample hold the same"):
            refuse_shared(paths)


def test_run_event_and_both_files_are_named(tmp_path):
    first = write_numbers(tmp_path / "a.parquet", range(500))
    other = write_numbers(tmp_path / "b.parquet", range(500, 1000))
    third = write_numbers(tmp_path / "c.parquet", [3000, 612, 4000])
    refuse_shared([first, other])
    with pytest.raises(
        RepeatedEventError,
        match=r"run 7, event 612 is in .*b\.parquet and in .*c\.parquet: .*files\.bad_files",
    ):
        refuse_shared([first, other, third])


def test_equal_keys_of_different_events_are_none_of_a_repeated_one(tmp_path):
    first = write_numbers(tmp_path / "a.parquet", [1], keys=[5])
    other = write_numbers(tmp_path / "b.parquet", [2], keys=[5])
    refuse_key(5, [first, other])
    refuse_shared([first, other])
    same = write_numbers(tmp_path / "c.parquet", [2], keys=[5])
    with pytest.raises(RepeatedEventError, match=r"event 2 is in .*b\.parquet and in .*c\.parquet"):
        refuse_shared([first, other, same])


def write_streams(folder, second):
    return {
        "electrons": [
            write_numbers(folder / "e0.parquet", range(300), sample="electrons"),
            write_numbers(folder / "e1.parquet", range(300, 400), sample="electrons"),
        ],
        "muons": [write_numbers(folder / "m.parquet", second, sample="muons")],
    }


def test_samples_of_data_that_share_an_event_are_refused(tmp_path):
    streams = write_streams(tmp_path, [1000, 399, 1001])
    with pytest.raises(
        RepeatedEventError,
        match=r"run 7, event 399 is in the data samples electrons and muons, .*'require'",
    ):
        refuse_overlap(streams, tmp_path)
    turned = dict(reversed(streams.items()))
    with pytest.raises(RepeatedEventError, match=r"event 399 .* samples muons and electrons"):
        refuse_overlap(turned, tmp_path)


def test_samples_of_data_of_different_events_or_runs_are_counted(tmp_path):
    streams = write_streams(tmp_path, range(1000, 1100))
    streams["taus"] = [write_numbers(tmp_path / "t.parquet", range(50), run=8)]
    streams["empty"] = [write_numbers(tmp_path / "n.parquet", [])]
    counts = refuse_overlap(streams, tmp_path)
    assert counts == {"electrons": 400, "muons": 100, "taus": 50, "empty": 0}
    assert {path.suffix for path in tmp_path.iterdir()} == {".parquet"}


def test_a_file_that_holds_an_event_twice_makes_no_shard(tmp_path):
    branches = make_branches(400)
    outputs = tmp_path / "a.parquet", tmp_path / "a.json"
    write_shard(make_sharder(write_ntuple(tmp_path / "a.root", branches)), *outputs, {})
    (number,) = parquet.read_shard(outputs[0])["event"].to_numpy()[100:101]
    branches["event"][branches["event"] != number] = number
    source = write_ntuple(tmp_path / "b.root", branches)
    with pytest.raises(
        RepeatedEventError,
        match=rf"b\.root holds run \d+, event {number} twice: leave the file out",
    ):
        write_shard(make_sharder(source), tmp_path / "b.parquet", tmp_path / "b.json", {})
    assert not list(tmp_path.glob("b.[pj]*"))


@pytest.fixture
def copies(tmp_path):
    """Shards of two files and of a copy of the first, whose events have no numbers."""
    unnumbered = FORMAT.model_copy(update={"identity": None})
    files = {"a": 1, "b": 2, "copy": 1}
    paths = {}
    for name, seed in files.items():
        source = write_ntuple(tmp_path / f"{name}.root", make_branches(200, seed))
        paths[name] = tmp_path / name / f"{name}.parquet"
        paths[name].parent.mkdir()
        sharder = make_sharder(source, part=name, settings=unnumbered)
        write_shard(sharder, paths[name], tmp_path / f"{name}.json", {})
    return paths


def test_small_files_that_differ_in_a_direction_or_in_numbers_are_no_copies(tmp_path):
    """Of one lepton pair: events of a generator that balances all of them alike."""
    first = make_branches(4)
    for name in ("lep", "jet"):
        for key in ("pt", "eta", "phi", "mass"):
            first[f"{name}_{key}"] = ak.unflatten(np.full(8, 20.0 if key == "pt" else 0.5), 4 * [2])
        kinds = {"lep_kind": np.full(8, 11), "jet_tag": np.zeros(8)}
        first |= {name: ak.unflatten(values, 4 * [2]) for name, values in kinds.items()}
    turned = {**first, "lep_phi": first["lep_phi"] + 1}
    other = {**first, "event": first["event"] + 100}
    unnumbered = FORMAT.model_copy(update={"identity": None})
    for changed, ntuple_format in ((turned, unnumbered), (other, FORMAT)):
        paths = []
        for name, branches in (("a", first), ("b", changed)):
            source = write_ntuple(tmp_path / f"{name}.root", branches)
            paths.append(tmp_path / f"{name}.parquet")
            sharder = make_sharder(source, part=name, settings=ntuple_format)
            write_shard(sharder, paths[-1], tmp_path / f"{name}.json", {})
        refuse_shared(paths)


def test_a_copy_whose_numbers_one_format_does_not_read_is_found(tmp_path):
    source = write_ntuple(tmp_path / "a.root", make_branches(20))
    paths = {}
    for name, identity in (("numbered", FORMAT.identity), ("unnumbered", None)):
        numbered = FORMAT.model_copy(update={"identity": identity})
        paths[name] = [tmp_path / f"{name}.parquet"]
        sharder = make_sharder(source, sample=name, settings=numbered)
        write_shard(sharder, *paths[name], tmp_path / f"{name}.json", {})
    with pytest.raises(RepeatedEventError, match="samples numbered and unnumbered that are copies"):
        refuse_overlap(paths, tmp_path, ["unnumbered"])


def test_a_copy_of_a_file_without_numbers_is_found(copies, tmp_path):
    a, b, copy = copies.values()
    refuse_shared([a, b])
    with pytest.raises(
        RepeatedEventError, match=r"a\.parquet and .*copy\.parquet hold the same .*files\.bad_files"
    ):
        refuse_shared([a, b, copy])
    with pytest.raises(RepeatedEventError, match=r"samples x and y that are copies of each"):
        refuse_overlap({"x": [a, b], "y": [copy]}, tmp_path, ["x", "y"])
    # entries of different files may have the same number
    assert refuse_overlap({"x": [a], "y": [b]}, tmp_path, ["x", "y"]).keys() == {"x", "y"}
    members = [
        BackgroundShard(path, sample, sample.upper(), 1.0)
        for path, sample in ((a, "x"), (b, "x"), (copy, "y"))
    ]
    outputs = tmp_path / "0.parquet", tmp_path / "t.parquet"
    options = {"index": 0, "number": 1, "test_fraction": 0.3, "provenance": {}}
    write_megaset(members[:2], *outputs, **options)
    assert parquet.read_content(outputs[0]) is None
    with pytest.raises(RepeatedEventError, match=r"samples x and y"):
        write_megaset(members, *outputs, **options)


def test_files_that_share_events_out_are_no_copies(tmp_path):
    """Two samples may read one file, if each of its events is of one of them."""
    source = write_ntuple(tmp_path / "a.root", make_branches(200))
    paths = []
    for name, require in (("x", "met < 20"), ("y", "met >= 20")):
        paths.append(tmp_path / f"{name}.parquet")
        sharder = make_sharder(source, sample=name, require=require)
        write_shard(sharder, paths[-1], tmp_path / f"{name}.json", {})
    refuse_overlap({"x": paths[:1], "y": paths[1:]}, tmp_path)
