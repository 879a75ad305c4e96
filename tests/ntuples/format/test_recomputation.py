"""Real events, computed a second time in plain Python: nothing of the library has a part in it.

The requirements on objects, the weights and the cells of the matrix are written out here by hand.
"""

import math

import numpy as np
import pytest
import uproot

from rapidmass.config.load import read_format
from rapidmass.config.search.selection import Cut
from rapidmass.datasets.shards import Sharder, write_shard
from rapidmass.ntuples.access.sources import Source
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.tables import decode
from rapidmass.storage.parquet import read_shard
from real_files import FORMATS, find_file, list_files
from synthetic_events import show

EVENTS = 200
SQRT_S = 13000.0
ELECTRON, MUON = 0.000511, 0.105658
TYPES = {"ljet": 10, "bjet": 10, "muo": 10, "ele": 10, "pho": 10}


def zip_members(entry, prefix, *names):
    """Members of a list of an event, each as a dictionary of floats."""
    return [
        dict(zip(names, map(float, numbers), strict=True))
        for numbers in zip(*(entry[prefix + name] for name in names), strict=True)
    ]


def list_atlas_leptons(leptons, unit, *, is_tight):
    found = {"ele": [], "muo": []}
    for one in leptons:
        if one["pt"] * unit > 10 and is_tight(one):
            name, mass = {11: ("ele", ELECTRON), 13: ("muo", MUON)}[one["type"]]
            found[name].append((one["pt"] * unit, one["eta"], one["phi"], mass))
    return found


def list_atlas_photons(photons, unit, *, is_tight):
    return [
        (one["pt"] * unit, one["eta"], one["phi"], 0.0)
        for one in photons
        if one["pt"] * unit > 25
        and abs(one["eta"]) < 2.37
        and not 1.37 < abs(one["eta"]) < 1.52
        and is_tight(one)
    ]


def find_mass(pt, eta, energy):
    return math.sqrt(max(energy**2 - (pt * math.cosh(eta)) ** 2, 0.0))


def read_2020(entry):
    leptons = zip_members(
        entry, "lep_", "pt", "eta", "phi", "type", "isTightID", "ptcone30", "etcone20"
    )
    objects = list_atlas_leptons(
        leptons,
        1e-3,
        is_tight=lambda one: (
            one["isTightID"]
            and one["ptcone30"] < 0.15 * one["pt"]
            and one["etcone20"] < 0.15 * one["pt"]
        ),
    )
    objects |= {"ljet": [], "bjet": []}
    for jet in zip_members(entry, "jet_", "pt", "eta", "phi", "E", "jvt", "MV2c10"):
        if jet["pt"] > 60e3 or abs(jet["eta"]) > 2.4 or jet["jvt"] > 0.59:
            mass = find_mass(jet["pt"], jet["eta"], jet["E"])
            name = "bjet" if jet["MV2c10"] >= 0.6459 else "ljet"
            objects[name].append((jet["pt"] / 1e3, jet["eta"], jet["phi"], mass / 1e3))
    photons = zip_members(entry, "photon_", "pt", "eta", "phi", "isTightID", "ptcone30", "etcone20")
    objects["pho"] = list_atlas_photons(
        photons,
        1e-3,
        is_tight=lambda one: (
            one["isTightID"]
            and one["ptcone30"] < 0.065 * one["pt"]
            and one["etcone20"] < 0.065 * one["pt"]
        ),
    )
    factors = ("PILEUP", "ELE", "MUON", "BTAG", "LepTRIGGER")
    return {
        "objects": objects,
        "met": (entry["met_et"] / 1e3, entry["met_phi"]),
        "generator_weight": entry["mcWeight"],
        "scale_factor": math.prod(float(entry[f"scaleFactor_{name}"]) for name in factors),
        "run": entry["runNumber"],
        "event": entry["eventNumber"] % 2**64,  # data have negative ones
    }


def read_2025(entry):
    leptons = zip_members(entry, "lep_", "pt", "eta", "phi", "type", "isTightID", "isTightIso")
    objects = list_atlas_leptons(
        leptons, 1.0, is_tight=lambda one: one["isTightID"] and one["isTightIso"]
    )
    objects |= {"ljet": [], "bjet": []}
    for jet in zip_members(entry, "jet_", "pt", "eta", "phi", "e", "jvt", "btag_quantile"):
        if jet["jvt"] and jet["pt"] >= 20:
            mass = find_mass(jet["pt"], jet["eta"], jet["e"])
            name = "bjet" if jet["btag_quantile"] >= 4 else "ljet"
            objects[name].append((jet["pt"], jet["eta"], jet["phi"], mass))
    photons = zip_members(entry, "photon_", "pt", "eta", "phi", "isTightID", "isTightIso")
    objects["pho"] = list_atlas_photons(
        photons, 1.0, is_tight=lambda one: one["isTightID"] and one["isTightIso"]
    )
    factors = ("PILEUP", "ELE", "MUON", "JVT", "FTAG", "LepTRIGGER")
    return {
        "objects": objects,
        "met": (entry["met"], entry["met_phi"]),
        "generator_weight": entry["mcWeight"],
        "scale_factor": math.prod(float(entry[f"ScaleFactor_{name}"]) for name in factors),
        "run": entry["runNumber"],
        "event": entry["eventNumber"],
    }


def is_far(one, others):
    """Whether a (pt, eta, phi, mass) is more than 0.4 in eta and phi from all others."""
    return all(
        math.hypot(one[1] - other[1], math.remainder(one[2] - other[2], 2 * math.pi)) > 0.4
        for other in others
    )


def read_components(entry, prefix, extra, mass=None):
    for one in zip_members(entry, prefix, "Px", "Py", "Pz", "E", extra):
        pt = math.sqrt(one["Px"] ** 2 + one["Py"] ** 2)
        square = one["E"] ** 2 - pt**2 - one["Pz"] ** 2
        found = math.sqrt(max(square, 0.0)) if mass is None else mass
        yield one[extra], (pt, math.asinh(one["Pz"] / pt), math.atan2(one["Py"], one["Px"]), found)


def read_heptutorial(entry):
    objects = {
        name: [
            one
            for isolation, one in read_components(entry, prefix, "Iso", mass)
            if one[0] > lowest and isolation < 0.1 * one[0] and abs(one[1]) < 2.5 + (mass > 0)
        ]
        for name, prefix, mass, lowest in (
            ("ele", "Electron_", ELECTRON, 10),
            ("muo", "Muon_", MUON, 10),
            ("pho", "Photon_", 0.0, 25),
        )
    }
    objects |= {"ljet": [], "bjet": []}
    jets = read_components(entry, "Jet_", "btag")
    for (tag, jet), identified in zip(jets, entry["Jet_ID"], strict=True):
        if identified and is_far(jet, objects["pho"]):
            objects["bjet" if tag > 1.74 else "ljet"].append(jet)
    x, y = float(entry["MET_px"]), float(entry["MET_py"])
    return {
        "objects": objects,
        "met": (math.sqrt(x * x + y * y), math.atan2(y, x)),
        "generator_weight": entry["EventWeight"],
        "scale_factor": 1.0,
        "event": entry["entry"],
    }


def list_nanoaod_leptons(entry):
    electrons = zip_members(entry, "Electron_", "pt", "eta", "phi", "cutBased")
    names = ("pt", "eta", "phi", "tightId", "pfRelIso04_all")
    return {
        "ele": [
            (one["pt"], one["eta"], one["phi"], ELECTRON)
            for one in electrons
            if one["cutBased"] == 4 and one["pt"] > 10 and abs(one["eta"]) < 2.5
        ],
        "muo": [
            (one["pt"], one["eta"], one["phi"], MUON)
            for one in zip_members(entry, "Muon_", *names)
            if one["tightId"]
            and one["pfRelIso04_all"] < 0.15
            and one["pt"] > 10
            and abs(one["eta"]) < 2.4
        ],
    }


def list_nanoaod_photons(entry, electrons):
    if "Photon_pt" not in entry:
        return []
    names = ("pt", "eta", "phi", "mvaID_WP80", "electronVeto")
    photons = [
        (one["pt"], one["eta"], one["phi"], 0.0)
        for one in zip_members(entry, "Photon_", *names)
        if one["mvaID_WP80"] and one["electronVeto"] and one["pt"] > 25 and abs(one["eta"]) < 2.5
    ]
    return [one for one in photons if is_far(one, electrons)]


def is_b_tagged(entry, number):
    deep_jet = float(entry["Jet_btagDeepFlavB"][number])
    if deep_jet == -3000:  # never computed
        return float(entry["Jet_btagCSVV2"][number]) > 0.8484
    return deep_jet > 0.2783


def read_nanoaod(entry):
    objects = list_nanoaod_leptons(entry)
    objects["pho"] = list_nanoaod_photons(entry, objects["ele"])
    objects |= {"ljet": [], "bjet": []}
    for number, jet in enumerate(zip_members(entry, "Jet_", "pt", "eta", "phi", "mass", "jetId")):
        one = (jet["pt"], jet["eta"], jet["phi"], max(jet["mass"], 0.0))
        pile_up = "Jet_puId" in entry and jet["pt"] <= 50 and entry["Jet_puId"][number] == 0
        if (
            jet["pt"] > 30
            and abs(jet["eta"]) < 2.5
            and int(jet["jetId"]) & 2
            and not pile_up
            and is_far(one, [*objects["ele"], *objects["muo"], *objects["pho"]])
        ):
            objects["bjet" if is_b_tagged(entry, number) else "ljet"].append(one)
    return {
        "objects": objects,
        "met": (entry["MET_pt"], entry["MET_phi"]),
        "generator_weight": entry.get("genWeight", 1.0),
        "scale_factor": 1.0,
        "run": entry["run"],
        "event": entry["event"],
    }


READERS = {
    "atlas_open_data_2020": read_2020,
    "atlas_open_data_2025": read_2025,
    "cms_heptutorial": read_heptutorial,
    "cms_nanoaod": read_nanoaod,
}
PREFIXES = (
    "lep_", "jet_", "photon_", "met", "mcWeight", "scaleFactor_", "ScaleFactor_", "runNumber",
    "eventNumber", "Electron_", "Muon_", "Jet_", "Photon_", "MET_", "EventWeight", "genWeight",
    "run", "event",
)  # fmt: skip


def move_along(one):
    """Energy, momentum and rapidity of a (pt, eta, phi, mass)."""
    pt, eta, phi, mass = one
    x, y, z = pt * math.cos(phi), pt * math.sin(phi), pt * math.sinh(eta)
    energy = math.sqrt(x * x + y * y + z * z + mass * mass)
    rapidity = math.copysign(0.5 * math.log((energy + abs(z)) ** 2 / (pt * pt + mass * mass)), z)
    return energy, x, y, z, rapidity


def fill_matrix(objects, met, types):
    """The matrix of the thesis, cell by cell; absent cells are 0."""
    size = 1 + sum(types.values())
    matrix = np.zeros((size, size))
    matrix[0, 0] = met
    rows, start = [], 1
    for name, slots in types.items():
        leading = sorted(objects[name], key=lambda one: -one[0])[:slots]
        for rank, one in enumerate(leading):
            row = start + rank
            rows.append((row, move_along(one)))
            transverse = math.sqrt(one[0] ** 2 + one[3] ** 2)
            matrix[0, row] = transverse
            before = leading[rank - 1][0]
            matrix[row, row] = transverse if rank == 0 else (before - one[0]) / (before + one[0])
        start += slots
    for place, (i, (energy, x, y, z, rapidity)) in enumerate(rows):
        matrix[i, 0] = 0.15 * (math.cosh(rapidity) - 1)
        for j, other in rows[place + 1 :]:
            square = (energy + other[0]) ** 2
            square -= (x + other[1]) ** 2 + (y + other[2]) ** 2 + (z + other[3]) ** 2
            matrix[i, j] = math.sqrt(max(square, 0.0))
            matrix[j, i] = 0.15 * (math.cosh((rapidity - other[4]) / 2) - 1)
    return matrix


def read_entries(file, entries):
    """The branches of some entries, a dictionary an entry."""
    with uproot.open(file.path) as opened:
        (tree,) = [opened[key] for key in opened.keys(cycle=False) if key != "Runs"]
        arrays = tree.arrays(filter_name=lambda name: name.startswith(PREFIXES))
        for entry, branches in zip(entries, arrays[entries].to_list(), strict=True):
            yield {"entry": entry, **branches}


def make_sharder(file, types):
    return Sharder(
        Source(str(file.path)),
        sample="sample",
        part=file.path.name,
        selection="all",
        is_data=file.is_data,
        settings=read_format(FORMATS / f"{file.format}.yaml"),
        cuts=[Cut(name="all", require="n_lep >= 0")],
        **show(Layout(types=types, sqrt_s=SQRT_S)),
        seed=1,
        quarantine=True,
    )


def assert_objects_alike(found, expected):
    """Compare (pt, eta, phi, mass) by falling pT."""
    for name, members in expected.items():
        ours = found[name]
        theirs = sorted(members, key=lambda one: -one[0])
        assert len(ours) == len(theirs), name
        np.testing.assert_allclose(ours, np.reshape(theirs, (-1, 4)), rtol=1e-6, atol=1e-5)


def list_objects(events, row):
    return {
        name: np.stack([getattr(members, key) for key in ("pt", "eta", "phi", "mass")], axis=1)[
            members.offsets[row] : members.offsets[row + 1]
        ]
        for name, members in events.objects.items()
    }


@pytest.mark.parametrize("start", [file.path.name for file in list_files()] or ["data_A"])
def test_real_events_are_what_plain_python_makes_of_them(start, tmp_path):
    file = find_file(start)
    with uproot.open(file.path) as opened:
        (tree,) = [opened[key] for key in opened.keys(cycle=False) if key != "Runs"]
        n_entries = tree.num_entries
        has_photons = file.format != "cms_nanoaod" or "Photon_pt" in tree
    types = TYPES if has_photons else {k: n for k, n in TYPES.items() if k != "pho"}
    generator = np.random.default_rng(20)
    entries = generator.choice(n_entries, min(EVENTS, n_entries), replace=False)
    write_shard(make_sharder(file, types), tmp_path / "a.parquet", tmp_path / "a.json", {})
    table = read_shard(tmp_path / "a.parquet")
    (selected,) = make_sharder(file, types).select()
    row_of = {event: row for row, event in enumerate(table["event"].to_pylist())}
    matrices = decode(table).fill().reshape(len(table), 1 + sum(types.values()), -1)
    for entry in read_entries(file, sorted(entries.tolist())):
        expected = READERS[file.format](entry)
        row = row_of.get(expected["event"])
        if row is None:  # a momentum that no collision gives
            momenta = [one[0] for members in expected["objects"].values() for one in members]
            assert max([*momenta, expected["met"][0]]) > SQRT_S / 2
            continue
        stored = table.slice(row, 1).to_pylist()[0]
        if "run" in expected:
            assert stored["run"] == expected["run"]
        weight = 1.0 if file.is_data else expected["generator_weight"]
        factor = 1.0 if file.is_data else expected["scale_factor"]
        assert stored["generator_weight"] == pytest.approx(weight, rel=1e-6)
        assert stored["scale_factor"] == pytest.approx(factor, rel=1e-6)
        assert [stored["met"], stored["met_phi"]] == pytest.approx(expected["met"], rel=1e-6)
        objects = {name: expected["objects"][name] for name in types}
        assert int(selected.event[row]) == expected["event"]
        assert_objects_alike(list_objects(selected, row), objects)
        np.testing.assert_allclose(
            matrices[row], fill_matrix(objects, expected["met"][0], types), rtol=1e-6, atol=1e-5
        )
