"""The prior as an ntuple: through the detector, without Pythia."""

import subprocess
import sys

import numpy as np
import pytest

from rapidmass.config.inputs.generator import GeneratorSettings
from rapidmass.config.inputs.processes import Process
from rapidmass.generator.generate import generate
from rapidmass.generator.ntuple import read_bookkeeping, read_events

pytest.importorskip("fastjet", reason="needs rapidmass[generator]")
SETTINGS = {"prior": {}, "dataset_number": 7, "filter": {"charged_leptons": 2}}


def make(path, events=1500, sample="prior", seed=1, first_event=10, **changes):
    return generate(
        Process.model_validate({**SETTINGS, **changes}), GeneratorSettings(), sample=sample,
        events=events, seed=seed, first_event=first_event, output=path,
    )  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("prior") / "prior.root"
    return path, make(path)


def test_an_ntuple_has_stored_events_and_what_they_stand_for(made):
    path, summary = made
    events = read_events(path, "prior")
    books = read_bookkeeping(path)
    assert summary["generated"] == 1500
    assert len(events["EventNumber"]) == summary["stored"] == books["stored"] > 700
    assert books["sumOfWeights"] == pytest.approx(1500 / summary["filter_efficiency"])
    assert (events["genWeight"] == 1).all()
    assert events["EventNumber"].min() >= 10
    assert events["EventNumber"].max() < 1510
    leptons = np.array([len(one) for one in events["lep"]])
    assert leptons.min() >= 2
    # new particles: MET is far larger than in any background, and jets of both kinds are tagged
    assert np.median(events["met_Et"]) > 60
    scores = np.concatenate([np.asarray(one["dl1r"]) for one in events["jet"][:400]])
    assert 0.1 < (scores > 2.195).mean() < 0.6


def test_seed_and_sample_decide_the_file(made, tmp_path):
    path, _ = made
    make(tmp_path / "same.root")
    make(tmp_path / "other.root", seed=2)
    first = read_events(path, "prior")["met_Et"]
    np.testing.assert_array_equal(first, read_events(tmp_path / "same.root", "prior")["met_Et"])
    assert (
        len(first) != len(read_events(tmp_path / "other.root", "prior")["met_Et"])
        or (first != read_events(tmp_path / "other.root", "prior")["met_Et"]).any()
    )


def test_a_prior_needs_no_pythia(tmp_path):
    code = (
        "import sys; sys.modules['pythia8mc'] = None\n"
        "from pathlib import Path\n"
        "from rapidmass.config.inputs.generator import GeneratorSettings\n"
        "from rapidmass.config.inputs.processes import Process\n"
        "from rapidmass.generator.generate import generate\n"
        f"process = Process.model_validate({SETTINGS!r})\n"
        "generate(process, GeneratorSettings(), sample='p', events=20, seed=1, first_event=0,\n"
        f"         output=Path({str(tmp_path / 'p.root')!r}))\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert read_bookkeeping(tmp_path / "p.root")["generated"] == 20
