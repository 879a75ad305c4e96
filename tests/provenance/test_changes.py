"""Changes are told in the words of the configuration, one line each."""

import json
from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.provenance.changes import LONGEST, compare, describe_changes
from rapidmass.provenance.requests import Request
from rapidmass.provenance.settings import write_settings

SCALARS = st.integers() | st.text(max_size=5) | st.none()
NESTED = st.dictionaries(
    st.text(min_size=1, max_size=3),
    st.recursive(
        SCALARS,
        lambda inner: st.dictionaries(st.text(min_size=1, max_size=3), inner),
        max_leaves=8,
    ),
    min_size=1,
)


def list_changes(before, now):
    return [(".".join(place), text) for place, text in compare(before, now)]


@pytest.mark.parametrize(
    ("before", "now", "lines"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, []),
        ({"a": 1}, {"a": 2}, [("a", "1 -> 2")]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [2, 1]}}, [("a.b", "[1, 2] -> [2, 1]")]),
        ({"a": None}, {"a": 0.5}, [("a", "null -> 0.5")]),
        ({"a": True}, {"a": False}, [("a", "true -> false")]),
        ({"a": "x y"}, {"a": "x z"}, [("a", "x y -> x z")]),
        ({"a": 1}, {"b": 1}, [("a", "removed"), ("b", "new, 1")]),
        ({}, {"b": {"c": 1}}, [("b", "new")]),
        (["x"], ["x", "y"], [("y", "new")]),
        (["x", "y"], ["y"], [("x", "removed")]),
        (["x", "y"], ["y", "x"], [("", "order x, y -> y, x")]),
        (["x", "x"], ["x"], [("", '["x", "x"] -> ["x"]')]),
        ([], ["x"], [("x", "new")]),
        ({"a": 1}, {"a": [1]}, [("a", "1 -> [1]")]),
    ],
)
def test_differences_of_blocks(before, now, lines):
    assert list_changes(before, now) == lines


def test_members_with_names_are_compared_by_name():
    cuts = [{"name": "trigger", "require": "t"}, {"name": "leptons", "require": "n > 2"}]
    harder = [cuts[0], {**cuts[1], "require": "n > 3"}]
    more = [*cuts, {"name": "met", "require": "met > 50"}]
    assert list_changes(cuts, harder) == [("leptons.require", "n > 2 -> n > 3")]
    assert list_changes(cuts, more) == [("met", "new")]
    assert list_changes(more, harder) == [
        ("leptons.require", "n > 2 -> n > 3"), ("met", "removed"),
    ]  # fmt: skip
    assert list_changes(cuts, cuts[::-1]) == [("", "order trigger, leptons -> leptons, trigger")]


def test_rows_of_a_sample_sheet_are_compared_by_sample():
    rows = [{"sample": "tt", "k_factor": 1.0}, {"sample": "WZ", "k_factor": 1.1}]
    now = deepcopy(rows)
    now[1]["k_factor"] = 1.2
    assert list_changes(rows, now) == [("WZ.k_factor", "1.1 -> 1.2")]


def test_rows_are_named_by_all_but_their_last_entry():
    rows = [["VV", "WZ", 2], ["VV", "ZZ", 1]]
    assert [place for place, _ in list_changes(rows, [rows[0], ["VV", "ZZ", 3]])] == ["VV.ZZ"]
    assert list_changes(rows, [*rows, ["tt", "tt", 4]]) == [("tt.tt", "new, 4")]
    assert list_changes(rows, rows[:1]) == [("VV.ZZ", "removed")]


def test_long_values_are_cut():
    ((_, text),) = compare({"a": "x" * LONGEST}, {"a": "y" * (LONGEST + 1)})
    before, now = text.split(" -> ")
    assert before == "x" * LONGEST
    assert now == "y" * (LONGEST - 3) + "..."


def pick_leaf(block, draw):
    """Path to a value in nested mappings."""
    place = ()
    while isinstance(block, dict) and block:
        key = draw(st.sampled_from(sorted(block)))
        place, block = (*place, key), block[key]
    return place, block


@given(block=NESTED, data=st.data())
def test_one_edit_gives_one_line_at_its_place(block, data):
    place, old = pick_leaf(block, data.draw)
    new = data.draw(SCALARS.filter(lambda value: value != old))
    edited = deepcopy(block)
    parent = edited
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = new
    assert list(compare(block, deepcopy(block))) == []
    assert [found for found, _ in compare(block, edited)] == [place]


SETTINGS = {
    "seed": ("seed", 1),
    "shard.seed": ("seed", 1),
    "frame.signals": ("selections.lep.signals", ["s"]),
    "cuts": ("selections.lep.cuts", {"pt": 20}),
}
REQUEST = Request(
    settings=write_settings(SETTINGS),
    modules={"train.py": "01", "rapidmass.models.training.train": "02"},
    versions={"numpy": "2.4.6", "torch": "2.13.0"},
    products={"results/a.json": "03"},
    files={"b.root": "1-04"},
)


def describe(**changes):
    now = replace(REQUEST, **changes)
    return describe_changes(json.loads(json.dumps(REQUEST.describe())), now)


def edit_settings(**changes):
    return describe(settings=write_settings({**SETTINGS, **changes}))


def test_without_a_change_there_is_nothing_to_say():
    assert describe() == []


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"seed": ("seed", 2), "shard.seed": ("seed", 2)}, "seed: 1 -> 2"),
        ({"cuts": ("selections.lep.cuts", {"pt": 30})}, "selections.lep.cuts.pt: 20 -> 30"),
        (
            {"frame.signals": ("selections.lep.signals", ["s", "u"])},
            "selections.lep.signals.u: new",
        ),
        ({"bins": ("scan.bins", 5)}, "scan.bins: new, 5"),
    ],
)
def test_settings_are_told_by_their_places_in_the_configuration(changes, line):
    assert edit_settings(**changes) == [line]


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        (
            {"modules": {"train.py": "0f", "rapidmass.models.training.epochs": "05"}},
            [
                "library module rapidmass.models.training.epochs used now",
                "library module rapidmass.models.training.train used no longer",
                "script train.py changed",
            ],
        ),
        (
            {"versions": {"numpy": "2.4.7", "awkward": "2.14.0"}},
            [
                "package awkward: not used -> 2.14.0",
                "package numpy: 2.4.6 -> 2.4.7",
                "package torch: 2.13.0 -> not used",
            ],
        ),
        ({"files": {"b.root": "1-05"}}, ["file b.root has other content"]),
        ({"files": {"c.root": "1-04"}}, ["file b.root removed", "file c.root new"]),
        ({"products": {"results/a.json": "06"}}, ["results/a.json is made in another way"]),
        (
            {"products": {"results/c.json": "03"}},
            ["results/a.json no longer goes in", "results/c.json goes in as well"],
        ),
    ],
)
def test_code_versions_files_and_products(changes, lines):
    assert describe(**changes) == lines


def test_inputs_are_told_of_only_where_nothing_else_changed():
    other = {"products": {"results/a.json": "06"}}
    assert describe(**other, versions={"numpy": "2.4.7", "torch": "2.13.0"}) == [
        "package numpy: 2.4.6 -> 2.4.7"
    ]


def test_a_setting_that_is_taken_from_another_key_names_both():
    lines = edit_settings(cuts=("selections.all.cuts", {"pt": 20}))
    assert lines == ["selections.lep.cuts: removed", "selections.all.cuts: new"]


def test_several_kinds_of_changes_are_all_told():
    assert describe(settings=write_settings({**SETTINGS, "seed": ("seed", 2)}), files={}) == [
        "seed: 1 -> 2", "file b.root removed",
    ]  # fmt: skip
