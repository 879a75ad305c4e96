"""Where leptons come from, in real events."""

import numpy as np
import pytest

from rapidmass.config.inputs.processes import Process
from rapidmass.generator.particles import (
    BOTTOM,
    CHARM,
    ELECTRON,
    INVISIBLE,
    LIGHT,
    MUON,
    PROMPT,
    TAU,
    find_born_mass,
    find_heaviest_quark,
    flatten_particles,
    is_hadron,
)
from rapidmass.generator.pythia import EventSource


@pytest.fixture(scope="module")
def top_pairs(processes, settings):
    return flatten_particles(EventSource(processes["tt2l"], settings, seed=8).take_batch(150)[0])


@pytest.fixture(scope="module")
def z_events(processes, settings):
    return flatten_particles(EventSource(processes["Zmm"], settings, seed=8).take_batch(150)[0])


def test_z_decays_to_two_prompt_muons_of_opposite_charge(z_events):
    muons = (z_events.origin == PROMPT) & (z_events.kind == MUON)
    assert np.all(np.bincount(z_events.event[muons], minlength=150) == 2)
    signs = np.sign(z_events.pdg_id[muons])
    assert np.all(np.bincount(z_events.event[muons], weights=signs) == 0)


def test_leptons_of_taus_are_told_apart(processes, settings):
    batch = EventSource(processes["Ztt2l"], settings, seed=8).take_batch(60)[0]
    particles = flatten_particles(batch)
    from_tau = particles.origin == TAU
    assert np.all(np.bincount(particles.event[from_tau], minlength=60) == 2)
    assert not np.any(particles.origin == PROMPT)


# What Pythia makes electrons and muons of: cards, and how many leptons an event has.
NEW = {
    "leptoquarks": (
        ["LeptoQuark:gg2LQLQbar = on", "42:m0 = 800.", "42:onMode = off", "42:onIfAny = 11"], 2,
    ),
    "doubly_charged_higgs_bosons": (
        ["LeftRightSymmmetry:ffbar2HLHL = on", "9900041:m0 = 500.", "9900041:onMode = off",
         "9900041:onIfMatch = 13 13"], 4,
    ),
    "heavy_neutrinos": (
        ["LeftRightSymmmetry:ffbar2WR = on", "9900024:m0 = 1500.", "9900024:onMode = off",
         "9900024:onIfAny = 9900012", "9900012:m0 = 300.", "9900012:oneChannel = 1 1.0 0 11 -1 2"],
        2,
    ),
    "excited_electrons": (
        ["ExcitedFermion:qqbar2eStare = on", "4000011:m0 = 800.", "4000011:onMode = off",
         "4000011:onIfAny = 22"], 2,
    ),
    "fourth_generation": (
        ["FourthBottom:gg2bPrimebPrimebar = on", "7:m0 = 600.", "7:onMode = off", "7:onIfAny = 24",
         "24:onMode = off", "24:onIfAny = 11 13"], 4,
    ),
    "photons_that_collide": (["PhotonCollision:gmgm2mumu = on", "PhaseSpace:mHatMin = 50."], 2),
}  # fmt: skip


@pytest.mark.parametrize("name", NEW)
def test_leptons_of_anything_but_hadrons_are_prompt(settings, name):
    cards, leptons = NEW[name]
    process = Process(cards=tuple(cards), dataset_number=1)
    particles = flatten_particles(EventSource(process, settings, seed=3).take_batch(12)[0])
    prompt = particles.origin == PROMPT
    assert np.bincount(particles.event[prompt], minlength=12).tolist() == [leptons] * 12
    assert not np.any(particles.origin == TAU)
    # and those of hadrons in the same events are not
    others = np.isin(particles.kind, (ELECTRON, MUON)) & ~prompt
    assert others.any()
    assert np.all(particles.origin[others] >= BOTTOM)


def test_what_no_detector_stops_is_invisible(settings):
    """A Higgs boson that decays to dark matter, whose number no list has."""
    cards = ["HiggsSM:ffbar2HZ = on", "25:oneChannel = 1 1.0 100 52 -52", "52:m0 = 5."]
    process = Process(cards=tuple(cards), dataset_number=1)
    particles = flatten_particles(EventSource(process, settings, seed=3).take_batch(5)[0])
    dark = (np.abs(particles.pdg_id) == 52) & (particles.status > 0)
    assert dark.sum() == 10
    assert np.all(particles.kind[dark] == INVISIBLE)


def test_top_pairs_have_leptons_of_heavy_hadrons(top_pairs):
    leptons = np.isin(top_pairs.kind, (ELECTRON, MUON))
    assert np.all((top_pairs.origin > 0) == leptons)
    prompt = np.isin(top_pairs.origin, (PROMPT, TAU))
    assert np.bincount(top_pairs.event[prompt], minlength=150).max() == 2
    for origin in (BOTTOM, CHARM, LIGHT):
        assert np.any(top_pairs.origin == origin)
    # two bottom quarks with about 0.37 leptons each, directly and through charm
    assert 0.4 < np.sum(top_pairs.origin == BOTTOM) / 150 < 1.2


def test_leptons_of_heavy_hadrons_are_displaced(top_pairs):
    radius = np.hypot(top_pairs.x, top_pairs.y)
    assert radius[top_pairs.origin == PROMPT].max() < 1e-9
    assert 0.2 < np.median(radius[top_pairs.origin == BOTTOM]) < 20


def test_radiated_photons_do_not_come_from_hadrons(top_pairs):
    photons = np.flatnonzero((top_pairs.pdg_id == 22) & (top_pairs.status > 0))
    direct = is_hadron(np.abs(top_pairs.pdg_id[top_pairs.mother[photons]]))
    assert not np.any(top_pairs.radiated[photons] & direct)
    assert 0 < top_pairs.radiated.sum() < 0.1 * len(photons)


def test_momentum_is_conserved(top_pairs):
    final = top_pairs.status > 0
    energy = np.bincount(top_pairs.event[final], weights=top_pairs.energy[final])
    assert energy == pytest.approx(13000, rel=1e-6)


def test_born_mass_needs_a_z(top_pairs, z_events):
    assert np.all(find_born_mass(top_pairs) == 0)
    assert np.all(find_born_mass(z_events) > 40e3)


@pytest.mark.parametrize(
    ("pdg_id", "quark"),
    [(511, 5), (5122, 5), (20513, 5), (421, 4), (4122, 4), (10411, 4), (211, 2), (13, 0), (24, 0)],
)
def test_heaviest_quark_of_a_particle(pdg_id, quark):
    assert find_heaviest_quark(np.array([pdg_id], np.int32))[0] == quark


@pytest.mark.parametrize("pdg_id", [9900024, 1000022, 90, 23])
def test_these_are_no_hadrons(pdg_id):
    assert not is_hadron(np.array([pdg_id], np.int32))[0]
