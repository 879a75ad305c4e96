"""Events of a chunk of an ntuple, and what was left out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.four_vectors import FourVectors
from rapidmass.ntuples.quality.invalid_values import BadEvent


@dataclass(frozen=True)
class Events:
    """Some events of one file, with momenta in GeV.

    Parameters
    ----------
    objects
        The four-vectors of each object of the format, by falling pT.
    met, met_phi
        Shape (events,).
    run, event, dataset
        Shape (events,): int64, uint64, int64. Together they name an event of a sample.
    generator_weight, scale_factor
        Shape (events,): float64; the first is 1 for data.
    trigger
        Shape (events,): whether an event passes the trigger.
    met_attributes
        Shape (events,) each: what is known of the missing momentum besides.
    """

    objects: Mapping[str, FourVectors]
    met: NDArray[np.float64]
    met_phi: NDArray[np.float64]
    run: NDArray[np.int64]
    event: NDArray[np.uint64]
    dataset: NDArray[np.int64]
    generator_weight: NDArray[np.float64]
    scale_factor: NDArray[np.float64]
    trigger: NDArray[np.bool_]
    met_attributes: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.met)

    def __getitem__(self, chosen: NDArray[np.bool_] | NDArray[np.int64] | slice) -> "Events":
        rows = np.arange(len(self))[chosen]
        return Events(
            objects={name: members.take_events(rows) for name, members in self.objects.items()},
            met_attributes={name: column[rows] for name, column in self.met_attributes.items()},
            **{name: getattr(self, name)[rows] for name in FLAT},
        )


FLAT = tuple(
    name for name in Events.__dataclass_fields__ if name not in ("objects", "met_attributes")
)


class Tally(NamedTuple):
    """Events that are left after a step, and the sums of their weights and of the squares."""

    raw: int
    weighted: float
    squared: float

    @classmethod
    def make(cls, weights: NDArray[np.float64], kept: NDArray[np.bool_]) -> "Tally":
        """Count the events that are kept."""
        left = weights[kept]
        with np.errstate(over="ignore"):  # weights of such sizes are refused where they are used
            squared = float(left @ left)
        return cls(int(np.count_nonzero(kept)), float(left.sum()), squared)


class Built(NamedTuple):
    """Events of a chunk that can be used, and what became of the others.

    Parameters
    ----------
    events
        The events.
    steps
        What is left: of all events, then after each of `EventBuilder.steps`.
    bad_events
        Events that were left out for their numbers: the first ones.
    """

    events: Events
    steps: tuple[Tally, ...]
    bad_events: tuple[BadEvent, ...]
