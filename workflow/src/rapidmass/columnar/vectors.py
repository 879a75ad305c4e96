"""Four-vectors as values of expressions: one an event, or a list an event."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.arithmetic import EXACT_IN_DOUBLE
from rapidmass.columnar.jagged import Jagged, Values
from rapidmass.provenance.lazy_compilation import compile_when_called

POLAR = ("pt", "eta", "phi", "mass")
CARTESIAN = ("energy", "px", "py", "pz")
ATTRIBUTES = (*POLAR, *CARTESIAN, "rapidity")
TRANSVERSE = ("pt", "phi", "px", "py")


class Vectors:
    """Four-vectors, or transverse ones, of some events.

    Parameters
    ----------
    columns
        pT, eta, phi and mass; or energy and momentum; or, of transverse vectors, pT and phi or
        px and py; and further attributes. Flat arrays: one element a vector. NaN is absent.
    offsets
        Shape (events + 1,): where the vectors of each event start. None: each event has one.
    species
        Shape (vectors,): which object of the ntuple format a vector is one of; None if of none.
    is_number
        Whether it stands for its pT where a number is needed.
    """

    def __init__(
        self,
        columns: Mapping[str, NDArray[Any]],
        offsets: NDArray[np.int64] | None = None,
        species: NDArray[np.int64] | None = None,
        *,
        is_number: bool = False,
    ) -> None:
        self._columns = dict(columns)
        self.names = tuple(name for name in columns if name not in ATTRIBUTES)
        self.offsets, self.species, self.is_number = offsets, species, is_number
        self.is_transverse = not {"eta", "pz"} & columns.keys()

    def __len__(self) -> int:
        if self.offsets is not None:
            return len(self.offsets) - 1
        return len(next(iter(self._columns.values())))

    def describe(self) -> str:
        """Say what it is, for an error."""
        if self.is_transverse:
            return "a transverse vector"
        return "a four-vector" if self.offsets is None else "a list of four-vectors"

    def take(self, name: str) -> NDArray[Any]:
        """Take an attribute of every vector.

        Parameters
        ----------
        name
            One of `ATTRIBUTES`, or a further attribute.

        Returns
        -------
        ndarray, shape (vectors,)
            Computed once.

        Raises
        ------
        TypeError
            If there is none of this name; the message has those that there are.
        """
        if name not in self._columns:
            known = TRANSVERSE if self.is_transverse else ATTRIBUTES
            if name not in known:
                raise TypeError(
                    f"{self.describe()} has no .{name}; it has "
                    f"{', '.join(f'.{key}' for key in (*known, *self.names))}"
                )
            self._columns |= self._derive(name)
        return self._columns[name]

    def give(self, name: str) -> Values:
        """Give an attribute as expressions take it: one number an event, or a list."""
        column = self.take(name)
        return column if self.offsets is None else Jagged(self.offsets, column)

    def _derive(self, name: str) -> dict[str, NDArray[Any]]:
        if self.is_transverse:
            if "pt" in self._columns:
                pt, phi = (self._columns[key] for key in ("pt", "phi"))
                return {"px": pt * np.cos(phi), "py": pt * np.sin(phi)}
            px, py = (self._columns[key] for key in ("px", "py"))
            return {"pt": np.hypot(px, py), "phi": np.arctan2(py, px)}
        if name in CARTESIAN:
            found = _find_components(*(self._columns[key] for key in POLAR))
            return dict(zip(CARTESIAN, found, strict=True))
        with np.errstate(all="ignore"):
            if name == "rapidity":
                energy, pz = self.take("energy"), self.take("pz")
                return {"rapidity": 0.5 * np.log((energy + pz) / (energy - pz))}
            energy, px, py, pz = (self._columns[key] for key in CARTESIAN)
            pt = np.hypot(px, py)
            square = energy * energy - px * px - py * py - pz * pz
            return {
                "pt": pt,
                "eta": np.arcsinh(pz / pt),
                "phi": np.arctan2(py, px),
                "mass": np.sqrt(np.maximum(square, 0.0)),
            }

    def take_member(self, number: int) -> "Vectors":
        """Take the member with a number, from 0: absent where a list is too short."""
        if self.offsets is None:
            raise TypeError(f"[{number}] is of a list of objects, and is given one vector")
        here = np.diff(self.offsets) > number
        places = self.offsets[:-1][here] + number
        columns = {
            name: _leave_room(self.take(name)[places], here) for name in (*POLAR, *self.names)
        }
        species = None
        if self.species is not None:
            species = np.full(len(here), -1, dtype=np.int64)
            species[here] = self.species[places]
        return Vectors(columns, species=species)

    def sum_members(self) -> "Vectors":
        """Add the vectors of each event: absent where an event has none."""
        if self.offsets is None:
            return self
        components = np.stack([self.take(key) for key in CARTESIAN])
        return Vectors(dict(zip(CARTESIAN, _add_members(self.offsets, components), strict=True)))


def add_vectors(terms: Sequence[Vectors]) -> Vectors:
    """Add vectors, one an event each: transverse ones if one of them is, absent if one is absent.

    Parameters
    ----------
    terms
        At least one.

    Returns
    -------
    Vectors
        One an event.
    """
    if len(terms) == 1:
        return terms[0]
    names = CARTESIAN if not any(term.is_transverse for term in terms) else ("px", "py")
    columns = {}
    for name in names:
        total = terms[0].take(name)
        for term in terms[1:]:
            total = total + term.take(name)
        columns[name] = total
    return Vectors(columns)


def merge_lists(lists: Sequence[Vectors]) -> Vectors:
    """Merge lists of the same events by falling pT; of equal pT the list that comes first leads.

    Parameters
    ----------
    lists
        At least one, with lists an event each.

    Returns
    -------
    Vectors
        With the attributes that all of them have.
    """
    offsets = [vectors.offsets for vectors in lists if vectors.offsets is not None]
    if len(offsets) < len(lists):
        raise TypeError("lists of objects are needed, and one vector an event is given")
    counts = np.stack([np.diff(one) for one in offsets])
    events = np.concatenate([np.repeat(np.arange(len(row)), row) for row in counts])
    pt = np.concatenate([vectors.take("pt") for vectors in lists])
    order = np.lexsort((-pt, events))  # stable
    merged = np.zeros(counts.shape[1] + 1, dtype=np.int64)
    np.cumsum(counts.sum(axis=0), out=merged[1:])
    shared = [name for name in lists[0].names if all(name in one.names for one in lists)]
    columns = {
        name: np.concatenate([one.take(name) for one in lists])[order] for name in (*POLAR, *shared)
    }
    species = [one.species for one in lists if one.species is not None]
    known = np.concatenate(species)[order] if len(species) == len(lists) else None
    return Vectors(columns, merged, known)


def _leave_room(chosen: NDArray[Any], here: NDArray[np.bool_]) -> NDArray[Any]:
    """Spread what is there over all events; numbers are NaN elsewhere, flags are false.

    The type does not depend on which events there are.
    """
    if chosen.dtype.kind == "b":
        flags = np.zeros(len(here), dtype=np.bool_)
        flags[here] = chosen
        return flags
    if chosen.dtype.kind in "iu" and any(
        abs(int(edge)) > EXACT_IN_DOUBLE for edge in (chosen.min(initial=0), chosen.max(initial=0))
    ):
        raise ValueError(
            "an event without the member counts as NaN, beside which integers above 2^53 of other "
            "events would change"
        )
    found = np.full(len(here), np.nan)
    found[here] = chosen
    return found


@compile_when_called("numpy")
def _find_components(
    pt: NDArray[np.float64],
    eta: NDArray[np.float64],
    phi: NDArray[np.float64],
    mass: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Find energy, px, py and pz, by the operations that the masses of leptons are made of."""
    found = np.empty((4, pt.shape[0]))
    for i in range(pt.shape[0]):
        growth = math.exp(eta[i])
        z = 0.5 * pt[i] * (growth - 1.0 / growth)
        x, y = pt[i] * math.cos(phi[i]), pt[i] * math.sin(phi[i])
        found[0, i] = math.sqrt(x * x + y * y + z * z + mass[i] * mass[i])
        found[1, i], found[2, i], found[3, i] = x, y, z
    return found


@compile_when_called()
def _add_members(
    offsets: NDArray[np.int64], components: NDArray[np.float64]
) -> NDArray[np.float64]:
    sums = np.zeros((components.shape[0], offsets.shape[0] - 1))
    for event in range(sums.shape[1]):
        for row in range(sums.shape[0]):
            for index in range(offsets[event], offsets[event + 1]):
                sums[row, event] += components[row, index]
            if offsets[event] == offsets[event + 1]:
                sums[row, event] = np.nan
    return sums
