"""Generated particles as flat columns, and where leptons come from."""

from dataclasses import dataclass
from typing import Any, Final

import awkward as ak
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

INCOMING: Final = (-21, -31)  # statuses of what collides in the hardest and in other processes

# Leptons of a hard process that filters count.
LEPTON_ETA: Final = 2.9
LIGHT_LEPTON_PT: Final = 6.0  # GeV; stored leptons have 10
TAU_PT: Final = 12.0  # GeV, shared with its neutrinos

# What a particle is to the detector.
UNSEEN: Final = 0  # intermediate, or gone down the beam pipe
CHARGED: Final = 1
NEUTRAL: Final = 2
INVISIBLE: Final = 3
ELECTRON: Final = 4
MUON: Final = 5

# Where a lepton comes from.
PROMPT: Final = 1  # no hadron and no photon, but what the collision made, whatever its number
TAU: Final = 2  # a tau that is prompt itself
BOTTOM: Final = 3
CHARM: Final = 4
LIGHT: Final = 5  # a light hadron or a photon
FAKE: Final = 6  # no lepton, but a jet


@dataclass(frozen=True, slots=True)
class Particles:
    """The particles of a batch of events, all of them in one column a quantity.

    Parameters
    ----------
    offsets
        Where each event begins, and where the last one ends. Shape (events + 1,).
    event
        Event of each particle, shape (particles,) as all that follows.
    pdg_id, status
        As in Pythia's event record.
    mother
        Row of the (first) mother.
    px, py, pz, energy, mass
        Momentum, energy and mass in GeV.
    x, y, z
        Where it was made, in mm from the collision, for what has a charge; 0 for others.
    pt, eta, phi
        Transverse momentum (GeV), pseudorapidity, azimuth.
    kind
        What it is to the detector.
    origin
        Where it comes from, for electrons and muons; 0 for others.
    radiated
        Whether it is a photon that no hadron made.
    """

    offsets: Integers
    event: Integers
    pdg_id: NDArray[np.int32]
    status: NDArray[np.int32]
    mother: Integers
    px: Floats
    py: Floats
    pz: Floats
    energy: Floats
    mass: Floats
    x: Floats
    y: Floats
    z: Floats
    pt: Floats
    eta: Floats
    phi: Floats
    kind: NDArray[np.int8]
    origin: NDArray[np.int8]
    radiated: Flags


def is_hadron(pdg_id: NDArray[np.int32]) -> Flags:
    """Say which particle numbers (their absolute values) are ones of hadrons."""
    return ((pdg_id > 100) & (pdg_id < 1_000_000)) | ((pdg_id >= 9_000_000) & (pdg_id < 9_900_000))


def find_heaviest_quark(pdg_id: NDArray[np.int32]) -> NDArray[np.int32]:
    """Read the heaviest quark of hadrons from the digits of their numbers; 0 for no hadron."""
    quark = np.maximum(pdg_id // 100 % 10, pdg_id // 1000 % 10)
    return np.where(is_hadron(pdg_id), quark, 0).astype(np.int32)


def _trace_leptons(
    rows: Integers, size: NDArray[np.int32], status: NDArray[np.int32], ancestor: Integers
) -> NDArray[np.int8]:
    """Climb from leptons to what made them, all of them one generation at a time."""
    # photons that collide are what quarks and gluons are that do
    incoming = np.isin(status, INCOMING)
    secondary, from_tau = np.zeros((2, len(rows)), np.bool_)
    heaviest = np.zeros(len(rows), np.int32)
    climbing = np.arange(len(rows))
    at = ancestor[rows]
    while len(climbing):
        pdg_id = np.where(incoming[at], 0, size[at])
        secondary[climbing] |= is_hadron(pdg_id) | (pdg_id == 22)
        heaviest[climbing] = np.maximum(heaviest[climbing], find_heaviest_quark(pdg_id))
        from_tau[climbing] |= pdg_id == 15
        # what collides ends a climb, and so do quarks, gluons, and all else that is no hadron
        onward = is_hadron(pdg_id) | np.isin(pdg_id, (11, 13, 15, 22))
        climbing, at = climbing[onward], ancestor[at[onward]]
    hadronic = np.select([heaviest == 5, heaviest == 4], [BOTTOM, CHARM], LIGHT)
    return np.where(secondary, hadronic, np.where(from_tau, TAU, PROMPT)).astype(np.int8)


def _find_radiated(photons: Integers, size: NDArray[np.int32], ancestor: Integers) -> Flags:
    at = ancestor[photons]
    while np.any(copy := size[at] == 22):
        at = np.where(copy, ancestor[at], at)
    return ~is_hadron(size[at])


def _find_kind(size: NDArray[np.int32], status: NDArray[np.int32]) -> NDArray[np.int8]:
    kinds = np.select(
        [
            status <= 0,
            size == 11,
            size == 13,
            np.isin(size, (211, 321, 2212, 3112, 3222, 3312, 3334)),
            is_hadron(size) | (size == 22),
        ],
        [UNSEEN, ELECTRON, MUON, CHARGED, NEUTRAL],
        INVISIBLE,  # neutrinos, and whatever else there may be that no detector stops
    )
    return kinds.astype(np.int8)


def flatten_particles(batch: ak.Array) -> Particles:
    """Turn a batch of Pythia's events into columns.

    Parameters
    ----------
    batch
        What `Pythia.nextBatch` returns.

    Returns
    -------
    Particles
        The same particles, classified.
    """
    records = batch["prt"]
    counts = ak.to_numpy(ak.num(records)).astype(np.int64)
    flat = ak.flatten(records)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])

    def column(*name: str) -> NDArray[Any]:
        return np.ascontiguousarray(ak.to_numpy(flat[name]))

    px, py, pz, energy = (column("p", axis) for axis in ("px", "py", "pz", "e"))
    pdg_id, status, mother = (column(name).astype(np.int32) for name in ("id", "status", "mother1"))
    pt = np.hypot(px, py)
    size = np.abs(pdg_id)
    ancestor: Integers = np.repeat(offsets[:-1], counts) + mother.astype(np.int64)
    kind = _find_kind(size, status)
    leptons = np.flatnonzero((kind == ELECTRON) | (kind == MUON))
    tracked = np.flatnonzero((kind == CHARGED) | (kind == ELECTRON) | (kind == MUON))
    photons = np.flatnonzero((size == 22) & (status > 0))
    x, y, z = np.zeros((3, len(pt)))
    for axis, values in (("px", x), ("py", y), ("pz", z)):
        # absent where Pythia made a particle at the collision itself
        values[tracked] = ak.to_numpy(ak.fill_none(flat["vProd", axis][tracked], 0.0))
    origin = np.zeros(len(pt), np.int8)
    origin[leptons] = _trace_leptons(leptons, size, status, ancestor)
    radiated = np.zeros(len(pt), np.bool_)
    radiated[photons] = _find_radiated(photons, size, ancestor)
    return Particles(
        offsets=offsets,
        event=np.repeat(np.arange(len(counts)), counts),
        pdg_id=pdg_id,
        status=status,
        mother=ancestor,
        px=px,
        py=py,
        pz=pz,
        energy=energy,
        mass=column("m"),
        x=x,
        y=y,
        z=z,
        pt=pt,
        eta=np.arcsinh(pz / np.maximum(pt, 1e-9)),
        phi=np.arctan2(py, px),
        kind=kind,
        origin=origin,
        radiated=radiated,
    )


def find_born_mass(particles: Particles) -> Floats:
    """Find the mass of the hard process's Z boson (or virtual photon).

    Parameters
    ----------
    particles
        The particles of a batch of events.

    Returns
    -------
    ndarray
        Mass in MeV, the unit of the branch; 0 without such a boson. Shape (events,).
    """
    mass = np.zeros(len(particles.offsets) - 1)
    # 22 is the status of a resonance that the hard process made
    boson = (particles.pdg_id == 23) & (particles.status == -22)
    mass[particles.event[boson]] = 1e3 * particles.mass[boson]
    return mass
