"""Jets: clustering, resolution, flavour tagging."""

from typing import Final

import awkward as ak
import fastjet
import numpy as np
from numpy.typing import NDArray

from rapidmass.generator.particles import (
    CHARGED,
    ELECTRON,
    NEUTRAL,
    Integers,
    Particles,
    find_heaviest_quark,
)
from rapidmass.generator.tables import JET, Table, measure_distance, pair_rows

RADIUS: Final = 0.4
_INPUT_ETA: Final = 4.9
_CLUSTERED_PT: Final = 7.0  # GeV; below, resolution does not carry a jet over MEASURED_PT
MEASURED_PT: Final = 15.0  # GeV
STORED_JET_PT: Final = 20.0  # GeV
JET_ETA: Final = 4.5
_TAGGED_ETA: Final = 2.5
_UNTAGGED_SCORE: Final = -8.0
_HEAVY_FLAVOUR_PT: Final = 5.0  # GeV
_HEAVY_FLAVOUR_RADIUS: Final = 0.3

# Scores of the working points with 60, 70, 77 and 85 % efficiency for b-jets, between bounds that
# no jet crosses, and the share of jets of each flavour above them.
_SCORES: Final = np.array([12.0, 4.565, 3.245, 2.195, 0.665, -6.0])
_SHARES: Final = {
    5: np.array([0, 0.60, 0.70, 0.77, 0.85, 1]),
    4: np.array([0, 1 / 26, 1 / 9.4, 1 / 4.9, 1 / 2.7, 1]),
    15: np.array([0, 1 / 180, 1 / 44, 1 / 18, 1 / 6, 1]),
    0: np.array([0, 1 / 1900, 1 / 390, 1 / 130, 1 / 29, 1]),
}

_ANTI_KT: Final = fastjet.JetDefinition(fastjet.antikt_algorithm, RADIUS)


def cluster_jets(particles: Particles, electrons: Integers) -> Table:
    """Cluster what is visible into anti-kt jets, without muons and reconstructed electrons.

    Parameters
    ----------
    particles
        Generated particles.
    electrons
        Rows of the particles that were reconstructed as electrons.

    Returns
    -------
    ndarray
        Jets before any resolution, rows of `JET` ordered by event.
    """
    used = np.isin(particles.kind, (CHARGED, NEUTRAL, ELECTRON))
    used &= np.abs(particles.eta) < _INPUT_ETA
    used[electrons] = False
    events = len(particles.offsets) - 1
    counts = np.bincount(particles.event[used], minlength=events)
    momenta = ak.zip(
        {
            "px": particles.px[used],
            "py": particles.py[used],
            "pz": particles.pz[used],
            "E": particles.energy[used],
        },
        with_name="Momentum4D",
    )
    clusters = fastjet.ClusterSequence(ak.unflatten(momenta, counts), _ANTI_KT)
    found = clusters.inclusive_jets(min_pt=_CLUSTERED_PT)
    flat = ak.flatten(found)
    px, py, pz, energy = (ak.to_numpy(flat[name]) for name in ("px", "py", "pz", "E"))
    jets = np.zeros(len(px), JET)
    jets["event"] = np.repeat(np.arange(events), ak.to_numpy(ak.num(found)))
    jets["pt"] = jets["true_pt"] = np.hypot(px, py)
    jets["eta"] = np.arcsinh(pz / jets["pt"])
    jets["phi"] = np.arctan2(py, px)
    jets["mass"] = np.sqrt(np.maximum(energy**2 - px**2 - py**2 - pz**2, 0))
    return jets


def smear_jets(jets: Table, rng: np.random.Generator) -> Table:
    """Measure jets with the calorimeter's resolution.

    Parameters
    ----------
    jets
        True jets.
    rng
        Random numbers for the resolution.

    Returns
    -------
    ndarray
        Jets with transverse momentum above 15 GeV and |eta| < 4.5. Only those above 20 GeV are
        stored; the others may be taken for electrons.
    """
    pt = jets["pt"]
    resolution = np.sqrt((4 / pt) ** 2 + 0.7**2 / pt + 0.035**2)
    factor = np.maximum(1 + resolution * rng.standard_normal(len(jets)), 0.1)
    measured = jets.copy()
    measured["pt"] *= factor
    measured["mass"] *= factor
    seen = (measured["pt"] > MEASURED_PT) & (np.abs(jets["eta"]) < JET_ETA)
    kept: Table = measured[seen]
    return kept


def _find_labels(particles: Particles) -> tuple[Integers, NDArray[np.int32]]:
    """Find the last hadron of each heavy flavour in its chain, and taus that decay to hadrons."""
    size = np.abs(particles.pdg_id)
    quark = find_heaviest_quark(size)
    mother = particles.mother
    followed = np.zeros(len(size), np.bool_)
    followed[mother[(quark == quark[mother]) & (quark > 0)]] = True
    # a tau goes on as a tau, or ends in an electron or a muon
    followed[mother[np.isin(size, (11, 13, 15)) & (size[mother] == 15)]] = True
    label = np.where(size == 15, 15, np.where(quark >= 4, quark, 0))
    rows = np.flatnonzero((label > 0) & ~followed & (particles.pt > _HEAVY_FLAVOUR_PT))
    return rows, label[rows]


def label_jets(jets: Table, particles: Particles) -> None:
    """Label jets with the flavour of the hadrons (or the tau) inside them.

    Parameters
    ----------
    jets
        Rows of `JET`, changed in place.
    particles
        The particles of the same events.
    """
    rows, labels = _find_labels(particles)
    jet, label = pair_rows(jets["event"], particles.event[rows])
    i, labels = rows[label], labels[label]
    distance = measure_distance(
        jets["eta"][jet], jets["phi"][jet], particles.eta[i], particles.phi[i]
    )
    for flavour in (15, 4, 5):  # the later, the stronger
        chosen = jet[(labels == flavour) & (distance < _HEAVY_FLAVOUR_RADIUS)]
        jets["flavour"][chosen] = flavour


def score_jets(jets: Table, rng: np.random.Generator) -> None:
    """Draw a flavour-tagging score and a jet-vertex-tagger value for each jet.

    The score reproduces the efficiencies of four working points for each flavour. No jet here is
    from pile-up, so that the jet-vertex tagger accepts nearly all.

    Parameters
    ----------
    jets
        Rows of `JET`, changed in place.
    rng
        Random numbers.
    """
    draws = rng.random((3, len(jets)))
    for flavour, shares in _SHARES.items():
        chosen = jets["flavour"] == flavour
        jets["score"][chosen] = np.interp(draws[0][chosen], shares, _SCORES)
    jets["score"][np.abs(jets["eta"]) > _TAGGED_ETA] = _UNTAGGED_SCORE
    accepted = draws[1] < 0.98 - 0.08 * np.exp(-(jets["pt"] - STORED_JET_PT) / 15)
    # accepted above 0.6, rejected below 0.1: the working points in use lie between
    jets["jvt"] = np.where(accepted, 1 - 0.4 * draws[2] ** 4, -0.1 + 0.2 * draws[2])
