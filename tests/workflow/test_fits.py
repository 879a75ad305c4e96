"""Fits in a whole run: expected alone before unblinding, and with data after it."""

import json

import pytest

from runs import start_tiny

pytestmark = pytest.mark.workflow

FIT = "results/lep/fits/met/sig.json"
SECTION = "results/lep/sections/fits"
FITS = {
    "enabled": True,
    "networks": ["ae"],
    "axes": [{"variable": "met", "edges": [0, 60]}],
    "regions": [
        {"name": "many", "where": "leptons >= 2"},
        {"name": "one", "where": "leptons == 1", "control": True},
    ],
    "free_channels": ["B2"],
    "toys": 100,
}


def read(run):
    return json.loads((run.folder / FIT).read_text())


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run of a baseline alone, and what it found before and after unblinding."""
    run = start_tiny(tmp_path_factory.mktemp("fits"))
    run.config["baselines"] = {"met": {"kind": "met"}}
    run.config["selections"]["lep"]["variables"] = {"leptons": "n_lep"}
    run.config["studies"] = {"fits": FITS}
    run.make(FIT)
    run.blinded = read(run)
    run.config["unblinding"] = {"by": "the tests", "reason": "nobody measured these data"}
    run.planned = run.snakemake("--dry-run", FIT).output
    run.make(FIT)
    return run


def test_regions_and_free_channels_reach_the_workspace(runs):
    workspace = json.loads((runs.folder / FIT).with_suffix(".workspace.json").read_text())
    assert [region["name"] for region in workspace["channels"]] == ["many", "one"]
    names = {one["name"] for one in workspace["measurements"][0]["config"]["parameters"]}
    assert names == {"mu", "normalisation_B2"}
    assert read(runs)["bins"]["regions"]["one"] == {"bins": 1, "control": True}


def test_no_data_are_fitted_before_unblinding(runs):
    assert runs.blinded["observed"] is None
    assert runs.blinded["bins"]["observed"] is None
    assert runs.blinded["strengths"]["0"] > 0


def test_all_data_are_fitted_after_unblinding(runs):
    found = read(runs)
    # every event has a lepton, and is in a region
    assert sum(found["bins"]["observed"]) > 200
    assert found["observed"]["asymptotic"]["strengths"]["observed"] > 0
    assert "normalisation_B2" in found["observed"]["pulls"]
    assert found["asymptotic"] == runs.blinded["asymptotic"]
    for rule in ("score_baseline", "fit_signal"):
        assert f"rule {rule}:" in runs.planned
    assert "rule write_megaset:" not in runs.planned
