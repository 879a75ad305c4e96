"""Systematic variations in real runs: what they cost, what they change, and what they leave."""

import hashlib
import json
import re

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml

from runs import TINY_FORMAT, read_product, start_tiny

pytestmark = pytest.mark.workflow

SHIFTS = {
    "pt_up": {"replace": {"pt": "pt * 1.1"}, "source": "scale"},
    "norm": {"weight": "1.1"},
}
ADDED = {"build_shifted_shard", "merge_shifted", "score_shifted"}
REDONE = {
    "scan_cuts", "draw_network", "draw_comparison", "compare_data", "measure_power", "fit_signal",
    "draw_section", "summarise_scans", "write_report",
}  # fmt: skip
POWER = {"enabled": True, "bins": 4, "widest": 2, "toys": 19, "experiments": 2}
MET = {"variable": "met", "edges": [0, 40, 80]}
COMPARISON = "results/lep/data_comparison"
JOB = re.compile(r"^(?:local)?rule (\w+):\n(?:    .*\n)*?    output: (.*)$", re.M)


def list_products(run):
    """Digest what lies in results, without records and what is done anew for shifts."""
    return {
        str(path.relative_to(run.folder)): hashlib.sha256(read_product(path)).hexdigest()
        for path in sorted((run.folder / "results").rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def list_jobs(run):
    """List the jobs that a dry run plans: rule and outputs."""
    outcome = run.snakemake("--dry-run")
    assert outcome.returncode == 0, outcome.output[-3000:]
    return [job for job in JOB.findall(outcome.output) if job[0] != "all"]


def read_scan(run):
    return json.loads((run.folder / "results/lep/scans/ae/sig.json").read_text())


def change_format(run, name):
    """Give b2 another format."""
    sheet = run.folder / "config" / "samples.tsv"
    before = sheet.read_text()
    sheet.write_text(re.sub(r"(b2\tb2\tbackground\t)tiny", rf"\1{name}", before))
    assert sheet.read_text() != before


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run without variations, and what it made; then with two, which b2's format lacks."""
    run = start_tiny(tmp_path_factory.mktemp("systematics"))
    formats = run.folder / "config" / "ntuples"
    (formats / "tiny.yaml").write_text(yaml.safe_dump({**TINY_FORMAT, "shifts": SHIFTS}))
    (formats / "plain.yaml").write_text(yaml.safe_dump(TINY_FORMAT))
    change_format(run, "plain")
    run.config["architectures"] = {"ae": run.config["architectures"]["ae"]}
    run.config["studies"] = {
        "data_comparison": {"enabled": True, "figures": 1},
        "fits": {"enabled": True, "axes": [MET], "toys_below": 0, "smoothing": 0.5},
        "blind_test": POWER,
    }
    run.make()
    run.without = list_products(run)
    run.nominal = read_scan(run)
    run.config["systematics"] = []
    run.empty = list_jobs(run)
    run.config["systematics"] = ["pt_up", "norm"]
    run.planned = list_jobs(run)
    run.make()
    return run


def test_without_variations_nothing_is_planned(runs):
    assert runs.empty == []
    assert not any("shift" in name or "systematics" in name for name in runs.without)
    scan = {key: value for key, value in runs.nominal.items() if key != "provenance"}
    assert "systematic" not in json.dumps(scan)


def test_variations_add_jobs_and_redo_scans_figures_and_report_alone(runs):
    rules = {rule for rule, _ in runs.planned}
    assert rules == ADDED | REDONE
    count = {rule: sum(r == rule for r, _ in runs.planned) for rule in rules}
    # b1 and sig, two shifts each; the data and b2 have none
    assert count["build_shifted_shard"] == 4
    assert count["merge_shifted"] == 2
    assert count["score_shifted"] == 4
    sections = {outputs.rpartition("/")[2] for rule, outputs in runs.planned if "section" in rule}
    assert sections == {"systematics", "data_comparison", "blind_test", "fits"}
    assert not any("b2/" in outputs or "obs/" in outputs for _, outputs in runs.planned)


def test_nominal_products_stay(runs):
    redone = ("results/lep/scans", "results/lep/figures/ae", "results/summary", "results/report",
              COMPARISON, "results/lep/blind_test.json", "results/lep/fits",
              "results/lep/comparison",
              "results/lep/sections")  # fmt: skip
    now = list_products(runs)
    for name, digest in runs.without.items():
        if not name.startswith(redone):
            assert now[name] == digest, name
    # a figure that shows no variation is drawn alike
    assert (
        now["results/lep/figures/ae/losses.png"]
        == runs.without["results/lep/figures/ae/losses.png"]
    )


def read_background(run, shift=None):
    folder = run.folder / "results/lep"
    folder = folder / "shifts" / shift if shift else folder
    table = pq.read_table(folder / "scores/ae/background.parquet")
    rows = zip(*(table[name].to_numpy() for name in ("key", "weight", "met")), strict=True)
    labels = table["sample"].to_pylist()
    return {row[0]: (*row[1:], label) for row, label in zip(rows, labels, strict=True)}


def test_events_of_the_test_set_keep_their_identity(runs):
    nominal, norm, up = (read_background(runs, shift) for shift in (None, "norm", "pt_up"))
    assert set(norm) == set(nominal)
    for key, (weight, met, sample) in nominal.items():
        factor = 1.1 if sample == "b1" else 1.0
        assert norm[key] == (pytest.approx(factor * weight), met, sample)
    assert set(nominal) < set(up)
    assert {up[key][2] for key in set(up) - set(nominal)} == {"b1"}


def test_the_scan_knows_them(runs):
    found, b1 = read_scan(runs), runs.nominal["cuts"]
    assert found["shifts"] == {"norm": "norm", "pt_up": "scale"}
    for cut, before in zip(found["cuts"], b1, strict=True):
        assert cut["thresholds"] == before["thresholds"]
        assert cut["background"] == before["background"]
        share = cut["channels"]["B1"]["expected"] / cut["background"]["expected"]
        effects = cut["systematics"]
        assert effects["background"]["shifts"]["norm"]["relative"] == pytest.approx(0.1 * share)
        assert effects["signal"]["shifts"]["norm"]["relative"] == pytest.approx(0.1)
        up = effects["background"]["shifts"]["pt_up"]
        expected = np.hypot(0.1 * share, up["relative"])
        assert effects["background"]["total"] == pytest.approx(expected)
        assert cut["significance"]["profiled"] < before["significance"]["profiled"]
    assert found["cuts"][0]["systematics"]["background"]["shifts"]["pt_up"]["relative"] > 0


def test_the_comparison_with_data_knows_them(runs):
    """Its bands come from the shifted test sets, below the cuts that blind the data."""
    numbers = json.loads((runs.folder / COMPARISON / "features.json").read_text())
    assert numbers["shifts"] == {"norm": "norm", "pt_up": "scale"}
    rows = pq.read_table(runs.folder / COMPARISON / "histograms.parquet").to_pylist()
    contents = {row["channel"] or row["shift"]: row["values"] for row in rows
                if row["feature"] == "n_ele"}  # fmt: skip
    b1, norm, up = (np.array(contents[name]) for name in ("B1", "norm", "pt_up"))
    np.testing.assert_allclose(norm, 0.1 * b1, atol=1e-9)
    assert np.any(up)
    stated = 0.017 * numbers["expected"]
    total = np.linalg.norm([stated, norm.sum(), up.sum()])
    assert numbers["expected_systematic"] == pytest.approx(total)
    assert (
        "the systematic variations come on top"
        in (runs.folder / "results/report/report.html").read_text()
    )


def test_fits_know_them_by_sample_and_bin(runs):
    folder = runs.folder / "results/lep/fits/ae"
    workspace = json.loads((folder / "sig.workspace.json").read_text())
    (region,) = workspace["channels"]
    kinds = {
        sample["name"]: {one["name"]: one for one in sample["modifiers"]}
        for sample in region["samples"]
    }
    # each has one side; b2's format lacks both
    assert kinds["B1"]["norm"]["data"] == pytest.approx({"hi": 1.1, "lo": 0.9})
    assert kinds["sig"]["norm"]["data"] == pytest.approx({"hi": 1.1, "lo": 0.9})
    assert "scale" in kinds["B1"]
    assert not {"norm", "scale"} & kinds["B2"].keys()
    found = json.loads((folder / "sig.json").read_text())
    assert found["systematics"]["one_sided"] == ["norm", "scale"]
    assert {"norm", "scale"} <= {one["name"] for one in found["ranking"]["parameters"]}


def test_the_blind_test_knows_them(runs):
    found = json.loads((runs.folder / "results/lep/blind_test.json").read_text())
    assert {"norm", "scale"} <= set(found["sources"])
    assert found["expected"] > 0
    assert found["signals"]["sig"]["points"][0]["strength"] == 0


def test_tables_figures_and_report_show_them(runs):
    rows = json.loads((runs.folder / "results/summary.json").read_text())["rows"]
    changes = [row["b_systematic"] for row in rows if row["b"] is not None]
    # without a cut on the score, what momenta change may leave no event out
    assert min(changes) >= 0
    assert max(changes) > 0
    page = (runs.folder / "results/report/report.html").read_text()
    for words in ("Systematic variations", "pt_up", "scale"):
        assert words in page
    drawn = json.loads((runs.folder / "results/lep/figures/ae/scores_data.json").read_text())
    assert set(drawn["systematics"]["shifts"]) == {"norm", "pt_up"}


def test_another_definition_rebuilds_its_own_shards_alone(runs):
    path = runs.folder / "config/ntuples/tiny.yaml"
    before = path.read_text()
    changed = {**SHIFTS, "norm": {"weight": "1.2"}}
    path.write_text(yaml.safe_dump({**TINY_FORMAT, "shifts": changed}))
    try:
        planned = list_jobs(runs)
    finally:
        path.write_text(before)
    shards = [outputs for rule, outputs in planned if rule == "build_shifted_shard"]
    assert len(shards) == 2
    assert all("/norm/" in outputs for outputs in shards)
    assert not {rule for rule, _ in planned} & {"build_shard", "write_megaset", "train", "score"}


def test_switched_off_the_results_are_what_they_were(runs):
    runs.config["systematics"] = []
    assert {rule for rule, _ in list_jobs(runs)} == REDONE
    runs.make()
    now = list_products(runs)
    for name, digest in runs.without.items():
        assert now[name] == digest, name


@pytest.mark.parametrize(
    ("shifts", "message"),
    [
        ({"s": {"replace": {"ptt": "pt"}}}, "replaces 'ptt', .* did you mean 'pt'"),
        ({"s": {"weight": "2", "source": "mine"}}, "the shift s has different sources .* mine, s"),
    ],
)
def test_a_wrong_shift_is_refused_before_any_job(tiny, shifts, message):
    formats = tiny.folder / "config" / "ntuples"
    (formats / "tiny.yaml").write_text(yaml.safe_dump({**TINY_FORMAT, "shifts": shifts}))
    other = {**TINY_FORMAT, "shifts": {"s": {"weight": "2"}}}
    (formats / "other.yaml").write_text(yaml.safe_dump(other))
    change_format(tiny, "other")
    tiny.config["systematics"] = ["s"]
    outcome = tiny.snakemake("--dry-run")
    assert outcome.returncode != 0
    assert re.search(message, outcome.output)
    tiny.config["systematics"] = []
    assert tiny.snakemake("--dry-run").returncode == 0
