"""Electrons, muons and missing momentum as an ATLAS-like detector sees them."""

from typing import Final

import numpy as np

from rapidmass.generator.particles import (
    CHARGED,
    ELECTRON,
    INVISIBLE,
    MUON,
    NEUTRAL,
    TAU,
    Flags,
    Floats,
    Integers,
    Particles,
)
from rapidmass.generator.tables import LEPTON, Table, measure_distance, pair_rows, sum_rows

STORED_PT: Final = 10.0  # GeV
_TRUE_PT: Final = 7.0  # GeV; below, resolution does not carry a lepton over STORED_PT
ELECTRON_ETA: Final = 2.47
MUON_ETA: Final = 2.7
_TRACKER_ETA: Final = 2.5
MASSES: Final = np.array([0.0, 0.000511, 0.10566])  # GeV, by flavour
_DRESSING_RADIUS: Final = 0.1
_CALORIMETER_NOISE: Final = 0.5  # GeV in an isolation cone
_SOFT_TERM: Final = 12.0  # GeV per component of the missing momentum
# Cuts on isolation over transverse momentum, by flavour.
_TRACK_ISOLATION: Final = np.array([0.0, 0.15, 0.15])
_CALORIMETER_ISOLATION: Final = np.array([0.0, 0.20, 0.30])


def _add_photons(rows: Integers, particles: Particles) -> Floats:
    """Give the energy of leptons with the photons that they radiated at a small angle."""
    photons = np.flatnonzero(particles.radiated)
    lepton, photon = pair_rows(particles.event[rows], particles.event[photons])
    i, j = rows[lepton], photons[photon]
    eta, phi = particles.eta, particles.phi
    close = measure_distance(eta[i], phi[i], eta[j], phi[j]) < _DRESSING_RADIUS
    added = sum_rows(lepton[close], particles.energy[j[close]], len(rows))
    return particles.energy[rows] + added


def find_leptons(particles: Particles, rng: np.random.Generator) -> Table:
    """Reconstruct and identify electrons and muons.

    Parameters
    ----------
    particles
        Generated particles.
    rng
        Random numbers for efficiencies, resolutions and charge flips.

    Returns
    -------
    ndarray
        Leptons with transverse momentum above 10 GeV, rows of `LEPTON` in the order of the
        particles. Isolation and overlap with jets are still to be set.
    """
    electron = (particles.kind == ELECTRON) & (np.abs(particles.eta) < ELECTRON_ETA)
    muon = (particles.kind == MUON) & (np.abs(particles.eta) < MUON_ETA)
    rows = np.flatnonzero((electron | muon) & (particles.pt > _TRUE_PT))
    is_electron = particles.kind[rows] == ELECTRON
    dressed = _add_photons(rows, particles)
    scale = np.where(is_electron, dressed / particles.energy[rows], 1.0)
    pt, eta = scale * particles.pt[rows], particles.eta[rows]
    prompt = particles.origin[rows] <= TAU
    efficiency = np.where(is_electron, _electron_efficiency(pt, eta), _muon_efficiency(eta))
    efficiency *= np.where(is_electron & ~prompt, 0.6, 1.0)
    resolution = np.where(is_electron, _electron_resolution(pt, eta), _muon_resolution(pt, eta))
    smeared = pt * np.maximum(1 + resolution * rng.standard_normal(len(rows)), 0.01)
    found = (rng.random(len(rows)) < efficiency) & (smeared > STORED_PT)

    leptons = np.zeros(len(rows), LEPTON)
    leptons["event"] = particles.event[rows]
    leptons["particle"] = rows
    leptons["origin"] = particles.origin[rows]
    leptons["flavour"] = np.where(is_electron, 1, 2)
    flip = rng.random(len(rows)) < np.where(np.abs(eta) < 1.37, 0.003, 0.015)
    leptons["charge"] = -np.sign(particles.pdg_id[rows]) * np.where(is_electron & flip, -1, 1)
    leptons["pt"], leptons["eta"], leptons["phi"] = smeared, eta, particles.phi[rows]
    leptons["true_pt"] = pt
    set_vertex(leptons, *_find_impact(particles, rows), rng)
    set_identification(leptons, prompt, rng)
    kept: Table = leptons[found]
    return kept


def _electron_efficiency(pt: Floats, eta: Floats) -> Floats:
    crack = (np.abs(eta) > 1.37) & (np.abs(eta) < 1.52)
    plateau = 0.955 - 0.10 * np.exp(-(pt - 7) / 12)
    return np.where(crack, np.minimum(plateau, 0.80), plateau)


def _electron_resolution(pt: Floats, eta: Floats) -> Floats:
    energy = pt * np.cosh(eta)
    stochastic = np.where(np.abs(eta) < 1.4, 0.10, 0.15) / np.sqrt(energy)
    return np.sqrt(stochastic**2 + (0.35 / energy) ** 2 + 0.01**2)


def _muon_efficiency(eta: Floats) -> Floats:
    size = np.abs(eta)
    return np.where(size < 0.1, 0.70, np.where(size < 2.5, 0.985, 0.95))


def _muon_resolution(pt: Floats, eta: Floats) -> Floats:
    size = np.abs(eta)
    constant = np.where(size < 1.05, 0.017, np.where(size < 2.0, 0.025, 0.030))
    return np.hypot(constant, 1.6e-4 * pt)


def _find_impact(particles: Particles, rows: Integers) -> tuple[Floats, Floats]:
    """Give d0 and z0 sin theta of straight tracks, in mm."""
    pt, px, py, pz = (v[rows] for v in (particles.pt, particles.px, particles.py, particles.pz))
    x, y, z = (v[rows] for v in (particles.x, particles.y, particles.z))
    d0 = (x * py - y * px) / pt
    z0 = z - (x * px + y * py) * pz / pt**2
    return d0, z0 * pt / np.hypot(pt, pz)


def set_vertex(leptons: Table, d0: Floats, z0_sin_theta: Floats, rng: np.random.Generator) -> None:
    """Measure the impact parameters, and set the masses.

    Parameters
    ----------
    leptons
        Rows of `LEPTON`, changed in place.
    d0, z0_sin_theta
        True values in mm.
    rng
        Random numbers for the resolution.
    """
    pt = leptons["pt"]
    noise = rng.standard_normal((2, len(leptons)))
    leptons["d0_significance"] = d0 / (0.010 + 0.10 / pt) + noise[0]
    leptons["z0_sin_theta"] = z0_sin_theta + (0.030 + 0.30 / pt) * noise[1]
    leptons["mass"] = MASSES[leptons["flavour"]]


def set_identification(leptons: Table, prompt: Flags, rng: np.random.Generator) -> None:
    """Decide which leptons pass the identification working points.

    Every muon passes all of them. Tight electrons are medium, medium ones are loose.

    Parameters
    ----------
    leptons
        Rows of `LEPTON`, changed in place.
    prompt
        Whether each comes from a boson, a superpartner or a tau of theirs.
    rng
        Random numbers for the efficiencies.
    """
    tight = 0.90 - 0.25 * np.exp(-(leptons["pt"] - 7) / 20)
    tight *= np.where(prompt, 1.0, 0.5)
    draw = rng.random(len(leptons))
    muon = leptons["flavour"] == 2
    leptons["loose"] = True
    leptons["medium"] = muon | (draw < (1 + tight) / 2)
    leptons["tight"] = muon | (draw < tight)


def _sum_cones(leptons: Table, particles: Particles) -> tuple[Floats, Floats]:
    seen = np.flatnonzero(np.isin(particles.kind, (CHARGED, NEUTRAL, ELECTRON, MUON)))
    lepton, j = pair_rows(leptons["event"], particles.event[seen])
    j = seen[j]
    other = j != leptons["particle"][lepton]
    lepton, j = lepton[other], j[other]
    eta, phi = leptons["eta"][lepton], leptons["phi"][lepton]
    distance = measure_distance(eta, phi, particles.eta[j], particles.phi[j])
    pt, kind = particles.pt[j], particles.kind[j]
    radius = np.minimum(10 / leptons["pt"], 0.3)[lepton]
    track = (kind != NEUTRAL) & (pt > 1) & (np.abs(particles.eta[j]) < _TRACKER_ETA)
    own = particles.radiated[j] & (leptons["flavour"][lepton] == 1)
    own &= distance < _DRESSING_RADIUS
    deposit = (kind != MUON) & ~own & (distance < 0.2)
    tracks = sum_rows(lepton, pt * (track & (distance < radius)), len(leptons))
    return tracks, sum_rows(lepton, pt * deposit, len(leptons))


def isolate_leptons(leptons: Table, particles: Particles, rng: np.random.Generator) -> None:
    """Decide which leptons are isolated, from sums over cones around them.

    Parameters
    ----------
    leptons
        Rows of `LEPTON`, changed in place.
    particles
        The particles of the same events.
    rng
        Random numbers for the calorimeter's noise.
    """
    tracks, calorimeter = _sum_cones(leptons, particles)
    set_isolation(leptons, tracks, calorimeter, rng)


def set_isolation(
    leptons: Table, tracks: Floats, calorimeter: Floats, rng: np.random.Generator
) -> None:
    """Decide which leptons are isolated.

    Parameters
    ----------
    leptons
        Rows of `LEPTON`, changed in place.
    tracks, calorimeter
        Transverse momentum around each, in GeV: of tracks, and of all that is visible.
    rng
        Random numbers for the calorimeter's noise.
    """
    noisy = calorimeter + _CALORIMETER_NOISE * rng.standard_normal(len(leptons))
    flavour = leptons["flavour"]
    by_tracks = tracks < _TRACK_ISOLATION[flavour] * leptons["pt"]
    leptons["isolated"] = by_tracks & (noisy < _CALORIMETER_ISOLATION[flavour] * leptons["pt"])


def measure_met(
    particles: Particles, leptons: Table, jets: Table, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Measure the missing transverse momentum.

    It is what invisible particles and lost muons carry, less what leptons and jets are measured
    wrong, with the noise of a soft term.

    Parameters
    ----------
    particles
        Generated particles.
    leptons, jets
        What was reconstructed, rows of `LEPTON` and `JET`.
    rng
        Random numbers for the soft term.

    Returns
    -------
    tuple of ndarray
        Magnitude in GeV and azimuth, shape (events,) each.
    """
    events = len(particles.offsets) - 1
    lost = particles.kind == MUON
    lost[leptons["particle"][leptons["particle"] >= 0]] = False
    lost |= particles.kind == INVISIBLE
    event = particles.event[lost]
    x = sum_rows(event, particles.px[lost], events)
    y = sum_rows(event, particles.py[lost], events)
    for table in (leptons, jets):
        excess = table["pt"] - table["true_pt"]
        x -= sum_rows(table["event"], excess * np.cos(table["phi"]), events)
        y -= sum_rows(table["event"], excess * np.sin(table["phi"]), events)
    noise = _SOFT_TERM * rng.standard_normal((2, events))
    return np.hypot(x + noise[0], y + noise[1]), np.arctan2(y + noise[1], x + noise[0])


def remove_overlap(leptons: Table, jets: Table) -> None:
    """Mark the leptons that are close to a jet.

    Parameters
    ----------
    leptons
        Rows of `LEPTON`, changed in place.
    jets
        Rows of `JET` ordered by event. Electrons are no jets here.
    """
    lepton, jet = pair_rows(leptons["event"], jets["event"])
    near, far = leptons[lepton], jets[jet]
    distance = measure_distance(near["eta"], near["phi"], far["eta"], far["phi"])
    overlapping = distance < np.minimum(0.4, 0.04 + 10 / near["pt"])
    leptons["pass_overlap"] = True
    leptons["pass_overlap"][lepton[overlapping]] = False
