"""What cannot be right is found, and what is right is left in peace."""

import re

import awkward as ak
import numpy as np
import pytest

from rapidmass.config.load import read_format
from rapidmass.ntuples.access.sources import Source
from rapidmass.ntuples.quality.format_check import check_format
from rapidmass.ntuples.quality.plausibility import count_objects, find_doubts
from real_files import FORMATS, find_file, list_files

LEPTON = {"pt": "lep_pt", "eta": "lep_eta", "phi": "lep_phi", "mass": "0 * lep_pt"}
JET = {"pt": "jet_pt", "eta": "jet_eta", "phi": "jet_phi", "mass": "0 * jet_pt"}
MET = {"pt": "met_et", "phi": "met_phi"}
IDENTITY = {"run": "run", "event": "event"}
IN_FILE = {"cross_section": "sumw / 10", "sum_of_weights": "sumw"}


@pytest.fixture
def judge(write, change_format):
    def judge_format(branches=None, *, is_data=False, **changes):
        settings = change_format(**changes)
        source = Source(str(write(branches=branches)))
        check = check_format(settings, source, is_data=is_data)
        doubts = find_doubts(settings, check, is_data=is_data)
        return (
            [doubt.text for doubt in doubts if doubt.is_fault],
            [doubt.text for doubt in doubts if not doubt.is_fault],
        )

    return judge_format


def test_sound_numbers_raise_no_doubt_beyond_negative_weights(judge):
    faults, others = judge(in_file=IN_FILE)
    assert faults == []
    assert len(others) == 1
    assert others[0].startswith("the generator weight is negative in ")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"energy_unit": "GeV"}, "median pT of lepton .* is it in MeV"),
        ({"collections": {"lepton": LEPTON | {"pt": "lep_pt / 1000"}, "jet": JET}},
         r"pT of lepton is 0\.0\d+ GeV if the file has MeV: is it in GeV"),
        ({"energy_unit": "GeV", "met": MET | {"pt": "met_et / 1e6"},
          "collections": {"lepton": LEPTON | {"pt": "lep_pt / 1e6"},
                          "jet": JET | {"pt": "jet_pt / 1e6"}}}, "is it in TeV"),
        ({"met": MET | {"pt": "met_et / 1000"}}, "median MET .* have they one unit"),
        ({"met": MET | {"pt": "met_et * 1000"}}, "median MET .* have they one unit"),
        ({"met": MET | {"pt": "0 * met_et"}}, "MET is 0 in all events"),
        ({"met": MET | {"pt": "met_et - 50000"}}, "MET is negative in"),
        ({"met": MET | {"phi": "met_phi * 57.29578"}}, "phi of MET is up to .* in degrees"),
        ({"collections": {"lepton": LEPTON | {"phi": "lep_phi * 57.29578"}, "jet": JET}},
         "phi of lepton is up to .* in degrees"),
        ({"collections": {"lepton": LEPTON | {"phi": "lep_phi / 57.29578"}, "jet": JET}},
         "azimuths go all around"),
        ({"collections": {"lepton": LEPTON | {"eta": "abs(lep_eta)"}, "jet": JET}},
         "eta of lepton is never negative"),
        ({"collections": {"lepton": LEPTON, "jet": JET | {"eta": "jet_eta * 100"}}},
         "it is no pseudorapidity"),
        ({"collections": {"lepton": LEPTON, "jet": JET | {"mass": "300 * jet_pt"}}},
         "masses of jet are far above pT"),
        ({"collections": {"lepton": LEPTON, "jet": JET | {"pt": "jet_pt - 20000"}}},
         "pt of jet is negative for"),
        ({"collections": {"lepton": LEPTON,
                          "jet": JET | {"mass": "mass_from_energy(jet_pt, jet_eta, jet_pt / 2)"}}},
         "mass of jet is not finite .* do energy and momentum have one unit"),
        ({"collections": {"lepton": LEPTON | {"pt": "met_et"}, "jet": JET}},
         "pt of lepton is one number an event"),
        ({"weights": {"generator": "0 * weight"}}, "generator weight is 0 in all .* say --data"),
        ({"weights": {"generator": "1", "scale_factors": "0 * sf"}}, "scale factor is 0 in all"),
        ({"weights": {"generator": "1", "scale_factors": "sf - 1"}}, "scale factor is negative"),
        ({"identity": {"run": "run", "event": "event // 2"}},
         r"500 of 1000 events have run, dataset and event number of another \(run 284500"),
        ({"in_file": IN_FILE | {"cross_section": "sf"}}, "cross_section is no constant: 0.9"),
        ({"in_file": IN_FILE | {"sum_of_weights": "0 * sf"}}, "sum_of_weights is 0: the file"),
        ({"in_file": IN_FILE | {"sum_of_weights": "sf / 0"}}, "sum_of_weights is not finite"),
    ],
)  # fmt: skip
def test_mistakes_are_found(judge, changes, told):
    faults, _ = judge(**changes)
    assert any(re.search(told, fault) for fault in faults), faults


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"objects": {"ele": {"collection": "lepton", "where": "electron & (lep_pt > 1e9)"}},
          "leptons": ["ele"]}, "no ele is found in any of 1000 events"),
        ({"trigger": "fired & (met_et < 0)"}, "none of 1000 events passes the trigger"),
        ({"identity": {"run": "0 * run", "event": "event"}}, "run number is 0 in all events"),
        ({"weights": {"generator": "1"}}, "generator weight is 1 in all events"),
        ({"weights": {"generator": "1", "scale_factors": "sf * (met_et > 20000)"}},
         r"scale factor is 0 in \d+ events"),
        ({"weights": {"generator": "1", "scale_factors": "sf / (event != 7)"}},
         r"scale factor is not finite in 1 events"),
        ({"met": MET | {"phi": "met_phi + 3"}}, "the same angles"),
        ({"collections": {"lepton": LEPTON, "jet": JET | {"eta": "jet_eta * 1.1"}}},
         "beyond any calorimeter"),
        ({"in_file": {"cross_section": "1", "sum_of_weights": "1"}}, "are both 1, as where nobody"),
    ],
)  # fmt: skip
def test_what_can_be_right_is_no_fault(judge, changes, told):
    faults, others = judge(**changes)
    assert faults == []
    assert any(re.search(told, other) for other in others), others


def test_data_are_not_judged_by_weights_of_simulation(judge):
    faults, others = judge(
        is_data=True,
        weights={"generator": "0 * weight", "scale_factors": "0 * sf"},
        in_file={"cross_section": "sf", "sum_of_weights": "sf"},
    )
    assert faults == others == []


def test_a_number_that_is_not_finite_here_and_there_is_no_fault(judge, branches):
    branches["jet"]["eta"] = ak.where(
        branches["jet"]["pt"] > 190_000, np.nan, branches["jet"]["eta"]
    )
    faults, others = judge(branches)
    assert faults == []
    assert any(text.startswith("eta of jet is not finite for ") for text in others)


def test_nothing_is_said_of_an_empty_tree(judge, branches):
    nothing = {name: column[:0] for name, column in branches.items()}
    assert judge(nothing) == (
        [],
        ["the tree has no entries: nothing can be said of its numbers"],
    )


def test_objects_are_counted_by_event(write, branches, ntuple_format):
    check = check_format(ntuple_format, Source(str(write())), is_data=False)
    values = {name: outcome.values for name, outcome in check.outcomes.items()}
    counts = count_objects(ntuple_format, values)
    is_hard = branches["lep"]["pt"] > 10_000
    is_electron = branches["lep"]["type"] == 11
    assert counts["ele"].tolist() == ak.sum(is_hard & is_electron, axis=1).to_list()
    assert counts["muo"].tolist() == ak.sum(is_hard & ~is_electron, axis=1).to_list()
    assert counts["jet"].tolist() == ak.sum(branches["jet"]["pt"] > 20_000, axis=1).to_list()


@pytest.mark.parametrize("start", [file.path.name for file in list_files()] or ["data_A"])
def test_no_public_file_is_held_to_be_wrong(start):
    file = find_file(start)
    settings = read_format(FORMATS / f"{file.format}.yaml")
    check = check_format(settings, Source(str(file.path)), is_data=file.is_data, entries=10_000)
    doubts = find_doubts(settings, check, is_data=file.is_data)
    assert [doubt.text for doubt in doubts if doubt.is_fault] == []


@pytest.mark.parametrize(
    ("start", "unit", "told"),
    [
        ("data_B", "GeV", "is it in MeV? Set energy_unit to MeV"),
        ("ODEO_FEB2025_v0_2J2LMET30_mc_410081", "MeV", "is it in GeV? Set energy_unit to GeV"),
        ("wz", "MeV", "is it in GeV? Set energy_unit to GeV"),
        ("nano_dy", "MeV", "is it in GeV? Set energy_unit to GeV"),
    ],
)
def test_the_wrong_unit_is_found_in_public_files(start, unit, told):
    file = find_file(start)
    settings = read_format(FORMATS / f"{file.format}.yaml").model_copy(update={"energy_unit": unit})
    check = check_format(settings, Source(str(file.path)), is_data=file.is_data)
    doubts = find_doubts(settings, check, is_data=file.is_data)
    assert any(doubt.is_fault and doubt.text.endswith(told) for doubt in doubts)
