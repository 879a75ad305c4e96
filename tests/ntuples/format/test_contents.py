"""A digest of events is that of their copies, and of no other events."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapidmass.columnar.four_vectors import KINEMATICS, FourVectors
from rapidmass.ntuples.format.contents import Contents
from rapidmass.storage.content_digests import join_contents
from synthetic_events import make_events

EVENTS, _ = make_events(300)


def digest(*pieces, has_numbers=False):
    contents = Contents(has_numbers=has_numbers)
    for piece in pieces:
        contents.add(piece)
    return contents.text


def digest_piece(events, has_numbers):
    contents = Contents(has_numbers=has_numbers)
    contents.add(events)
    return contents.piece_text


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 300), max_size=5), st.randoms(use_true_random=False))
def test_neither_chunks_nor_order_matter(cuts, random):
    rows = list(range(300))
    random.shuffle(rows)
    edges = [0, *sorted(cuts), 300]
    pieces = [EVENTS[np.array(rows[low:high], dtype=np.int64)] for low, high in pairwise(edges)]
    assert digest(*pieces) == digest(EVENTS)
    for has_numbers in (False, True):
        split = [digest_piece(piece, has_numbers) for piece in pieces]
        assert join_contents(split) == digest(EVENTS, has_numbers=has_numbers)


def test_other_events_have_another_one():
    found = {digest(EVENTS), digest(EVENTS[:299]), digest(EVENTS, EVENTS[:1])}
    for name in ("met", "met_phi", "generator_weight"):
        found.add(digest(change(name, getattr(EVENTS, name) * 1.0000001)))
    found.add(digest(change("objects", {**EVENTS.objects, "ele": EVENTS.objects["muo"]})))
    found.add(digest(change("met", EVENTS.met[np.r_[1, 0, 2:300]])))
    assert len(found) == 8


@pytest.mark.parametrize("key", KINEMATICS)
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_other_momenta_have_another_one(key, kind):
    """As files store them, of events that agree in all else."""
    jets = EVENTS.objects["ljet"]
    columns = {name: getattr(jets, name).astype(kind).astype(np.float64) for name in KINEMATICS}
    found = set()
    for _ in range(2):
        vectors = replace(jets, **columns)
        found.add(digest(change("objects", {**EVENTS.objects, "ljet": vectors})))
        columns[key][7] = np.nextafter(columns[key][7].astype(kind), kind(0))
    assert len(found) == 2


def test_objects_of_no_momentum_count():
    one = FourVectors(np.array([0, 1]), *np.zeros((4, 1)))
    two = FourVectors(np.array([0, 2]), *np.zeros((4, 2)))
    event = EVENTS[:1]
    found = {digest(change("objects", {"ele": vectors}, event)) for vectors in (one, two)}
    assert len(found) == 2


@pytest.mark.parametrize("name", ["run", "event", "dataset"])
def test_numbers_matter_where_events_have_them(name):
    other = change(name, getattr(EVENTS, name) + 1)
    assert digest(other) == digest(EVENTS)
    assert digest(other, has_numbers=True) != digest(EVENTS, has_numbers=True)


def test_events_of_which_nothing_is_known_are_no_copies():
    assert digest() is None
    assert digest(EVENTS[:0]) is None
    bare = {name: vectors.select(vectors.pt < 0) for name, vectors in EVENTS.objects.items()}
    assert digest(change("objects", bare)) is not None
    without = change("objects", bare)
    assert digest(change("met", np.zeros(300), without)) is None


def change(name, value, events=EVENTS):
    fields = {key: getattr(events, key) for key in events.__dataclass_fields__}
    return type(events)(**{**fields, name: value})
