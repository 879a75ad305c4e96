"""What is joined of pieces is, byte for byte, what the whole file becomes."""

import os
from itertools import pairwise

import awkward as ak
import numpy as np
import pytest
import uproot

from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.load import read_format
from rapidmass.config.models.augmentation import Augmentation
from rapidmass.config.search.selection import Cut
from rapidmass.config.studies.altered_events import Noise, ScalePt, Shuffle
from rapidmass.datasets.altered import join_altered, write_altered, write_chosen
from rapidmass.datasets.augmented import write_augmented
from rapidmass.datasets.joining import join_cutflows, join_shards
from rapidmass.datasets.shards import Sharder, write_shard
from rapidmass.ntuples.access import chunks
from rapidmass.ntuples.access.pieces import WHOLE, Piece
from rapidmass.ntuples.access.sources import NtupleError, Source
from rapidmass.representations.rmm.layout import Layout
from rapidmass.storage.parquet import read_shard
from rapidmass.storage.sorting import RepeatedEventError
from real_files import FORMATS, find_file
from servers import HttpServer
from synthetic_events import FORMAT, LAYOUT, make_branches, make_sharder, show

CLUSTERS = (30, 200, 10, 160)
N = sum(CLUSTERS)
UNNUMBERED = FORMAT.model_copy(update={"identity": None})
ROWS = FORMAT.model_copy(update={"rows": "ljet"})


@pytest.fixture(autouse=True)
def read_little(monkeypatch):
    """Read 50 entries at once, as if these were huge files."""
    monkeypatch.setattr(chunks, "ENTRIES_AT_ONCE", 50)
    monkeypatch.setattr(chunks, "BYTES_PER_CHUNK", 1)


def write_clusters(path, branches, clusters=CLUSTERS):
    types = {name: ak.type(ak.Array(column)).content for name, column in branches.items()}
    edges = np.cumsum([0, *clusters]).tolist()
    with uproot.recreate(path) as file:
        file.mktree("events", types)
        for low, high in pairwise(edges):
            file["events"].extend({name: column[low:high] for name, column in branches.items()})
    return path


@pytest.fixture
def file(tmp_path):
    return write_clusters(tmp_path / "large.root", make_branches(N))


def build(make, piece, folder):
    output = folder / f"{piece.number}of{piece.of}.parquet"
    cutflow = output.with_suffix(".json")
    write_shard(make(piece), output, cutflow, {})
    return output, cutflow


def split(make, number, folder):
    pieces = [build(make, Piece(k, number), folder) for k in range(1, number + 1)]
    shards, cutflows = zip(*pieces, strict=True)
    return list(shards), list(cutflows)


def compare(make, number, folder):
    """Hold a file in pieces against the whole file; return the rows of the pieces."""
    whole, whole_cutflow = build(make, WHOLE, folder)
    shards, cutflows = split(make, number, folder)
    joined, joined_cutflow = folder / "joined.parquet", folder / "joined.json"
    join_shards(shards, joined, {}, origin="large.root")
    join_cutflows(cutflows, joined_cutflow)
    assert joined.read_bytes() == whole.read_bytes()
    assert joined_cutflow.read_bytes() == whole_cutflow.read_bytes()
    return [read_shard(shard).num_rows for shard in shards]


@pytest.mark.parametrize(
    ("settings", "number"), [(FORMAT, 2), (FORMAT, 12), (UNNUMBERED, 3), (ROWS, 3)]
)
def test_joined_pieces_are_the_shard_of_the_file(file, tmp_path, settings, number):
    def make(piece):
        return make_sharder(file, settings=settings, cuts=[], piece=piece)

    rows = compare(make, number, tmp_path)
    assert sum(rows) >= N
    assert (0 in rows) == (number > len(CLUSTERS) + 4), "there are more pieces than chunks"


@pytest.mark.parametrize("start", ["mc_410155.ttW", "ODEO_FEB2025_v0_2J2L", "nano_tt_v12"])
def test_real_files_in_pieces(tmp_path, start):
    """Of ATLAS and CMS, with their own clusters."""
    real = find_file(start)

    def make(piece):
        return Sharder(
            Source(str(real.path)),
            sample="sample",
            part=real.path.stem,
            selection="any",
            is_data=real.is_data,
            settings=read_format(FORMATS / f"{real.format}.yaml"),
            cuts=[Cut(name="leptons", require="n_lep >= 1")],
            **show(Layout(sqrt_s=13_000)),
            seed=1,
            quarantine=True,
            piece=piece,
        )

    assert sum(compare(make, 2, tmp_path)) > 0


def test_augmented_events_are_joined(file, tmp_path):
    def write(piece):
        output = tmp_path / f"{piece.number}of{piece.of}.parquet"
        write_augmented(make_sharder(file, piece=piece), output, Augmentation(), {})
        return output

    joined = tmp_path / "joined.parquet"
    join_shards([write(Piece(k, 3)) for k in (1, 2, 3)], joined, {}, origin="large.root")
    assert joined.read_bytes() == write(WHOLE).read_bytes()


@pytest.mark.parametrize("number", [3, 12])
def test_events_of_all_pieces_are_altered_together(file, tmp_path, number):
    content = UNNUMBERED.model_dump(exclude_unset=True)
    content["collections"]["lepton"]["attributes"] = {
        "kind": "lep_kind",
        "heavy": "lep_kind > 11",
    }
    content["met"]["attributes"] = {"half": "met / 2"}
    settings = NtupleFormat.model_validate(content)
    variables = {"kinds": "sum(lep.kind * lep.heavy)", "half": "met.half"}
    alterations = [
        ScalePt(name="scaled", objects=["ele"], factors=[2]),
        Shuffle(name="shuffled"),
        Noise(name="noise", multiplicities="drawn"),
    ]
    chosen = {"test_fraction": 0.6, "share": 0.7, "provenance": {}}

    def make(piece=WHOLE):
        options = {"variables": variables, "columns": list(variables), "cuts": []}
        return make_sharder(file, settings=settings, piece=piece, **options)

    pieces = [tmp_path / f"{k}of{number}.parquet" for k in range(1, number + 1)]
    for k, path in enumerate(pieces, start=1):
        write_chosen(make(Piece(k, number)), path, **chosen)
    whole, joined = tmp_path / "whole.parquet", tmp_path / "joined.parquet"
    write_altered(make(), whole, alterations=alterations, **chosen)
    join_altered(make(), pieces, joined, alterations=alterations, provenance={})
    assert joined.read_bytes() == whole.read_bytes()
    assert 3 * 80 < read_shard(whole).num_rows < 3 * N
    joined.unlink()
    with pytest.raises(ValueError, match=r"these are not all pieces of it: .*3of"):
        join_altered(make(), pieces[2:], joined, alterations=alterations, provenance={})
    pieces[0].write_bytes(b"nothing")
    with pytest.raises(ValueError, match=rf"1of{number}.parquet is damaged .* to have it rebuilt"):
        join_altered(make(), pieces, joined, alterations=alterations, provenance={})
    assert not joined.exists()


def test_an_event_of_two_pieces_is_refused_as_in_one_file(tmp_path):
    branches = make_branches(N)
    branches["event"][N - 1] = branches["event"][0]
    path = write_clusters(tmp_path / "twice.root", branches)
    shards, _ = split(lambda piece: make_sharder(path, cuts=[], piece=piece), 3, tmp_path)
    with pytest.raises(RepeatedEventError, match=r"twice\.root holds run 7, event 0 twice"):
        join_shards(shards, tmp_path / "joined.parquet", {}, origin="twice.root")
    assert not (tmp_path / "joined.parquet").exists()


def test_errors_name_the_entries_of_the_file(file, tmp_path):
    infinite = show(Layout(types=LAYOUT.types, angular_scale=1e300))
    sharder = Sharder(
        Source(str(file)), sample="s", part="p", selection="x", is_data=False, settings=FORMAT,
        cuts=[], **infinite, seed=1, piece=Piece(2, 2),
    )  # fmt: skip
    with pytest.raises(NtupleError, match=r"large\.root, entries 230 to 240: a cell .* is inf"):
        write_shard(sharder, tmp_path / "a.parquet", tmp_path / "a.json", {})
    branches = make_branches(N)
    branches["met"][N - 5] = np.nan
    path = write_clusters(tmp_path / "bad.root", branches)
    with pytest.raises(NtupleError, match=rf"bad\.root, entry {N - 5} "):
        build(lambda piece: make_sharder(path, piece=piece), Piece(2, 2), tmp_path)
    assert not list(tmp_path.glob("*.parquet"))


def test_the_checksum_of_a_split_file_is_compared_once(file, tmp_path):
    source = Source(str(file), adler32="00000000")

    def make(piece):
        sharder = make_sharder(file, piece=piece)
        sharder.source = source
        return sharder

    with pytest.raises(NtupleError, match="has the Adler-32 checksum"):
        build(make, Piece(1, 2), tmp_path)
    build(make, Piece(2, 2), tmp_path)


def test_what_a_whole_file_warns_of_is_told_of_the_file_alone(file, tmp_path, caplog):
    def make(piece):
        return make_sharder(file, cuts=[Cut(name="none", require="n_lep > 99")], piece=piece)

    split(make, 2, tmp_path)
    assert "passes the selection" not in caplog.text
    assert compare(make, 2, tmp_path) == [0, 0]
    assert "no event of sample ttbar passes the selection" in caplog.text


@pytest.mark.parametrize("more", [1, 0], ids=["grown", "rewritten"])
def test_a_file_that_changed_between_its_pieces_is_refused(file, tmp_path, more):
    def make(piece):
        return make_sharder(file, settings=UNNUMBERED, cuts=[], piece=piece)

    before, _ = build(make, Piece(1, 2), tmp_path)
    os.utime(file, (0, 0))  # to touch it is no change
    same, _ = build(make, Piece(2, 2), tmp_path)
    join_shards([before, same], tmp_path / "joined.parquet", {}, origin="large.root")
    (tmp_path / "joined.parquet").unlink()
    # of the same numbers it differs by its UUID alone
    write_clusters(file, make_branches(N * (1 + more)), CLUSTERS * (1 + more))
    after, _ = build(make, Piece(2, 2), tmp_path)
    reason = (
        rf"large.root changed .* {before} it was a file of 400 entries \(\d+-.*, UUID .*, "
        rf"and for .* {400 * (1 + more)} entries .*; remove {tmp_path}, and start the run again"
    )
    with pytest.raises(ValueError, match=reason):
        join_shards([before, after], tmp_path / "joined.parquet", {}, origin="large.root")
    first, _ = build(make, Piece(1, 3), tmp_path)
    for wrong in ([after], [after, after], [first, after]):
        with pytest.raises(ValueError, match="not all pieces of it"):
            join_shards(wrong, tmp_path / "joined.parquet", {}, origin="large.root")
    whole, _ = build(make, WHOLE, tmp_path)
    with pytest.raises(ValueError, match="is no shard of a piece"):
        join_shards([whole], tmp_path / "joined.parquet", {}, origin="large.root")
    assert not (tmp_path / "joined.parquet").exists()


def test_a_file_on_a_server_is_told_by_its_tag(file, tmp_path):
    server, joined = HttpServer(tmp_path), tmp_path / "joined.parquet"

    def read(number, tag):
        server.validators = {"ETag": tag}
        sharder = make_sharder(server.address(file.name), cuts=[], piece=Piece(number, 2))
        output = tmp_path / f"{number}of2.parquet"
        write_shard(sharder, output, tmp_path / "cutflow.json", {})
        return output

    try:
        join_shards([read(1, '"a"'), read(2, '"a"')], joined, {}, origin="large.root")
        size = file.stat().st_size
        with pytest.raises(ValueError, match=rf'\({size} "a", UUID .* \({size} "b", UUID .*;'):
            join_shards([read(1, '"a"'), read(2, '"b"')], joined, {}, origin="large.root")
    finally:
        server.stop()
