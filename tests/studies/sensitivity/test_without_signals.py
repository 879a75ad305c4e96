"""What speaks for a score without signals, on Gaussians."""

from dataclasses import replace
from functools import partial
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likeness import assert_alike
from rapidmass.scores import ordered
from rapidmass.scores.ordered import open_ordered, order_events
from rapidmass.scores.read import ScoredEvents
from rapidmass.studies.sensitivity import measure, pieces
from rapidmass.studies.sensitivity.beyond_met import (
    choose_axes,
    find_met_edges,
    measure_beyond_met,
    measure_shapes,
)
from rapidmass.studies.sensitivity.measure import judge_scores
from rapidmass.studies.sensitivity.tilts import STRENGTH, Tilts
from rapidmass.studies.sensitivity.without_signals import measure_channels, rank_alike

N = 40_000
RNG = np.random.default_rng(3)


def make_events(variables, score, channel=None, weight=0.5):
    n = len(score)
    channel = np.full(n, "tt") if channel is None else channel
    numbers = np.arange(n, dtype=np.uint64)
    return ScoredEvents(numbers, channel, score, np.full(n, weight), variables)


@pytest.fixture(scope="module")
def background():
    x = RNG.normal(size=N)
    # MET is any rising function of x: ranks decide; what is absent in some events is not tilted
    met, lost = np.exp(x), np.where(x > 0, x, np.nan)
    return make_events({"met": met, "m_ll": lost}, x, RNG.choice(["tt", "zz"], N, p=[0.95, 0.05]))


def measure_made_up(events, tilts):
    tilts.mark("own", lambda: [events], order_events(events), floor=10)
    return tilts.measure(floor=10)["own"]


def test_a_tilt_of_a_normal_variable_moves_it(background, tmp_path):
    """With the weight exp(t x) a unit Gaussian is one with mean t."""
    tilts = Tilts(lambda: [background], 20, seed=1, folder=tmp_path)
    weights, x = np.concatenate(list(tilts.weigh()), axis=1), background.score
    means = weights @ x / weights.sum(axis=1)
    assert np.abs(means) == pytest.approx(STRENGTH, abs=0.1)
    assert set(np.sign(means)) == {-1, 1}  # of one variable there are two directions
    assert measure_made_up(background, tilts)["number"] == 20
    best = 1 - NormalDist(STRENGTH).cdf(NormalDist().inv_cdf(0.99))
    seed = next(k for k in range(20) if np.random.default_rng(k).normal() > 0)
    rising = Tilts(lambda: [background], 1, seed=seed, folder=tmp_path)
    found = measure_made_up(background, rising)
    assert (found["median"], found["low"]) == (pytest.approx(best, abs=0.05),) * 2
    blind = measure_made_up(replace(background, score=RNG.normal(size=N)), rising)
    # 1.8 % of the events are left to a tilt, effectively: 13 of 730 pass
    assert blind["median"] < 0.025


def test_tilts_of_too_few_events_are_left_out(background, tmp_path):
    tilts = Tilts(lambda: [background], 5, seed=1, folder=tmp_path)
    assert measure_made_up(background, tilts)["number"] == 5
    nothing = {"number": 0, "median": None, "low": None}
    assert tilts.measure(floor=N) == {"own": nothing}
    tilts.mark("few", lambda: [background], order_events(background), floor=N)
    assert tilts.measure(floor=10)["few"] == nothing
    constant = replace(background, variables={"met": np.ones(N)})
    tilts = Tilts(lambda: [constant], 5, seed=1, folder=tmp_path)
    assert measure_made_up(constant, tilts) == nothing


def test_only_rare_channels_are_signals(background):
    """Channels are drawn at random: of the rare one as much passes as of the other."""
    found = measure_channels(order_events(background), ["tt", "zz", "none"], floor=10)
    assert found == {"zz": pytest.approx(0.01, abs=0.008)}
    moved = replace(background, score=background.score + 10 * (background.channel == "zz"))
    assert measure_channels(order_events(moved), ["zz"], floor=10) == {"zz": 1.0}


@given(st.dictionaries(st.sampled_from("abcdefg"), st.floats(0, 1), min_size=3))
def test_ranks_agree_with_themselves(values):
    found = rank_alike(values, values)
    assert found is None if len(set(values.values())) == 1 else found == pytest.approx(1)
    turned = rank_alike(values, {name: -value for name, value in values.items()})
    assert turned == (None if found is None else pytest.approx(-1))


def test_ranks_by_hand():
    """Spearman's 1 - 6 sum d^2 / (n (n^2 - 1)), here with d = 1, 1, 0."""
    one = {"a": 0.3, "b": 0.2, "c": 0.1, "x": 5.0}
    assert rank_alike(one, {"a": 2, "b": 9, "c": 1}) == pytest.approx(0.5)
    assert rank_alike(one, {"a": 2, "b": 9}) is None


def test_met_knows_little_beyond_met(background, tmp_path):
    x = RNG.normal(2, 1, 4000)
    signal = make_events({"met": np.exp(x)}, x)
    edges = find_met_edges(lambda: [background], tmp_path)
    assert np.log(edges) == pytest.approx(NormalDist().inv_cdf(0.5) + np.array(
        [0, 0.8416, 1.6449, 2.3263]), abs=0.05)  # fmt: skip

    def measure_one(events, signal):
        return measure_beyond_met(order_events(events), {"s": signal}, edges, floor=10)

    found = measure_one(background, signal)
    assert len(found["bins"]) == len(found["edges"]) + 1
    other = replace(background, score=RNG.normal(size=N))
    blind = replace(signal, score=RNG.normal(size=4000))
    told = replace(signal, score=RNG.normal(5, 1, 4000))
    assert measure_one(other, blind)["auc"]["s"] == pytest.approx(0.5, abs=0.03)
    beyond = measure_one(other, told)
    assert beyond["auc"]["s"] > 0.99
    assert beyond["bins"][0]["efficiency"] is None or beyond["bins"][0]["efficiency"] > 0.9
    # in the bins of MET it is nearly constant, over all of them it separates well
    assert 0.5 < found["auc"]["s"] < 0.8


def test_a_cut_on_met_moves_met_most(background, tmp_path):
    axes = choose_axes(lambda: [background], tmp_path)
    found = measure_shapes(order_events(background), axes)
    assert list(found) == ["met", "m_ll"]
    assert found["met"]["cuts"][1]["distance"] == pytest.approx(0.99, abs=0.02)


def test_pieces_give_the_same_judgement(background, tmp_path, monkeypatch):
    """Of events that are more than fit in memory, every number is the same."""
    noisy = replace(background, score=background.score + RNG.normal(size=N))
    signal = make_events({"met": np.exp(RNG.normal(2, 1, 4000))}, RNG.normal(1, 1, 4000))

    def judge():
        return judge_scores(
            {name: partial(events.cut, 7000)
             for name, events in (("own", background), ("noisy", noisy))},
            lambda _: {"s": signal}, {"noisy": "own"},
            channels=["tt", "zz"], tilts=7, floor=10, seed=1, folder=tmp_path,
        )  # fmt: skip

    whole = judge()
    for module in (measure, ordered):
        monkeypatch.setattr(module, "open_ordered", partial(open_ordered, events_per_piece=3000))
    monkeypatch.setattr(pieces, "EVENTS_AT_ONCE", 9000)
    assert_alike(judge(), whole, rel=1e-9)
