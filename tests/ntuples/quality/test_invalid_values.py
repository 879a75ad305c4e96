"""Events with impossible numbers are errors, or are left out and counted."""

import awkward as ak
import numpy as np
import pytest

from rapidmass.ntuples.access.chunks import iterate_chunks
from rapidmass.ntuples.access.sources import NtupleError, Source
from rapidmass.ntuples.access.trees import open_tree
from rapidmass.ntuples.format.builder import EventBuilder

NEEDED = ["ele", "muo", "jet"]
BEAM = 6500.0  # GeV


@pytest.fixture
def build(write, ntuple_format):
    def build_file(branches, settings=ntuple_format, **changes):
        source = Source(str(write(branches=branches)))
        builder = EventBuilder(
            settings, NEEDED, **{"is_data": False, "largest_momentum": BEAM, **changes}
        )
        with open_tree(source, ["mini"]) as tree:
            (chunk,) = iterate_chunks(source, tree, builder.branches)
        return builder.steps, builder.build(chunk, source, "part")

    return build_file


def spoil(branches):
    """A weight that is no number, MET above the beam energy, and a jet with both flaws."""
    branches["weight"][3] = np.nan
    branches["met_et"][5] = 7.0e6
    jets = branches["jet"]
    hit = int(np.flatnonzero(ak.num(jets) > 0)[9])
    first = int(ak.sum(ak.num(jets)[:hit]))
    for key, value in (("pt", 8.0e6), ("phi", np.inf)):
        column = ak.to_numpy(ak.flatten(jets[key])).copy()
        column[first] = value
        jets = ak.with_field(jets, ak.unflatten(column, ak.num(jets)), key)
    branches["jet"] = jets
    return [3, 5, hit]


def test_met_above_the_beam_energy_is_an_error(branches, build):
    branches["met_et"][5] = 7.0e6
    expected = r"entry 5 \(run 284500, event -5\): the magnitude of met is above 6500 GeV, which"
    with pytest.raises(NtupleError, match=expected):
        build(branches)


@pytest.mark.parametrize("weight", [1e300, -1e200, 1.1e40])
def test_a_weight_that_cannot_be_computed_with_is_an_error(branches, build, weight):
    branches["weight"] = branches["weight"].astype(np.float64)
    branches["weight"][5] = weight
    expected = (
        r"entry 5 \(run 284500, event -5\): the magnitude of generator_weight is above 1e\+40"
    )
    with pytest.raises(NtupleError, match=expected):
        build(branches)
    branches["weight"][5] = 1e30
    assert build(branches)[1].events.generator_weight[5] == 1e30


@pytest.mark.parametrize("momentum", [1e-44, 1e-30, 1e-4])
def test_a_pt_of_nothing_is_an_error(branches, build, change_format, momentum):
    """Its square may be 0, and the rapidity not a number."""
    lepton = {"pt": f"0 * lep_pt + {momentum}", "eta": "lep_eta", "phi": "lep_phi", "mass": "0"}
    jet = {"pt": "jet_pt", "eta": "jet_eta", "phi": "jet_phi", "mass": "0"}
    objects = {
        "ele": {"collection": "lepton", "where": "lep_pt > 0"},
        "muo": {"collection": "lepton", "where": "lep_pt < 0"},
        "jet": {"collection": "jet", "where": "jet_pt > 0"},
    }
    settings = change_format(collections={"lepton": lepton, "jet": jet}, objects=objects)
    with pytest.raises(NtupleError, match=r"entry \d+ .*: pt of ele is below 1e-06 GeV, which no"):
        build(branches, settings)


def test_met_at_the_beam_energy_is_none(branches, build):
    branches["met_et"][5] = 6.5e6
    _, built = build(branches)
    assert len(built.events) == len(branches["event"])


def test_negative_met_and_masses_are_errors(branches, build, change_format):
    lepton = {"pt": "lep_pt", "eta": "lep_eta", "phi": "lep_phi", "mass": "-1 + 0 * lep_pt"}
    objects = {name: {"collection": "lepton", "where": "lep_pt > 0"} for name in NEEDED}
    settings = change_format(collections={"lepton": lepton}, objects=objects)
    with pytest.raises(NtupleError, match="mass of ele is negative"):
        build(branches, settings)
    branches["met_et"][8] = -1
    with pytest.raises(NtupleError, match=r"entry 8 .*: met is negative"):
        build(branches)


def test_bad_events_are_left_out_counted_and_told(branches, build):
    bad = spoil(branches)
    steps, built = build(branches, quarantine=True)
    sound = np.delete(np.arange(len(branches["event"])), bad)
    assert steps == ["sound numbers"]
    np.testing.assert_array_equal(built.events.event.view(np.int64), branches["event"][sound])
    weight = branches["weight"].astype(float) * (branches["sf"] * 2)
    assert [tally.raw for tally in built.steps] == [1000, 997]
    assert built.steps[0].weighted == pytest.approx(np.nansum(weight))
    assert built.steps[1].weighted == pytest.approx(weight[sound].sum())
    told = {event.entry: event.reason for event in built.bad_events}
    assert set(told) == set(bad)
    assert told[3] == "generator_weight is not finite"
    assert "pt of jet is above 6500 GeV" in told[bad[2]]
    assert "phi of jet is not finite" in told[bad[2]]


def test_sound_events_are_the_same_with_and_without_quarantine(branches, build):
    _, free = build(branches)
    _, quarantined = build(branches, quarantine=True)
    assert free.bad_events == quarantined.bad_events == ()
    np.testing.assert_array_equal(free.events.event, quarantined.events.event)
    for name in NEEDED:
        pairs = free.events.objects[name].pt, quarantined.events.objects[name].pt
        np.testing.assert_array_equal(*pairs)


def test_what_another_sample_describes_is_a_step_of_its_own(branches, build):
    bad = spoil(branches)
    steps, built = build(branches, quarantine=True, require="met_et < 50000")
    assert steps == ["sound numbers", "not in another sample"]
    kept = np.setdiff1d(np.flatnonzero(branches["met_et"] < 50000), bad)
    np.testing.assert_array_equal(built.events.event.view(np.int64), branches["event"][kept])
    assert [tally.raw for tally in built.steps] == [1000, 997, len(kept)]


def test_an_angle_of_more_than_a_turn_is_an_error(branches, build):
    branches["met_phi"][4] = 180.0
    with pytest.raises(NtupleError, match=r"entry 4 .*: the magnitude of met_phi is above 6.3,"):
        build(branches)
