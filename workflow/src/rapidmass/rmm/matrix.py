"""Rapidity-mass matrices of many events, sparse and dense."""

from collections.abc import Mapping
from dataclasses import dataclass

import awkward as ak
import numpy as np
from numpy.typing import ArrayLike, NDArray

from rapidmass.rmm import kernel
from rapidmass.rmm.layout import Layout

LARGEST_ETA = 100.0  # beyond any detector, and far from overflow
KINEMATICS = ("pt", "eta", "phi", "mass")


@dataclass(frozen=True)
class SparseMatrices:
    """The filled cells of many matrices.

    Parameters
    ----------
    layout
        What the cells mean.
    values
        Shape (all filled cells,): float32, event after event.
    offsets
        Shape (events + 1,): int64, where each event's values start.
    counts
        Shape (events, types): uint8, filled slots of each type.
    """

    layout: Layout
    values: NDArray[np.float32]
    offsets: NDArray[np.int64]
    counts: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.counts)


def count_values(counts: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Count the stored cells of each event.

    Parameters
    ----------
    counts
        Shape (events, types): filled slots of each type.

    Returns
    -------
    ndarray of int64, shape (events,)
        1 + 2n + n^2 with n the number of objects.
    """
    n: NDArray[np.int64] = counts.sum(axis=1, dtype=np.int64)
    return (n + 1) * (n + 1)


def build_sparse(
    layout: Layout, objects: Mapping[str, ak.Array], met: ArrayLike, met_phi: ArrayLike
) -> SparseMatrices:
    """Compute the filled cells of the matrices of many events.

    Parameters
    ----------
    layout
        Types, multiplicities and convention.
    objects
        For each type of the layout, a jagged record array (events x objects) with fields `pt`,
        `eta`, `phi`, `mass` in GeV and radians. Objects need no order; those beyond the slots,
        counted by falling pT, are left out.
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
        positive, an |eta| beyond 100 or a mass negative; the message names the first event.
    """
    met_array = np.ascontiguousarray(met, dtype=np.float64)
    phi_array = np.ascontiguousarray(met_phi, dtype=np.float64)
    n_events = len(met_array)
    if len(phi_array) != n_events:
        raise ValueError(f"{n_events} values of met but {len(phi_array)} of met_phi")
    _check_numbers("met", met_array, met_array >= 0, np.arange(n_events + 1))
    _check_numbers("met_phi", phi_array, np.isfinite(phi_array), np.arange(n_events + 1))
    columns = {name: _flatten(name, objects, n_events) for name in layout.types}
    offsets = np.empty((len(columns), n_events + 1), dtype=np.int64)
    start = 0
    for row, (type_offsets, kinematics) in enumerate(columns.values()):
        offsets[row] = type_offsets + start
        start += kinematics.shape[1]
    pt, eta, phi, mass = np.concatenate([columns[name][1] for name in layout.types], axis=1)
    capacities = layout.capacities
    counts = np.minimum(np.diff(offsets, axis=1), capacities[:, None]).T.astype(np.uint8)
    value_offsets = np.concatenate(([0], np.cumsum(count_values(counts))))
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
    return SparseMatrices(layout, values, value_offsets, np.ascontiguousarray(counts))


def densify(
    matrices: SparseMatrices,
    *,
    padding: float | NDArray[np.float32] = 0.0,
    scale: NDArray[np.float32] | None = None,
    shift: NDArray[np.float32] | None = None,
    out: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Spread filled cells over dense rows, scaling them on the way.

    Parameters
    ----------
    matrices
        What to spread.
    padding
        What absent cells hold (after scaling): one number, or one per cell.
    scale, shift
        Shape (D * D,): filled cells become value * scale + shift. Identity where absent.
    out
        Shape (events, D * D), C-ordered float32: a buffer to reuse.

    Returns
    -------
    ndarray of float32, shape (events, D * D)
        One row an event, cells row by row; `out` if it was given.
    """
    n_cells = matrices.layout.n_cells
    if out is None:
        out = np.empty((len(matrices), n_cells), dtype=np.float32)
    out[:] = padding
    kernel.scatter_values(
        matrices.values,
        matrices.offsets,
        matrices.counts,
        matrices.layout.capacities,
        np.ones(n_cells, np.float32) if scale is None else scale,
        np.zeros(n_cells, np.float32) if shift is None else shift,
        out,
    )
    return out


def build(
    layout: Layout, objects: Mapping[str, ak.Array], met: ArrayLike, met_phi: ArrayLike
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
    """
    sparse = build_sparse(layout, objects, met, met_phi)
    return densify(sparse).reshape(len(sparse), layout.size, layout.size)


def _flatten(
    name: str, objects: Mapping[str, ak.Array], n_events: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    if name not in objects:
        raise ValueError(f"objects of type {name!r} are missing; given: {sorted(objects)}")
    records = objects[name]
    if len(records) != n_events:
        raise ValueError(f"{len(records)} events of {name!r} but {n_events} values of met")
    missing = [key for key in KINEMATICS if key not in records.fields]
    if missing:
        raise ValueError(f"objects of type {name!r} lack the fields {missing}")
    counts = ak.to_numpy(ak.num(records, axis=1)).astype(np.int64)
    offsets = np.concatenate(([0], np.cumsum(counts)))
    flat = ak.flatten(records, axis=1)
    kinematics = np.empty((len(KINEMATICS), offsets[-1]), dtype=np.float64)
    for row, key in enumerate(KINEMATICS):
        kinematics[row] = ak.to_numpy(flat[key])
    pt, eta, phi, mass = kinematics
    for key, column, good in (
        ("pt", pt, pt > 0),
        ("eta", eta, np.abs(eta) < LARGEST_ETA),
        ("phi", phi, np.isfinite(phi)),
        ("mass", mass, mass >= 0),
    ):
        _check_numbers(f"{key} of {name}", column, good, offsets)
    return offsets, kinematics


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
