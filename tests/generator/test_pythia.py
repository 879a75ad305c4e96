"""Real collisions, filters and the supersymmetric spectrum."""

import numpy as np
import pytest
from pydantic import ValidationError

from rapidmass.config.inputs.generator import GeneratorSettings
from rapidmass.config.inputs.processes import read_processes
from rapidmass.config.inputs.susy_masses import SusyMasses
from rapidmass.generator.particles import CHARGED, INVISIBLE, PROMPT, flatten_particles
from rapidmass.generator.pythia import EventSource, write_slha
from sources import ROOT


def test_exact_number_of_charged_leptons(processes, settings):
    source = EventSource(processes["ZZ2l"], settings, seed=3)
    particles = flatten_particles(source.take_batch(60)[0])
    prompt = np.bincount(particles.event[particles.origin == PROMPT], minlength=60)
    # taus are charged leptons, too, and these count as such; never more than two
    assert prompt.max() == 2
    assert source.filter_efficiency == pytest.approx(0.14, abs=0.06)


def test_shower_makes_the_third_boson(processes, settings):
    source = EventSource(processes["WWV"], settings, seed=3)
    particles = flatten_particles(source.take_batch(30)[0])
    size = np.abs(particles.pdg_id)
    decays = np.isin(size[particles.mother], (23, 24)) & (size < 20)
    bosons = np.zeros(len(size), bool)
    bosons[particles.mother[decays]] = True
    assert np.bincount(particles.event[bosons], minlength=30).min() >= 3
    assert source.filter_efficiency == 1
    # the bosons are what the process is: its cross section counts only events that have them
    assert source.tried_weight == 30
    assert 0.05 < source.boson_share < 0.3
    assert 0.01 < source.cross_section < 0.04


def test_another_shower_radiates_in_another_way(settings):
    """The hard process, its cross section and the energy of an event are the same."""
    process = read_processes(ROOT / "config/jet-processes.yaml")["gluon_jets"]
    found = {}
    for shower in ("simple", "vincia"):
        own = process.model_copy(update={"shower": shower})
        source = EventSource(own, settings, seed=3)
        particles = flatten_particles(source.take_batch(150)[0])
        assert source.tried_weight == 150
        total = np.bincount(particles.event, particles.energy * (particles.status > 0))
        np.testing.assert_allclose(total, 13000, rtol=1e-3)
        found[shower] = np.bincount(particles.event[particles.kind == CHARGED]), source
    (charged, simple), (other, vincia) = found.values()
    assert not np.array_equal(charged, other)  # without another shower the events are the same
    assert charged.mean() == pytest.approx(other.mean(), rel=0.2)
    assert vincia.cross_section == pytest.approx(simple.cross_section, rel=0.1)


def test_supersymmetric_signal_has_its_cross_section_and_missing_momentum(processes, settings):
    source = EventSource(processes["SUSY_450p300"], settings, seed=3)
    particles = flatten_particles(source.take_batch(200)[0])
    lightest = np.abs(particles.pdg_id) == 1000022
    stable = lightest & (particles.status > 0)
    assert np.all(np.bincount(particles.event[stable], minlength=200) == 2)
    assert np.all(particles.kind[stable] == INVISIBLE)
    assert particles.mass[stable] == pytest.approx(300)
    assert source.cross_section == pytest.approx(0.0527, rel=0.3)


@pytest.mark.parametrize("theory", ["DH", "LV", "EFT"])
@pytest.mark.parametrize("sector", ["light", "heavy"])
def test_dark_matter_is_invisible_beside_two_prompt_leptons(processes, settings, theory, sector):
    source = EventSource(processes[f"{theory}_{sector}_800"], settings, seed=3)
    particles = flatten_particles(source.take_batch(60)[0])
    prompt = (particles.origin == PROMPT) & (particles.pt > 6)
    first = [particles.event[prompt] == event for event in range(60)]
    masses = [find_mass(particles, np.flatnonzero(prompt)[one][:2]) for one in first if one.sum()]
    assert len(masses) > 50
    # photons that a lepton radiates are missing in some
    assert np.median(masses) == pytest.approx(800, rel=0.03)
    dark = np.isin(np.abs(particles.pdg_id), (52, 1000022)) & (particles.status > 0)
    assert np.bincount(particles.event[dark], minlength=60).min() >= 2
    assert np.all(particles.kind[dark] == INVISIBLE)


def find_mass(particles, rows):
    """Find the invariant mass of some massless particles."""
    pt, eta, phi = (getattr(particles, name)[rows] for name in ("pt", "eta", "phi"))
    energy, z = np.sum(pt * np.cosh(eta)), np.sum(pt * np.sinh(eta))
    return np.sqrt(energy**2 - np.sum(pt * np.cos(phi)) ** 2 - np.sum(pt * np.sin(phi)) ** 2 - z**2)


def test_spectrum_names_both_masses():
    text = write_slha(SusyMasses(chargino=800, neutralino=50))
    block = text[text.index("BLOCK MASS") : text.index("BLOCK NMIX")]
    masses = dict(line.split() for line in block.splitlines()[1:])
    assert {masses["1000023"], masses["1000024"]} == {"800.0"}
    assert masses["1000022"] == "50.0"
    assert float(masses["1000021"]) > 4000


def test_several_interactions_make_more_particles(processes, settings):
    several = GeneratorSettings(multi_parton_interactions=True)
    counts = [
        len(flatten_particles(EventSource(processes["Zmm"], s, seed=3).take_batch(25)[0]).pt)
        for s in (settings, several)
    ]
    assert counts[1] > 1.5 * counts[0]


@pytest.mark.parametrize(
    ("name", "mother", "mass", "children"),
    [
        ("stop_500", 1000006, 500, {1000022, 6}),
        ("slepton_300", 1000011, 300, {1000022, 11}),
        ("gluino_1200", 1000021, 1200, {1000024, 1, 2, 3, 4}),
    ],
)
def test_superpartners_decay_as_they_should(processes, settings, name, mother, mass, children):
    particles = flatten_particles(EventSource(processes[name], settings, seed=4).take_batch(40)[0])
    size = np.abs(particles.pdg_id)
    rows = np.flatnonzero(size == mother)
    assert len(rows) > 20
    assert np.median(particles.mass[rows]) == pytest.approx(mass, rel=0.02)
    born = np.isin(particles.mother, rows) & (size != mother)
    # what decays leaves: photons and gluons are radiated
    assert set(size[born].tolist()) - {21, 22} <= children
    assert children & set(size[born].tolist()) >= {max(children)}


@pytest.mark.parametrize(
    ("masses", "message"),
    [
        ({"neutralino": 100}, "give chargino, stop or slepton a mass"),
        ({"neutralino": 100, "stop": 200}, r"stop \(200 GeV\) is too light"),
        ({"neutralino": 100, "slepton": 100}, "slepton .* too light"),
        ({"neutralino": 100, "stop": 500, "gluino": 900}, "give chargino a mass"),
        ({"neutralino": 100, "chargino": 500, "gluino": 400}, "gluino .* too light"),
    ],
)
def test_superpartners_that_cannot_decay_are_refused(masses, message):
    with pytest.raises(ValidationError, match=message):
        SusyMasses(**masses)


@pytest.mark.long
def test_every_signal_of_the_gallery_is_made(processes, make_sample, tmp_path):
    gallery = [name for name, one in processes.items() if 100060 <= one.dataset_number < 100090]
    assert len(gallery) >= 16
    for name in gallery:
        made = make_sample(processes[name], tmp_path / "s.root", events=100, sample=name)
        assert made["stored"] > 20, name
