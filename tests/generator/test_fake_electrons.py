"""Fake electrons: boosted, and unbiased all the same."""

import numpy as np
import pytest

from rapidmass.generator.fake_electrons import PROBABILITY, draw_fakes, make_fakes
from rapidmass.generator.particles import FAKE
from rapidmass.generator.tables import JET

EVENTS = 40_000


@pytest.fixture(scope="module")
def jets():
    rng = np.random.default_rng(3)
    counts = rng.poisson(1.5, EVENTS)
    table = np.zeros(counts.sum(), JET)
    table["event"] = np.repeat(np.arange(EVENTS), counts)
    table["pt"] = table["true_pt"] = rng.uniform(10, 60, len(table))
    table["eta"] = rng.uniform(-4, 4, len(table))
    return table


def is_able(jets):
    return (jets["pt"] > 15) & (np.abs(jets["eta"]) < 2.47)


@pytest.mark.parametrize("boost", [1, 10, 50, 400])
def test_weighted_yields_do_not_depend_on_the_boost(jets, boost):
    fakes, weights = draw_fakes(jets, boost, EVENTS, np.random.default_rng(boost))
    per_event = np.bincount(jets["event"][fakes], minlength=EVENTS)
    able = np.bincount(jets["event"][is_able(jets)], minlength=EVENTS)
    ones = able * PROBABILITY * (1 - PROBABILITY) ** np.maximum(able - 1, 0)
    none = (1 - PROBABILITY) ** able
    for found, expected in ((per_event == 0, none), (per_event == 1, ones)):
        values = weights * found
        error = np.sqrt(EVENTS) * values.std()
        assert values.sum() == pytest.approx(expected.sum(), abs=4 * error)


def test_boost_pays(jets):
    errors = []
    for boost in (1, 100):
        fakes, weights = draw_fakes(jets, boost, EVENTS, np.random.default_rng(1))
        one = np.bincount(jets["event"][fakes], minlength=EVENTS) == 1
        errors.append((weights * one).std())
    assert errors[1] < 0.3 * errors[0]


def test_only_central_jets_above_threshold_fake(jets):
    fakes, weights = draw_fakes(jets, 500, EVENTS, np.random.default_rng(1))
    assert np.all(is_able(jets)[fakes])
    assert np.mean(fakes[is_able(jets)]) == pytest.approx(0.5, abs=0.02)
    able = np.bincount(jets["event"][is_able(jets)], minlength=EVENTS)
    assert np.all(weights[able == 0] == 1)


def test_fakes_are_softer_than_their_jets_and_rarely_good_electrons(jets):
    chosen = jets[is_able(jets)]
    leptons = make_fakes(chosen, np.random.default_rng(2))
    share = leptons["pt"] / leptons["true_pt"]
    assert share.min() >= 0.6
    assert share.max() <= 1
    assert leptons["pt"].min() > 10
    assert 0.9 < len(leptons) / len(chosen) <= 1
    assert np.all(leptons["origin"] == FAKE)
    assert np.all(leptons["flavour"] == 1)
    assert np.mean(leptons["charge"]) == pytest.approx(0, abs=0.05)
    assert 0.05 < np.mean(leptons["tight"] & leptons["isolated"]) < 0.3
