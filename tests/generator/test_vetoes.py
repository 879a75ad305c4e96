"""Events that are generated more often than nature makes them, with the weights for it."""

import awkward as ak
import numpy as np
import pytest
from pydantic import ValidationError

from rapidmass.config.inputs.event_filters import Enrichment
from rapidmass.generator.ntuple import read_bookkeeping, read_events
from rapidmass.generator.particles import flatten_particles
from rapidmass.generator.pythia import EventSource

BINS = {"invisible": (0, 30, 60, 100, 1e6), "boson": (0, 20, 40, 80, 1e6)}  # GeV


def enrich(process, floor=0.05, **full):
    enrichment = Enrichment(floor=floor, **full)
    return process.model_copy(update={"enrichment": enrichment})


def measure(path, variable):
    """Yields per tried event in bins of MET or of the jets' momenta, variances, numbers."""
    columns = read_events(path, "Zee")
    weights = columns["genWeight"] * columns["eventWeight"]
    tried = read_bookkeeping(path)["sumOfWeights"]
    jets = ak.to_numpy(ak.sum(columns["jet"]["Pt"], axis=1))
    momenta = columns["met_Et"] if variable == "invisible" else jets
    yields, squares, numbers = (
        np.histogram(momenta, BINS[variable], weights=weights**power)[0] for power in (1, 2, 0)
    )
    return yields / tried, squares / tried**2, numbers


def find_shares(batch, invisible=200.0, bottom=np.inf):
    """Probabilities from decays of the hard process, as the event record keeps them in the end."""
    particles = flatten_particles(batch)
    pdg_id, hard = np.abs(particles.pdg_id), np.abs(particles.status) == 23
    share = hard * (np.isin(pdg_id, (12, 14, 16)) + 0.6 * (pdg_id == 15))
    x, y = (np.bincount(particles.event, v * share) for v in (particles.px, particles.py))
    largest = np.zeros(len(x))
    quark = hard & (pdg_id == 5)
    np.maximum.at(largest, particles.event[quark], particles.pt[quark])
    return np.clip(np.maximum(np.hypot(x, y) / invisible, largest / bottom) ** 2, 0.05, 1)


@pytest.mark.parametrize(
    ("name", "variable", "full"), [("WWlvlv", "invisible", 100.0), ("Zmm", "boson", 80.0)]
)
def test_spectra_agree_and_high_momenta_gain(
    processes, make_sample, tmp_path, name, variable, full
):
    plain = make_sample(processes[name], tmp_path / "plain.root", events=2500, seed=1)
    rich_process = enrich(processes[name], **{variable: full})
    rich = make_sample(rich_process, tmp_path / "rich.root", events=2500, seed=2)
    (y1, v1, n1), (y2, v2, n2) = (
        measure(tmp_path / f"{kind}.root", variable) for kind in ("plain", "rich")
    )
    assert np.all(np.abs(y1 - y2) < 4 * np.sqrt(v1 + v2))
    # for as many events made in full
    assert n2[-1] > 2 * n1[-1] > 20
    assert rich["filter_efficiency"] == pytest.approx(plain["filter_efficiency"], abs=0.05)
    assert rich["cross_section"] == pytest.approx(plain["cross_section"], rel=0.08)
    # so much more has been tried for as many events
    assert rich["sum_of_weights"] > 2 * plain["sum_of_weights"]


def test_weight_is_the_inverse_of_the_probability(processes, settings):
    process = enrich(processes["WWlvlv"], invisible=200)
    # without showers the event record has the hard process as it was
    still = ("PartonLevel:ISR = off", "PartonLevel:FSR = off", "BeamRemnants:primordialKT = off")
    process = process.model_copy(update={"cards": (*process.cards, *still)})
    batch, weights = EventSource(process, settings, seed=3).take_batch(300)
    assert np.ptp(weights) > 5
    np.testing.assert_allclose(weights, 1 / find_shares(batch), rtol=1e-6)


def test_without_enrichment_all_events_weigh_one(processes, settings):
    _, weights = EventSource(processes["WWlvlv"], settings, seed=3).take_batch(50)
    assert weights.tolist() == [1.0] * 50


def test_events_lost_later_do_not_shift_weights(processes, settings):
    # most of these miss the third boson, after their weight has been drawn
    source = EventSource(enrich(processes["WWV"], invisible=200), settings, seed=3)
    batch, weights = source.take_batch(200)
    assert source.boson_share < 0.5
    # others' weights have nothing to do with an event's neutrinos
    assert np.corrcoef(np.log(weights), -np.log(find_shares(batch)))[0, 1] > 0.25


def test_same_seed_draws_the_same_weights(processes, settings):
    drawn = [
        EventSource(enrich(processes["Zmm"], boson=200), settings, seed=seed).take_batch(40)[1]
        for seed in (4, 4, 5)
    ]
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


@pytest.mark.parametrize("full", [{"invisible": 200.0}, {"invisible": 300.0, "bottom": 150.0}])
def test_weights_know_the_recoil_of_top_pairs(processes, settings, full):
    batch, weights = EventSource(enrich(processes["tt2l"], **full), settings, seed=7).take_batch(
        500
    )
    probabilities = find_shares(batch, **full)
    # only what the shower does below 40 GeV is not known when weights are drawn
    assert np.median(np.abs(np.log(weights * probabilities))) < 0.12
    assert np.corrcoef(np.log(weights), -np.log(probabilities))[0, 1] > 0.9


STILL_PARTONS = ("HadronLevel:all = off",)


def make_partons(process, **changes):
    cards = (*process.cards, *STILL_PARTONS)
    return process.model_copy(update={"cards": cards, **changes})


def find_heavy(batch):
    """Events with a b or c quark above 8 GeV, as the record of partons keeps them."""
    particles = flatten_particles(batch)
    quark = np.isin(np.abs(particles.pdg_id), (4, 5)) & (particles.status > 0)
    hard = quark & (particles.pt > 8)
    return np.bincount(particles.event[hard], minlength=len(particles.offsets) - 1) > 0


@pytest.mark.parametrize("momenta", [{}, {"boson": 60.0, "floor": 0.3}])
def test_events_with_heavy_quarks_are_made_more_often(processes, settings, momenta):
    plain_source = EventSource(make_partons(processes["Zmm"]), settings, seed=2)
    plain = find_heavy(plain_source.take_batch(3000)[0])
    enrichment = Enrichment(light=0.1, **momenta)
    source = EventSource(make_partons(processes["Zmm"], enrichment=enrichment), settings, seed=3)
    batch, weights = source.take_batch(1500)
    heavy = find_heavy(batch)
    assert heavy.mean() > 3 * plain.mean() > 0.2
    # by flavour alone, an event weighs 1 or 10
    if not momenta:
        assert set(weights[heavy].tolist()) == {1.0}
        assert set(weights[~heavy].tolist()) == {10.0}
    shares = [plain.mean(), weights[heavy].sum() / weights.sum()]
    errors = [
        np.sqrt(shares[0] / 3000),
        np.sqrt(np.sum((weights * (heavy - shares[1])) ** 2)) / weights.sum(),
    ]
    assert abs(shares[0] - shares[1]) < 4 * np.hypot(*errors)
    assert source.tried_weight == pytest.approx(weights.sum() / source.mean_weight / 0.54, rel=0.1)
    assert source.cross_section == pytest.approx(plain_source.cross_section, rel=0.06)


@pytest.mark.parametrize(
    ("name", "enrichment"),
    [
        ("Wlnu", {"boson": 150, "floor": 0.1}),
        ("tt2l", {"bottom": 150, "floor": 0.1}),
        ("Zmm", {"light": 0.1}),
    ],
)
def test_mean_weight_of_accepted_events_is_one(processes, settings, name, enrichment):
    process = make_partons(processes[name], enrichment=Enrichment(**enrichment))
    source = EventSource(process, settings, seed=6)
    weights = source.take_batch(2000)[1]
    accepted = np.sum(weights) / source.mean_weight
    error = np.sqrt(np.sum(weights**2) / accepted - 1) / np.sqrt(accepted)
    assert error < 0.04
    assert source.mean_weight == pytest.approx(1, abs=3.5 * error)


@pytest.mark.parametrize(
    "bad",
    [{"floor": 0}, {"floor": 1.5}, {"boson": 0}, {"momentum": 5}, {"bottom": -1}, {"light": 0}],
)
def test_bad_enrichment_is_refused(bad):
    with pytest.raises(ValidationError, match=next(iter(bad))):
        Enrichment(**({"invisible": 200, "floor": 0.1} | bad))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"floor": 0.1}, "give invisible, bottom or boson a value in GeV"),
        ({"invisible": 200}, "set a lower floor"),
        ({}, "nothing is made more often; leave the block out"),
    ],
)
def test_enrichment_that_does_nothing_is_refused(settings, told):
    with pytest.raises(ValidationError, match=told):
        Enrichment(**settings)
