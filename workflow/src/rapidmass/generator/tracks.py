"""Tracks of charged constituents: impact parameters in a magnetic field, and their measurement."""

from typing import Any, Final

import numpy as np

from rapidmass.generator.particles import CHARGED, ELECTRON, MUON, Floats, Integers, Particles

_FIELD: Final = 2.0  # T
_RADIUS: Final = 1e3 / (0.3 * _FIELD)  # mm, of the circle of a particle with 1 GeV
_TRACK_ETA: Final = 2.5
_TRACK_PT: Final = 0.5  # GeV
_BARREL_ETA: Final = 1.5
_EFFICIENCIES: Final = (0.92, 0.82)  # barrel, end caps
_TAIL_SHARE: Final = 0.02  # of tracks whose resolution is worse
_TAIL: Final = 3.0
_FAKE_SHARE: Final = 0.01
_FAKE_WIDTH: Final = 0.5  # mm
_NEGATIVE: Final = (3112, 3312, 3334)  # baryons of negative charge; antibaryons are positive


def find_perigee(
    pt: Floats, phi: Floats, charge: Integers, x: Floats, y: Floats
) -> tuple[Floats, Floats]:
    """Find where circles come nearest to the collision.

    Parameters
    ----------
    pt, phi, charge
        Transverse momentum in GeV, azimuth where the particle is made, and charge, not 0.
    x, y
        Where it is made, in mm.

    Returns
    -------
    tuple of ndarray
        d0 in mm and azimuth there: the nearest point is d0 (-sin(phi), cos(phi)).
    """
    radius = _RADIUS * pt
    to_x = x + charge * radius * np.sin(phi)
    to_y = y - charge * radius * np.cos(phi)
    return charge * (radius - np.hypot(to_x, to_y)), np.arctan2(charge * to_x, -charge * to_y)


def measure_tracks(
    particles: Particles, rows: Integers, jet_phi: Floats, rng: np.random.Generator
) -> dict[str, Any]:
    """Measure the tracks of constituents.

    Parameters
    ----------
    particles
        What was generated.
    rows
        Rows of the constituents.
    jet_phi
        Azimuth of the jet of each.
    rng
        Random numbers for efficiencies, resolutions, tails and tracks of nothing.

    Returns
    -------
    dict
        Shape (constituents,) each. `Charge`; `Track`, whether there is a track; `D0`, d0 in mm,
        positive where the track meets the axis of the jet in front of the collision; `D0Sig`, the
        same over its resolution, and `Z0Sig`. All are 0 without a track.
    """
    pt, eta, phi = (getattr(particles, name)[rows] for name in ("pt", "eta", "phi"))
    kind, pdg_id = particles.kind[rows], particles.pdg_id[rows]
    charged = np.isin(kind, (CHARGED, ELECTRON, MUON))
    negative = (pdg_id < 0) ^ np.isin(kind, (ELECTRON, MUON)) ^ np.isin(np.abs(pdg_id), _NEGATIVE)
    charge = np.where(charged, np.where(negative, -1, 1), 0)
    draws, noise = rng.random((3, len(rows))), rng.standard_normal((3, len(rows)))
    efficiency = np.where(np.abs(eta) < _BARREL_ETA, *_EFFICIENCIES)
    found = charged & (pt > _TRACK_PT) & (np.abs(eta) < _TRACK_ETA) & (draws[0] < efficiency)
    x, y, z = (getattr(particles, name)[rows] for name in ("x", "y", "z"))
    d0, phi0 = find_perigee(pt, phi, np.where(charged, charge, 1), x, y)
    sine = 1 / np.cosh(eta)
    z0 = z - (x * np.cos(phi) + y * np.sin(phi)) * np.sinh(eta)
    d0_width = np.hypot(0.010, 0.10 / (pt * np.sqrt(sine)))
    z0_width = np.hypot(0.060, 0.15 / (pt * sine**1.5))
    worse = np.where(draws[1] < _TAIL_SHARE, _TAIL, 1.0)
    d0 = np.where(draws[2] < _FAKE_SHARE, _FAKE_WIDTH * noise[2], d0)
    d0 = d0 + worse * d0_width * noise[0]
    z0 = z0 + worse * z0_width * noise[1]
    signed = np.sign(d0 * np.sin(jet_phi - phi0)) * np.abs(d0)
    return {
        "Charge": charge,
        "Track": found,
        "D0": np.where(found, signed, 0.0),
        "D0Sig": np.where(found, signed / d0_width, 0.0),
        "Z0Sig": np.where(found, z0 / z0_width, 0.0),
    }
