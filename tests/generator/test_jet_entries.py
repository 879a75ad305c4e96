"""Jets as entries: of real events, W bosons, and b quarks."""

from pathlib import Path

import awkward as ak
import numpy as np
import pytest

from rapidmass.config.inputs.event_filters import JetSelection
from rapidmass.config.inputs.processes import Process, read_processes
from rapidmass.generator.jet_entries import JET_ENTRIES
from rapidmass.generator.ntuple import read_bookkeeping, read_events
from rapidmass.generator.substructure import measure_substructure

CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture(scope="module")
def samples(make_sample, tmp_path_factory):
    """A few jets of each kind, and the files that hold them."""
    processes = read_processes(CONFIG / "jet-processes.yaml")
    found = {}
    for name, events in (("w_jets", 400), ("b_jets", 300), ("light_jets", 300)):
        path = tmp_path_factory.mktemp("jets") / f"{name}.root"
        make_sample(processes[name], path, events=events, sample=name)
        found[name] = path, read_events(path, name, JET_ENTRIES)
    return found


def add(constituents):
    """Four-momenta of jets from their constituents."""
    pt, eta, phi, mass = (constituents[name] for name in ("Pt", "Eta", "Phi", "M"))
    px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    energy = np.sqrt((pt * np.cosh(eta)) ** 2 + mass**2)
    return (ak.to_numpy(ak.sum(part, axis=1)) for part in (px, py, pz, energy))


@pytest.mark.parametrize("name", ["w_jets", "b_jets"])
def test_jets_are_the_sums_of_their_constituents(samples, name):
    _, jets = samples[name]
    px, py, pz, energy = add(jets["con"])
    np.testing.assert_allclose(np.hypot(px, py), jets["jetPt"], rtol=1e-4)
    mass = np.sqrt(np.maximum(energy**2 - px**2 - py**2 - pz**2, 0))
    np.testing.assert_allclose(mass, jets["jetM"], rtol=3e-3, atol=0.05)
    assert ak.min(jets["con"]["Pt"]) > 0.009
    assert ak.num(jets["con"]).tolist() == jets["jetNConstituents"].tolist()
    fraction = ak.max(jets["con"]["Pt"], axis=1) / ak.sum(jets["con"]["Pt"], axis=1)
    np.testing.assert_allclose(ak.to_numpy(fraction), jets["jetLeadingFraction"], rtol=1e-5)


def test_jets_of_w_bosons_have_two_prongs(samples):
    path, jets = samples["w_jets"]
    assert np.mean(jets["jetParton"] == 24) > 0.95
    assert np.median(jets["jetM"]) == pytest.approx(81, abs=2)
    assert np.median(jets["jetMassSoftDrop"]) == pytest.approx(80, abs=2)
    assert np.median(jets["jetRg"]) > 0.4
    assert np.median(jets["jetD2"]) < 1.4
    assert np.all((jets["jetPt"] >= 250) & (jets["jetPt"] < 300))
    assert np.all(np.abs(jets["jetEta"]) < 2)
    assert np.median(jets["met_Et"]) > 200  # of the Z boson
    assert read_bookkeeping(path)["generated"] == 400


def test_jets_of_bottom_quarks_have_displaced_tracks(samples):
    def count(jets, low):
        return ak.to_numpy(ak.sum(jets["con"]["D0Sig"] > low, axis=1)).mean()

    bottom, light = samples["b_jets"][1], samples["light_jets"][1]
    assert np.mean(bottom["jetFlavour"] == 5) > 0.9
    assert np.mean(light["jetFlavour"] == 5) < 0.1
    assert count(bottom, 3) > 5 * count(light, 3)


def test_no_entry_has_the_name_of_another(samples):
    _, jets = samples["b_jets"]
    names = set(zip(jets["EventNumber"].tolist(), jets["JetNumber"].tolist(), strict=True))
    assert len(names) == len(jets["EventNumber"])
    assert set(jets["JetNumber"].tolist()) == {0, 1}


def test_one_particle_has_no_prongs():
    one = {
        name: np.array([value])
        for name, value in zip(("px", "py", "pz", "energy"), (3.0, 0.0, 4.0, 5.0), strict=True)
    }
    found = measure_substructure(one, np.array([1]), 1.0)
    assert found["jetC2"][0] == found["jetD2"][0] == 0
    assert found["jetMassSoftDrop"][0] == pytest.approx(0, abs=1e-3)
    assert (
        measure_substructure({k: v[:0] for k, v in one.items()}, np.zeros(0, int), 1)["jetZg"].size
        == 0
    )


def test_two_particles_share_momentum():
    # 30 and 70 GeV, 0.2 apart: z_g = 0.3, R_g = 0.2, m^2 = 2 pT pT (1 - cos 0.2)
    phi = np.array([0.0, 0.2])
    pt = np.array([30.0, 70.0])
    pair = {"px": pt * np.cos(phi), "py": pt * np.sin(phi), "pz": np.zeros(2), "energy": pt}
    found = measure_substructure(pair, np.array([2]), 1.0)
    assert found["jetZg"][0] == pytest.approx(0.3, abs=1e-3)
    assert found["jetRg"][0] == pytest.approx(0.2, abs=1e-3)
    assert found["jetMassSoftDrop"][0] == pytest.approx(np.sqrt(4200 * (1 - np.cos(0.2))), rel=1e-3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pt": (300, 250)}, "jets.pt must rise"),
        ({"pt": (1, 250)}, "from 10 GeV"),
        ({"mass": (100, 60)}, "jets.mass must rise"),
    ],
)
def test_impossible_selections_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        JetSelection(**{"radius": 1.0, "pt": (250, 300), "eta": 2.0, **changes})


def test_priors_make_no_jets():
    jets = {"radius": 1.0, "pt": (250, 300), "eta": 2.0}
    with pytest.raises(ValueError, match="a prior makes no jets"):
        Process.model_validate({"prior": {}, "dataset_number": 1, "jets": jets})
