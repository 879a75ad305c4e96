"""Bad files and bad events are left out, listed, and made up for; or they end the run."""

import json
import shutil

import awkward as ak
import numpy as np
import pyarrow.parquet as pq
import pytest

from runs import make_tiny_events, start_tiny, write_samples, write_tiny

pytestmark = pytest.mark.workflow

EVENTS = 300
CROSS_SECTION, LUMINOSITY = 0.01, 1000.0
FILES = {"b1": 5, "b2": 1, "sig": 3, "obs": 4}
SCALES = {"b1": 30, "b2": 50, "sig": 200, "obs": 35}


def make_events(sample, number):
    """Events of one file of a sample; no other file has their numbers."""
    seed = 100 * (1 + list(FILES).index(sample)) + number
    return make_tiny_events(seed, SCALES[sample], EVENTS)


def start(folder):
    run = start_tiny(folder)
    shutil.rmtree(folder / "input")
    rows = []
    for sample, files in FILES.items():
        for number in range(files):
            write_tiny(folder / f"input/{sample}_{number}.root", make_events(sample, number))
        row = {"sample": sample, "channel": sample, "role": "background", "format": "tiny",
               "files": f"input/{sample}_*.root", "campaign": "c", "cross_section": CROSS_SECTION,
               "sum_of_weights": EVENTS * files}  # fmt: skip
        rows.append(row)
    rows[2] |= {"role": "signal", "sum_of_weights": "sum:tiny:weight"}
    del rows[3]["cross_section"], rows[3]["sum_of_weights"]
    rows[3] |= {"role": "data"}
    write_samples(folder, rows)
    run.config["files"] = {"bad_files": "quarantine", "quarantine_cap": 0.4}
    return run


def damage(folder):
    """Damage one file of every sample but one, copy a file, and spoil an event."""
    truncate(folder / "input/b1_1.root")
    spoiled = make_events("b1", 2)
    spoiled["weight"][17] = np.nan
    write_tiny(folder / "input/b1_2.root", spoiled)
    shutil.copy(folder / "input/b1_0.root", folder / "input/b1_copy.root")
    lacking = make_events("sig", 1)
    lacking["other"] = lacking.pop("met_phi")
    write_tiny(folder / "input/sig_1.root", lacking)
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


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = start(tmp_path_factory.mktemp("quarantine"))
    damage(run.folder)
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
    lacking = read(run, "files/sig.json")["parts"]["sig_1"]["left_out"]
    assert "no branch 'met_phi'" in lacking


def test_what_is_left_is_used_once(run):
    kept = count_selected("b1", [0, 2, 3, 4], without=[(2, 17)])
    folder = run.folder / "results/lep"
    shards = {
        path.stem: pq.read_metadata(path).num_rows for path in folder.glob("rmm/b1/*.parquet")
    }
    assert shards["b1_1"] == shards["b1_copy"] == 0
    assert sum(shards.values()) == kept
    tables = [
        pq.read_table(path)
        for kind in ("megasets", "test")
        for path in folder.glob(f"{kind}/*.parquet")
    ]
    events = [row for t in tables for row in t.select(["sample", "weight"]).to_pylist()]
    weights = [row["weight"] for row in events if row["sample"] == "b1"]
    assert len(weights) == kept
    # 4 of 5 files, but for one event, stand for the whole sample
    used = 4 * EVENTS - 1
    share = read(run, "samples/b1.json")["kept"]
    assert share == pytest.approx(used / (5 * EVENTS), rel=0.005)
    assert sum(weights) == pytest.approx(CROSS_SECTION * kept / (5 * EVENTS * share))


def test_a_sum_over_files_leaves_out_the_same_files(run):
    found = read(run, "samples/sig.json")
    assert found["sum_of_weights"] == 2 * EVENTS
    assert found["weight"] == pytest.approx(CROSS_SECTION / (2 * EVENTS))
    assert read(run, "lep/cutflow.json")["samples"]["sig"]["raw"][-1] == count_selected(
        "sig", [0, 2]
    )


def test_the_luminosity_of_data_is_what_is_left_of_it(run):
    assert read(run, "samples/obs.json")["kept"] == 0.75
    assert read(run, "lep/cutflow.json")["samples"]["obs"]["raw"][-1] == count_selected(
        "obs", [0, 1, 3]
    )
    drawn = [
        json.loads(path.read_text()) for path in run.folder.glob("results/lep/figures/ae/*.json")
    ]
    (data,) = [numbers for numbers in drawn if "data" in numbers]
    assert data["luminosity"] == 0.75 * LUMINOSITY


def test_the_report_lists_it(run):
    page = (run.folder / "results/report/index.html").read_text()
    for words in ("Input files", "b1_copy.root", "repeats 300 events of b1_0.root", "b1_1.root",
                  "weights ÷ 0.80040", "luminosity × 0.75000", "sum of weights of the files used",
                  "generator_weight is not finite", "of the events of b1 are left"):  # fmt: skip
        assert words in page, words


def test_a_second_run_has_nothing_to_do(run):
    assert "Nothing to be done" in run.snakemake("--dry-run").output


def test_more_than_the_cap_ends_the_run(tmp_path):
    run = start(tmp_path)
    run.config["files"]["quarantine_cap"] = 0.1
    damage(tmp_path)
    outcome = run.snakemake("results/lep/rmm/b1/b1_0.parquet")
    assert outcome.returncode != 0
    assert "sample b1: 19.96% of its events would be left out, more than files" in outcome.output
    assert "b1_1.root (298 events): is incomplete" in outcome.output
    assert not (tmp_path / "results/files/b1.json").exists()


def test_without_quarantine_a_bad_file_ends_the_run_and_no_job_judges_any(tmp_path):
    run = start(tmp_path)
    del run.config["files"]
    planned = run.snakemake("--dry-run")
    assert planned.returncode == 0
    for rule in ("inspect_ntuple", "judge_files", "check_data"):
        assert rule not in planned.output
    truncate(tmp_path / "input/b1_1.root")
    outcome = run.snakemake("results/lep/rmm/b1/b1_1.parquet")
    assert outcome.returncode != 0
    assert "input/b1_1.root is incomplete" in outcome.output


def test_without_quarantine_an_event_in_two_files_ends_the_run(tmp_path):
    run = start(tmp_path)
    del run.config["files"]
    shutil.copy(tmp_path / "input/b1_0.root", tmp_path / "input/b1_copy.root")
    outcome = run.snakemake("results/lep/megasets/0.parquet")
    assert outcome.returncode != 0
    first, second = (f"results/lep/rmm/b1/{part}.parquet" for part in ("b1_0", "b1_copy"))
    assert f"is in {first} and in {second}: two files of the sample hold the same" in outcome.output


def test_samples_of_data_that_overlap_end_the_run(tmp_path):
    run = start(tmp_path)
    del run.config["files"]
    shutil.copy(tmp_path / "input/obs_3.root", tmp_path / "input/muons.root")
    sheet = tmp_path / "config/samples.tsv"
    row = sheet.read_text().splitlines()[-1].replace("obs", "muons").replace("_*", "")
    luminosity = "\t500\n"
    text = sheet.read_text().replace("\n", "\tluminosity\n", 1).rstrip("\n")
    sheet.write_text(f"{text}{luminosity}{row}{luminosity}")
    run.config["selections"]["lep"]["data"] = ["obs", "muons"]
    outcome = run.snakemake("results/lep/data.json")
    assert outcome.returncode != 0
    assert "is in the data samples obs and muons, which would count it twice" in outcome.output
