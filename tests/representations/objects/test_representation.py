"""Objects of several types: which have a slot, and what is said of them."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapidmass.columnar.event_variables import EventVariables
from rapidmass.columnar.four_vectors import FourVectors, count_offsets
from rapidmass.representations.registry import make_representation

BLOCKS = [
    ["ele", 2, [["pt", "ele.pt"], ["turn", "dphi(ele, met)"]]],
    ["met", 1, [["pt", "met"]]],
    ["jet", 3, [["pt", "jet.pt"], ["eta", "jet.eta"], ["share", "jet.pt / met"]]],
]


class Collisions:
    """Events with electrons and jets, each (pt, eta, phi); MET is 50 GeV at the azimuth 1."""

    def __init__(self, events):
        self.objects = {}
        for place, name in enumerate(("ele", "jet")):
            ordered = [sorted(event[place], key=lambda one: -one[0]) for event in events]
            flat = np.array([one for event in ordered for one in event], np.float64)
            pt, eta, phi = flat.reshape(-1, 3).T
            offsets = count_offsets(np.array([len(event) for event in ordered], np.int64))
            self.objects[name] = FourVectors(offsets, pt, eta, phi, 0 * pt)
        self.met = np.full(len(events), 50.0)
        self.met_phi = np.ones(len(events))
        self.met_attributes = {}
        self.trigger = self.met > 0

    def __len__(self):
        return len(self.met)


def show(events, blocks=BLOCKS):
    """Slots of shape (events, slots, features), NaN where absent."""
    shown, found = make_representation({"kind": "objects", "blocks": blocks}), Collisions(events)
    variables = EventVariables(found, ["ele"], {"jet": 3})
    x = shown.decode(pa.table(shown.encode(found, variables))).fill(padding=np.nan)
    return x.reshape(len(events), *shown.shape)


def test_types_come_one_after_the_other_with_the_features_that_they_have():
    x = show([([(30, 0, 2.0)], [(90, -1.5, 0), (20, 0.5, 0)]), ([], [])])
    nan = math.nan
    expected = [
        [30, 1, nan, nan], [nan] * 4, [50, nan, nan, nan],
        [90, nan, -1.5, 1.8], [20, nan, 0.5, 0.4], [nan] * 4,
    ]  # fmt: skip
    np.testing.assert_allclose(x[0], expected, rtol=1e-6)
    empty = np.full((6, 4), nan)
    empty[2, 0] = 50
    np.testing.assert_array_equal(x[1], empty)


one = st.tuples(st.floats(1, 500), st.floats(-2, 2), st.floats(-3, 3))
some = st.lists(one, max_size=5, unique_by=lambda found: found[0])


@given(st.lists(st.tuples(some, some), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_the_hardest_objects_have_slots(events):
    x = show(events)
    for row, (electrons, jets) in zip(x, events, strict=True):
        for slots, found, length in ((row[:2], electrons, 2), (row[3:], jets, 3)):
            pt = sorted((one[0] for one in found), reverse=True)[:length]
            np.testing.assert_array_equal(slots[: len(pt), 0], np.float32(pt))
            assert np.isnan(slots[len(pt) :]).all()


def test_a_feature_that_is_not_a_number_is_absent_and_an_infinite_one_is_refused():
    blocks = [["jet", 1, [["a", "sqrt(jet.eta)"], ["pt", "jet.pt"]]]]
    with np.errstate(invalid="ignore"):
        x = show([([], [(60, -1, 0)]), ([], [(60, 4, 0)])], blocks)
    assert np.isnan(x[0, 0, 0])
    assert x[:, 0].ravel()[1:].tolist() == [60, 2, 60]
    blocks[0][2][0][1] = "log(jet.eta)"
    with (
        np.errstate(divide="ignore"),
        pytest.raises(ValueError, match="feature a of jet of a member of entry 1 is -inf"),
    ):
        show([([], []), ([], [(60, 0, 0)])], blocks)
    blocks[0][2][0][1] = "ele.pt"
    with pytest.raises(ValueError, match=r"feature a of jet, .ele\.pt.: event 0 has 1"):
        show([([(9, 0, 0)], [])], blocks)


PT = [["pt", "jet.pt"]]


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ([], "name a type of objects"),
        ([["jet", 1, PT]] * 2, "type of objects jet is listed twice"),
        ([["jet", 1, PT * 2]], "feature of jet pt is listed twice"),
        ([["jet", 0, PT]], "jet needs a slot and a feature"),
        ([["jet", 1, []]], "jet needs a slot and a feature"),
        ([["met", 2, [["pt", "met"]]]], "met has one slot, not 2"),
        ([["jet", 70000, PT]], "take fewer slots"),
        ([["jet", 1, [["pt", "jet.pt +"]]]], "cannot be parsed"),
    ],
)
def test_impossible_objects_are_refused(blocks, message):
    with pytest.raises(ValueError, match=message):
        make_representation({"kind": "objects", "blocks": blocks})


def test_names_and_scales():
    shown = make_representation({"kind": "objects", "blocks": BLOCKS[:2]})
    assert shown.element_names == (
        "pt_ele0", "turn_ele0", "pt_ele1", "turn_ele1", "pt_met0", "turn_met0",
    )  # fmt: skip
    assert shown.scale_groups.tolist() == [0, 1, 0, 1, 2, 3]
    assert shown.objects == ("ele",)
    assert shown.shape == (3, 2)
