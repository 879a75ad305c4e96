"""The whole chain on generated events: it ends in a report, and twice in the same one."""

import csv
import json
import os
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from rapidmass.representations.tables import decode
from rapidmass.statistics.significance import compute_asimov_significance, correct_curvature
from runs import read_product

pytestmark = pytest.mark.workflow
ROOT = Path(__file__).parents[2]

# Every study but tuning, which has tests of its own; variants of one network only.
FEW = {"enabled": True, "networks": ["ae"]}
STUDIES = {
    "fits": FEW,
    "data_comparison": {"enabled": True, "figures": 1},
    "two_sample": {"enabled": True, "toys": 9, "representation": "rmm"},
    "altered_events": {
        **FEW,
        "share": 1.0,
        "alterations": [
            {"kind": "scale_pt", "name": "pt", "objects": ["ele", "muo"], "factors": [5]}
        ],
    },
    "channel_removal": {**FEW, "channels": ["WZ"]},
    "event_displays": {**FEW, "events": 1},
    "latent_space": {"enabled": True, "networks": ["vae"]},
    "blind_test": {**FEW, "toys": 19, "experiments": 2},
    "calibration": {"enabled": True, "experiments": 10, "toys": 9, "fit_experiments": 2},
    "seeds": {**FEW, "number": 2},
}
NETWORKS = {
    "copies": {
        "family": "discriminator",
        "batch_size": 64,
        "epochs": 2,
        "layers": [{"units": 8, "activation": "tanh"}],
    }
}
BASELINES = {"met": {"kind": "met"}, "pca": {"kind": "pca"}}
LEPTONS = "n_ele_baseline + n_muo_baseline == 3"
SELECTIONS = {
    "3lep": {
        "cuts": [{"name": "trigger", "require": "trigger"}, {"name": "three", "require": LEPTONS}],
        "channels": {"WZ": ["diboson3L"], "ZZ": ["diboson4L"]},
        "signals": ["signal"],
        "data": ["observed"],
        "spectra": ["met", "m_lll"],
    },
    "2lep": {
        "cuts": [{"name": "mass", "require": "(n_lep >= 2) & (m_ll > 70)"}],
        "channels": {"diboson": ["diboson3L", "diboson4L"]},
        "signals": ["signal"],
    },
}


def list_rows():
    simulated = {"format": "thesis", "campaign": "run2",
                 "sum_of_weights": "sum:bookkeeping:sumOfWeights"}  # fmt: skip
    processes = [
        ("WZ", "diboson3L", "background", "WZlvll", 900, 1.68),
        ("ZZ", "diboson4L", "background", "ZZ4l", 600, 0.254),
        ("signal", "signal", "signal", "SUSY_800p50", 300, 0.000157),
    ]
    rows = [
        {"sample": name, "channel": channel, "role": role, "process": process, "events": events,
         "cross_section": cross_section, **simulated}
        for name, channel, role, process, events, cross_section in processes
    ]  # fmt: skip
    data = {"sample": "observed", "channel": "data", "role": "data", "format": "thesis",
            "process": "pseudo_data", "campaign": "run2", "luminosity": 2000}  # fmt: skip
    return [*rows, data]


@pytest.fixture(scope="module")
def make_chain(start_run):
    def make(cores, selections):
        run = start_run(
            "chain",
            list_rows(),
            seed=7,
            training={"threads": 2},
            processes="config/processes.yaml",
            generator={"events_per_file": 500, "pseudo_data_share": 0.5},
            campaigns={"run2": {"luminosity": 138965.15}},
            selections=selections,
            baselines=BASELINES,
            studies=STUDIES,
            networks=NETWORKS,
        )
        run.output = run.make(cores=cores).output
        return run

    return make


@pytest.fixture(scope="module")
def finished(make_chain):
    return make_chain(2, SELECTIONS)


@pytest.fixture(scope="module")
def chain(finished):
    return finished.folder


def test_every_product_of_a_run_is_there(chain):
    names = {str(path.relative_to(chain)) for path in (chain / "results").rglob("*")}
    for expected in (
        "results/3lep/rmm/shards/WZ/0.parquet", "results/3lep/rmm/shards/WZ/1.parquet",
        "results/3lep/models/vae/model.onnx", "results/2lep/models/ae/card.json",
        "results/3lep/scores/ae/background.parquet", "results/3lep/scores/ae/observed.parquet",
        "results/2lep/scans/vae/signal.json", "results/report/index.html", "results/summary.csv",
        "results/3lep/figures/ae/significance_signal.pdf", "results/3lep/composition.json",
    ):  # fmt: skip
        assert expected in names
    # nothing temporary is left: records, and times that Snakemake gives to folders
    hidden = {name for name in (Path(path).name for path in names) if name.startswith(".")}
    records = {name for name in hidden if name.endswith(".record.json")}
    assert ".weights.pt.record.json" in records
    assert hidden - records <= {".snakemake_timestamp"}
    logs = list((chain / "logs").rglob("*.log"))
    assert [path for path in logs if "generate_ntuple" in path.parts]
    assert all(path.stat().st_size for path in logs if "generate_ntuple" in path.parts)


def test_pseudo_data_say_what_is_lost(chain):
    record = json.loads((chain / "resources/pseudo_data/observed-0.json").read_text())
    assert record["events"] == sum(record["drawn"].values()) > 20
    assert record["expected"].keys() == record["lost"].keys() == {"WZ", "ZZ"}
    report = (chain / "results/report/index.html").read_text()
    assert f"observed: {record['events']:,} events, no simulated event twice" in report


def test_no_event_is_lost_or_doubled_between_shards_and_scores(chain):
    for selection in SELECTIONS:
        folder = chain / "results" / selection / "rmm"
        keys = {
            kind: np.concatenate([
                pq.read_table(path, columns=["key"])["key"].to_numpy()
                for name in names
                for path in sorted((folder / kind / name).glob("*.parquet"))
            ])
            for kind, names in {
                "shards": ["WZ", "ZZ"], "megasets": ["."], "test": ["."],
            }.items()
        }  # fmt: skip
        portions = np.concatenate([keys["megasets"], keys["test"]])
        assert len(np.unique(portions)) == len(portions)
        np.testing.assert_array_equal(np.sort(portions), np.sort(keys["shards"]))
        scored = pq.read_table(
            folder.parent / "scores/ae/background.parquet", columns=["key", "score"]
        )
        np.testing.assert_array_equal(scored["key"].to_numpy(), keys["test"])
        assert np.isfinite(scored["score"].to_numpy()).all()


def test_scores_are_those_of_the_matrices_they_stand_beside(chain):
    """Recomputed from megaset rows through the exported model: features and keys never part."""
    import onnxruntime

    from rapidmass.storage import parquet as shards

    folder = chain / "results/3lep"
    table = shards.read_shard(sorted((folder / "rmm/test").glob("*.parquet"))[0])
    session = onnxruntime.InferenceSession(folder / "models/vae/model.onnx")
    dense = decode(table).fill(padding=np.nan)
    expected = session.run(["score_error"], {"x": dense})[0]
    scored = pq.read_table(folder / "scores/vae/background.parquet").slice(0, table.num_rows)
    np.testing.assert_array_equal(scored["key"].to_numpy(), table["key"].to_numpy())
    np.testing.assert_array_equal(scored["met"].to_numpy(), table["met"].to_numpy())
    np.testing.assert_allclose(scored["score"].to_numpy(), expected, rtol=1e-5)


def test_yields_in_the_scan_are_those_of_the_shards(chain):
    folder = chain / "results/3lep"
    weight = json.loads((chain / "results/samples/signal.json").read_text())["weight"]
    shard = pq.read_table(folder / "rmm/shards/signal/0.parquet")
    product = shard["generator_weight"].to_numpy() * shard["scale_factor"].to_numpy()
    scan = json.loads((folder / "scans/ae/signal.json").read_text())
    assert scan["cuts"][0]["signal"]["expected"] == pytest.approx(
        product.sum() * weight * 138965.15
    )
    tests = [pq.read_table(path) for path in sorted((folder / "rmm/test").glob("*.parquet"))]
    weights = np.concatenate([table["weight"].to_numpy() for table in tests]) * 138965.15 / 0.4
    assert scan["cuts"][0]["background"]["expected"] == pytest.approx(weights.sum())
    # and the significance is that of the whole background, by its formula and its correction
    found = scan["cuts"][0]["significance"]
    assert found["b"] == pytest.approx(weights.sum())
    assert found["b_variance"] >= (weights**2).sum() * (1 - 1e-9)
    z = correct_curvature(
        lambda b: compute_asimov_significance(found["s"], b).value,
        found["b"],
        found["b_variance"],
    )
    assert found["asimov"] == pytest.approx(float(z), rel=1e-6)


def test_the_summary_has_every_scan_and_the_one_without_a_cut(chain):
    with (chain / "results/summary.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    found = {(row["selection"], row["scorer"], row["quantile"]) for row in rows}
    assert found == {
        (s, a, q)
        for s in SELECTIONS
        for a in ("ae", "vae", *NETWORKS, *BASELINES)
        for q in ("0.0", "0.5", "0.9")
    }


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.outside = []

    def handle_starttag(self, _, attributes):
        self.outside += [
            value for name, value in attributes
            if name in ("src", "href") and not value.startswith(("#", "data:"))
        ]  # fmt: skip


def test_the_report_stands_alone(chain):
    page = (chain / "results/report/report.html").read_text()
    links = Links()
    links.feed(page)
    assert links.outside == []
    for word in ("3lep", "2lep", "signal", "WZ", "139 fb"):
        assert word in page


def test_every_study_has_a_section_in_the_report(chain):
    page = (chain / "results/report/report.html").read_text()
    for study in STUDIES:
        # 2lep has no data, and one channel only
        alone = ("data_comparison", "two_sample", "blind_test", "calibration", "channel_removal")
        selections = ["3lep"] if study in alone else SELECTIONS
        for selection in selections:
            section = chain / f"results/{selection}/sections/{study}/section.json"
            content = json.loads(section.read_text())
            assert f'id="s{sorted(SELECTIONS).index(selection)}-{content["anchor"]}"' in page


def test_no_event_of_data_is_scored_above_a_cut(chain):
    """Until unblinding; those of baselines are not even computed, as nothing shows them."""
    folder = chain / "results/3lep/scores"
    assert not (folder / "met/observed.parquet").exists()
    for name in ("ae", "vae", *NETWORKS):
        background = pq.read_table(folder / name / "background.parquet")
        data = pq.read_table(folder / name / "observed.parquet", columns=["score"])
        score, weight = (background[key].to_numpy() for key in ("score", "weight"))
        order = np.argsort(score)
        below = np.cumsum(weight[order]) <= 0.5 * weight.sum()
        lowest = score[order][below][-1]
        assert data.num_rows > 0
        # the halves of the background have medians of their own; none is far above
        above = (data["score"].to_numpy() > lowest).sum()
        assert above <= 0.1 * data.num_rows


def test_nothing_is_left_to_do_after_a_run(finished):
    result = finished.make("--dry-run")
    assert "Nothing to be done" in result.output


def test_the_console_ends_with_what_was_found(finished):
    headlines = (finished.folder / "results/report/headlines.txt").read_text()
    assert "3lep: the largest expected significance" in headlines
    assert headlines in finished.output
    assert f"The report: {finished.folder}/results/report/index.html" in finished.output


def test_a_target_exports_the_run(finished):
    result = finished.make("export", cores=2)
    assert "write_report" not in result.output
    folder = finished.folder / "results/export"
    assert {path.name for path in folder.iterdir() if not path.name.startswith(".")} == {
        "hepdata", "histograms.root", "networks", "ro-crate-metadata.json", "summary.pdf",
        "workspaces",
    }  # fmt: skip
    assert json.loads((folder / "workspaces/3lep/ae/signal.json").read_text())["channels"]
    assert "Nothing to be done" in finished.make("export", "--dry-run").output


def test_the_tutorial_runs_on_the_results(finished, tmp_path):
    """In a process of its own, whose working folder is that of the run."""
    copy = tmp_path / "tutorial.ipynb"
    shutil.copy(ROOT / "docs/tutorial.ipynb", copy)
    code = f"""
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read({str(copy)!r}, 4)
NotebookClient(notebook, resources={{"metadata": {{"path": "."}}}}).execute()
nbformat.write(notebook, {str(copy)!r})
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow/src")}
    subprocess.run([sys.executable, "-c", code], cwd=finished.folder, env=environment, check=True)
    cells = [cell for cell in json.loads(copy.read_text())["cells"] if cell["cell_type"] == "code"]
    shown = json.dumps([cell["outputs"] for cell in cells])
    assert "m_muo0_muo1" in shown
    assert shown.count("image/png") == 2


def list_products(folder):
    paths = (folder / "results/3lep").rglob("*.*")
    return sorted(path.relative_to(folder) for path in paths if not path.name.startswith("."))


@pytest.mark.long
def test_two_runs_give_the_same_products(chain, make_chain):
    """Bytes for everything; on other numbers of cores, with and without another selection."""
    other = make_chain(1, {"3lep": SELECTIONS["3lep"]}).folder
    products, others = list_products(chain), list_products(other)
    assert products == others
    different = [
        str(path) for path in products if read_product(chain / path) != read_product(other / path)
    ]
    assert different == []
    assert {path.suffix for path in products} >= {
        ".parquet", ".json", ".pt", ".onnx", ".png", ".pdf", ".npz"
    }  # fmt: skip
