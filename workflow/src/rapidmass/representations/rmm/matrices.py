"""Rapidity-mass matrices of many events, sparse and dense."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rapidmass.columnar.four_vectors import KINEMATICS, FourVectors, count_offsets, stack_types
from rapidmass.representations.rmm import kernel
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.sparse import SparseMatrices, count_values

if TYPE_CHECKING:
    import awkward as ak

LARGEST_ETA = 100.0  # beyond any detector, and far from overflow


def build_sparse(
    layout: Layout,
    objects: Mapping[str, FourVectors | ak.Array],
    met: ArrayLike,
    met_phi: ArrayLike,
) -> SparseMatrices:
    """Compute the filled cells of the matrices of many events.

    Parameters
    ----------
    layout
        Types, multiplicities and convention.
    objects
        For each type of the layout its four-vectors, or a jagged record array (events x objects)
        with fields `pt`, `eta`, `phi`, `mass` in GeV and radians. Objects need no order; those
        beyond the slots, counted by falling pT, are left out.
    met, met_phi
        Shape (events,): missing transverse momentum in GeV, and its azimuth.

    Returns
    -------
    SparseMatrices
        Evaluated in float64, stored as float32.

    Raises
    ------
    ValueError
        If a type or field is missing, lengths differ, or a number is not finite, a pT not
        positive, an |eta| beyond 100 or a mass negative, or a cell would not be finite; the message
        names the first event.
    """
    met_array = np.ascontiguousarray(met, dtype=np.float64)
    phi_array = np.ascontiguousarray(met_phi, dtype=np.float64)
    n_events = len(met_array)
    if len(phi_array) != n_events:
        raise ValueError(f"{n_events} values of met but {len(phi_array)} of met_phi")
    _check_numbers("met", met_array, met_array >= 0, np.arange(n_events + 1))
    _check_numbers("met_phi", phi_array, np.isfinite(phi_array), np.arange(n_events + 1))
    types = [_get_vectors(name, objects, n_events) for name in layout.types]
    offsets, kinematics = stack_types(types)
    pt, eta, phi, mass = kinematics
    if kernel.find_invalid(pt, eta, phi, mass, LARGEST_ETA) >= 0:
        for name, vectors in zip(layout.types, types, strict=True):
            _check_vectors(name, vectors)
    capacities = layout.capacities
    counts = np.minimum(np.diff(offsets, axis=1), capacities[:, None]).T.astype(np.uint8)
    value_offsets = count_offsets(count_values(counts))
    values = np.empty(value_offsets[-1], dtype=np.float32)
    kernel.fill_matrices(
        offsets,
        pt,
        eta,
        phi,
        mass,
        met_array,
        phi_array,
        capacities,
        value_offsets,
        values,
        layout.convention == "reference",
        float(layout.sqrt_s),
        float(layout.angular_scale),
    )
    _check_cells(values, value_offsets)
    return SparseMatrices(layout, values, value_offsets, np.ascontiguousarray(counts))


def _check_cells(values: NDArray[np.float32], offsets: NDArray[np.int64]) -> None:
    with np.errstate(all="ignore"):
        if np.isfinite(values.sum()):  # then each of them is
            return
    wrong = np.flatnonzero(~np.isfinite(values))
    if wrong.size:
        event = int(np.searchsorted(offsets, wrong[0], side="right")) - 1
        raise ValueError(
            f"a cell of the matrix of event {event} is {values[wrong[0]]}: a pt is too small, or "
            "sqrt_s or angular_scale of the layout too small or large for numbers of 32 bits"
        )


def build(
    layout: Layout,
    objects: Mapping[str, FourVectors | ak.Array],
    met: ArrayLike,
    met_phi: ArrayLike,
) -> NDArray[np.float32]:
    """Compute dense rapidity-mass matrices.

    Parameters
    ----------
    layout, objects, met, met_phi
        As in `build_sparse`.

    Returns
    -------
    ndarray of float32, shape (events, D, D)
        Absent cells hold 0.

    Raises
    ------
    ValueError
        As `build_sparse`.

    Examples
    --------
    An electron and a positron back to back, and no missing momentum:

    >>> import awkward as ak
    >>> from rapidmass.representations.rmm.layout import Layout
    >>> pair = [{"pt": 45.0, "eta": 0.0, "phi": phi, "mass": 0.0} for phi in (0.0, 3.14159265)]
    >>> build(Layout({"ele": 2}), {"ele": ak.Array([pair])}, [0.0], [0.0])[0].round(2).tolist()
    [[0.0, 45.0, 45.0], [0.0, 45.0, 90.0], [0.0, 0.0, 0.0]]
    """
    sparse = build_sparse(layout, objects, met, met_phi)
    return sparse.fill().reshape(len(sparse), layout.size, layout.size)


def _get_vectors(
    name: str, objects: Mapping[str, FourVectors | ak.Array], n_events: int
) -> FourVectors:
    if name not in objects:
        raise ValueError(f"objects of type {name!r} are missing; given: {sorted(objects)}")
    found = objects[name]
    if len(found) != n_events:
        raise ValueError(f"{len(found)} events of {name!r} but {n_events} values of met")
    if isinstance(found, FourVectors):
        return found
    missing = [key for key in KINEMATICS if key not in found.fields]
    if missing:
        raise ValueError(f"objects of type {name!r} lack the fields {missing}")
    return FourVectors.from_awkward(found)


def _check_vectors(name: str, vectors: FourVectors) -> None:
    for key, good in (
        ("pt", vectors.pt > 0),
        ("eta", np.abs(vectors.eta) < LARGEST_ETA),
        ("phi", np.isfinite(vectors.phi)),
        ("mass", vectors.mass >= 0),
    ):
        _check_numbers(f"{key} of {name}", getattr(vectors, key), good, vectors.offsets)


def _check_numbers(
    what: str,
    column: NDArray[np.float64],
    good: NDArray[np.bool_],
    offsets: NDArray[np.int64],
) -> None:
    bad = np.flatnonzero(~(good & np.isfinite(column)))
    if bad.size:
        event = int(np.searchsorted(offsets, bad[0], side="right")) - 1
        raise ValueError(
            f"{what} is {column[bad[0]]} in event {event} ({bad.size} such values): "
            "it must be finite and in range (pt > 0, |eta| < 100, mass and met >= 0)"
        )
