"""The delivered ntuple formats on real files: counts as published, objects, and shifts."""

import json
import math

import awkward as ak
import numpy as np
import pytest
import uproot
import yaml

from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.load import read_format
from rapidmass.config.search.selection import Cut
from rapidmass.datasets.shards import Sharder, write_shard
from rapidmass.ntuples.access.sources import NtupleError, Source
from rapidmass.ntuples.format.systematics import shift_format
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.tables import get_elements
from rapidmass.storage.parquet import read_shard
from real_files import FORMATS, find_file
from synthetic_events import show

FIVE_TYPES = {"ljet": 10, "bjet": 10, "muo": 10, "ele": 10, "pho": 10}
# Published counts include an event with a muon of 7 TeV, which LHC collisions cannot give.
UNBOUNDED = 100_000.0


@pytest.fixture
def shard(tmp_path):
    def write(file, requirement="n_lep >= 0", *, settings=None, types=None, sqrt_s=UNBOUNDED):
        output, cutflow = tmp_path / "shard.parquet", tmp_path / "cutflow.json"
        layout = Layout(sqrt_s=sqrt_s) if types is None else Layout(types=types, sqrt_s=sqrt_s)
        sharder = Sharder(
            Source(str(file.path)),
            sample="sample",
            part=file.path.name,
            selection="counting",
            is_data=file.is_data,
            settings=settings or read_format(FORMATS / f"{file.format}.yaml"),
            cuts=[Cut(name="requirement", require=requirement)],
            **show(layout),
            seed=1,
            quarantine=sqrt_s < UNBOUNDED,
        )
        write_shard(sharder, output, cutflow, {})
        return json.loads(cutflow.read_text()), read_shard(output)

    return write


@pytest.mark.parametrize(
    ("start", "entries", "two", "three"),
    [
        ("mc_361106.Zee", 898, 548, 214),
        ("mc_361107.Zmumu", 684, 441, 157),
        ("mc_361108.Ztautau", 9, 4, 2),
        ("mc_410000.ttbar", 1031, 658, 153),
        ("mc_410155.ttW", 1373, 424, 739),
        ("data_A", 39, 10, 9),
        ("data_B", 156, 68, 32),
        ("data_C", 237, 88, 67),
        ("ODEO_FEB2025_v0_2J2LMET30_mc_410081", 3404, 2346, 308),
        ("ODEO_FEB2025_v0_exactly4lep_data15", 3424, 41, 0),
    ],
)
def test_tight_leptons_are_counted_as_published(shard, start, entries, two, three):
    for leptons, expected in ((2, two), (3, three)):
        cutflow, table = shard(find_file(start), f"n_lep == {leptons}")
        assert cutflow["raw"] == [entries, expected]
        assert {len(flavour) for flavour in table["flavour"].to_pylist()} <= {leptons}


@pytest.mark.parametrize(
    ("start", "entries", "two", "three"),
    [
        ("ww", 4580, 630, 0),
        ("wz", 3367, 679, 150),
        ("single_top", 5684, 345, 0),
        ("qcd", 142, 0, 0),
        ("nano_tt_v12", 200, 62, 34),
        ("nano_dy", 40, 9, 1),
        ("nano_dimuon", 40, 16, 3),
        ("nanoAOD_2015", 200, 5, 1),
    ],
)
def test_leptons_without_identification_are_counted_as_published(shard, start, entries, two, three):
    for leptons, expected in ((2, two), (3, three)):
        requirement = f"n_ele_baseline + n_muo_baseline == {leptons}"
        cutflow, _ = shard(find_file(start), requirement)
        assert cutflow["raw"] == [entries, expected]


def test_momenta_are_in_gev_and_the_z_peak_is_where_it_is(shard):
    _, table = shard(find_file("mc_361106.Zee"), "(n_ele == 2) & (n_muo == 0)")
    assert np.median(table["m_ll"].to_numpy()) == pytest.approx(91, abs=2)


def test_an_event_with_a_momentum_beyond_the_beam_is_left_out_and_counted(shard):
    cutflow, table = shard(find_file("mc_361106.Zee"), sqrt_s=13_000)
    assert cutflow["steps"][:2] == ["all events", "sound numbers"]
    assert cutflow["raw"] == [898, 897, 897]
    assert 36751192 not in table["event"].to_pylist()


# negative numbers in data, several luminosity blocks, and no numbers at all
@pytest.mark.parametrize("start", ["data_C", "nanoAOD_2015", "wz"])
def test_every_event_has_a_key_of_its_own(shard, start):
    cutflow, table = shard(find_file(start))
    assert len(np.unique(table["key"].to_numpy())) == cutflow["raw"][0]


@pytest.mark.parametrize(
    ("start", "photon_branch", "unit"),
    [
        ("mc_410155.ttW", "photon_pt", 1e-3),
        ("ODEO_FEB2025_v0_2J2LMET30_mc_410081", "photon_pt", 1.0),
        ("ODEO_FEB2025_v0_exactly4lep_data15", "photon_pt", 1.0),
        ("nanoAOD_2015", "Photon_pt", 1.0),
    ],
)
def test_matrices_of_five_types_hold_photons(shard, start, photon_branch, unit):
    file = find_file(start)
    _, table = shard(file, types=FIVE_TYPES)
    cells = get_elements(table, ["eT_pho0", "mT_pho0"])
    leading = cells["eT_pho0"].to_numpy()
    has_photon = table["n_pho"].to_numpy() > 0
    assert np.isfinite(leading).tolist() == has_photon.tolist()
    with uproot.open(file.path) as opened:
        (tree,) = [opened[key] for key in opened.keys(cycle=False)]
        momenta = ak.to_numpy(ak.flatten(tree[photon_branch].array())) * unit
    # every transverse energy of a massless photon is one of the momenta in the file
    assert (leading[has_photon, None] == np.float32(momenta)).any(axis=1).all()
    # the release of 2020 has none in this skim; all others do
    assert has_photon.any() == (momenta.size > 0)


SHIFTED = ("mc_410155.ttW", "ODEO_FEB2025_v0_2J2LMET30_mc_410081")


@pytest.mark.parametrize("start", SHIFTED)
def test_shifts_of_jets_are_made_up_for_by_the_missing_momentum(shard, start):
    """Recomputed from the branches: sum of pT of jets and MET of each event."""
    file = find_file(start)
    settings = read_format(FORMATS / f"{file.format}.yaml")
    with uproot.open(file.path) as opened:
        branches = opened[settings.tree[0]].arrays()
    for name in (name for name in settings.shifts if name.startswith("je")):
        if file.format == "atlas_open_data_2025":
            change, unit, met = branches[f"jet_pt_{name}"] - branches.jet_pt, 1.0, branches.met
        else:
            sign = {"jet_scale_up": 1, "jet_scale_down": -1}[name]
            bounded = ak.where(
                branches.jet_pt_syst > branches.jet_pt / 2,
                branches.jet_pt / 2,
                branches.jet_pt_syst,
            )
            change, unit, met = sign * bounded, 1e-3, branches.met_et
        x = met * np.cos(branches.met_phi) - ak.sum(change * np.cos(branches.jet_phi), axis=1)
        y = met * np.sin(branches.met_phi) - ak.sum(change * np.sin(branches.jet_phi), axis=1)
        expected = dict(
            zip(branches.eventNumber.to_list(), (np.hypot(x, y) * unit).to_list(), strict=True)
        )
        _, table = shard(file, settings=shift_format(settings, name))
        found = dict(zip(table["event"].to_pylist(), table["met"].to_pylist(), strict=True))
        assert found == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("start", SHIFTED)
def test_every_shift_changes_events_and_none_of_their_names(shard, start):
    file = find_file(start)
    settings = read_format(FORMATS / f"{file.format}.yaml")
    assert settings.shifts
    _, nominal = shard(file)
    for name in settings.shifts:
        _, shifted = shard(file, settings=shift_format(settings, name))
        assert shifted["key"].equals(nominal["key"])
        moved = shifted["met"].to_numpy() != nominal["met"].to_numpy()
        assert moved.mean() > 0.9, name
        jets = shifted["ht"].to_numpy() != nominal["ht"].to_numpy()
        assert (jets.mean() > 0.9) == (not name.startswith("met")), name
        assert np.isfinite(shifted["rmm"].combine_chunks().flatten().to_numpy()).all()


def test_shifts_up_and_down_are_of_one_source():
    settings = read_format(FORMATS / "atlas_open_data_2020.yaml")
    sources = {name: shift.source for name, shift in settings.shifts.items()}
    assert sources == {name: name.rpartition("_")[0] for name in sources}


RENAMED = {"MET_pt": "PuppiMET_pt", "MET_phi": "PuppiMET_phi", "Jet_btagDeepFlavB": "Jet_btagNext"}
KEPT = (
    "run", "luminosityBlock", "event", "genWeight", "MET_pt", "MET_phi",
    *(f"Electron_{key}" for key in ("pt", "eta", "phi", "cutBased")),
    *(f"Muon_{key}" for key in ("pt", "eta", "phi", "tightId", "pfRelIso04_all")),
    *(f"Jet_{key}" for key in ("pt", "eta", "phi", "mass", "jetId", "btagDeepFlavB")),
)  # fmt: skip


def write_next_version(file, path):
    """Write events of a file of NanoAOD with the names of a version that is still to come."""
    with uproot.open(file.path) as opened:
        branches = opened["Events"].arrays(KEPT, how=dict)
    with uproot.recreate(path) as written:
        written.mktree("Events", {RENAMED.get(name, name): a.type for name, a in branches.items()})
        written["Events"].extend({RENAMED.get(name, name): a for name, a in branches.items()})
    return file._replace(path=path)


def test_a_newer_nanoaod_needs_no_more_than_a_line(shard, tmp_path):
    file = find_file("nano_tt_v12")
    newer = write_next_version(file, tmp_path / "newer.root")
    with pytest.raises(NtupleError, match=r"no alternative of 'b_tagged'.*Jet_btagDeepFlavB"):
        shard(newer)
    content = yaml.safe_load((FORMATS / "cms_nanoaod.yaml").read_text())
    content["alternatives"]["b_tagged"].append("Jet_btagNext > deep_jet_point")
    _, found = shard(newer, settings=NtupleFormat.model_validate(content))
    _, expected = shard(file)
    assert found["n_bjet"].to_pylist() == expected["n_bjet"].to_pylist()
    assert sum(found["n_bjet"].to_pylist()) > 100
    assert found["met"].to_pylist() == expected["met"].to_pylist()


def test_version_15_has_met_of_puppi_and_tags_of_upart(shard, tmp_path):
    """With the names of version 15: MET is PFMET, and the older branches are there beside them."""
    file = find_file("nano_tt_v12")
    with uproot.open(file.path) as opened:
        branches = opened["Events"].arrays(KEPT, how=dict)
    branches |= {f"PFMET_{key}": branches.pop(f"MET_{key}") for key in ("pt", "phi")}
    branches |= {"PuppiMET_pt": branches["PFMET_pt"] + 1, "PuppiMET_phi": branches["PFMET_phi"]}
    tagged = branches["Jet_pt"] > 60
    branches["Jet_btagUParTAK4B"] = ak.values_astype(ak.where(tagged, 0.1273, 0.1271), np.float32)
    branches["Jet_btagPNetB"] = branches["Jet_btagDeepFlavB"]
    path = tmp_path / "v15.root"
    with uproot.recreate(path) as written:
        written.mktree("Events", {name: column.type for name, column in branches.items()})
        written["Events"].extend(branches)
    _, found = shard(file._replace(path=path))
    _, older = shard(file)
    shift = np.subtract(found["met"].to_pylist(), older["met"].to_pylist())
    assert shift == pytest.approx(np.ones(len(shift)), abs=1e-4)
    jets = get_elements(found, ["eT_bjet0", "eT_ljet0"])
    b, light = (jets[name].to_numpy() for name in ("eT_bjet0", "eT_ljet0"))
    assert np.isfinite(b).sum() > 50
    assert np.nanmin(b) > 60  # ET is at least pT
    assert np.isfinite(light).any()


@pytest.mark.parametrize("start", ["nano_dy", "nano_tt_v12"])
def test_no_jet_of_cms_is_a_lepton(shard, start):
    """The mass of a jet and a lepton that are one thing would be that of the jet."""
    _, table = shard(find_file(start), "(n_ljet > 0) & (n_lep > 0)")
    assert table.num_rows > 2
    for lepton in ("ele0", "muo0"):
        pairs = get_elements(table, [f"m_ljet0_{lepton}", "mT_ljet0", f"mT_{lepton}"])
        mass, jet, other = (pairs[name].to_numpy() for name in pairs.column_names)
        both = np.isfinite(mass)
        # from m^2 > 2 pT1 pT2 (1 - cos(dR)) for light objects at a distance dR
        assert (mass[both] ** 2 > 2 * jet[both] * other[both] * (1 - math.cos(0.35))).all()
