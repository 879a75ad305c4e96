"""Efficiencies, resolutions and missing momentum, in real events."""

import numpy as np
import pytest

from rapidmass.generator.detector import (
    find_leptons,
    isolate_leptons,
    measure_met,
    remove_overlap,
    set_isolation,
)
from rapidmass.generator.particles import BOTTOM, INVISIBLE, PROMPT, flatten_particles
from rapidmass.generator.pythia import EventSource
from rapidmass.generator.tables import JET, LEPTON


@pytest.fixture(scope="module")
def top_pairs(processes, settings):
    return flatten_particles(EventSource(processes["tt2l"], settings, seed=9).take_batch(400)[0])


@pytest.fixture(scope="module")
def leptons(top_pairs):
    rng = np.random.default_rng(1)
    found = find_leptons(top_pairs, rng)
    isolate_leptons(found, top_pairs, rng)
    return found


def test_leptons_are_measured_well(leptons):
    prompt = leptons[leptons["origin"] == PROMPT]
    residual = prompt["pt"] / prompt["true_pt"] - 1
    for flavour, width in ((1, 0.02), (2, 0.025)):
        values = residual[prompt["flavour"] == flavour]
        assert np.median(values) == pytest.approx(0, abs=0.005)
        assert 0.5 * width < np.median(np.abs(values)) / 0.6745 < 1.5 * width


def test_most_prompt_leptons_are_found_isolated_and_at_the_collision(top_pairs, leptons):
    true = (top_pairs.origin == PROMPT) & (top_pairs.pt > 20) & (np.abs(top_pairs.eta) < 2.4)
    prompt = leptons[(leptons["origin"] == PROMPT) & (leptons["true_pt"] > 20)]
    assert 0.85 < np.isin(np.flatnonzero(true), prompt["particle"]).mean() < 0.97
    assert prompt["isolated"].mean() > 0.93
    assert np.std(prompt["d0_significance"]) == pytest.approx(1, abs=0.15)
    assert np.mean(np.abs(prompt["z0_sin_theta"]) < 0.5) > 0.99


def test_leptons_of_heavy_hadrons_are_neither(leptons):
    bottom = leptons[leptons["origin"] == BOTTOM]
    assert len(bottom) > 30
    assert bottom["isolated"].mean() < 0.4
    assert np.median(np.abs(bottom["d0_significance"])) > 2


def test_identification_working_points_are_nested(leptons):
    assert np.all(leptons["loose"] >= leptons["medium"])
    assert np.all(leptons["medium"] >= leptons["tight"])
    electrons = leptons[(leptons["flavour"] == 1) & (leptons["origin"] == PROMPT)]
    assert 0.7 < electrons["tight"].mean() < 0.95
    assert np.all(leptons["tight"][leptons["flavour"] == 2])


def test_missing_momentum_follows_the_neutrinos(top_pairs, leptons):
    met, phi = measure_met(top_pairs, leptons, np.zeros(0, JET), np.random.default_rng(2))
    gone = top_pairs.kind == INVISIBLE
    x, y = (
        np.bincount(top_pairs.event[gone], weights=p[gone], minlength=len(met))
        for p in (top_pairs.px, top_pairs.py)
    )
    difference = np.concatenate([met * np.cos(phi) - x, met * np.sin(phi) - y])
    # soft term of 12 GeV, and the tails of lost muons
    assert np.median(np.abs(difference)) / 0.6745 == pytest.approx(13, abs=3)


def test_isolation_cuts():
    leptons = np.zeros(3, LEPTON)
    leptons["flavour"], leptons["pt"] = 1, 100
    tracks, calorimeter = np.array([0.0, 20.0, 0.0]), np.array([0.0, 0.0, 30.0])
    set_isolation(leptons, tracks, calorimeter, np.random.default_rng(1))
    assert leptons["isolated"].tolist() == [True, False, False]


def test_overlap_cone_shrinks_with_momentum():
    leptons, jets = np.zeros(4, LEPTON), np.zeros(1, JET)
    jets["event"] = 1
    leptons["event"] = [0, 1, 1, 1]
    leptons["pt"] = [15, 15, 200, 200]
    leptons["eta"] = [0, 0.3, 0.3, 0.05]
    remove_overlap(leptons, jets)
    assert leptons["pass_overlap"].tolist() == [True, False, True, False]
