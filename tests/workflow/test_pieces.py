"""A file that is split by its entries in a real run: nothing but the jobs differs."""

import re
import time

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uproot
import yaml

from runs import TINY_FORMAT, make_tiny_events, start_tiny

pytestmark = pytest.mark.workflow

CLUSTER = 70_000  # two are more than what is read together
PIECES = {f"b1/b1/{k}of3" for k in (1, 2, 3)}
MERGED = [
    *(f"results/lep/rmm/{kind}/{index}.parquet" for kind in ("megasets", "test") for index in "01"),
    "results/lep/shifts/heavier/rmm/background.parquet",
    "results/lep/rmm/altered.parquet",
]
TARGETS = [*MERGED, "results/lep/cutflow.json"]
ALTERATIONS = [
    {"kind": "scale_pt", "name": "pt", "objects": ["ele"], "factors": [3]},
    {"kind": "shuffle", "name": "shuffled"},
]
JOB = re.compile(r"^(?:local)?rule (\w+):\n(?:    .*\n)*?    wildcards: (.*)$", re.M)


def write_large(path, seed):
    """Write a file of three clusters."""
    events = make_tiny_events(seed, 30, 3 * CLUSTER)
    with uproot.recreate(path) as file:
        file.mktree("tiny", {name: ak.type(ak.Array(c)).content for name, c in events.items()})
        for start in range(0, 3 * CLUSTER, CLUSTER):
            rows = slice(start, start + CLUSTER)
            file["tiny"].extend({name: column[rows] for name, column in events.items()})


def list_jobs(run):
    """List what would run: for each rule, its files or pieces."""
    outcome = run.snakemake("--dry-run", *TARGETS)
    assert outcome.returncode == 0, outcome.output[-3000:]
    jobs = {}
    for rule, text in JOB.findall(outcome.output):
        values = dict(pair.split("=") for pair in text.split(", "))
        named = [values[key] for key in ("sample", "part", "piece") if key in values]
        jobs.setdefault(rule, set()).add("/".join(named))
    return jobs


def read_bytes(path):
    """Read all columns of a product, without where it comes from; NaN is equal to itself so."""
    table = pq.read_table(path).replace_schema_metadata().combine_chunks()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def read_products(run):
    """Read what must not know of pieces."""
    shard = run.folder / "results/lep/rmm/shards/b1/b1.parquet"
    cutflows = sorted((run.folder / "results/lep").glob("**/shards/*/*.cutflow.json"))
    return {
        **{path: path.read_bytes() for path in cutflows},
        **{path: read_bytes(run.folder / path) for path in (*MERGED, shard)},
        "content": pq.read_schema(shard).metadata[b"rapidmass.content"],
    }


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run whose first background is a large file, whole, and then in pieces."""
    run = start_tiny(tmp_path_factory.mktemp("pieces"))
    shifted = {**TINY_FORMAT, "shifts": {"heavier": {"weight": "1.1"}}}
    # a sum of weights that rounds, and events that only file and entry name
    shifted |= {"weights": {"generator": "weight + 1e-3 * met"}, "identity": None}
    (run.folder / "config/ntuples/tiny.yaml").write_text(yaml.safe_dump(shifted))
    run.config["systematics"] = ["heavier"]
    run.config["studies"] = {
        "altered_events": {"enabled": True, "share": 0.5, "alterations": ALTERATIONS},
    }
    run.file = run.folder / "input/b1.root"
    write_large(run.file, 1)
    run.make(*TARGETS)
    run.whole = read_products(run)
    run.config["files"] = {"split_above": run.file.stat().st_size / 2.5e9}
    run.planned = list_jobs(run)
    run.make(*TARGETS)
    return run


def test_megasets_and_cutflows_are_those_of_the_whole_file(runs):
    found = read_products(runs)
    assert found.keys() == runs.whole.keys()
    assert [name for name in found if found[name] != runs.whole[name]] == []
    assert pq.read_metadata(runs.folder / MERGED[0]).num_rows > CLUSTER / 2


def test_only_the_jobs_of_the_large_file_run(runs):
    assert runs.planned == {
        "build_piece": PIECES, "join_pieces": {"b1/b1"}, "build_shifted_piece": PIECES,
        "join_shifted_pieces": {"b1/b1"}, "write_megaset": {""}, "merge_shifted": {""},
        "collect_cutflows": {""}, "build_altered_piece": PIECES, "join_altered_pieces": {"b1/b1"},
        "merge_altered": {""},
    }  # fmt: skip


def test_each_piece_has_products_and_a_log_of_its_own(runs):
    folder = runs.folder / "results/lep/rmm"
    whole = pq.read_metadata(folder / "shards/b1/b1.parquet").num_rows
    rows = []
    for name in sorted(PIECES):
        rows.append(pq.read_metadata(folder / f"pieces/{name}.parquet").num_rows)
        log = (runs.folder / f"logs/build_piece/lep/rmm/{name}.log").read_text()
        start = CLUSTER * (int(name[6]) - 1)
        assert f"entries {start} to {start + CLUSTER} of {3 * CLUSTER}" in log
        assert "ERROR" not in log
    assert all(rows)
    assert sum(rows) == whole


def test_another_number_of_pieces_builds_those_of_the_file_alone(runs):
    before = runs.config["files"]
    runs.config["files"] = {"split_above": 1.5 * before["split_above"]}
    try:
        planned = list_jobs(runs)
    finally:
        runs.config["files"] = before
        runs.save()
    assert planned["build_piece"] == {"b1/b1/1of2", "b1/b1/2of2"}
    assert planned.keys() == runs.planned.keys()
    assert not list_jobs(runs)


def test_another_file_in_its_place_builds_all_of_its_pieces(runs):
    """Pieces may be gone then: nothing but the joined shard is read."""
    for name in PIECES:
        (runs.folder / f"results/lep/rmm/pieces/{name}.parquet").unlink()
    assert not list_jobs(runs)
    write_large(runs.file, 7)
    planned = list_jobs(runs)
    assert planned["build_piece"] == planned["build_shifted_piece"] == PIECES
    assert planned["build_altered_piece"] == PIECES
    assert "build_shard" not in planned


def test_a_file_that_is_replaced_between_its_pieces_is_not_joined_until_all_are_of_one(runs):
    """As many entries are in both."""
    shard, other = "results/lep/rmm/shards/b1/b1.parquet", runs.folder / "input/other"
    write_large(other, 8)
    pieces = [runs.folder / f"results/lep/rmm/pieces/{name}.parquet" for name in PIECES]
    with runs.start(shard, cores=1) as process:
        while not any(path.exists() for path in pieces) and process.poll() is None:
            time.sleep(0.01)
        other.replace(runs.file)
        said, _ = process.communicate()
    assert process.returncode != 0
    assert re.search(r"b1\.root changed while (it was|its pieces were) read", said), said[-3000:]
    assert not (runs.folder / shard).exists()
    planned = list_jobs(runs)
    assert 1 <= len(planned["build_piece"]) <= 3
    runs.make(shard)
    with uproot.open(runs.file) as file:
        events = file["tiny"].arrays(["met", "pt"])
    passed = ak.to_numpy(events.met[ak.any(events.pt > 20, axis=1)]).astype(np.float32)
    found = pq.read_table(runs.folder / shard)["met"].to_numpy()
    np.testing.assert_array_equal(np.sort(found), np.sort(passed))
