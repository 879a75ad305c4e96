"""Event keys: fixed for ever, uniform, independent of order, independent between salts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.storage.event_keys import derive_seed, draw_uniform, hash_text, make_event_keys, mix

N = 200_000
RUN = np.zeros(N, dtype=np.int64)
EVENT = np.arange(N, dtype=np.uint64)


def test_published_values_of_the_hash_functions():
    # FNV-1a test vectors, and the first outputs of splitmix64 for the seed 0
    assert hash_text("") == 0xCBF29CE484222325
    assert hash_text("a") == 0xAF63DC4C8601EC8C
    assert hash_text("foobar") == 0x85944171F73967E8
    assert int(mix(np.array([0], dtype=np.uint64))[0]) == 0xE220A8397B1DCDAF


def test_keys_are_what_they_were():
    """A change here moves every event to another megaset in everybody's analysis."""
    keys = make_event_keys(1, "ttbar", np.array([284500]), np.array([42], dtype=np.uint64))
    assert keys.tolist() == [9159165880032088255]


def test_keys_are_unique_and_uniform():
    keys = make_event_keys(3, "Zee", RUN, EVENT)
    assert len(np.unique(keys)) == N
    counts = np.bincount((keys >> np.uint64(60)).astype(int), minlength=16)
    chi2 = ((counts - N / 16) ** 2 / (N / 16)).sum()
    assert chi2 < 45  # 15 degrees of freedom, p < 1e-4


def test_seed_sample_run_and_event_all_matter():
    base = make_event_keys(3, "Zee", RUN[:10], EVENT[:10])
    for other in (
        make_event_keys(4, "Zee", RUN[:10], EVENT[:10]),
        make_event_keys(3, "Zmm", RUN[:10], EVENT[:10]),
        make_event_keys(3, "Zee", RUN[:10] + 1, EVENT[:10]),
        make_event_keys(3, "Zee", RUN[:10], EVENT[:10] + np.uint64(10)),
    ):
        assert not set(base.tolist()) & set(other.tolist())


@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**64 - 1))
def test_any_run_and_event_number_works(run, event):
    keys = make_event_keys(1, "x", np.array([run]), np.array([event], dtype=np.uint64))
    assert keys.dtype == np.uint64


def test_salts_are_independent():
    keys = make_event_keys(3, "Zee", RUN, EVENT)
    a, b = draw_uniform(keys, "test"), draw_uniform(keys, "validation")
    place = keys / 2.0**64
    assert a.min() >= 0
    assert a.max() < 1
    for x, y in ((a, b), (a, place), (b, place)):
        assert abs(np.corrcoef(x, y)[0, 1]) < 5 / np.sqrt(N)


def test_seeds_of_jobs_differ():
    seeds = {derive_seed(1, "generator", name, part) for name in "abc" for part in range(100)}
    assert len(seeds) == 300
    assert all(1 <= seed <= 2**31 - 2 for seed in seeds)
    assert derive_seed(1, "a", 2) != derive_seed(1, "a", 3) != derive_seed(2, "a", 3)
