"""A run in the forms that others take."""

import gc
import json
import shutil
import subprocess
import sys
import tarfile
import warnings
from contextlib import contextmanager

import matplotlib.pyplot as plt
import numpy as np
import pypdf
import pytest
import uproot
import yaml

import rapidmass as rm
from cpp_networks import compile_cpp
from example_networks import make_autoencoder
from exported_networks import export_network
from labelled_events import draw_gaussians, write_sample
from rapidmass.commands.__main__ import main
from rapidmass.config.models.flow import Flow
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.table.representation import FeatureTable
from rapidmass.results.export import export_results
from rapidmass.scores.fold_map import Curve, FoldMap, write_fold_map
from rapidmass.scores.write import NetworkScorer, write_scores
from synthetic_megasets import describe, make_events, write_events

LAYOUT = Layout(types={"ljet": 2, "bjet": 2, "ele": 2, "muo": 2})
NUMBERS = {
    "edges": [0.0, 1.0, 3.0],
    "channels": {"top": {"values": [1.0, 2.0], "variances": [0.25, 1.0]}},
    "background": {"values": [1.0, 2.0], "variances": [0.25, 1.0]},
    "data": [2, 1],
}
LONG = "a_figure_with_a_name_that_is_longer_than_what_others_take_as_a_title"
SCANS = "selection,scorer,signal,quantile,s,b,asimov,profiled\n2lep,ae,susy,0.5,1,2,0.7,\n"
NO_CUT = {"quantile": 0.0, "threshold": None, "thresholds": None, "s": 3}
CUT = {"quantile": 0.5, "threshold": -1.0, "thresholds": [-0.9, -1.1], "s": 3}
CURVE = Curve(np.array([-3.0, -2.0]), np.array([-1.5, -0.5]), np.array([1.0, 2.0]))


@contextmanager
def allow_open_files():
    """HEPData's own check leaves files open."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    top = tmp_path_factory.mktemp("run") / "results"
    for folder in ("figures/ae", "fits/ae", "models/ae", "scans/ae", "scores/ae"):
        (top / "2lep" / folder).mkdir(parents=True)
    for name in ("scores", f"{LONG}_1", f"{LONG}_2"):
        (top / f"2lep/figures/ae/{name}.json").write_text(json.dumps(NUMBERS))
        (top / f"2lep/figures/ae/{name}.png").write_bytes(b"")
    figure = plt.figure()
    figure.savefig(top / "2lep/figures/ae/scores.pdf")
    plt.close(figure)
    (top / "2lep/fits/ae/susy.workspace.json").write_text('{"channels": []}')
    (top / "2lep/scans/ae/susy.json").write_text(json.dumps({"cuts": [NO_CUT, CUT]}))
    (top / "2lep/scans/ae/.susy.json.record.json").write_text("{}")
    (top / "summary.csv").write_text(SCANS)
    shard = write_events(top / "events.parquet", make_events(200, layout=LAYOUT))
    onnx = export_network(top, make_autoencoder(epochs=1), shard)
    onnx.rename(top / "2lep/models/ae/model.onnx")
    card = {"representation": describe(LAYOUT)}
    (top / "2lep/models/ae/card.json").write_text(json.dumps(card))
    shutil.copytree(top / "2lep/models/ae", top / "2lep/models/ae-fold-1")
    (top / "2lep/models/flow").mkdir()
    table = write_sample(top / "table.parquet", draw_gaussians(300, 0.0, seed=1), 1.0, "b")
    onnx = export_network(top, Flow(hidden=[4], epochs=1), table)
    onnx.rename(top / "2lep/models/flow/model.onnx")
    shown = FeatureTable((("f0", "f0"), ("f1", "f1"))).describe()
    (top / "2lep/models/flow/card.json").write_text(json.dumps({"representation": shown}))
    scores = top / "2lep/scores/ae"
    settings = {"scores": {"architectures.ae.scores": ["mean_error", "error"]}}
    scorer = NetworkScorer(top / "2lep/models/ae/model.onnx", ["mean_error", "error"], threads=1)
    provenance = {"settings": settings}
    write_scores(scorer, [shard], scores / "background.parquet", provenance=provenance)
    fold_map = FoldMap({"score": [CURVE, CURVE]})
    write_fold_map(scores / "background.folds.npz", fold_map, provenance)
    return rm.open_results(top)


@pytest.fixture(scope="module")
def exported(results, tmp_path_factory):
    output = tmp_path_factory.mktemp("out") / "export"
    with allow_open_files():
        assert main(["export", str(results.folder), "-o", str(output)]) == 0
    return output


def test_tables_for_hepdata_have_the_numbers_of_the_figures(exported):
    documents = list(yaml.safe_load_all((exported / "hepdata/submission.yaml").read_text()))
    names = [document["name"] for document in documents[1:]]
    assert len(set(names)) == len(names) == 4
    assert max(map(len, names)) <= 64
    (scores,) = [d for d in documents[1:] if d["name"] == "2lep figures ae scores"]
    table = yaml.safe_load((exported / "hepdata" / scores["data_file"]).read_text())
    (axis,) = table["independent_variables"]
    assert axis["values"] == [{"low": 0.0, "high": 1.0}, {"low": 1.0, "high": 3.0}]
    parts = {part["header"]["name"]: part["values"] for part in table["dependent_variables"]}
    assert [value["value"] for value in parts["top"]] == [1.0, 2.0]
    assert [value["errors"][0]["symerror"] for value in parts["top"]] == [0.5, 1.0]
    assert [value["value"] for value in parts["data"]] == [2, 1]
    scans = yaml.safe_load((exported / "hepdata" / documents[-1]["data_file"]).read_text())
    columns = {part["header"]["name"]: part["values"] for part in scans["dependent_variables"]}
    assert columns["asimov"] == [{"value": 0.7}]
    assert columns["profiled"] == [{"value": "-"}]
    with tarfile.open(exported / "hepdata/submission.tar.gz") as archive:
        assert {"submission.yaml", scores["data_file"]} <= set(archive.getnames())


def test_root_histograms_have_contents_and_errors(exported):
    with uproot.open(exported / "histograms.root") as file:
        found = file["2lep/figures/ae/scores/top"]
        np.testing.assert_array_equal(found.values(), [1, 2])
        np.testing.assert_array_equal(found.variances(), [0.25, 1])
        np.testing.assert_array_equal(found.axis().edges(), [0, 1, 3])


def test_workspaces_figures_and_files_are_there(exported):
    assert (exported / "workspaces/2lep/ae/susy.json").read_text() == '{"channels": []}'
    reader = pypdf.PdfReader(exported / "summary.pdf")
    assert len(reader.pages) == 1
    assert reader.outline[0].title == "2lep/figures/ae/scores"
    crate = json.loads((exported / "ro-crate-metadata.json").read_text())
    listed = {part["@id"] for part in crate["@graph"]}
    present = {str(p.relative_to(exported)) for p in exported.rglob("*") if p.is_file()}
    assert present <= listed


def test_networks_come_with_layout_score_and_cuts(exported):
    layout = json.loads((exported / "networks/2lep/ae/layout.json").read_text())
    assert layout["elements"] == list(LAYOUT.cell_names)
    assert layout["score"] == "score_mean_error"
    assert layout["cuts"] == [{name: CUT[name] for name in ("quantile", "threshold", "thresholds")}]
    assert layout["without_cpp"] is None


def test_a_network_that_cpp_is_not_written_for_comes_without_it(exported):
    folder = exported / "networks/2lep/flow"
    layout = json.loads((folder / "layout.json").read_text())
    assert "operation" in layout["without_cpp"]
    assert layout["elements"] == ["f0", "f1"]
    assert sorted(path.name for path in folder.iterdir()) == [
        "card.json", "layout.json", "model.onnx",
    ]  # fmt: skip


def test_cuts_are_on_the_scale_of_the_network_of_a_fold(exported):
    layout = json.loads((exported / "networks/2lep/ae-fold-1/layout.json").read_text())
    (cut,) = layout["cuts"]
    assert cut["threshold"] == pytest.approx(-2.5)
    assert cut["thresholds"] == pytest.approx([-2.4, -2.6])


def test_the_examples_run_and_agree(exported, tmp_path):
    network = exported / "networks/2lep/ae-fold-1"
    command = [sys.executable, exported / "networks/example.py", network]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    expected = dict(line.split() for line in done.stdout.splitlines())
    assert expected.keys() == {"score_error", "score_mean_error"}
    program = compile_cpp(network / "example.cpp", tmp_path / "example")
    done = subprocess.run([program], capture_output=True, text=True, check=True)
    *scores, cut = done.stdout.splitlines()
    found = dict(line.split() for line in scores)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert float(found[name]) == pytest.approx(float(value), rel=1e-5, abs=1e-5)
    passes = "passes" if float(expected["score_mean_error"]) > -2.5 else "does not pass"
    assert cut == f"0.5 of the background are below -2.5: the event {passes}"


def test_nothing_is_overwritten_and_nothing_is_left_half_done(results, exported, tmp_path):
    with pytest.raises(ValueError, match="is there already"):
        export_results(results, exported)
    broken = rm.open_results(tmp_path)
    with pytest.raises(ValueError, match="not finished"):
        export_results(broken, tmp_path / "x")
    (tmp_path / "summary.csv").write_text(SCANS)
    (tmp_path / "2lep/models/ae").mkdir(parents=True)
    (tmp_path / "2lep/models/ae/model.onnx").write_bytes(b"")  # and no card
    with allow_open_files(), pytest.raises(FileNotFoundError):
        export_results(broken, tmp_path / "x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2lep", "summary.csv"]
