"""Jets of real events, and the performance of the flavour tagger."""

import numpy as np
import pytest

from rapidmass.generator.jets import cluster_jets, label_jets, score_jets, smear_jets
from rapidmass.generator.particles import ELECTRON, PROMPT, flatten_particles
from rapidmass.generator.pythia import EventSource
from rapidmass.generator.tables import JET

WORKING_POINTS = (4.565, 3.245, 2.195, 0.665)


@pytest.fixture(scope="module")
def top_pairs(processes, settings):
    return flatten_particles(EventSource(processes["tt2l"], settings, seed=10).take_batch(200)[0])


@pytest.fixture(scope="module")
def jets(top_pairs):
    electrons = np.flatnonzero((top_pairs.kind == ELECTRON) & (top_pairs.origin == PROMPT))
    found = cluster_jets(top_pairs, electrons)
    label_jets(found, top_pairs)
    return found


def test_top_pairs_have_two_bottom_jets(jets):
    hard = jets[(jets["pt"] > 20) & (np.abs(jets["eta"]) < 2.5)]
    bottom = np.bincount(hard["event"][hard["flavour"] == 5], minlength=200)
    assert 1.5 < bottom.mean() < 2.1
    assert np.mean(bottom > 2) < 0.1
    assert {0, 4, 5, 15} == set(jets["flavour"].tolist())


def test_jets_are_ordered_by_event_and_have_masses(jets):
    assert np.all(np.diff(jets["event"]) >= 0)
    assert np.all(jets["mass"] >= 0)
    assert np.all(jets["mass"] < jets["pt"] * np.cosh(jets["eta"]))


def test_electrons_make_no_jets(top_pairs, jets):
    every = cluster_jets(top_pairs, np.zeros(0, np.int64))
    assert every["pt"].sum() > jets["pt"].sum() + 20 * 100


def test_jets_are_measured_without_bias():
    true = np.zeros(20_000, JET)
    true["pt"] = true["true_pt"] = 100
    true["mass"] = 10
    measured = smear_jets(true, np.random.default_rng(1))
    ratio = measured["pt"] / 100
    width = np.sqrt(0.04**2 + 0.07**2 + 0.035**2)
    assert ratio.mean() == pytest.approx(1, abs=5 * width / np.sqrt(20_000))
    assert ratio.std() == pytest.approx(width, rel=0.03)
    assert measured["mass"] / measured["pt"] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("flavour", "shares"),
    [
        (5, (0.60, 0.70, 0.77, 0.85)),
        (4, (1 / 26, 1 / 9.4, 1 / 4.9, 1 / 2.7)),
        (15, (1 / 180, 1 / 44, 1 / 18, 1 / 6)),
        (0, (1 / 1900, 1 / 390, 1 / 130, 1 / 29)),
    ],
)
def test_tagger_has_the_efficiency_of_its_working_points(flavour, shares):
    number = 200_000
    jets = np.zeros(number, JET)
    jets["flavour"], jets["pt"] = flavour, 50
    score_jets(jets, np.random.default_rng(flavour))
    for cut, share in zip(WORKING_POINTS, shares, strict=True):
        error = np.sqrt(share * (1 - share) / number)
        assert np.mean(jets["score"] >= cut) == pytest.approx(share, abs=5 * error)


def test_jets_outside_the_tracker_have_no_tag():
    jets = np.zeros(50, JET)
    jets["flavour"], jets["pt"], jets["eta"] = 5, 50, -3
    score_jets(jets, np.random.default_rng(1))
    assert np.all(jets["score"] == -8)


def test_vertex_tagger_accepts_nearly_all_jets():
    jets = np.zeros(20_000, JET)
    jets["pt"] = 20
    score_jets(jets, np.random.default_rng(1))
    assert np.mean(jets["jvt"] > 0.5) == pytest.approx(0.90, abs=0.01)
    assert not np.any((jets["jvt"] > 0.11) & (jets["jvt"] < 0.59))
