"""Objects, weights, identity and triggers follow the format's definitions."""

import re

import awkward as ak
import numpy as np
import pytest

from jagged_objects import to_awkward, to_list
from rapidmass.ntuples.access.chunks import iterate_chunks
from rapidmass.ntuples.access.sources import NtupleError, Source
from rapidmass.ntuples.access.trees import open_tree
from rapidmass.ntuples.format.builder import EventBuilder

NEEDED = ["ele", "muo", "jet"]


def build(path, settings, *, is_data=False, entries=100_000, part="part", **changes):
    builder = EventBuilder(settings, NEEDED, is_data=is_data, **changes)
    source = Source(str(path))
    with open_tree(source, settings.tree) as tree:
        builder.bind(source, tree.keys())
        return [
            builder.build(chunk, source, part)
            for chunk in iterate_chunks(source, tree, builder.branches, entries)
        ]


def build_events(path, settings, **changes):
    return [built.events for built in build(path, settings, **changes)]


def test_only_the_branches_of_the_definitions_are_read(ntuple_format):
    wanted = {"lep_pt", "lep_eta", "lep_phi", "lep_type", "jet_pt", "jet_eta", "jet_phi"}
    wanted |= {"met_et", "met_phi", "run", "event", "fired"}
    data = EventBuilder(ntuple_format, NEEDED, is_data=True)
    assert set(data.branches) == wanted
    simulation = EventBuilder(ntuple_format, NEEDED, is_data=False)
    assert set(simulation.branches) == wanted | {"weight", "sf"}


def test_objects_pass_their_requirement_in_gev_by_falling_pt(write, branches, ntuple_format):
    (events,) = build_events(write(), ntuple_format)
    lepton = branches["lep"]
    chosen = lepton.pt[(lepton["type"] == 11) & (lepton.pt > 10_000)] / 1000
    expected = [sorted(row, reverse=True) for row in ak.to_list(chosen)]
    for found, row in zip(to_awkward(events.objects["ele"]).pt.to_list(), expected, strict=True):
        assert found == pytest.approx(row, rel=1e-6)
    np.testing.assert_allclose(events.met, branches["met_et"] / 1000, rtol=1e-6)


def test_simulation_is_weighted_and_data_are_not(write, branches, ntuple_format):
    path = write()
    (simulated,) = build_events(path, ntuple_format)
    np.testing.assert_allclose(simulated.generator_weight, branches["weight"])
    np.testing.assert_allclose(simulated.scale_factor, branches["sf"] * 2, rtol=1e-6)
    (data,) = build_events(path, ntuple_format, is_data=True)
    assert (data.generator_weight == 1).all()
    assert (data.scale_factor == 1).all()


@pytest.mark.parametrize("entries", [100_000, 300])
@pytest.mark.parametrize(
    ("place", "what"),
    [
        (("objects", "ele", "where"), "'where' of the object ele, of the collection lepton,"),
        (("collections", "lepton", "mass"), "mass of the collection lepton"),
    ],
)
def test_lists_of_other_lengths_are_named(write, branches, change_format, place, what, entries):
    part, name, key = place
    given = {one: value.model_dump() for one, value in getattr(change_format(), part).items()}
    given[name][key] = "jet_pt > 0" if key == "where" else "jet_pt"
    counts = {name: ak.to_numpy(ak.num(branches[name].pt)) for name in ("lep", "jet")}
    first = int(np.flatnonzero(counts["lep"] != counts["jet"])[0])
    with pytest.raises(
        NtupleError,
        match=rf"\.root, entries from 0 on, .*: {what} does not go with its pt: event {first} has",
    ):
        build(write(), change_format(**{part: given}), entries=entries)


def test_negative_event_numbers_stay_unique(write, ntuple_format):
    (events,) = build_events(write(), ntuple_format)
    assert len(np.unique(events.event)) == len(events)
    assert events.event[0] == 2**64 - 10


@pytest.mark.parametrize(
    "text", ["first(ids)", "max(ids)", "where(run > 0, first(ids), 0)", "ids[0]"]
)
def test_neighbours_among_large_event_numbers_stay_apart(write, branches, change_format, text):
    large = 2**53 + np.arange(len(branches["run"]))
    branches["ids"] = ak.unflatten(ak.Array(large), 1)
    identity = {"run": "run", "event": text}
    (events,) = build_events(write(branches=branches), change_format(identity=identity))
    np.testing.assert_array_equal(events.event, large.astype(np.uint64))


def test_event_numbers_without_sign_stay_as_they_are(write, branches, change_format):
    branches["id"] = np.arange(len(branches["run"]), dtype=np.uint64) + np.uint64(2**63)
    for text in ("id", "where(run > 0, id, run)", "id + 0 * run"):
        identity = {"run": "run", "event": text}
        (events,) = build_events(write(branches=branches), change_format(identity=identity))
        np.testing.assert_array_equal(events.event, branches["id"])


@pytest.mark.parametrize(
    ("identity", "reason"),
    [
        (
            {"run": "run", "event": "single"},
            "entry 0: the event number 16777216.0 is not below 1677",
        ),
        (
            {"run": "run", "event": "9007199254740992 + 1.0 * event"},
            "entry 10: the event number 9007",
        ),
        ({"run": "sqrt(event)", "event": "event"}, "entry 0: the run number nan is not finite"),
        ({"run": "event / 4", "event": "event"}, "entry 0: the run number -2.5 is not whole"),
        ({"run": "id", "event": "event"}, "entry 3: the run number 18446744073709551615 does not"),
        ({"run": "run", "event": "event", "dataset": "-3e20 * run"}, "the dataset number -8."),
        ({"run": "run", "event": "first(lep_type)"}, "the event number nan is not finite"),
    ],
)
def test_numbers_that_cannot_name_an_event_are_refused(
    write, branches, change_format, identity, reason
):
    """Such as those of a TNtuple, all of which have single precision."""
    branches["single"] = (2.0**24 + 2 * np.arange(len(branches["run"]))).astype(np.float32)
    branches["id"] = np.full(len(branches["run"]), 7, np.uint64)
    branches["id"][3] = 2**64 - 1
    with pytest.raises(NtupleError, match=re.escape(reason)):
        build_events(write(branches=branches), change_format(identity=identity))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"trigger": "event & 1"}, "what selects must be true or false, and is an integer"),
        ({"trigger": "met_et"}, "what selects must be true or false, and is a floating-point"),
        (
            {"objects": {"jet": {"collection": "jet", "where": "~jet_n"}}},
            "~ of a number is not its opposite",
        ),
        (
            {"objects": {"jet": {"collection": "jet", "where": "jet_n"}}},
            "compare it, as in x != 0, or in (x & 2) != 0 for a bit of an integer",
        ),
    ],
)
def test_integers_select_nothing(write, branches, change_format, changes, reason):
    branches["jet_n"] = ak.values_astype(branches["jet"]["pt"] > 30_000, np.uint32)
    objects = change_format().model_dump()["objects"] | changes.get("objects", {})
    settings = change_format(**{**changes, "objects": objects})
    with pytest.raises(NtupleError, match=re.escape(reason)):
        build_events(write(branches=branches), settings)


def test_without_numbers_part_and_entry_name_an_event(write, change_format):
    settings = change_format(identity=None)
    path = write(chunks=4)
    (whole,) = build_events(path, settings)
    pieces = build_events(path, settings, entries=250)
    assert len(pieces) == 4
    np.testing.assert_array_equal(whole.event, np.concatenate([p.event for p in pieces]))
    (other,) = build_events(path, settings, part="other")
    assert whole.run[0] != other.run[0]


def test_trigger_menus_go_by_year(write, branches, change_format):
    menus = {
        "year": "2015 + (event > 100) + (event > 500)",
        "menus": {2015: ["e"], 2016: ["e", "mu"], 2017: []},
        "triggers": {"e": "fired & (count(electron & hard) >= 2)", "mu": "count(~electron) >= 3"},
    }
    (events,) = build_events(write(), change_format(trigger=menus))
    lepton = branches["lep"]
    two_e = ak.sum((lepton["type"] == 11) & (lepton.pt > 10_000), axis=1) >= 2
    electron = np.asarray(branches["fired"] & two_e)
    muon = np.asarray(ak.sum(lepton["type"] == 13, axis=1) >= 3)
    number = branches["event"]
    expected = np.where(number > 500, False, np.where(number > 100, electron | muon, electron))
    np.testing.assert_array_equal(events.trigger, expected)
    assert 0 < expected.sum() < len(expected)


def test_a_year_without_menu_is_an_error(write, change_format):
    for year, shown in (
        ("run * 0 + 2014", "2014"), ("sqrt(-run)", "nan"), ("2015.5 + 0 * run", "2015.5"),
    ):  # fmt: skip
        menus = {"year": year, "menus": {2015: []}, "triggers": {}}
        with pytest.raises(NtupleError, match=rf"no trigger menu for the year {shown}.*\[2015\]"):
            build_events(write(), change_format(trigger=menus))


def test_variables_may_come_in_any_order(write, ntuple_format, change_format):
    aliases = {
        "hard": "above & (threshold > 0)",
        "electron": "lep_type == 11",
        "above": "lep_pt > threshold",
        "not_used": "no_such_branch > 1",
    }
    path = write()
    (plain,) = build_events(path, ntuple_format)
    (mixed,) = build_events(path, change_format(aliases=aliases))
    assert to_list(plain.objects["ele"]) == to_list(mixed.objects["ele"])


def test_a_variable_cannot_be_defined_by_itself(change_format):
    aliases = {"hard": "electron & 1", "electron": "hard | (lep_type == 11)"}
    with pytest.raises(ValueError, match="is defined by itself"):
        EventBuilder(change_format(aliases=aliases), NEEDED, is_data=True)


def test_an_undefined_object_is_an_error(ntuple_format):
    with pytest.raises(ValueError, match="no object 'tau'; it has ele, jet, muo"):
        EventBuilder(ntuple_format, ["tau"], is_data=True)


@pytest.mark.parametrize(
    ("column", "word"), [("met_et", "met"), ("weight", "generator_weight"), ("met_phi", "met_phi")]
)
def test_numbers_that_are_not_finite_name_the_event(write, branches, ntuple_format, column, word):
    branches[column][123] = np.nan
    path = write(branches=branches)
    with pytest.raises(
        NtupleError, match=rf"entry 123 \(run 284500, event 113\): {word} is not finite"
    ):
        build_events(path, ntuple_format)


@pytest.mark.parametrize(
    ("collection", "key"),
    [("lep", "pt"), ("lep", "eta"), ("lep", "phi"), ("jet", "pt"), ("jet", "eta"), ("jet", "phi")],
)
def test_nan_kinematics_are_never_dropped_in_silence(
    write, branches, change_format, collection, key
):
    """A requirement on the quantity itself would drop it: NaN passes no comparison."""
    records = branches[collection]
    index = int(np.flatnonzero(ak.to_numpy(ak.num(records)))[5])
    flat = ak.to_numpy(ak.flatten(records[key])).copy()
    flat[int(ak.sum(ak.num(records)[:index]))] = np.nan
    branches[collection] = ak.with_field(records, ak.unflatten(flat, ak.num(records)), key)
    central = {
        "ele": {"collection": "lepton", "where": "electron & (lep_pt > 0) & (abs(lep_eta) < 2)"},
        "muo": {"collection": "lepton", "where": "~electron & (abs(lep_phi) < 4)"},
        "jet": {"collection": "jet", "where": "(jet_pt > 0) & (abs(jet_eta) < 2)"},
    }
    path = write(branches=branches)
    with pytest.raises(NtupleError, match=rf"entry {index} .*: {key} of \w+ is not finite"):
        build_events(path, change_format(objects=central))


def test_data_sets_with_equal_numbers_are_told_apart(write, change_format):
    identity = {"run": "run", "event": "event", "dataset": "run + 5"}
    (events,) = build_events(write(), change_format(identity=identity))
    assert (events.dataset == 284505).all()


def test_data_may_define_a_variable_otherwise(write, change_format):
    settings = change_format(
        aliases={"electron": "no_such_branch > 0", "hard": "lep_pt > threshold"},
        data_aliases={"electron": "lep_type == 11"},
    )
    path = write()
    (events,) = build_events(path, settings, is_data=True)
    assert len(events) == 1000
    with pytest.raises(NtupleError, match="no branch 'no_such_branch'"):
        build_events(path, settings)
