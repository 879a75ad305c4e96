"""Particles of many events in flat columns, generation after generation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Numbers of particles as of the Particle Data Group; NEW is no number of theirs.
LIGHT: Final = 1
BOTTOM: Final = 5
TOP: Final = 6
ELECTRON: Final = 11
MUON: Final = 13
NEUTRINO: Final = 14
TAU: Final = 15
Z: Final = 23
W: Final = 24
HIGGS: Final = 25
INVISIBLE: Final = 52
NEW: Final = 99
CHARGED_HADRON: Final = 211
BOTTOM_HADRON: Final = 511


@dataclass(frozen=True)
class Record:
    """Particles, each with what it comes from.

    Parameters
    ----------
    event
        Event of each, shape (particles,).
    pdg_id
        What it is: negative for antiparticles.
    mother
        Row of what it comes from, among all generations; -1: of the collision itself.
    momentum
        (px, py, pz, energy) in GeV, shape (particles, 4).
    mass
        In GeV.
    """

    event: Integers
    pdg_id: Integers
    mother: Integers
    momentum: Floats
    mass: Floats

    def __len__(self) -> int:
        return len(self.event)

    def take(self, rows: Integers | NDArray[np.bool_]) -> Self:
        """Take some of the particles."""
        return type(self)(
            self.event[rows], self.pdg_id[rows], self.mother[rows], self.momentum[rows],
            self.mass[rows],
        )  # fmt: skip

    @classmethod
    def join(cls, records: Sequence[Self]) -> Self:
        """Put records behind each other."""
        return cls(
            np.concatenate([record.event for record in records]),
            np.concatenate([record.pdg_id for record in records]),
            np.concatenate([record.mother for record in records]),
            np.concatenate([record.momentum for record in records]),
            np.concatenate([record.mass for record in records]),
        )


def choose_events(record: Record, kept: NDArray[np.bool_]) -> Record:
    """Leave events out.

    Parameters
    ----------
    record
        All generations.
    kept
        Whether each event stays, shape (events,).

    Returns
    -------
    Record
        Events that stay, numbered anew from 0; so are mothers.
    """
    rows = kept[record.event]
    chosen = record.take(rows)
    number = np.append(np.cumsum(rows) - 1, -1)  # the last one: of no mother
    event = np.cumsum(kept) - 1
    return Record(
        event[chosen.event], chosen.pdg_id, number[chosen.mother], chosen.momentum, chosen.mass
    )
