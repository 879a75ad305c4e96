"""Generation of whole files, with real collisions."""

import subprocess
import sys

import awkward as ak
import numpy as np
import pytest
import uproot

from rapidmass.config.inputs.event_filters import Filter, KeptLeptons
from rapidmass.config.inputs.generator import GeneratorSettings
from rapidmass.config.inputs.processes import Process
from rapidmass.generator.generate import generate
from rapidmass.generator.ntuple import read_bookkeeping, read_events
from rapidmass.generator.triggers import MENUS, list_triggers

TRIGGERS = list_triggers()
EVENT_TYPES = {
    "EventNumber": "uint64_t",
    **dict.fromkeys(("RunNumber", "RandomRunNumber", "DatasetNumber"), "int32_t"),
    **dict.fromkeys(("met_Et", "met_Phi", "bornMass"), "float"),
    **dict.fromkeys(
        (
            "genWeight",
            "eventWeight",
            "leptonWeight",
            "jvtWeight",
            "bTagWeight",
            "pileupWeight",
            "globalDiLepTrigSF",
        ),
        "double",
    ),
    **{f"trigMatch_HLT_{trigger}": "bool" for trigger in TRIGGERS},
    **dict.fromkeys(("nlep", "njet"), "int32_t"),
    **dict.fromkeys(("lepFlavor", "lepCharge"), "int32_t[]"),
    **dict.fromkeys(
        ("lepPt", "lepEta", "lepPhi", "lepM", "lepD0Sig", "lepZ0SinTheta"),
        "float[]",
    ),
    **dict.fromkeys(
        ("lepPassOR", "lepLoose", "lepMedium", "lepTight", "lepIsoLoose_VarRad"), "bool[]"
    ),
    **{f"lepHLT_{trigger}": "bool[]" for trigger in TRIGGERS},
    **dict.fromkeys(("jetPt", "jetEta", "jetPhi", "jetM", "jetJVT", "jetdl1r"), "float[]"),
}


def read_all(path, sample="Zee"):
    columns = read_events(path, sample)
    return {name: ak.to_list(values) for name, values in columns.items()}


def test_file_has_the_names_and_types_of_the_schema(zee):
    path, summary = zee
    with uproot.open(path) as file:
        assert set(file.keys(cycle=False)) == {"Zee_NoSys", "bookkeeping"}
        tree = file["Zee_NoSys"]
        assert {branch.name: branch.typename for branch in tree.branches} == EVENT_TYPES
        assert tree.num_entries == summary["stored"] > 400
        kinds = {branch.name: branch.typename for branch in file["bookkeeping"].branches}
    assert kinds == {"sumOfWeights": "double", "generated": "int64_t", "stored": "int64_t"}


def test_z_peak_lies_at_the_mass_of_the_z(zee):
    lep = read_events(zee[0], "Zee")["lep"]
    pt, eta, phi = lep["Pt"], lep["Eta"], lep["Phi"]
    squared = np.cosh(eta[:, 0] - eta[:, 1]) - np.cos(phi[:, 0] - phi[:, 1])
    mass = ak.to_numpy(np.sqrt(2 * pt[:, 0] * pt[:, 1] * squared))
    peak = mass[(mass > 86) & (mass < 96)]
    assert len(peak) > 0.6 * len(mass)
    assert np.mean(peak) == pytest.approx(91.0, abs=0.5)


def test_born_mass_is_that_of_the_boson_in_mev(zee):
    born = read_events(zee[0], "Zee")["bornMass"]
    assert np.all(born > 40e3)
    assert np.median(born) == pytest.approx(91.2e3, rel=0.01)


def test_leptons_and_jets_fall_in_transverse_momentum(zee):
    columns = read_events(zee[0], "Zee")
    for collection, threshold in (("lep", 10), ("jet", 20)):
        pt = columns[collection]["Pt"]
        assert ak.all(pt[:, 1:] <= pt[:, :-1])
        assert ak.min(pt) > threshold
    assert ak.sum(ak.num(columns["jet"])) > 100


def test_electrons_have_opposite_charges_but_for_flips(zee):
    charge = read_events(zee[0], "Zee")["lep"]["Charge"]
    same = ak.mean(charge[:, 0] == charge[:, 1])
    assert set(ak.to_list(ak.flatten(charge))) == {-1, 1}
    assert 0 < same < 0.05


def test_event_numbers_are_unique_and_count_from_the_first(zee):
    number = read_events(zee[0], "Zee")["EventNumber"]
    assert np.all(np.diff(number.astype(np.int64)) > 0)
    assert number[0] >= 1001
    assert number[-1] <= 1800


def test_years_follow_luminosity_and_run_numbers_name_them(zee):
    columns = read_events(zee[0], "Zee")
    campaigns = {284500: (276262, 311481), 300000: (325713, 340453), 310000: (348885, 364292)}
    assert set(columns["RunNumber"].tolist()) == set(campaigns)
    for campaign, (first, last) in campaigns.items():
        runs = columns["RandomRunNumber"][columns["RunNumber"] == campaign]
        assert np.all((runs >= first) & (runs <= last))
    share = np.mean(columns["RunNumber"] == 310000)
    assert share == pytest.approx(58450.1 / 138965.2, abs=0.1)


def test_triggers_fire_only_in_years_that_have_them(zee):
    columns = read_events(zee[0], "Zee")
    run = columns["RandomRunNumber"]
    year = np.select([run < 290000, run < 320000, run < 345000], [2015, 2016, 2017], 2018)
    fired = {trigger: columns[f"trigMatch_HLT_{trigger}"] for trigger in TRIGGERS}
    for trigger, events in fired.items():
        assert set(year[events].tolist()) <= {y for y, menu in MENUS.items() if trigger in menu}
        # an event that fired has at least two leptons that match, others have none
        matched = ak.sum(columns["lep"][f"HLT_{trigger}"], axis=1)
        assert np.array_equal(ak.to_numpy(matched >= 2), events)
        assert np.array_equal(ak.to_numpy(matched == 0), ~events)
    either = np.any(list(fired.values()), axis=0)
    assert 0.75 < either.mean() < 0.95


def test_sum_of_weights_counts_the_events_before_the_filter(zee):
    path, summary = zee
    books = read_bookkeeping(path)
    assert books["generated"] == summary["generated"] == 800
    assert books["stored"] == summary["stored"]
    assert books["sumOfWeights"] == pytest.approx(800 / summary["filter_efficiency"])
    assert summary["filter_efficiency"] == pytest.approx(0.54, abs=0.06)
    assert summary["cross_section"] == pytest.approx(1594, rel=0.1)


def test_filter_does_not_change_the_yield(zee, processes, make_sample, tmp_path):
    path, summary = zee
    free = processes["Zee"].model_copy(update={"filter": Filter()})
    unfiltered = make_sample(free, tmp_path / "free.root", events=1200, seed=5)
    assert unfiltered["sum_of_weights"] == 1200
    books = read_bookkeeping(path)
    rates = [summary["stored"] / books["sumOfWeights"], unfiltered["stored"] / 1200]
    error = np.sqrt(sum(r * (1 - r) / n for r, n in zip(rates, (1460, 1200), strict=True)))
    assert abs(rates[0] - rates[1]) < 4 * error


def test_same_seed_gives_the_same_events(zee, processes, make_sample, tmp_path):
    again = make_sample(processes["Zee"], tmp_path / "again.root", events=800, first=1001)
    assert again == zee[1]
    assert read_all(tmp_path / "again.root") == read_all(zee[0])


def test_other_seeds_and_other_names_give_other_events(zee, processes, make_sample, tmp_path):
    process = processes["Zee"]
    make_sample(process, tmp_path / "seed.root", events=50, seed=2)
    make_sample(process, tmp_path / "name.root", events=50, seed=1, sample="other")
    leading = [
        columns["lep"]["Pt"][:10, 0].tolist()
        for columns in (
            read_events(zee[0], "Zee"),
            read_events(tmp_path / "seed.root", "Zee"),
            read_events(tmp_path / "name.root", "other"),
        )
    ]
    assert len({tuple(values) for values in leading}) == 3


def test_batch_size_does_not_lose_events(processes, tmp_path):
    settings = GeneratorSettings(batch_size=7)
    summary = generate(
        processes["Zmm"],
        settings,
        sample="Zmm",
        events=30,
        seed=4,
        first_event=1,
        output=tmp_path / "z.root",
    )
    assert summary["generated"] == 30
    number = read_events(tmp_path / "z.root", "Zmm")["EventNumber"]
    assert len(set(number.tolist())) == len(number) == summary["stored"]


def test_a_file_without_stored_events_is_valid(processes, make_sample, tmp_path):
    process = processes["Zmm"].model_copy(update={"kept_leptons": KeptLeptons(minimum=9)})
    summary = make_sample(process, tmp_path / "none.root", events=20)
    assert summary["stored"] == 0
    with uproot.open(tmp_path / "none.root") as file:
        tree = file["Zee_NoSys"]
        assert tree.num_entries == 0
        assert {branch.name: branch.typename for branch in tree.branches} == EVENT_TYPES
    assert len(read_events(tmp_path / "none.root", "Zee")["lep"]) == 0
    assert read_bookkeeping(tmp_path / "none.root")["sumOfWeights"] > 20


def test_stream_of_three_leptons_keeps_no_others(processes, make_sample, tmp_path):
    summary = make_sample(processes["Zmm_3l"], tmp_path / "z.root", events=300)
    columns = read_events(tmp_path / "z.root", "Zee")
    assert summary["stored"] > 10
    assert ak.min(ak.num(columns["lep"])) >= 3
    # without a lepton of a hadron, a jet is taken for an electron, at a 200th of its weight or so
    fakes = columns["eventWeight"] < 0.01
    assert np.mean(fakes) > 0.8
    assert ak.all(ak.any(columns["lep"]["Flavor"][fakes] == 1, axis=1))


def test_pythia_refuses_unknown_settings_by_name(settings, tmp_path):
    process = Process(cards=("Top:allAtOnce = on",), dataset_number=1)
    with pytest.raises(ValueError, match="Top:allAtOnce"):
        generate(
            process,
            settings,
            sample="x",
            events=1,
            seed=1,
            first_event=1,
            output=tmp_path / "x.root",
        )
    assert not (tmp_path / "x.root").exists()


def test_no_events_cannot_be_asked_for(processes, make_sample, tmp_path):
    with pytest.raises(ValueError, match="sample Zee: cannot generate 0 events"):
        make_sample(processes["Zee"], tmp_path / "x.root", events=0)


def run_python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_import_needs_neither_pythia_nor_fastjet():
    code = (
        "import sys, rapidmass.generator\n"
        "assert not {'pythia8mc', 'fastjet'} & set(sys.modules), 'imported too early'"
    )
    assert run_python(code).returncode == 0


def test_error_says_what_to_install():
    code = (
        "import sys, pathlib\n"
        "sys.modules['fastjet'] = None\n"
        "from rapidmass.config.inputs.generator import GeneratorSettings\n"
        "from rapidmass.config.inputs.processes import Process\n"
        "from rapidmass.generator.generate import generate\n"
        "process = Process(cards=('Top:gg2ttbar = on',), dataset_number=1)\n"
        "generate(process, GeneratorSettings(), sample='x', events=1, seed=1, first_event=1,\n"
        "    output=pathlib.Path('never.root'))"
    )
    result = run_python(code)
    assert result.returncode == 1
    assert "install rapidmass[generator]" in result.stderr
