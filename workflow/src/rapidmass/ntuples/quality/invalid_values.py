"""Numbers that no event can have: not finite, negative, or beyond any that can be computed with."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.four_vectors import FourVectors

LARGEST_PHI = 6.3  # radians: a little more than a turn
LARGEST_ETA = 20.0  # beyond the rapidity of the beams of any collider
SMALLEST_PT = 1e-6  # GeV: that of nothing that is measured; the square of 1e-200 would be 0
ENERGIES = ("met", "pt", "mass")  # in GeV
LARGEST_WEIGHT = 1e40  # products and squares of larger ones would not be finite


class Flaw(NamedTuple):
    """What is wrong with some events: for people, and shape (events,), whether it is."""

    reason: str
    mask: NDArray[np.bool_]


class BadEvent(NamedTuple):
    """An event that cannot be used."""

    entry: int
    run: int
    event: int
    reason: str


def find_flaws(
    flat: Mapping[str, NDArray[np.float64]],
    collections: Mapping[str, FourVectors],
    objects: Mapping[str, FourVectors],
    largest_momentum: float,
) -> list[Flaw]:
    """Find events with impossible numbers.

    Parameters
    ----------
    flat
        Shape (events,) each: `met` in GeV, `met_phi`, and weights.
    collections
        Four-vectors of the collections that objects are taken from.
    objects
        Those of them that are objects: their pT is one of something, their mass not negative.
    largest_momentum
        Largest pT, mass or MET in GeV that is possible: the energy of a beam.

    Returns
    -------
    list of Flaw
        Empty if there are none. An infinity counts as not finite.
    """
    return [
        *_check_flat(flat, largest_momentum),
        *(
            flaw
            for name, members in collections.items()
            for flaw in _check_members(name, members, largest_momentum)
        ),
        *(flaw for name, members in objects.items() for flaw in _check_signs(name, members)),
    ]


def _check_flat(flat: Mapping[str, NDArray[np.float64]], largest: float) -> Iterable[Flaw]:
    for name, column in flat.items():
        limit = {"met": largest, "met_phi": LARGEST_PHI}.get(name, LARGEST_WEIGHT)
        sound = _is_sound(column, limit)
        if not sound.all():
            yield from _tell_apart(name, column, limit, np.arange(len(column)), len(column))
    if (flat["met"] < 0).any():
        yield Flaw("met is negative", flat["met"] < 0)


def _check_members(name: str, members: FourVectors, largest: float) -> Iterable[Flaw]:
    limits = {"pt": largest, "eta": LARGEST_ETA, "phi": LARGEST_PHI, "mass": largest}
    for key, limit in limits.items():
        column = getattr(members, key)
        if not _is_sound(column, limit).all():
            yield from _tell_apart(f"{key} of {name}", column, limit, members.event, len(members))


def _check_signs(name: str, members: FourVectors) -> Iterable[Flaw]:
    for reason, bad in (
        (f"pt of {name} is not positive", members.pt <= 0),
        (
            f"pt of {name} is below {SMALLEST_PT:g} GeV, which no object can have",
            (members.pt > 0) & (members.pt < SMALLEST_PT),
        ),
        (f"mass of {name} is negative", members.mass < 0),
    ):
        if bad.any():
            yield _mark_events(reason, members.event[bad], len(members))


def _mark_events(reason: str, events: NDArray[np.int64], n_events: int) -> Flaw:
    mask = np.zeros(n_events, dtype=np.bool_)
    mask[events] = True
    return Flaw(reason, mask)


def _is_sound(column: NDArray[np.float64], limit: float) -> NDArray[np.bool_]:
    magnitude = np.abs(column)
    # no comparison is true for NaN
    return magnitude < limit if limit == np.inf else magnitude <= limit


def _tell_apart(
    what: str,
    column: NDArray[np.float64],
    limit: float,
    events: NDArray[np.int64],
    n_events: int,
) -> Iterable[Flaw]:
    unit = " GeV" if what.partition(" ")[0] in ENERGIES else ""
    finite = np.isfinite(column)
    beyond = finite & (np.abs(np.where(finite, column, 0.0)) > limit)
    for reason, bad in (
        (f"{what} is not finite", ~finite),
        (f"the magnitude of {what} is above {limit:g}{unit}, which no event can have", beyond),
    ):
        if bad.any():
            yield _mark_events(reason, events[bad], n_events)
