"""Compiled loops that fill rapidity-mass matrices.

All arithmetic runs in float64 and is rounded once, on storage. `np.float64(x)` is deliberate: in
numba, `float(x)` of a float32 stays a float32.

An event with n objects fills 1 + 2n + n^2 cells. Its values are stored in this order: MET; then
for each object in slot order: row-0 cell, column-0 cell, diagonal cell; then, with each earlier
object, mass and rapidity difference. Which cells these are follows from the counts alone.
"""

import math

import numpy as np
from numpy.typing import NDArray

from rapidmass.provenance.compilation import compile_function

# Of what `scatter_values` reads ahead: few enough lines of cache to stay there until they are used.
EVENTS_AHEAD = 64
LINES_AHEAD = 4
VALUES_PER_LINE = 16


@compile_function("numpy")
def select_leading(
    pt: NDArray[np.float64], start: int, stop: int, chosen: NDArray[np.int64], capacity: int
) -> int:
    """Put the indices of the `capacity` hardest objects into `chosen`, by falling pT.

    Insertion sort: stable (ties keep their order) and fastest for a handful of objects.

    Returns
    -------
    int
        How many were chosen.
    """
    n = 0
    for index in range(start, stop):
        place = n
        while place > 0 and pt[chosen[place - 1]] < pt[index]:
            place -= 1
        if place >= capacity:
            continue
        n = min(n + 1, capacity)
        for k in range(n - 1, place, -1):
            chosen[k] = chosen[k - 1]
        chosen[place] = index
    return n


@compile_function("numpy")
def find_invalid(
    pt: NDArray[np.float64],
    eta: NDArray[np.float64],
    phi: NDArray[np.float64],
    mass: NDArray[np.float64],
    largest_eta: float,
) -> int:
    """Find the first object of which no cell can be computed, -1 if there is none."""
    for index in range(pt.shape[0]):
        good = 0.0 < pt[index] < np.inf and abs(eta[index]) < largest_eta
        good &= abs(phi[index]) < np.inf and 0.0 <= mass[index] < np.inf
        if not good:
            return index
    return -1


@compile_function("numpy")
def fill_matrices(
    offsets: NDArray[np.int64],
    pt: NDArray[np.float64],
    eta: NDArray[np.float64],
    phi: NDArray[np.float64],
    mass: NDArray[np.float64],
    met: NDArray[np.float64],
    met_phi: NDArray[np.float64],
    capacities: NDArray[np.int64],
    value_offsets: NDArray[np.int64],
    values: NDArray[np.float32],
    reference: bool,
    sqrt_s: float,
    angular_scale: float,
) -> None:
    """Fill the stored cells of every event.

    Parameters
    ----------
    offsets
        Shape (types, events + 1): where each event's objects lie in the kinematic arrays.
    pt, eta, phi, mass
        Shape (objects,): kinematics in GeV and radians, all types one after the other.
    met, met_phi
        Shape (events,): missing transverse momentum in GeV and its azimuth.
    capacities
        Shape (types,): slots of each type.
    value_offsets
        Shape (events + 1,): where each event's values go.
    values
        Filled with the cells, in the order that the module describes.
    reference
        Whether the `reference` convention is meant, else `thesis`.
    sqrt_s, angular_scale
        Centre-of-mass energy in GeV, and C.
    """
    slots = capacities.sum()
    chosen = np.empty(capacities.max(), dtype=np.int64)
    px, py, m, mt = np.empty(slots), np.empty(slots), np.empty(slots), np.empty(slots)
    # exp(y / 2) and exp(-y / 2), so that cosh(dy / 2) costs no division
    expy, inverse = np.empty(slots), np.empty(slots)
    unit = 1.0 / sqrt_s if reference else 1.0
    for event in range(met.shape[0]):
        out = value_offsets[event]
        met_x = met[event] * math.cos(met_phi[event])
        met_y = met[event] * math.sin(met_phi[event])
        values[out] = np.float32(met[event] * unit)
        out += 1
        n = 0
        for kind in range(capacities.shape[0]):
            found = select_leading(
                pt, offsets[kind, event], offsets[kind, event + 1], chosen, capacities[kind]
            )
            previous = 0.0
            for rank in range(found):
                source = chosen[rank]
                pt_i, m_i = pt[source], mass[source]
                growth = math.exp(eta[source])
                pz = 0.5 * pt_i * (growth - 1.0 / growth)
                mt2 = pt_i * pt_i + m_i * m_i
                mt_i = math.sqrt(mt2)
                energy = math.sqrt(mt2 + pz * pz)
                # (E + |pz|) / mT = exp|y|: no difference of large numbers at large |eta|
                half = math.sqrt((energy + abs(pz)) / mt_i)
                expy_i, inverse_i = half, 1.0 / half
                if pz < 0.0:
                    expy_i, inverse_i = inverse_i, expy_i
                px_i, py_i = pt_i * math.cos(phi[source]), pt_i * math.sin(phi[source])
                if reference:
                    # Et = E pT / p
                    transverse = energy * pt_i / math.sqrt(pt_i * pt_i + pz * pz)
                    row = 0.0
                    if met[event] > 0.0:
                        total = transverse + met[event]
                        mt2_met = total * total - (px_i + met_x) ** 2 - (py_i + met_y) ** 2
                        row = math.sqrt(max(mt2_met, 0.0))
                    first = transverse
                else:
                    transverse = pt_i
                    row = mt_i
                    first = mt_i
                values[out] = np.float32(row * unit)
                coshy = 0.5 * (expy_i * expy_i + inverse_i * inverse_i)
                values[out + 1] = np.float32(angular_scale * (coshy - 1.0))
                if rank == 0:
                    values[out + 2] = np.float32(first * unit)
                else:
                    values[out + 2] = np.float32((previous - transverse) / (previous + transverse))
                previous = transverse
                out += 3
                for j in range(n):
                    half_cosh = 0.5 * (expy[j] * inverse_i + inverse[j] * expy_i)
                    # cosh(dy) = 2 cosh(dy/2)^2 - 1
                    coshdy = 2.0 * half_cosh * half_cosh - 1.0
                    m2 = m[j] * m[j] + m_i * m_i
                    m2 += 2.0 * (mt[j] * mt_i * coshdy - px[j] * px_i - py[j] * py_i)
                    values[out] = np.float32(math.sqrt(max(m2, 0.0)) * unit)
                    values[out + 1] = np.float32(angular_scale * (half_cosh - 1.0))
                    out += 2
                px[n], py[n], m[n], mt[n] = px_i, py_i, m_i, mt_i
                expy[n], inverse[n] = expy_i, inverse_i
                n += 1


@compile_function("numpy")
def _read_ahead(values: NDArray[np.float32], offsets: NDArray[np.int64]) -> float:
    """Bring values into the cache; the sum means nothing, but keeps the compiler from dropping it.

    Events may lie anywhere: these loads wait for memory together, not one after the other.
    """
    total = 0.0
    for offset in offsets:
        for line in range(LINES_AHEAD):
            total += values[min(offset + line * VALUES_PER_LINE, values.shape[0] - 1)]
    return total


@compile_function("numpy")
def scatter_values(
    values: NDArray[np.float32],
    value_offsets: NDArray[np.int64],
    counts: NDArray[np.uint8],
    capacities: NDArray[np.int64],
    columns: NDArray[np.int64],
    padding: NDArray[np.float32],
    scale: NDArray[np.float32],
    shift: NDArray[np.float32],
    bounds: tuple[np.float32, np.float32],
    dense: NDArray[np.float32],
    mask: NDArray[np.float32],
) -> float:
    """Write stored cells into dense rows: value * scale + shift, clipped.

    Parameters
    ----------
    values, value_offsets
        Stored cells of all events, and where each event's cells start: shape (events + 1,).
    counts
        Shape (events, types): filled slots of each type.
    capacities
        Shape (types,): slots of each type.
    columns
        Shape (D * D,): where in a row each cell goes, -1 for those that are left out.
    padding
        Shape (columns,): what absent cells hold.
    scale, shift
        Shape (D * D,): per-cell linear map.
    bounds
        What filled cells are clipped to.
    dense
        Shape (events, columns), overwritten.
    mask
        Shape (events, columns), overwritten: 1 for filled cells, else 0; or (events, 0).

    Returns
    -------
    float
        Of `_read_ahead`: means nothing.
    """
    size = 1 + capacities.sum()
    slot = np.zeros(size, dtype=np.int64)  # of the objects so far, MET being the first
    n_events = counts.shape[0]
    touched = 0.0
    for first in range(0, n_events, EVENTS_AHEAD):
        stop = min(first + EVENTS_AHEAD, n_events)
        touched += _read_ahead(values, value_offsets[first:stop])
        for event in range(first, stop):
            dense[event] = padding
            mask[event] = 0.0
            source = value_offsets[event]
            n = 0
            base = 0
            for kind in range(-1, capacities.shape[0]):  # MET is an object of its own type
                for i in range(base, base + (1 if kind < 0 else counts[event, kind])):
                    slot[n] = i
                    for k in range(2 * n + 1):
                        # with MET in row 0, in column 0; diagonal; with each other in turn
                        if k == 2 or n == 0:
                            cell = i * size + i
                        else:
                            j = slot[max(0, (k - 1) // 2)]
                            cell = j * size + i if k == 0 or (k > 2 and k % 2) else i * size + j
                        column = columns[cell]
                        if column < 0:
                            continue
                        value = values[source + k] * scale[cell] + shift[cell]
                        dense[event, column] = min(max(value, bounds[0]), bounds[1])
                        if mask.shape[1] > 0:
                            mask[event, column] = 1.0
                    source += 2 * n + 1
                    n += 1
                base += 1 if kind < 0 else capacities[kind]
    return touched


@compile_function()
def fill_cells(
    counts: NDArray[np.uint8], capacities: NDArray[np.int64], cells: NDArray[np.unsignedinteger]
) -> None:
    """Write which cell each stored value belongs to.

    Parameters
    ----------
    counts, capacities
        As for `scatter_values`.
    cells
        Shape (all filled cells,), overwritten: flat index, row * D + column, of each value.
    """
    size = 1 + capacities.sum()
    slots = np.empty(size, dtype=np.int64)
    place = 0
    for event in range(counts.shape[0]):
        cells[place] = 0
        place += 1
        n = 0
        base = 1
        for kind in range(capacities.shape[0]):
            for rank in range(counts[event, kind]):
                slot = base + rank
                cells[place] = slot
                cells[place + 1] = slot * size
                cells[place + 2] = slot * size + slot
                place += 3
                for j in range(n):
                    cells[place] = slots[j] * size + slot
                    cells[place + 1] = slot * size + slots[j]
                    place += 2
                slots[n] = slot
                n += 1
            base += capacities[kind]
