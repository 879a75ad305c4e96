"""Events of the prior: what is conserved, what is drawn how often, and what seeds decide."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.stats import kstest

from rapidmass.config.inputs.prior import DAUGHTERS, Prior
from rapidmass.config.inputs.processes import Process
from rapidmass.generator.particles import CHARGED, ELECTRON, INVISIBLE, MUON, NEUTRAL, PROMPT, TAU
from rapidmass.generator.prior import record as numbers
from rapidmass.generator.prior.four_momenta import measure_mass
from rapidmass.generator.prior.source import (
    PriorSource,
    count_leptons,
    finish_events,
    flatten_record,
    make_events,
)

FREE = {"lowest_mass": 1500, "highest_mass": 2000}  # every daughter is light enough


def make(events=4000, seed=1, **prior):
    return make_events(Prior.model_validate(prior), events, np.random.default_rng(seed))


def make_process(leptons=2, **prior):
    return Process(prior=prior, dataset_number=1, filter={"charged_leptons": leptons})


def find_daughters(whole, mother_id):
    """Rows that come from particles of a kind."""
    return np.flatnonzero((whole.mother >= 0) & (np.abs(whole.pdg_id[whole.mother]) == mother_id))


@given(
    st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 300), st.integers(0, 2**32 - 1)
)
@settings(max_examples=20, deadline=None)
def test_four_momentum_is_conserved_in_every_decay(single, three, alike, recoil, seed):
    rng = np.random.default_rng(seed)
    prior = Prior.model_validate(
        {
            "production": {"single": single, "recoil": recoil},
            "decays": {"three_body": three, "alike": alike},
        }
    )
    whole = finish_events(make_events(prior, 200, rng), rng)
    born = np.flatnonzero(whole.mother >= 0)
    sums = np.zeros((len(whole), 4))
    np.add.at(sums, whole.mother[born], whole.momentum[born])
    decayed = np.unique(whole.mother[born])
    np.testing.assert_allclose(sums[decayed], whole.momentum[decayed], rtol=1e-6, atol=1e-4)
    # what a detector could see is all that has not decayed: it has no transverse momentum
    final = np.setdiff1d(np.arange(len(whole)), decayed)
    for axis in (0, 1):
        total = np.bincount(whole.event[final], whole.momentum[final, axis])
        np.testing.assert_allclose(total, 0, atol=1e-3)
    np.testing.assert_allclose(measure_mass(whole.momentum), whole.mass, atol=0.05)


def test_masses_of_new_particles_are_log_uniform():
    whole = make()
    new = whole.mass[whole.pdg_id == numbers.NEW]
    assert len(new) == 4000
    assert kstest(np.log(new / 150) / np.log(2000 / 150), "uniform").pvalue > 1e-3


def test_pairs_have_one_mass_and_the_excess_over_threshold():
    whole = make(production={"single": 0.3, "excess": 0.5})
    second = np.flatnonzero(whole.pdg_id == -numbers.NEW)
    events = whole.event[second]
    assert len(second) == pytest.approx(0.7 * 4000, abs=5 * np.sqrt(0.21 * 4000))
    np.testing.assert_array_equal(whole.mass[second], whole.mass[events])
    pair = measure_mass(whole.momentum[second] + whole.momentum[events])
    excess = pair / (2 * whole.mass[second]) - 1
    assert kstest(excess / 0.5, "expon").pvalue > 1e-3


def test_daughters_are_drawn_as_often_as_asked_for():
    whole = make(20_000, production=FREE, decays={"invisible_mass": 0.2, "alike": 0})
    daughters = np.abs(whole.pdg_id[find_daughters(whole, numbers.NEW)])
    kinds = {
        "lepton": (numbers.ELECTRON, numbers.MUON), "tau": (numbers.TAU,),
        "neutrino": (numbers.NEUTRINO,), "invisible": (numbers.INVISIBLE,),
        "light": (numbers.LIGHT,), "b": (numbers.BOTTOM,), "W": (numbers.W,), "Z": (numbers.Z,),
        "h": (numbers.HIGGS,), "t": (numbers.TOP,),
    }  # fmt: skip
    assert sum(DAUGHTERS.values()) == pytest.approx(1)
    for name, share in DAUGHTERS.items():
        found = np.isin(daughters, kinds[name]).mean()
        spread = np.sqrt(share * (1 - share) / len(daughters))
        assert found == pytest.approx(share, abs=5 * spread), name
    electrons = (daughters == numbers.ELECTRON).sum() / np.isin(daughters, kinds["lepton"]).sum()
    assert electrons == pytest.approx(0.5, abs=0.03)
    counts = np.bincount(whole.mother[find_daughters(whole, numbers.NEW)])
    three = (counts[counts > 0] == 3).mean()
    assert three == pytest.approx(0.35, abs=5 * np.sqrt(0.35 * 0.65 / (counts > 0).sum()))


@pytest.mark.parametrize("alike", [0.0, 1.0])
def test_pairs_that_decay_alike_have_opposite_charges(alike):
    whole = make(production={"single": 0, **FREE}, decays={"alike": alike})
    rows = find_daughters(whole, numbers.NEW)
    born = {}
    for row in rows:
        born.setdefault(whole.mother[row], []).append((whole.pdg_id[row], whole.mass[row]))
    second = np.flatnonzero(whole.pdg_id == -numbers.NEW)
    mirrored = [
        [(-pdg_id, mass) for pdg_id, mass in born[whole.event[row]]] == born[row] for row in second
    ]
    # two particles may decay to the same leptons by chance
    assert np.mean(mirrored) == pytest.approx(alike, abs=0.01)


def test_shares_of_leptonic_decays():
    leptons = (numbers.ELECTRON, numbers.MUON, numbers.TAU)
    whole = make(production=FREE, decays={"leptonic_w": 0.8, "leptonic_z": 0.3, "invisible_z": 0.6})
    of_w = np.abs(whole.pdg_id[find_daughters(whole, numbers.W)])
    assert np.isin(of_w, leptons).sum() / (len(of_w) / 2) == pytest.approx(0.8, abs=0.03)
    of_z = np.abs(whole.pdg_id[find_daughters(whole, numbers.Z)])
    assert np.isin(of_z, leptons).mean() == pytest.approx(0.3, abs=0.05)
    assert (of_z == numbers.NEUTRINO).mean() == pytest.approx(0.6, abs=0.05)
    # charge goes from W to lepton
    rows = find_daughters(whole, numbers.W)
    rows = rows[np.isin(np.abs(whole.pdg_id[rows]), leptons)]
    assert (np.sign(whole.pdg_id[rows]) == -np.sign(whole.pdg_id[whole.mother[rows]])).all()


def test_a_seed_decides_every_event():
    first, same, other = (
        PriorSource(make_process(), seed=seed).take_particles(500)[0] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.px, same.px)
    assert len(first.px) != len(other.px) or (first.px != other.px).any()


def test_filter_accepts_events_with_enough_leptons_alone():
    source = PriorSource(make_process(3), seed=1)
    particles, weights = source.take_particles(300)
    assert len(weights) == len(particles.offsets) - 1 == 300
    prompt = np.isin(particles.kind, (ELECTRON, MUON)) & (particles.origin == PROMPT)
    counted = prompt | (np.abs(particles.pdg_id) == numbers.TAU)
    assert np.bincount(particles.event[counted], minlength=300).min() >= 3
    assert source.tried_weight == pytest.approx(300 / source.filter_efficiency)
    # the share of all events, measured on others
    whole = make(20_000, seed=5)
    assert source.filter_efficiency == pytest.approx(
        (count_leptons(whole, 20_000) >= 3).mean(), abs=0.05
    )


def test_what_the_detector_sees():
    whole = finish_events(make(500), np.random.default_rng(2))
    particles = flatten_record(whole, 500)
    size = np.abs(particles.pdg_id)
    assert (np.diff(particles.event) >= 0).all()
    assert (particles.event[particles.mother] == particles.event).all()
    for number, kind in (
        (numbers.ELECTRON, ELECTRON), (numbers.MUON, MUON), (numbers.NEUTRINO, INVISIBLE),
        (numbers.INVISIBLE, INVISIBLE), (numbers.CHARGED_HADRON, CHARGED),
        (numbers.BOTTOM_HADRON, NEUTRAL),
    ):  # fmt: skip
        assert set(particles.kind[size == number]) == {kind}
    leptons = np.flatnonzero(particles.origin)
    from_tau = size[particles.mother[leptons]] == numbers.TAU
    np.testing.assert_array_equal(particles.origin[leptons], np.where(from_tau, TAU, PROMPT))
    # every quark became two hadrons, one with its flavour
    quarks = np.isin(np.abs(whole.pdg_id), (numbers.LIGHT, numbers.BOTTOM)).sum()
    bottoms = (np.abs(whole.pdg_id) == numbers.BOTTOM).sum()
    assert (size == numbers.BOTTOM_HADRON).sum() == bottoms
    hadronic = (np.abs(whole.pdg_id[whole.mother]) == numbers.TAU) & (whole.pdg_id == 211)
    assert (size == numbers.CHARGED_HADRON).sum() == 2 * quarks - bottoms + hadronic.sum()


def test_a_prior_without_leptons_names_the_key():
    quiet = make_process(2, decays={"daughters": {"light": 1}})
    with pytest.raises(ValueError, match=r"filter\.charged_leptons: 2.*prior\.decays\.daughters"):
        PriorSource(quiet, seed=1).take_particles(10)


def test_daughters_that_are_too_heavy_name_the_keys():
    with pytest.raises(ValueError, match=r"prior\.decays\.daughters: .* prior\.production\.lowest"):
        make(20, production={"highest_mass": 160}, decays={"daughters": {"t": 1}})


@pytest.mark.parametrize(
    ("process", "message"),
    [
        ({"cards": ["Top:all = on"], "prior": {}}, "and not both"),
        ({}, "give `cards` for Pythia, or `prior`"),
        ({"prior": {}, "filter": {"bosons": 2}}, "no other filter"),
        ({"prior": {}, "slha": {"chargino": 300, "neutralino": 100}}, "no slha"),
        ({"prior": {"production": {"lowest_mass": 900, "highest_mass": 800}}}, "must be below"),
        ({"prior": {"decays": {"daughters": {"lepton": 0}}}}, "share above 0"),
        ({"prior": {"decays": {"daughters": {"gluino": 1}}}}, "gluino"),
        ({"prior": {"decays": {"leptonic_z": 0.7, "invisible_z": 0.4}}}, "at most 1"),
    ],
)
def test_what_cannot_be_is_refused(process, message):
    with pytest.raises(ValidationError, match=message):
        Process.model_validate({"dataset_number": 1, **process})
