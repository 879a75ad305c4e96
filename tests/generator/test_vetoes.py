"""Events that are generated more often than nature makes them, with the weights for it."""

import awkward as ak
import numpy as np
import pytest
from pydantic import ValidationError

from rapidmass.config.inputs.generator import Enrichment
from rapidmass.generator.ntuple import read_bookkeeping, read_events
from rapidmass.generator.particles import flatten_particles
from rapidmass.generator.pythia import EventSource

BINS = {"invisible": (0, 30, 60, 100, 1e6), "boson": (0, 20, 40, 80, 1e6)}  # GeV


def enrich(process, variable, full=200.0, floor=0.05):
    enrichment = Enrichment(variable=variable, full=full, floor=floor)
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


def find_shares(batch):
    """Probabilities from the neutrinos of the hard process, as the event record keeps them."""
    particles = flatten_particles(batch)
    hard = np.isin(np.abs(particles.pdg_id), (12, 14, 16)) & (np.abs(particles.status) == 23)
    x, y = (np.bincount(particles.event, v * hard) for v in (particles.px, particles.py))
    return np.clip((np.hypot(x, y) / 200) ** 2, 0.05, 1)


@pytest.mark.parametrize(
    ("name", "variable", "full"), [("WWlvlv", "invisible", 100.0), ("Zmm", "boson", 80.0)]
)
def test_spectra_agree_and_high_momenta_gain(
    processes, make_sample, tmp_path, name, variable, full
):
    plain = make_sample(processes[name], tmp_path / "plain.root", events=2500, seed=1)
    rich_process = enrich(processes[name], variable, full)
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
    process = enrich(processes["WWlvlv"], "invisible")
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
    source = EventSource(enrich(processes["WWV"], "invisible"), settings, seed=3)
    batch, weights = source.take_batch(200)
    assert source.boson_share < 0.5
    # a shower moves the neutrinos, and others' weights have nothing to do with them
    assert np.corrcoef(np.log(weights), -np.log(find_shares(batch)))[0, 1] > 0.25


def test_same_seed_draws_the_same_weights(processes, settings):
    drawn = [
        EventSource(enrich(processes["Zmm"], "boson"), settings, seed=seed).take_batch(40)[1]
        for seed in (4, 4, 5)
    ]
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


@pytest.mark.parametrize(
    "bad", [{"floor": 0}, {"floor": 1.5}, {"full": 0}, {"variable": "momentum"}]
)
def test_bad_enrichment_is_refused(bad):
    with pytest.raises(ValidationError, match=next(iter(bad))):
        Enrichment(**({"variable": "boson", "full": 200, "floor": 0.1} | bad))
