"""Events in the order of their scores, in pieces."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rapidmass.scores.ordered import open_ordered, order_events
from rapidmass.scores.read import ScoredEvents, join_events


def make_events(score, rng):
    n = len(score)
    return ScoredEvents(
        key=rng.integers(0, 2**64, n, dtype=np.uint64),
        channel=rng.choice(["A", "longer"], n),
        score=score,
        weight=rng.normal(1, 1, n),
        variables={"met": rng.exponential(30, n).astype(np.float32)},
    )


def cut(events, rows):
    return [events.select(np.arange(k, min(k + rows, len(events.key))))
            for k in range(0, len(events.key), rows)] or [events]  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(
    n=st.integers(0, 400),
    rows=st.integers(1, 150),
    each=st.integers(1, 100),
    rounded=st.booleans(),
    kind=st.sampled_from([np.float32, np.float64]),
    seed=st.integers(0, 99),
)
def test_pieces_are_the_events_in_order(tmp_path_factory, n, rows, each, rounded, kind, seed):
    rng = np.random.default_rng(seed)
    score = rng.normal(0, 10.0 ** rng.integers(-3, 4), n)
    events = make_events((np.round(score) if rounded else score).astype(kind), rng)
    folder = tmp_path_factory.mktemp("pieces")
    with open_ordered(lambda: cut(events, rows), folder, each) as pieces:
        found = list(pieces)
    assert not list(folder.iterdir())
    edges = [(piece.score[0], piece.score[-1]) for piece in found if len(piece.score)]
    assert all(last < first for (_, last), (first, _) in pairwise(edges))
    (whole,), joined = order_events(events), join_events(found)
    np.testing.assert_array_equal(joined.score, whole.score)
    # equal scores may come in another order
    own, other = (np.lexsort((some.key, some.score)) for some in (joined, whole))
    for name in ("key", "channel", "weight"):
        np.testing.assert_array_equal(getattr(joined, name)[own], getattr(whole, name)[other])
    np.testing.assert_array_equal(joined.variables["met"][own], whole.variables["met"][other])


def test_pieces_are_about_as_large_as_asked_for(tmp_path):
    """However scores are distributed: none is much larger than the others."""
    rng = np.random.default_rng(1)
    events = make_events(rng.lognormal(0, 3, 20_000).astype(np.float32), rng)
    with open_ordered(lambda: cut(events, 3000), tmp_path, 2500) as pieces:
        sizes = [len(piece.score) for piece in pieces]
    assert sum(sizes) == 20_000
    assert max(sizes) < 1.5 * 2500
