"""Shifts: formats in which names stand for something else, and the events that these give."""

import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.columnar.expressions import Expression
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.load import read_format
from rapidmass.config.search.selection import Cut
from rapidmass.datasets.shards import Sharder
from rapidmass.ntuples.access.sources import Source
from rapidmass.ntuples.format.definitions import Definitions, collect_texts
from rapidmass.ntuples.format.systematics import shift_format, shift_requirement
from rapidmass.representations.rmm.layout import Layout
from real_files import FORMATS, find_file
from synthetic_events import show

BRANCHES = {"a": 3.0, "b": -2.0, "c": 0.5}
VARIABLES = {"v": "a + 1", "w": "v * b", "x": "2 * w - a"}
NAMES = [*BRANCHES, *VARIABLES]
EXPRESSION = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(" * 1.5 + ".join)


def make_format(**changes):
    content = {
        "tree": ["events"],
        "energy_unit": "GeV",
        "aliases": VARIABLES,
        "collections": {"lep": {"pt": "pt", "eta": "eta", "phi": "phi", "mass": "0.1"}},
        "objects": {"ele": {"collection": "lep", "where": "pt > 25"}},
        "leptons": ["ele"],
        "met": {"pt": "x + a * b - v", "phi": "c"},
        "identity": {"run": "run", "event": "event"},
        "weights": {"generator": "weight", "scale_factors": "sf"},
    }
    return NtupleFormat.model_validate(content | changes)


def compute_met(settings, branches=BRANCHES):
    texts = {"met": settings.met.pt, "weight": settings.weights.scale_factors}
    return Definitions(settings, texts, is_data=False).evaluate(branches | {"sf": 2.0})


@given(replace=st.dictionaries(st.sampled_from(NAMES), EXPRESSION, min_size=1), weight=EXPRESSION)
def test_replacing_expressions_mean_what_they_did_before_and_all_else_follows(replace, weight):
    """The same as putting numbers that are computed without the shift in the place of names."""
    settings = make_format(shifts={"s": {"replace": replace, "weight": weight}})
    before = dict(BRANCHES)
    for name, text in VARIABLES.items():
        before[name] = Expression(text).evaluate(before)
    numbers = {name: Expression(text).evaluate(before) for name, text in replace.items()}
    left = {name: text for name, text in VARIABLES.items() if name not in replace}
    expected = compute_met(make_format(aliases=left), BRANCHES | numbers)["met"]
    found = compute_met(shift_format(settings, "s"))
    assert found["met"] == expected
    assert found["weight"] == 2.0 * Expression(weight).evaluate(before)


def test_all_expressions_of_simulation_are_shifted_and_no_others():
    every = {
        "aliases": {"v": "z"},
        "alternatives": {"either": ["z", "other"]},
        "data_aliases": {"v": "z"},
        "collections": {
            "lep": {
                **dict.fromkeys(("pt", "eta", "phi", "mass", "owner"), "z"),
                "attributes": {"charge": "z"},
            },
            "jet": dict.fromkeys(("pt", "eta", "phi", "mass"), "z"),
        },
        "rows": "jet",
        "objects": {
            "ele": {"collection": "lep", "where": "z > v"},
            "jet": {"collection": "jet", "where": "z > 2"},
        },
        "met": {"pt": "z", "phi": "z", "attributes": {"significance": "z"}},
        "identity": {"run": "z", "event": "z", "dataset": "z"},
        "weights": {"generator": "z", "scale_factors": "z"},
        "in_file": {"cross_section": "z", "sum_of_weights": "z"},
        "trigger": {"year": "z", "menus": {2015: ["t"]}, "triggers": {"t": "z > 1"}},
        "constants": {"point": 1.0},
    }
    settings = make_format(**every, shifts={"s": {"replace": {"z": "max(z)"}}})
    found = shift_format(settings, "s").model_dump()
    assert found["collections"]["lep"] == {
        **dict.fromkeys(("pt", "eta", "phi", "mass", "owner"), "max(z)"),
        "attributes": {"charge": "max(z)"},
    }
    assert found["objects"]["ele"] == {"collection": "lep", "where": "max(z) > v"}
    assert found["met"] == {
        **dict.fromkeys(("pt", "phi"), "max(z)"),
        "attributes": {"significance": "max(z)"},
    }
    assert found["aliases"] == {"v": "max(z)"}
    assert found["alternatives"] == {"either": ["max(z)", "other"]}
    assert found["weights"] == {"generator": "max(z)", "scale_factors": "max(z)"}
    assert found["trigger"]["year"] == "max(z)"
    assert found["trigger"]["triggers"] == {"t": "max(z) > 1"}
    assert found["shifts"] == {}
    for name in ("identity", "in_file", "data_aliases", "constants", "tree", "leptons"):
        assert found[name] == settings.model_dump()[name]


def test_a_branch_with_the_name_of_a_function_is_a_branch():
    settings = make_format(
        met={"pt": "max(max)", "phi": "0"}, shifts={"s": {"replace": {"max": "2 * max"}}}
    )
    assert shift_format(settings, "s").met.pt == "max(2 * max)"


def test_alternatives_are_kept_as_they_were_where_a_replacement_needs_them():
    settings = make_format(
        alternatives={"best": ["a + b", "a"]},
        met={"pt": "best", "phi": "0"},
        shifts={"s": {"replace": {"a": "a + best"}}},
    )
    shifted = shift_format(settings, "s")
    assert shifted.alternatives == {
        "best": ["a + nominal_best + b", "a + nominal_best"],
        "nominal_best": ["a + b", "a"],
    }
    assert compute_met(shifted)["met"] == 3.0 + (3.0 - 2.0) - 2.0


def test_a_new_name_is_no_old_one():
    settings = make_format(
        met={"pt": "v + nominal_v", "phi": "0"}, shifts={"s": {"replace": {"a": "a * v"}}}
    )
    shifted = shift_format(settings, "s")
    assert shifted.aliases["nominal_nominal_v"] == "a + 1"
    assert compute_met(shifted, {"a": 2.0, "nominal_v": 100.0})["met"] == 2.0 * 3.0 + 1 + 100


def test_the_events_of_a_sample_stay():
    settings = make_format(shifts={"s": {"replace": {"a": "10 * a", "pt": "pt * 2"}}})
    shifted, require = shift_requirement(settings, "s", "(v > 3) & (a < 5)")
    assert require == "(nominal_v > 3) & (a < 5)"
    assert shifted.aliases["nominal_v"] == "a + 1"
    assert shifted.aliases["v"] == "10 * a + 1"
    assert shift_requirement(settings, "s", None) == (shift_format(settings, "s"), None)


@pytest.mark.parametrize(
    ("name", "shift", "message"),
    [
        ("upp", {"weight": "2"}, r"no shift 'upp'; did you mean 'up'\?"),
        ("up", {"replace": {"ptt": "1"}}, r"'up' replaces 'ptt', .* did you mean 'pt'\?"),
        # what names an event, and what only data have, is not replaced
        ("up", {"replace": {"run": "1"}}, "'up' replaces 'run', which no expression"),
    ],
)
def test_what_does_not_exist_is_said(name, shift, message):
    settings = make_format(shifts={"up": shift})
    with pytest.raises(ValueError, match=message):
        shift_format(settings, name)


def test_a_weight_alone_changes_nothing_but_scale_factors():
    settings = make_format(shifts={"s": {"weight": "1 + c"}})
    shifted = shift_format(settings, "s")
    assert shifted.weights.scale_factors == "sf * (1 + c)"
    expected = settings.model_dump() | {"shifts": {}, "weights": shifted.weights.model_dump()}
    assert shifted.model_dump() == expected


def shard(path, settings, require="pt_lep1 > 30", layout=None):
    sharder = Sharder(
        Source(str(path)), sample="s", part="0", selection="x", is_data=False, settings=settings,
        cuts=[Cut(name="a lepton", require=require)],
        **show(layout or Layout(types={"ele": 2})), seed=1,
    )  # fmt: skip
    tables = [sharder.tabulate(events) for events in sharder.select()]
    return {
        key: (factor, met)
        for table in tables
        for key, factor, met in zip(
            *(table[name].to_numpy() for name in ("key", "scale_factor", "met")), strict=True
        )
    }


def test_objects_move_across_cuts_and_events_stay_who_they_are(write):
    pt = ak.Array([[29.5], [31.0], [24.8, 40.0], [10.0]])
    branches = {
        "pt": pt, "eta": pt * 0, "phi": pt * 0, "weight": np.ones(4), "sf": np.full(4, 2.0),
        "met_et": np.array([1.0, 2.0, 3.0, 4.0]), "run": np.ones(4, int), "event": np.arange(4),
    }  # fmt: skip
    settings = make_format(
        met={"pt": "met_et", "phi": "0"},
        shifts={
            "up": {"replace": {"pt": "pt * 1.05"}},
            "down": {"replace": {"pt": "pt * 0.95"}},
            "heavy": {"weight": "1.1"},
        },
    )
    path = write(branches=branches, tree="events")
    nominal = shard(path, settings)
    up, down, heavy = (shard(path, shift_format(settings, s)) for s in ("up", "down", "heavy"))
    assert [met for _, met in sorted(nominal.values(), key=lambda row: row[1])] == [2.0, 3.0]
    assert sorted(met for _, met in up.values()) == [1.0, 2.0, 3.0]
    assert sorted(met for _, met in down.values()) == [3.0]
    assert set(down) < set(nominal) < set(up)
    assert set(heavy) == set(nominal)
    assert all(heavy[key][0] == pytest.approx(1.1 * nominal[key][0]) for key in nominal)


@pytest.mark.parametrize("name", [path.stem for path in sorted(FORMATS.glob("*.yaml"))])
def test_every_delivered_shift_can_be_made(name):
    settings = read_format(FORMATS / f"{name}.yaml")
    for shift in settings.shifts:
        shifted = shift_format(settings, shift)
        texts = collect_texts(shifted, list(settings.objects), is_data=False)
        Definitions(shifted, texts, is_data=False)  # no variable is defined by itself
        assert shifted != settings.model_copy(update={"shifts": {}})


def test_jet_resolution_of_a_real_file():
    file = find_file("ODEO_FEB2025_v0_2J2LMET30_mc_410081")
    settings = read_format(FORMATS / f"{file.format}.yaml")
    layout = Layout(types={"ljet": 4, "bjet": 4, "ele": 2, "muo": 2})
    cut = "(n_lep >= 2) & (n_bjet >= 2) & (met > 60)"
    nominal = shard(file.path, settings, cut, layout)
    for name in ("jer1", "jer2"):
        shifted = shard(file.path, shift_format(settings, name), cut, layout)
        common = set(nominal) & set(shifted)
        # most events stay, some cross the cuts, and jets pull MET with them
        assert len(common) > 0.9 * len(nominal)
        assert set(nominal) - common
        assert set(shifted) - common
        assert np.mean([nominal[key][1] != shifted[key][1] for key in common]) > 0.5


def test_names_with_dots_are_replaced_as_a_whole():
    collections = {"lep": {"pt": "L.pt", "eta": "L.eta", "phi": "0", "mass": "0"}}
    objects = {"ele": {"collection": "lep", "where": "L.pt > 1"}}
    shifts = {"up": {"replace": {"L.pt": "1.1 * L.pt"}}}
    found = shift_format(make_format(collections=collections, objects=objects, shifts=shifts), "up")
    assert (found.collections["lep"].pt, found.collections["lep"].eta) == ("1.1 * L.pt", "L.eta")
    assert found.objects["ele"].where == "1.1 * L.pt > 1"


def test_a_long_menu_can_be_shifted():
    menu = " | ".join(f"t{number}" for number in range(900))
    settings = make_format(trigger=menu, shifts={"s": {"replace": {"t0": "t0 & t899"}}})
    assert shift_format(settings, "s").trigger == menu.replace("t0 |", "t0 & t899 |", 1)
