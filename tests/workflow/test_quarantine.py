"""Bad files and bad events are left out, listed, and made up for; or they end the run."""

import hashlib
import json
import re
import shutil

import awkward as ak
import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml

from runs import TINY_FORMAT, make_tiny_events, start_tiny, write_samples, write_tiny
from servers import HttpServer

pytestmark = pytest.mark.workflow

EVENTS = 300
CROSS_SECTION, LUMINOSITY = 0.01, 1000.0
FILES = {"b1": 4, "b2": 2, "sig": 2, "obs": 3}
SCALES = {"b1": 30, "b2": 50, "sig": 200, "obs": 35}
PHOTON = {"pt": "y_pt", "eta": "y_pt", "phi": "y_pt", "mass": "y_pt"}  # no file has it
FORMAT = {
    **TINY_FORMAT,
    "collections": {**TINY_FORMAT["collections"], "photon": PHOTON},
    "objects": {**TINY_FORMAT["objects"], "pho": {"collection": "photon", "where": "pt > 0"}},
}
SHIFT = {"shifts": {"up": {"replace": {"met": "met_up"}}}}
IN_FILE = {"in_file": {"cross_section": "xsec", "sum_of_weights": "sumw"}}
NETWORK = {"family": "discriminator", "batch_size": 64, "epochs": 1,
           "layers": [{"units": 8, "activation": "tanh"}]}  # fmt: skip
ALTERATION = {"kind": "scale_pt", "name": "pt", "objects": ["ele"], "factors": [5]}
STUDIES = {
    "altered_events": {
        "enabled": True, "networks": ["ae"], "share": 1.0, "alterations": [ALTERATION],
    },
}  # fmt: skip
JOB = re.compile(r"^(?:local)?rule (\w+):\n(?:    .*\n)*?    output: (.*)$", re.M)


def make_events(sample, number):
    """Events of one file of a sample; no other file has their numbers."""
    seed = 100 * (1 + list(FILES).index(sample)) + number
    events = make_tiny_events(seed, SCALES[sample], EVENTS)
    if sample == "b1":
        events["met_up"] = 1.1 * events["met"]
    if sample == "b2":
        total = float(EVENTS * FILES["b2"])
        events |= {"xsec": np.full(EVENTS, CROSS_SECTION), "sumw": np.full(EVENTS, total)}
    return events


def start(folder):
    run = start_tiny(folder)
    shutil.rmtree(folder / "input")
    rows = {}
    for sample, files in FILES.items():
        for number in range(files):
            write_tiny(folder / f"input/{sample}_{number}.root", make_events(sample, number))
        rows[sample] = {
            "sample": sample, "channel": sample, "role": "background", "format": "tiny",
            "files": f"input/{sample}_*.root", "campaign": "c", "cross_section": CROSS_SECTION,
            "sum_of_weights": EVENTS * files,
        }  # fmt: skip
    rows["b1"] |= {"format": "shifted"}
    rows["b2"] |= {"format": "noted", "cross_section": "file", "sum_of_weights": "file"}
    rows["sig"] |= {"role": "signal", "sum_of_weights": "sum:tiny:weight"}
    del rows["obs"]["cross_section"], rows["obs"]["sum_of_weights"]
    rows["obs"] |= {"role": "data"}
    write_samples(folder, [*rows.values()])
    for name, more in (("tiny", {}), ("shifted", SHIFT), ("noted", IN_FILE)):
        path = folder / f"config/ntuples/{name}.yaml"
        path.write_text(yaml.safe_dump({**FORMAT, **more}))
    run.config["architectures"] = {"ae": run.config["architectures"]["ae"], "copies": NETWORK}
    run.config["studies"] = STUDIES
    run.config["files"] = {"bad_files": "quarantine", "quarantine_cap": 0.6}
    return run


def rewrite(folder, sample, number, **changes):
    """Change numbers of single events of a file; or leave a branch out, where they are None."""
    events = make_events(sample, number)
    for branch, change in changes.items():
        if change is None:
            del events[branch]
        else:
            events[branch][change[0]] = change[1]
    write_tiny(folder / f"input/{sample}_{number}.root", events)


def damage(folder):
    """Damage one file of every sample, copy a file, and spoil events."""
    truncate(folder / "input/b1_1.root")
    rewrite(folder, "b1", 2, weight=(17, np.nan), met_up=([3, 4], np.inf))
    shutil.copy(folder / "input/b1_0.root", folder / "input/b1_copy.root")
    rewrite(folder, "b2", 1, xsec=None)
    rewrite(folder, "sig", 0, weight=(3, np.nan), met=(7, np.nan))
    rewrite(folder, "sig", 1, met_phi=None)
    zero(folder / "input/obs_2.root")


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def zero(path):
    content = bytearray(path.read_bytes())
    compressed = content.find(b"ZL", len(content) // 2)
    content[compressed : compressed + 200] = bytes(200)
    path.write_bytes(content)


def count_selected(sample, numbers, without=()):
    """Count the events that pass the cut of the run, by hand."""
    total = 0
    for number in numbers:
        passed = ak.to_numpy(ak.any(make_events(sample, number)["pt"] > 20, axis=1))
        passed[[event for place, event in without if place == number]] = False
        total += int(passed.sum())
    return total


def list_jobs(run, *targets):
    """List the jobs that a dry run plans: rule and outputs."""
    outcome = run.snakemake("--dry-run", *targets)
    assert outcome.returncode == 0, outcome.output[-3000:]
    return [job for job in JOB.findall(outcome.output) if job[0] != "all"]


def digest_products(run):
    products = [*(run.folder / "results").rglob("*.json")]
    products += (run.folder / "results").rglob("*.parquet")
    return {path: hashlib.sha256(path.read_bytes()).digest() for path in products}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Shards without a systematic variation; then all there is, with one."""
    run = start(tmp_path_factory.mktemp("quarantine"))
    damage(run.folder)
    nominal = ["results/lep/cutflow.json", *(f"results/samples/{name}.json" for name in FILES)]
    run.make(*nominal)
    run.nominal = digest_products(run)
    run.config["systematics"] = ["up"]
    run.planned = list_jobs(run, *nominal)
    run.make()
    return run


def read(run, path):
    return json.loads((run.folder / "results" / path).read_text())


def test_files_are_left_out_with_their_reasons(run):
    parts = read(run, "files/b1.json")["parts"]
    left_out = {part: found["left_out"] for part, found in parts.items() if found["left_out"]}
    assert set(left_out) == {"b1_1", "b1_copy"}
    assert left_out["b1_1"].startswith("is incomplete: it has")
    assert left_out["b1_copy"].startswith(f"repeats {EVENTS} events of b1_0.root, such as run 100,")
    assert [parts[name]["lost"] for name in ("b1_2", "b1_copy")] == [1, 0]
    # half of it is gone; its header tells how large it was
    assert parts["b1_1"]["estimated"]
    assert parts["b1_1"]["lost"] == pytest.approx(EVENTS, rel=0.02)
    (bad,) = parts["b1_2"]["bad_events"]
    assert (bad["entry"], bad["run"], bad["event"]) == (17, 102, 17)
    assert "generator_weight is not finite" in bad["reason"]
    assert "no branch 'met_phi'" in read(run, "files/sig.json")["parts"]["sig_1"]["left_out"]
    # what normalises a sample must be there as well
    assert "no branch 'xsec'" in read(run, "files/b2.json")["parts"]["b2_1"]["left_out"]


def test_what_is_left_is_used_once(run):
    kept = count_selected("b1", [0, 2, 3], without=[(2, 17)])
    folder = run.folder / "results/lep"
    shards = {
        path.stem: pq.read_metadata(path).num_rows
        for path in folder.glob("rmm/shards/b1/*.parquet")
    }
    assert shards["b1_1"] == shards["b1_copy"] == 0
    assert sum(shards.values()) == kept
    tables = [
        pq.read_table(path)
        for kind in ("megasets", "test")
        for path in folder.glob(f"rmm/{kind}/*.parquet")
    ]
    events = [row for t in tables for row in t.select(["sample", "weight"]).to_pylist()]
    weights = [row["weight"] for row in events if row["sample"] == "b1"]
    assert len(weights) == kept
    # 3 of 4 files, but for one event, stand for the whole sample
    used = 3 * EVENTS - 1
    share = read(run, "samples/b1.json")["kept"]
    assert share == pytest.approx(used / (4 * EVENTS), rel=0.005)
    assert sum(weights) == pytest.approx(CROSS_SECTION * kept / (4 * EVENTS * share))


def test_copies_and_altered_events_are_of_the_same_events(run):
    folder = run.folder / "results/lep"
    for kind in ("augmented/shards", "altered"):
        shards = folder.glob(f"rmm/{kind}/b1/*.parquet")
        rows = {path.stem: pq.read_metadata(path).num_rows for path in shards}
        assert rows["b1_1"] == rows["b1_copy"] == 0
        assert min(rows["b1_0"], rows["b1_2"], rows["b1_3"]) > 0


def test_a_sum_over_the_events_is_one_over_those_used(run):
    found = read(run, "samples/sig.json")
    assert (found["sum_of_weights"], found["kept"]) == (EVENTS - 2, 1)
    assert found["weight"] == pytest.approx(CROSS_SECTION / (EVENTS - 2))
    selected = count_selected("sig", [0], without=[(0, 3), (0, 7)])
    assert read(run, "lep/cutflow.json")["samples"]["sig"]["raw"][-1] == selected


def test_constants_of_the_files_that_are_left_normalise_a_sample(run):
    found = read(run, "samples/b2.json")
    assert (found["cross_section"], found["sum_of_weights"]) == (CROSS_SECTION, 2 * EVENTS)
    assert found["kept"] == 0.5


def test_the_luminosity_of_data_is_what_is_left_of_it(run):
    assert read(run, "samples/obs.json")["kept"] == pytest.approx(2 / 3)
    assert read(run, "lep/cutflow.json")["samples"]["obs"]["raw"][-1] == count_selected(
        "obs", [0, 1]
    )
    drawn = [
        json.loads(path.read_text()) for path in run.folder.glob("results/lep/figures/ae/*.json")
    ]
    (data,) = [numbers for numbers in drawn if "data" in numbers]
    assert data["luminosity"] == pytest.approx(2 / 3 * LUMINOSITY)


def test_a_variation_changes_nothing_nominal(run):
    assert run.planned == []
    now = digest_products(run)
    assert run.nominal.items() <= now.items()
    assert len(now) > len(run.nominal)


def test_what_a_variation_leaves_out_is_counted(run):
    losses = read(run, "lep/losses.json")
    assert losses["samples"]["b1"] == {"events": 3 * EVENTS, "left_out": 1}
    # two have an infinite MET, and no nominal one
    assert losses["shifts"] == {"up": {"b1": {"events": 3 * EVENTS, "left_out": 3}}}


def test_the_report_lists_it(run):
    page = (run.folder / "results/report/report.html").read_text()
    for words in ("Input files", "b1_copy.root", "repeats 300 events of b1_0.root", "b1_1.root",
                  "luminosity × 0.66667", "sum of weights of the events used", "weights ÷ 0.50000",
                  "generator_weight is not finite", "of the events of b1 are left",
                  "Further events left out"):  # fmt: skip
        assert words in page, words


def test_a_second_run_has_nothing_to_do(run):
    assert list_jobs(run) == []


def test_another_cap_is_a_question_to_the_records(run, monkeypatch):
    monkeypatch.setitem(run.config["files"], "quarantine_cap", 0.7)
    assert {rule for rule, _ in list_jobs(run)} == {"check_quarantine", "write_report"}


def test_more_than_the_cap_ends_the_run(run, monkeypatch):
    check = "results/files/b1.checked.json"
    with monkeypatch.context() as patch:
        patch.setitem(run.config["files"], "quarantine_cap", 0.1)
        outcome = run.snakemake(check)
    assert outcome.returncode != 0
    share = 1 - read(run, "files/b1.json")["kept"]
    assert f"sample b1: {share:.2%} of its events would be left out, more than" in outcome.output
    assert re.search(r"b1_1\.root \(\d+ events\): is incomplete", outcome.output)
    assert not (run.folder / check).exists()
    run.make(check)


def test_a_cut_decides_nothing_about_files(run, monkeypatch):
    """It reads a branch that no file has: the jobs that need it say so, and lose their shards, so
    that this is the last test of the run."""
    cut = {"name": "lepton", "require": "(pt_lep1 > 20) & (n_pho >= 0)"}
    monkeypatch.setitem(run.config["selections"]["lep"], "cuts", [cut])
    rules = {rule for rule, _ in list_jobs(run)}
    assert "build_shard" in rules
    assert not rules & {"inspect_ntuple", "judge_files", "check_quarantine", "normalise_sample"}
    shard = "results/lep/rmm/shards/b2/b2_0.parquet"
    outcome = run.snakemake(shard)
    assert outcome.returncode != 0
    assert "input/b2_0.root: tree tiny has no branch 'y_pt'" in outcome.output


@pytest.fixture
def served(tmp_path):
    """A run with files on a server: one is truncated there, and one is absent."""
    run = start(tmp_path)
    paths = [tmp_path / f"input/b1_{number}.root" for number in range(3)]
    sizes = " ".join(str(path.stat().st_size) for path in paths)
    server = HttpServer(tmp_path / "input")
    addresses = " ".join(server.address(path.name) for path in paths)
    truncate(paths[1])
    paths[2].unlink()
    sheet = tmp_path / "config/samples.tsv"
    header, first, *others = sheet.read_text().splitlines()
    first = first.replace("input/b1_*.root", addresses)
    sheet.write_text("\n".join([f"{header}\tsize", f"{first}\t{sizes}", *others]) + "\n")
    run.config["files"] |= {"attempts": 1, "quarantine_cap": 0.7}
    yield run
    server.stop()


def test_bad_files_on_servers_are_left_out_with_and_without_copies(served):
    run, record, absent = served, "results/files/b1.json", "results/lep/rmm/shards/b1/b1_2.parquet"
    run.make(record, absent)
    afar = read(run, "files/b1.json")
    run.config["files"]["cache"] = "cache"
    shutil.rmtree(run.folder / "results")
    run.make(record, absent)
    near = read(run, "files/b1.json")
    for found in (afar, near):
        reasons = {part: of["left_out"] for part, of in found["parts"].items()}
        assert reasons.pop("b1_0") is None
        assert "bytes, and the sample sheet says" in reasons["b1_1"]
        assert reasons["b1_2"].startswith(("does not exist", "is empty; if it was copied"))
        assert found["kept"] == pytest.approx(1 / 3, rel=0.02)
    assert near["kept"] == afar["kept"]
    assert pq.read_metadata(run.folder / absent).num_rows == 0
    # what becomes of bad files is no reason to fetch again
    run.config["files"]["bad_files"] = "fail"
    assert "fetch_ntuple" not in {rule for rule, _ in list_jobs(run, absent)}


def test_without_quarantine_a_bad_file_ends_the_run_and_no_job_judges_any(tmp_path):
    run = start(tmp_path)
    del run.config["files"]
    planned = run.snakemake("--dry-run")
    assert planned.returncode == 0
    for rule in (
        "inspect_ntuple",
        "judge_files",
        "check_quarantine",
        "collect_losses",
        "check_data",
    ):
        assert rule not in planned.output
    truncate(tmp_path / "input/b1_1.root")
    outcome = run.snakemake("results/lep/rmm/shards/b1/b1_1.parquet")
    assert outcome.returncode != 0
    assert "input/b1_1.root is incomplete" in outcome.output


def test_without_quarantine_an_event_in_two_files_ends_the_run(tmp_path):
    run = start(tmp_path)
    del run.config["files"]
    shutil.copy(tmp_path / "input/b1_0.root", tmp_path / "input/b1_copy.root")
    outcome = run.snakemake("results/lep/rmm/megasets/0.parquet")
    assert outcome.returncode != 0
    first, second = (f"results/lep/rmm/shards/b1/{part}.parquet" for part in ("b1_0", "b1_copy"))
    assert f"{first} and {second} hold the same events, of files of sample b1" in outcome.output


def test_samples_of_data_that_overlap_end_the_run(tmp_path):
    run = start(tmp_path)
    del run.config["files"]
    shutil.copy(tmp_path / "input/obs_2.root", tmp_path / "input/muons.root")
    sheet = tmp_path / "config/samples.tsv"
    row = sheet.read_text().splitlines()[-1].replace("obs", "muons").replace("_*", "")
    luminosity = "\t500\n"
    text = sheet.read_text().replace("\n", "\tluminosity\n", 1).rstrip("\n")
    sheet.write_text(f"{text}{luminosity}{row}{luminosity}")
    run.config["selections"]["lep"]["data"] = ["obs", "muons"]
    outcome = run.snakemake("results/lep/data.json")
    assert outcome.returncode != 0
    assert "hold the same events, of files of samples obs and muons that are" in outcome.output
