"""Four-vectors of the objects of many events, in flat arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.provenance.lazy_compilation import compile_when_called

if TYPE_CHECKING:
    import awkward as ak

KINEMATICS = ("pt", "eta", "phi", "mass")
LONG_LIST = 200  # objects of an event: beyond, insertion sort is the slower one


@dataclass(frozen=True, eq=False)
class FourVectors:
    """Objects of one type: those of each event follow those of the event before.

    Parameters
    ----------
    offsets
        Shape (events + 1,): int64, where each event's objects start; from 0.
    pt, eta, phi, mass
        Shape (objects,): float64, in GeV and radians.
    attributes
        What is known of the objects besides, shape (objects,) each.

    Examples
    --------
    Two events, of one electron and of none:

    >>> import awkward as ak
    >>> electron = {"pt": 45.0, "eta": 0.3, "phi": 1.0, "mass": 0.000511}
    >>> electrons = FourVectors.from_awkward(ak.Array([[electron], []]))
    >>> len(electrons), electrons.counts.tolist()
    (2, [1, 0])
    """

    offsets: NDArray[np.int64]
    pt: NDArray[np.float64]
    eta: NDArray[np.float64]
    phi: NDArray[np.float64]
    mass: NDArray[np.float64]
    attributes: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @classmethod
    def from_awkward(cls, records: ak.Array) -> FourVectors:
        """Take the objects of a record array.

        Parameters
        ----------
        records
            Events x objects, with the fields `pt`, `eta`, `phi`, `mass`.

        Returns
        -------
        FourVectors
            In the same order.
        """
        import awkward as ak  # whoever has such arrays has it loaded

        counts = ak.to_numpy(ak.num(records, axis=1))
        flat = ak.flatten(records, axis=1)
        columns = (ak.to_numpy(flat[key]).astype(np.float64) for key in KINEMATICS)
        return cls(count_offsets(counts), *columns)

    @classmethod
    def from_columns(
        cls, offsets: NDArray[np.int64], columns: Mapping[str, NDArray[Any]]
    ) -> FourVectors:
        """Take objects from columns: those of `KINEMATICS`, and attributes."""
        attributes = {key: column for key, column in columns.items() if key not in KINEMATICS}
        pt, eta, phi, mass = (columns[key] for key in KINEMATICS)
        return cls(offsets, pt, eta, phi, mass, attributes)

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        """Kinematics and attributes, shape (objects,) each."""
        return {**{key: getattr(self, key) for key in KINEMATICS}, **self.attributes}

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Number of objects of each event, shape (events,)."""
        return np.diff(self.offsets)

    @property
    def event(self) -> NDArray[np.int64]:
        """Which event an object belongs to, shape (objects,)."""
        return np.repeat(np.arange(len(self)), self.counts)

    @property
    def rank(self) -> NDArray[np.int64]:
        """How many objects of its event come before an object, shape (objects,)."""
        ranks: NDArray[np.int64] = np.arange(len(self.pt)) - np.repeat(
            self.offsets[:-1], self.counts
        )
        return ranks

    def take_events(self, rows: NDArray[np.int64]) -> FourVectors:
        """Take the objects of some events.

        Parameters
        ----------
        rows
            Shape (taken,): indices of events.

        Returns
        -------
        FourVectors
            Of these events, in this order.
        """
        offsets = count_offsets(self.counts[rows])
        return self._take(offsets, _list_members(self.offsets, rows, offsets))

    def select(self, chosen: NDArray[np.bool_]) -> FourVectors:
        """Select objects, and order those of each event by falling pT.

        Parameters
        ----------
        chosen
            Shape (objects,).

        Returns
        -------
        FourVectors
            Of the same events; objects of equal pT keep their order.
        """
        chosen = chosen.view()
        chosen.flags.writeable = False  # compiled code has one version for all
        return self._take(*_order_members(self.offsets, chosen, self.pt))

    def order(self) -> FourVectors:
        """Order the objects of each event by falling pT."""
        return self.select(np.ones(len(self.pt), dtype=np.bool_))

    def sum_pt(self) -> NDArray[np.float64]:
        """Sum the pT of the objects of each event, shape (events,)."""
        return _sum_members(self.offsets, self.pt)

    def _take(self, offsets: NDArray[np.int64], members: NDArray[np.int64]) -> FourVectors:
        taken = {key: column[members] for key, column in self.columns.items()}
        return FourVectors.from_columns(offsets, taken)


def concatenate_events(pieces: Sequence[FourVectors]) -> FourVectors:
    """Put objects of other events after those before.

    Parameters
    ----------
    pieces
        At least one, of one type.

    Returns
    -------
    FourVectors
        Of the events of all pieces.
    """
    counts = np.concatenate([piece.counts for piece in pieces])
    columns = [piece.columns for piece in pieces]
    joined = {key: np.concatenate([one[key] for one in columns]) for key in columns[0]}
    return FourVectors.from_columns(count_offsets(counts), joined)


def stack_types(
    types: Sequence[FourVectors],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Put the objects of several types of the same events one after the other.

    Parameters
    ----------
    types
        At least one.

    Returns
    -------
    ndarray of int64, shape (types, events + 1)
        Where each event's objects of each type start.
    ndarray of float64, shape (4, all objects)
        pT, eta, phi and mass.
    """
    starts = count_offsets(np.array([len(vectors.pt) for vectors in types]))
    offsets = np.stack(
        [vectors.offsets + start for vectors, start in zip(types, starts[:-1], strict=True)]
    )
    kinematics = np.empty((len(KINEMATICS), starts[-1]))
    for row, key in zip(kinematics, KINEMATICS, strict=True):
        np.concatenate([getattr(vectors, key) for vectors in types], out=row)
    return offsets, kinematics


def count_offsets(counts: NDArray[np.integer]) -> NDArray[np.int64]:
    """Count where the objects of each event start.

    Parameters
    ----------
    counts
        Shape (events,): how many objects each event has.

    Returns
    -------
    ndarray of int64, shape (events + 1,)
        From 0 to the number of all objects.
    """
    offsets = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


@compile_when_called()
def _order_members(
    offsets: NDArray[np.int64], chosen: NDArray[np.bool_], pt: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the chosen objects, those of an event by falling pT, and where those of events start.

    Both sorts are stable. Insertion is fastest for few objects that are nearly in order already,
    and would take the square of their number in the time of long lists.
    """
    new_offsets = np.empty_like(offsets)
    members = np.empty(chosen.sum(), dtype=np.int64)
    stop = 0
    for event in range(offsets.shape[0] - 1):
        new_offsets[event] = stop
        start = stop
        if offsets[event + 1] - offsets[event] > LONG_LIST:
            found = offsets[event] + np.flatnonzero(chosen[offsets[event] : offsets[event + 1]])
            stop += found.shape[0]
            members[start:stop] = found[np.argsort(-pt[found], kind="mergesort")]
            continue
        for index in range(offsets[event], offsets[event + 1]):
            if chosen[index]:
                place = stop
                while place > start and pt[members[place - 1]] < pt[index]:
                    members[place] = members[place - 1]
                    place -= 1
                members[place] = index
                stop += 1
    new_offsets[-1] = stop
    return new_offsets, members


@compile_when_called()
def _list_members(
    offsets: NDArray[np.int64], rows: NDArray[np.int64], new_offsets: NDArray[np.int64]
) -> NDArray[np.int64]:
    members = np.empty(new_offsets[-1], dtype=np.int64)
    for row in range(rows.shape[0]):
        shift = offsets[rows[row]] - new_offsets[row]
        for place in range(new_offsets[row], new_offsets[row + 1]):
            members[place] = place + shift
    return members


@compile_when_called()
def _sum_members(offsets: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    sums = np.zeros(offsets.shape[0] - 1)
    for event in range(sums.shape[0]):
        for index in range(offsets[event], offsets[event + 1]):
            sums[event] += values[index]
    return sums
