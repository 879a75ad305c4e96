"""Sequences: which members have a slot, in which order, and what is said of them."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapidmass.columnar.event_variables import EventVariables
from rapidmass.columnar.four_vectors import FourVectors, count_offsets
from rapidmass.representations.registry import make_representation
from rapidmass.representations.sequence.representation import LEFT_OUT

FEATURES = [["distance", "dr(track, jet[0])"], ["pt", "track.pt"], ["s", "track.s"]]


class Jets:
    """Jets with tracks, each (pt, eta, phi, s), by falling pT."""

    def __init__(self, jets):
        tracks = [sorted(jet, key=lambda track: -track[0]) for jet in jets]
        flat = np.array([track for jet in tracks for track in jet], np.float64).reshape(-1, 4)
        pt, eta, phi, s = flat.T
        offsets = count_offsets(np.array([len(jet) for jet in tracks]))
        ones = np.ones(len(jets))
        self.objects = {
            "track": FourVectors(offsets, pt, eta, phi, 0 * pt, {"s": s}),
            "jet": FourVectors(np.arange(len(jets) + 1), 100 * ones, *(0 * ones,) * 3),
        }
        self.met = self.met_phi = 0 * ones
        self.met_attributes = {}
        self.trigger = ones > 0

    def __len__(self):
        return len(self.met)


def make(**changes):
    description = {"kind": "sequence", "object": "track", "length": 3, "features": FEATURES}
    return make_representation({**description, **changes})


def show(jets, **changes):
    """Slots of shape (jets, slots, features), NaN where absent, and members that have none."""
    sequence, events = make(**changes), Jets(jets)
    table = pa.table(sequence.encode(events, EventVariables(events, ["track"], {})))
    x = sequence.decode(table).fill(padding=np.nan)
    return x.reshape(len(jets), *sequence.shape), table[LEFT_OUT].to_pylist()


JET = [(5, 0.1, 0.0, -4.0), (9, 0.3, 0.4, 1.0), (2, 0.0, 0.2, 3.0), (1, 0.0, 0.0, 0.5)]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({}, [9, 5, 2]),
        ({"by": "track.s"}, [2, 9, 1]),
        ({"by": "abs(track.s)"}, [5, 2, 9]),
        ({"by": "track.s", "ascending": True}, [5, 1, 9]),
        ({"by": "n_track"}, [9, 5, 2]),
    ],
)
def test_members_come_in_order(order, expected):
    x, left_out = show([JET, [], JET[:2]], **order)
    assert x[0, :, 1].tolist() == expected
    assert np.isnan(x[1]).all()
    assert np.isnan(x[2, 2]).all()
    assert left_out == [1, 0, 0]


def test_features_are_those_of_the_member():
    x, _ = show([JET], by="track.pt")
    np.testing.assert_allclose(x[0, :, 0], [0.5, 0.1, 0.2], rtol=1e-6)
    assert x[0, :, 2].tolist() == [1.0, -4.0, 3.0]


tracks = st.tuples(
    st.floats(0.5, 200), st.floats(-2, 2), st.floats(-3, 3), st.floats(-50, 50, width=32)
)
jets = st.lists(st.lists(tracks, max_size=8, unique_by=lambda track: track[3]), max_size=6)


@given(jets)
@settings(max_examples=50, deadline=None)
def test_sequences_are_those_of_a_loop(found):
    x, left_out = show(found, by="track.s")
    for row, jet, rest in zip(x, found, left_out, strict=True):
        expected = sorted((track[3] for track in jet), reverse=True)
        assert row[: len(expected), 2].tolist() == expected[:3]
        assert np.isnan(row[len(expected) :]).all()
        assert rest == max(len(jet) - 3, 0)


@given(st.permutations(JET))
@settings(max_examples=20, deadline=None)
def test_a_drawn_order_is_that_of_the_members_wherever_they_stand(jet):
    first, _ = show([JET], shuffled=True)
    second, _ = show([[], jet], shuffled=True)
    np.testing.assert_array_equal(first[0], second[1])


def test_a_drawn_order_has_no_preference():
    rng = np.random.default_rng(1)
    many = [[(10.0 - k, *rng.uniform(-1, 1, 2), float(k)) for k in range(3)] for _ in range(3000)]
    x, _ = show(many, shuffled=True)
    first = np.bincount(x[:, 0, 2].astype(int), minlength=3)
    assert np.abs(first - 1000).max() < 5 * math.sqrt(3000 * 2 / 9)


def test_absent_features_leave_the_others():
    jet = [(5, 0, 0, math.nan), (4, 0, 0, 2.0)]
    sequence, events = make(), Jets([[], jet, JET])
    table = pa.table(sequence.encode(events, EventVariables(events, ["track"], {})))
    encoded = sequence.decode(table)
    mask = np.empty((3, 9), np.float32)
    x = encoded.fill(padding=-1.0, bounds=(-2, 4.5), mask=mask)
    assert x[1].tolist() == [0, 4.5, -1, 0, 4, 2, -1, -1, -1]
    assert mask[1].tolist() == [1, 1, 0, 1, 1, 1, 0, 0, 0]
    assert mask.sum(axis=1).tolist() == [0, 5, 9]
    scale, shift = np.full(9, 2, np.float32), np.full(9, 1, np.float32)
    picked = encoded.take(np.array([1, 0])).fill(
        features=np.array([5, 1]), scale=scale, shift=shift
    )
    assert picked.tolist() == [[5, 11], [0, 0]]
    blocks = [some.fill() for _, some in encoded.iterate_blocks(2)]
    np.testing.assert_array_equal(np.concatenate(blocks), encoded.fill())
    broken = encoded.map_values(lambda v: np.where(v == -4, np.inf, v))
    assert broken.find_invalid() == (2, math.inf)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"features": [["s", "1 / track.s"]]}, "feature s of a member of entry 1 is inf"),
        ({"by": "log(track.s)"}, "the order of a member of entry 1 is -inf"),
        ({"features": [["s", "jet.pt"]]}, "members on one side"),
        ({"features": [["s", "track"]]}, "a number is needed"),
    ],
)
def test_numbers_that_members_do_not_have_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        show([[], [(3, 0, 0, 0.0), (2, 0, 0, 1.0)]], **changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"features": []}, "needs a slot and a feature"),
        ({"length": 0}, "needs a slot"),
        ({"length": 40000}, "take fewer slots"),
        ({"features": [["a", "track.s"]] * 2}, "a is listed twice"),
        ({"by": "track.s", "shuffled": True}, "not both"),
        ({"ascending": True}, "ascending needs"),
        ({"by": "track.s +"}, "cannot be parsed"),
    ],
)
def test_impossible_sequences_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        make(**changes)


def test_names_and_scales():
    sequence = make(length=2)
    assert sequence.element_names == ("distance_0", "pt_0", "s_0", "distance_1", "pt_1", "s_1")
    assert sequence.scale_groups.tolist() == [0, 1, 2] * 2
    assert sequence.objects == ("track",)
    assert make_representation(sequence.describe()) == sequence
