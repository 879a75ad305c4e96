"""Leptons of hadrons that pass for prompt ones: as often as their cones say, boosted or not."""

import numpy as np
import pytest

from rapidmass.config.inputs.event_filters import KeptLeptons
from rapidmass.config.inputs.processes import Process
from rapidmass.generator.detector import find_leptons, isolate_leptons, remove_overlap
from rapidmass.generator.jets import STORED_JET_PT, cluster_jets, smear_jets
from rapidmass.generator.nonprompt_leptons import find_nonprompt, pass_nonprompt
from rapidmass.generator.ntuple import read_events
from rapidmass.generator.particles import BOTTOM, FAKE, LIGHT, PROMPT, flatten_particles
from rapidmass.generator.pythia import EventSource
from rapidmass.generator.tables import LEPTON

EVENTS = 3000
SHARE = 0.054


@pytest.fixture
def leptons():
    table = np.zeros(40_000, LEPTON)
    table["event"] = np.arange(len(table)) // 4
    table["origin"] = np.tile([PROMPT, BOTTOM, LIGHT, FAKE], len(table) // 4)
    table["flavour"] = 2
    table["pt"] = 15
    table["pass_overlap"] = table["loose"] = True
    table["isolated"] = True
    table["d0_significance"] = 50
    return table


def test_drawn_leptons_are_isolated_and_point_to_the_collision(leptons):
    pass_nonprompt(leptons, SHARE, 1, 10_000, np.random.default_rng(1))
    bottom = leptons[leptons["origin"] == BOTTOM]
    assert bottom["isolated"].mean() == pytest.approx(SHARE, abs=0.01)
    assert np.std(bottom["d0_significance"][bottom["isolated"]]) == pytest.approx(1, abs=0.15)
    assert np.all(bottom["d0_significance"][~bottom["isolated"]] == 50)
    assert not np.any(leptons["isolated"][leptons["origin"] == LIGHT])


def test_other_leptons_are_left_alone(leptons):
    leptons["pass_overlap"][leptons["event"] < 100] = False
    weights = pass_nonprompt(leptons, SHARE, 9, 10_000, np.random.default_rng(1))
    assert np.all(weights[:100] == 1)
    untouched = np.isin(leptons["origin"], (PROMPT, FAKE)) | (leptons["event"] < 100)
    assert np.all(leptons["isolated"][untouched])
    assert np.all(leptons["d0_significance"][untouched] == 50)


@pytest.fixture(scope="module")
def found(processes, settings):
    """Leptons of real top pairs, as the cones around them say."""
    particles = flatten_particles(
        EventSource(processes["tt2l"], settings, seed=9).take_batch(EVENTS)[0]
    )
    rng = np.random.default_rng(1)
    table = find_leptons(particles, rng)
    isolate_leptons(table, particles, rng)
    jets = smear_jets(cluster_jets(particles, table["particle"][table["flavour"] == 1]), rng)
    remove_overlap(table, jets[jets["pt"] > STORED_JET_PT])
    return table


def find_passing(leptons):
    cut = np.where(leptons["flavour"] == 1, 5, 3)
    near = leptons["isolated"] & (np.abs(leptons["d0_significance"]) < cut)
    return near & find_nonprompt(leptons)


def test_cones_of_real_leptons_give_the_same_share(found):
    heavy = found["origin"] < LIGHT
    share = Process.model_fields["nonprompt_share"].default
    expected = share * np.count_nonzero(find_nonprompt(found) & heavy)
    assert expected > 5
    passing = np.count_nonzero(find_passing(found) & heavy)
    assert passing == pytest.approx(expected, abs=3.5 * np.sqrt(expected))


def test_boosted_and_unboosted_samples_agree(found):
    """Yields by the momentum of the lepton that passes, and of events with two of them."""
    rng = np.random.default_rng(5)
    bins = (10, 15, 25, 1e3)
    results = []
    for boost in (1, 9):
        samples = []
        for _ in range(300):
            leptons = found.copy()
            weights = pass_nonprompt(leptons, SHARE, boost, EVENTS, rng)
            mine = leptons[find_passing(leptons)]
            spectrum = np.histogram(mine["pt"], bins, weights=weights[mine["event"]])[0]
            two = weights @ (np.bincount(mine["event"], minlength=EVENTS) == 2)
            samples.append([*spectrum, two, weights.sum()])
        results.append((np.mean(samples, axis=0), np.var(samples, axis=0)))
    (plain, v1), (boosted, v2) = results
    assert np.all(np.abs(plain - boosted) < 4 * np.sqrt((v1 + v2) / 300))
    # the spectrum of as many events is known better
    assert np.all(v2[:3] < 0.4 * v1[:3])


def test_weights_reach_the_ntuple(processes, make_sample, tmp_path):
    process = processes["tt1lp"].model_copy(
        update={"kept_leptons": KeptLeptons(minimum=1), "fake_boost": 1, "nonprompt_boost": 9}
    )
    make_sample(process, tmp_path / "x.root", events=300)
    weights = read_events(tmp_path / "x.root", "Zee")["eventWeight"]
    used = 9 * SHARE
    passed, failed = 1 / 9, (1 - SHARE) / (1 - used)
    assert np.count_nonzero(np.isclose(weights, passed)) > 0
    assert np.count_nonzero(np.isclose(weights, failed)) > 0
    assert np.count_nonzero(weights == 1) > 150
