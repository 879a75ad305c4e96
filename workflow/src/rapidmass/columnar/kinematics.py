"""Functions of four-vectors: masses, angles, pairs.

A function goes over the objects of an event where it is given a list, and gives a list then. What
is absent gives NaN.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.functions import Function
from rapidmass.columnar.jagged import Jagged, Values
from rapidmass.columnar.vectors import (
    CARTESIAN,
    POLAR,
    TRANSVERSE,
    Vectors,
    add_vectors,
    merge_lists,
)
from rapidmass.provenance.lazy_compilation import compile_when_called

# S. Navas et al. (Particle Data Group), Phys. Rev. D 110 (2024) 030001, in GeV
Z_MASS = 91.1880


def _check_vectors(name: str, values: Sequence[Any], *, transverse: bool) -> None:
    for vectors in values:
        if not isinstance(vectors, Vectors):
            raise TypeError(
                f"{name} is of vectors, and is given numbers: name an object, as in ele[0], ljet, "
                "met, without .pt"
            )
        if vectors.is_transverse and not transverse:
            raise TypeError(
                f"{name} needs all of a four-vector, and met has no eta and no mass"
                + ("; mt(a, met) is the transverse mass" if name == "m" else "")
            )


def _over_members(
    name: str, function: Callable[..., NDArray[np.float64]], *, transverse: bool
) -> Callable[..., Values]:
    """Make a function of vectors one of lists, too: beside one list stand vectors of the event."""

    def call(*operands: Values) -> Values:
        _check_vectors(name, operands, transverse=transverse)
        lists = [one for one in operands if one.offsets is not None]
        if not lists:
            return function(*operands)
        if len(lists) > 1:
            raise TypeError(
                f"{name} goes over one list of objects, and is given {len(lists)}: take a member, "
                "as in ljet[0], or the sum of all, as in system(ljet)"
            )
        offsets = lists[0].offsets
        counts = np.diff(offsets)
        found = function(
            *(_repeat(one, counts) if one is not lists[0] else one for one in operands)
        )
        return Jagged(offsets, found)

    return call


def _repeat(vectors: Vectors, counts: NDArray[np.int64]) -> Vectors:
    names = TRANSVERSE if vectors.is_transverse else (*POLAR, *CARTESIAN)
    return Vectors({name: np.repeat(vectors.take(name), counts) for name in names})


def _find_mass(*vectors: Vectors) -> NDArray[np.float64]:
    return add_vectors(vectors).take("mass")


def _find_pt(*vectors: Vectors) -> NDArray[np.float64]:
    return add_vectors(vectors).take("pt")


def _subtract_phi(first: Vectors, second: Vectors) -> NDArray[np.float64]:
    turn = first.take("phi") - second.take("phi")
    wrapped: NDArray[np.float64] = turn - 2 * np.pi * np.round(turn / (2 * np.pi))
    return wrapped


def _subtract_eta(first: Vectors, second: Vectors) -> NDArray[np.float64]:
    difference: NDArray[np.float64] = first.take("eta") - second.take("eta")
    return difference


def _find_distance(first: Vectors, second: Vectors) -> NDArray[np.float64]:
    return np.hypot(_subtract_eta(first, second), _subtract_phi(first, second))


def _find_transverse_mass(first: Vectors, second: Vectors) -> NDArray[np.float64]:
    masses = [0.0 if one.is_transverse else one.take("mass") for one in (first, second)]
    pt = [one.take("pt") for one in (first, second)]
    energies = [np.hypot(momentum, mass) for momentum, mass in zip(pt, masses, strict=True)]
    # as (1 - cos) of a small angle would be lost to rounding
    opening = 2.0 * np.sin(0.5 * _subtract_phi(first, second)) ** 2
    product = energies[0] * energies[1] - pt[0] * pt[1]
    square = masses[0] ** 2 + masses[1] ** 2 + 2.0 * (product + pt[0] * pt[1] * opening)
    return np.asarray(np.sqrt(np.maximum(square, 0.0)))


def _find_stransverse_mass(*operands: Values) -> Values:
    """Find the stransverse mass of two visible systems and two massless invisible particles.

    By the bisection of C. G. Lester, B. Nachman, JHEP 03 (2015) 100, in the library `mt2`.
    """
    from mt2 import mt2  # few expressions need it

    _check_vectors("mt2", operands, transverse=True)
    first, second, missing = operands
    if not missing.is_transverse or first.is_transverse or second.is_transverse:
        raise TypeError("mt2 is of two four-vectors and met: mt2(lep[0], lep[1], met)")
    if any(one.offsets is not None for one in operands):
        raise TypeError("mt2 is of one vector an event each: take members, as in lep[0]")
    columns = [one.take(name) for one in (first, second) for name in ("mass", "px", "py")]
    columns += [missing.take(name) for name in ("px", "py")]
    present = reduce(np.logical_and, map(np.isfinite, columns))
    found = np.full(len(first), np.nan)
    found[present] = mt2(*(column[present] for column in columns), 0.0, 0.0)
    return found


def _add_systems(*operands: Values) -> Values:
    _check_vectors("system", operands, transverse=True)
    return add_vectors([one.sum_members() for one in operands])


def _merge(*operands: Values) -> Values:
    _check_vectors("merge", operands, transverse=False)
    if any(one.offsets is None for one in operands):
        raise TypeError("merge is of lists of objects: merge(ljet, bjet)")
    return merge_lists(operands)


def _pair_to_z(*operands: Values) -> Values:
    _check_vectors("z_pair", operands, transverse=False)
    leptons = operands[0] if len(operands) == 1 else merge_lists(operands)
    if leptons.offsets is None or leptons.species is None:
        raise TypeError("z_pair is of lists of leptons: z_pair(lep), z_pair(muo)")
    if "charge" not in leptons.names:
        raise TypeError(
            "z_pair needs charges: give the collections of the leptons in the ntuple format "
            "'attributes: {charge: <branch>}'"
        )
    components = np.stack([leptons.take(name) for name in CARTESIAN])
    charge = leptons.take("charge").astype(np.float64)
    found = _find_pairs(leptons.offsets, components, charge, leptons.species, Z_MASS)
    return Vectors(dict(zip(CARTESIAN, found, strict=True)))


@compile_when_called("numpy")
def _find_pairs(
    offsets: NDArray[np.int64],
    components: NDArray[np.float64],
    charge: NDArray[np.float64],
    species: NDArray[np.int64],
    mass: float,
) -> NDArray[np.float64]:
    """Add the two of opposite charge and one flavour whose mass is nearest to a given one.

    Of equal ones the first; NaN where there are none.
    """
    found = np.full((4, offsets.shape[0] - 1), np.nan)
    for event in range(found.shape[1]):
        nearest = np.inf
        for i in range(offsets[event], offsets[event + 1]):
            for j in range(i + 1, offsets[event + 1]):
                if species[i] != species[j] or not charge[i] * charge[j] < 0:
                    continue
                energy = components[0, i] + components[0, j]
                x = components[1, i] + components[1, j]
                y = components[2, i] + components[2, j]
                z = components[3, i] + components[3, j]
                square = energy * energy - x * x - y * y - z * z
                far = abs(math.sqrt(max(square, 0.0)) - mass)
                if far < nearest:
                    nearest = far
                    found[0, event], found[1, event] = energy, x
                    found[2, event], found[3, event] = y, z
    return found


VECTOR_FUNCTIONS: Mapping[str, Function] = {
    "m": Function(_over_members("m", _find_mass, transverse=False), ("a",), more=1),
    "pt": Function(_over_members("pt", _find_pt, transverse=True), ("a",), more=1),
    "mt": Function(_over_members("mt", _find_transverse_mass, transverse=True), ("a", "met")),
    "dphi": Function(_over_members("dphi", _subtract_phi, transverse=True), ("a", "b")),
    "deta": Function(_over_members("deta", _subtract_eta, transverse=False), ("a", "b")),
    "dr": Function(_over_members("dr", _find_distance, transverse=False), ("a", "b")),
    "mt2": Function(_find_stransverse_mass, ("a", "b", "met")),
    # vectors
    "merge": Function(_merge, ("a", "b"), more=1),
    "system": Function(_add_systems, ("a",), more=1),
    "z_pair": Function(_pair_to_z, ("leptons",), more=1),
}
