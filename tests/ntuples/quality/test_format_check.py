"""A format tried on a file: everything that can be computed is, and the rest is told."""

import numpy as np
import pytest

from rapidmass.columnar.jagged import Jagged
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.ntuples.access.sources import NtupleError, Source
from rapidmass.ntuples.quality.format_check import check_format
from real_files import find_file


def try_on(settings, path, **options):
    return check_format(settings, Source(str(path)), **{"is_data": False, **options})


@pytest.mark.parametrize("entries", [1, 350, 1000, 5000])
def test_values_are_those_of_the_first_entries(write, branches, ntuple_format, entries):
    check = try_on(ntuple_format, write(chunks=7), entries=entries)
    assert (check.tree, check.entries, check.n_branches) == ("mini", 1000, 18)
    assert check.tried == min(entries, 1000)
    assert not check.missing
    assert not check.bad_events
    assert all(outcome.problem is None for outcome in check.outcomes.values())
    met = check.outcomes["met"].values
    assert met.tolist() == branches["met_et"][:entries].tolist()
    pt = check.outcomes["lepton.pt"].values
    assert isinstance(pt, Jagged)
    rows = [part.tolist() for part in np.split(pt.content, pt.offsets[1:-1])]
    assert rows == branches["lep"]["pt"][:entries].to_list()
    assert check.outcomes["trigger"].values.tolist() == branches["fired"][:entries].tolist()
    assert check.outcomes["dataset"].values.tolist() == [0] * check.tried  # a number alone


def test_all_that_is_missing_is_told_and_the_rest_goes_on(write, change_format):
    settings = change_format(
        met={"pt": "met_ett + jet_ptt", "phi": "met_phi"},
        weights={"generator": "Weight", "scale_factors": "xyz"},
    )
    check = try_on(settings, write())
    assert set(check.missing) == {"met_ett", "jet_ptt", "Weight", "xyz"}
    assert check.missing["met_ett"][0] == "met_et"
    assert check.missing["jet_ptt"][0] == "jet_pt"
    assert check.missing["Weight"][0] == "weight"
    assert check.missing["xyz"] == []
    problems = {name: one.problem for name, one in check.outcomes.items() if one.problem}
    assert problems == {
        "met": "needs jet_ptt, met_ett",
        "generator_weight": "needs Weight",
        "scale_factor": "needs xyz",
    }
    assert check.outcomes["where ele"].values is not None


def test_expressions_that_do_not_fit_together_are_told_one_by_one(write, change_format):
    settings = change_format(
        met={"pt": "met_et + sum(met_phi)", "phi": "met_phi"},
        trigger="fired & (lep_pt > jet_pt)",
    )
    outcomes = try_on(settings, write()).outcomes
    assert "over the objects of an event" in outcomes["met"].problem
    assert "members on one side" in outcomes["trigger"].problem
    assert outcomes["met_phi"].problem is None


def test_a_branch_that_holds_no_numbers_stops_nothing_else():
    file = find_file("ODEO_FEB2025_v0_exactly4lep_data15")
    content = {
        "tree": ["analysis"],
        "energy_unit": "GeV",
        "collections": {"jet": {"pt": "jet_pt", "eta": "jet_eta", "phi": "jet_phi", "mass": "0"}},
        "objects": {"jet": {"collection": "jet", "where": "jet_pt > 20"}},
        "leptons": ["jet"],
        "met": {"pt": "met", "phi": "met_phi"},
        "weights": {"generator": "category"},
    }
    outcomes = try_on(NtupleFormat.model_validate(content), file.path).outcomes
    assert "category" in outcomes["generator_weight"].problem
    assert [name for name, one in outcomes.items() if one.problem] == ["generator_weight"]


def test_alternatives_are_told(write, change_format):
    settings = change_format(
        alternatives={
            "first": ["sf", "weight"],
            "second": ["sff", "2 * first"],
            "third": ["nothing + 1", "second + nothing"],
        },
        weights={"generator": "second", "scale_factors": "1"},
    )
    check = try_on(settings, write())
    assert check.choices == {"first": "sf", "second": "2 * first", "third": None}
    assert not check.missing  # nobody needs the third one
    third = change_format(alternatives=settings.alternatives, trigger="third > 0")
    problem = try_on(third, write()).outcomes["trigger"].problem
    assert problem.startswith("no alternative of 'third' in the ntuple format fits")


def test_what_is_of_simulation_is_not_asked_of_data(write, change_format):
    settings = change_format(
        weights={"generator": "weightt"},
        in_file={"cross_section": "sumw / 10", "sum_of_weights": "sumw"},
        shifts={"up": {"replace": {"lep_pt": "lep_pt_up"}, "weight": "1.1"}},
    )
    path = write()
    outcomes = try_on(settings, path).outcomes
    assert set(outcomes["in_file sum_of_weights"].values.tolist()) == {1234.5}
    assert outcomes["shift up, lep_pt"].problem == "needs lep_pt_up"
    assert outcomes["shift up, weight"].values[0] == 1.1
    data = try_on(settings, path, is_data=True)
    assert not data.missing
    assert not any(name.startswith(("in_file", "shift")) for name in data.outcomes)


def test_only_the_objects_that_are_wanted_are_tried(write, change_format):
    settings = change_format(
        collections={
            "lepton": {"pt": "lep_pt", "eta": "lep_eta", "phi": "lep_phi", "mass": "0"},
            "jet": {"pt": "none", "eta": "none", "phi": "none", "mass": "none"},
        }
    )
    check = try_on(settings, write(), objects=["ele", "muo"])
    assert not check.missing
    assert "jet.pt" not in check.outcomes
    with pytest.raises(ValueError, match="defines no object 'tau'"):
        try_on(settings, write(), objects=["tau"])


def test_bad_events_are_those_that_the_analysis_finds(write, branches, ntuple_format):
    branches["met_et"][[3, 17]] = np.nan
    check = try_on(ntuple_format, write(branches=branches))
    assert len(check.bad_events) == 2
    first = check.bad_events[0]
    assert (first.entry, first.run, first.reason) == (3, 284500, "met is not finite")
    assert check.problem is None


def test_a_file_without_the_tree_is_refused(write, change_format):
    with pytest.raises(NtupleError, match="0 trees called absent"):
        try_on(change_format(tree=["absent"]), write())


def test_an_empty_tree_is_no_mistake(write, branches, ntuple_format):
    nothing = {name: column[:0] for name, column in branches.items()}
    check = try_on(ntuple_format, write(branches=nothing))
    assert check.entries == check.tried == 0
    assert all(outcome.problem is None for outcome in check.outcomes.values())
