"""Shards of files on servers are those of the same files on disk, whatever servers do meanwhile."""

import zlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from servers import XROOTD, HttpServer, XrootdServer

pytestmark = pytest.mark.workflow

SAMPLES = ("b1", "b2", "sig", "obs")
SHARDS = [f"results/lep/rmm/shards/{name}/{name}.parquet" for name in SAMPLES]
FILES = {"attempts": 2, "timeout": 2}


def read_shards(run):
    """Rows of all shards as bytes: undefined masses equal each other."""
    return [list_bytes(pq.read_table(run.folder / shard)) for shard in SHARDS]


def list_bytes(table):
    assert table.num_rows > 0
    sink = pa.BufferOutputStream()
    bare = table.replace_schema_metadata(None).combine_chunks()
    with pa.ipc.new_stream(sink, bare.schema) as stream:
        stream.write_table(bare)
    return sink.getvalue().to_pybytes()


def set_files(run, addresses):
    """Give samples addresses instead of their paths, with size and checksum."""
    sheet = run.folder / "config" / "samples.tsv"
    header, *rows = sheet.read_text().splitlines()
    lines = [f"{header}\tsize\tadler32"]
    for row in rows:
        name = row.split("\t")[0]
        content = (run.folder / "input" / f"{name}.root").read_bytes()
        moved = row.replace(f"input/{name}.root", addresses[name])
        lines.append(f"{moved}\t{len(content)}\t{zlib.adler32(content):08x}")
    sheet.write_text("\n".join(lines) + "\n")


@pytest.fixture
def served(tiny):
    """A run whose files are on servers, the shards of the files themselves, and the servers."""
    tiny.make(*SHARDS)
    expected = read_shards(tiny)
    for shard in SHARDS:
        (tiny.folder / shard).unlink()
    http = HttpServer(tiny.folder / "input")
    servers = [http]
    addresses = {name: http.address(f"{name}.root") for name in SAMPLES}
    if XROOTD is not None:
        xrootd = XrootdServer(tiny.folder / "input")
        servers.append(xrootd)
        addresses |= {name: xrootd.address(f"{name}.root") for name in ("b2", "obs")}
    set_files(tiny, addresses)
    tiny.config["files"] = dict(FILES)
    yield tiny, expected, servers
    for server in servers:
        server.stop()


def assert_equal(run, expected):
    same = [found == before for found, before in zip(read_shards(run), expected, strict=True)]
    assert same == [True] * len(SHARDS)


def test_shards_are_built_from_afar(served):
    run, expected, (http, *_) = served
    run.make(*SHARDS)
    assert_equal(run, expected)
    assert http.requests
    assert not list(run.folder.rglob("*.part"))
    # they are no inputs of jobs, and nothing runs again for them
    assert "Nothing to be done" in run.make("--dry-run", *SHARDS).output


def test_shards_are_built_from_copies(served):
    run, expected, servers = served
    run.config["files"]["cache"] = str(run.folder / "cache")
    run.make(*SHARDS)
    assert_equal(run, expected)
    for name in SAMPLES:
        copy = run.folder / "cache" / name / f"{name}.root"
        assert copy.read_bytes() == (run.folder / "input" / f"{name}.root").read_bytes()
    for server in servers:
        server.stop()
    for shard in SHARDS:
        (run.folder / shard).unlink()
    run.make(*SHARDS)
    assert_equal(run, expected)


def test_a_server_that_breaks_off_ends_the_run_until_it_is_back(served):
    run, expected, (http, *_) = served
    http.faults += [None] * 4
    http.constant = "cut"
    failed = run.snakemake(SHARDS[0])
    assert failed.returncode != 0
    assert "b1.root" in failed.output
    assert "no answer to 2 requests" in failed.output
    assert not (run.folder / SHARDS[0]).exists()
    http.constant = None
    run.make(*SHARDS)
    assert_equal(run, expected)


def test_a_copy_that_breaks_off_is_continued(served):
    run, expected, (http, *_) = served
    run.config["files"]["cache"] = "cache"
    http.faults += [None]
    http.constant = "cut"
    failed = run.snakemake(SHARDS[0])
    assert failed.returncode != 0
    assert "b1.root cannot be copied; what came is kept: no answer to 2 req" in failed.output
    assert list(run.folder.glob("cache/b1/.*.part"))
    http.constant = None
    run.make(*SHARDS)
    assert_equal(run, expected)
    assert not list(run.folder.glob("cache/b1/.*.part"))


def test_another_content_than_the_sheet_says_is_refused(served):
    run, _, (http, *_) = served
    run.config["files"]["cache"] = "cache"
    path = run.folder / "input" / "b1.root"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    failed = run.snakemake(SHARDS[0])
    assert failed.returncode != 0
    assert f"{zlib.adler32(path.read_bytes()):08x}" in failed.output
    assert f"{zlib.adler32(content):08x}" in failed.output
    assert len(http.requests) >= 3  # it was fetched twice
    assert not (run.folder / "cache" / "b1" / "b1.root").exists()
