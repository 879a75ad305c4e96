"""What speaks for a score without signals, on Gaussians."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.scores.read import ScoredEvents
from rapidmass.studies.sensitivity.beyond_met import measure_beyond_met, measure_shapes
from rapidmass.studies.sensitivity.without_signals import (
    STRENGTH,
    draw_tilts,
    measure_channels,
    measure_tilts,
    rank_alike,
)

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


def test_a_tilt_of_a_normal_variable_moves_it(background):
    """With the weight exp(t x) a unit Gaussian is one with mean t."""
    up = draw_tilts(background, 20, floor=10, seed=1)
    means = np.array([tilt @ background.score / tilt.sum() for tilt in up])
    assert np.abs(means) == pytest.approx(STRENGTH, abs=0.1)
    assert set(np.sign(means)) == {-1, 1}  # of one variable there are two directions
    found = measure_tilts(background, up, floor=10)
    assert found["number"] == 20
    best = 1 - NormalDist(STRENGTH).cdf(NormalDist().inv_cdf(0.99))
    rising = [tilt for tilt in up if tilt @ background.score > 0]
    found = measure_tilts(background, rising, floor=10)
    assert (found["median"], found["low"]) == (pytest.approx(best, abs=0.05),) * 2
    blind = measure_tilts(replace(background, score=RNG.normal(size=N)), rising, floor=10)
    # 1.8 % of the events are left to a tilt, effectively: 13 of 730 pass
    assert blind["median"] < 0.025


def test_tilts_of_too_few_events_are_left_out(background):
    assert draw_tilts(background, 5, floor=N, seed=1) == []
    assert measure_tilts(background, [], floor=10)["median"] is None


def test_only_rare_channels_are_signals(background):
    """Channels are drawn at random: of the rare one as much passes as of the other."""
    found = measure_channels(background, ["tt", "zz", "none"], floor=10)
    assert found == {"zz": pytest.approx(0.01, abs=0.008)}
    moved = replace(background, score=background.score + 10 * (background.channel == "zz"))
    assert measure_channels(moved, ["zz"], floor=10) == {"zz": 1.0}


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


def test_met_knows_little_beyond_met(background):
    x = RNG.normal(2, 1, 4000)
    signal = make_events({"met": np.exp(x)}, x)
    found = measure_beyond_met(background, {"s": signal}, floor=10)
    assert len(found["bins"]) == len(found["edges"]) + 1
    other = replace(background, score=RNG.normal(size=N))
    blind = replace(signal, score=RNG.normal(size=4000))
    told = replace(signal, score=RNG.normal(5, 1, 4000))
    assert measure_beyond_met(other, {"s": blind}, floor=10)["auc"]["s"] == pytest.approx(
        0.5, abs=0.03
    )
    beyond = measure_beyond_met(other, {"s": told}, floor=10)
    assert beyond["auc"]["s"] > 0.99
    assert beyond["bins"][0]["efficiency"] is None or beyond["bins"][0]["efficiency"] > 0.9
    # in the bins of MET it is nearly constant, over all of them it separates well
    assert 0.5 < found["auc"]["s"] < 0.8


def test_a_cut_on_met_moves_met_most(background):
    found = measure_shapes(background)
    assert list(found) == ["met", "m_ll"]
    assert found["met"]["cuts"][1]["distance"] == pytest.approx(0.99, abs=0.02)
