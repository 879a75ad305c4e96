"""The chain on real ATLAS Open Data: backgrounds, a stand-in signal, and collision data."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

pytestmark = pytest.mark.workflow
ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parents[3] / "shared/data/real/atlas-open-data-2020-13tev"

# cross sections in pb that contain k-factor and filter efficiency; the file of ttW has neither
# its cross section nor its sum of weights
SIMULATION = [
    ("Zee", "Zee", "background", "mc_361106.Zee.4lep.root", 1950.6321, "branch:SumWeights"),
    ("Zmumu", "Zmm", "background", "mc_361107.Zmumu.4lep.root", 1950.6321, "branch:SumWeights"),
    ("ttbar", "ttbar", "background", "mc_410000.ttbar_lep.4lep.root", 452.693559,
     "branch:SumWeights"),
    ("ttW", "ttW", "signal", "mc_410155.ttW.4lep.root", 0.60084912, "4075279.75386"),
]  # fmt: skip
DATA = [("data_A", 500), ("data_B", 1900), ("data_C", 2900)]
SELECTION = {
    "channels": {"Z to ee": ["Zee"], "Z to mumu": ["Zmm"], "ttbar": ["ttbar"]},
    "signals": ["ttW"],
    "data": [name for name, _ in DATA],
}


@pytest.fixture(scope="module")
def run(start_run):
    if not FOLDER.is_dir():
        pytest.skip(f"the ATLAS Open Data files are not at {FOLDER}")
    common = {"format": "atlas_open_data_2020", "campaign": "data16"}
    rows = [
        {"sample": name, "channel": channel, "role": role, "files": FOLDER / file,
         "cross_section": cross_section, "sum_of_weights": weights,
         "constants": "sheet" if name == "ttW" else "check", **common}
        for name, channel, role, file, cross_section, weights in SIMULATION
    ]  # fmt: skip
    rows += [
        {"sample": name, "channel": "data", "role": "data", "luminosity": luminosity,
         "files": FOLDER / f"{name}.4lep.root", **common}
        for name, luminosity in DATA
    ]  # fmt: skip
    delivered = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())["selections"]
    run = start_run(
        "open_data",
        rows,
        campaigns={"data16": {"luminosity": 10064}},
        # of Zee one event has MET and a muon above the energy of a beam
        files={"bad_files": "quarantine"},
        # until then, files of scores lack the events of data that a cut would select
        unblinding={"by": "the tests", "reason": "these data are public, and every event counts"},
        selections={
            name: {
                **SELECTION,
                "cuts": delivered[name]["cuts"],
                "spectra": delivered[name]["spectra"],
            }
            for name in ("3lep", "2lep")
        },
    )
    run.make()
    return run


def read_cutflow(run, selection, sample):
    (path,) = (run.folder / "results" / selection / "rmm/shards" / sample).glob("*.cutflow.json")
    return json.loads(path.read_text())


def test_both_selections_leave_events_of_every_sample(run):
    for selection in ("2lep", "3lep"):
        for sample, *_ in (*SIMULATION, *DATA):
            raw = read_cutflow(run, selection, sample)["raw"]
            assert raw == sorted(raw, reverse=True)
            assert 0 < raw[-1] < raw[0]


def test_data_are_counted_and_never_weighted_like_simulation(run):
    """Stored weights and scale factors of data are 0: simulation's formula would lose them all."""
    for sample, _ in DATA:
        cutflow = read_cutflow(run, "2lep", sample)
        assert cutflow["weighted"] == cutflow["raw"]


def test_sums_of_weights_come_from_file_or_sheet(run):
    weights = {
        name: json.loads((run.folder / f"results/samples/{name}.json").read_text())
        for name in ("ttbar", "ttW", "data_A")
    }
    assert weights["ttbar"]["sum_of_weights"] == pytest.approx(49386600, rel=1e-6)
    assert weights["ttW"]["sum_of_weights"] == 4075279.75386
    assert weights["data_A"]["weight"] == 1


def test_negative_weights_are_kept(run):
    shard = pq.read_table(run.folder / "results/3lep/rmm/shards/Zee/mc_361106.Zee.4lep.parquet")
    assert (shard["generator_weight"].to_numpy() < 0).any()


def test_every_event_is_scored_and_scanned(run):
    for selection in ("2lep", "3lep"):
        folder = run.folder / "results" / selection
        for network in ("ae", "vae"):
            for sample in ("ttW", *SELECTION["data"]):
                scored = pq.read_table(folder / f"scores/{network}/{sample}.parquet")
                assert scored.num_rows == read_cutflow(run, selection, sample)["raw"][-1]
            scan = json.loads((folder / f"scans/{network}/ttW.json").read_text())
            assert scan["cuts"][0]["signal"]["expected"] > 0
            assert len(scan["cuts"]) == 3


def test_the_report_tells_of_it(run):
    page = (run.folder / "results/report/report.html").read_text()
    for word in ("ttW", "data_B", "light_jet_below", "three signal leptons"):
        assert word in page
