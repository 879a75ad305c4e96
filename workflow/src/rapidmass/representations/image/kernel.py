"""Compiled loops from constituents to pixels.

All arithmetic runs in float64 and is rounded once, on storage. Positions are differences in
pseudorapidity and azimuth from the centre; turning them is no Lorentz transformation, so that it
changes the mass of a jet slightly.
"""

import math

import numpy as np
from numpy.typing import NDArray

from rapidmass.provenance.compilation import compile_function

AXIS, CENTROID, HARDEST, ORIGIN = 0, 1, 2, 3
PT, FRACTION, ROOT, LOG = 0, 1, 2, 3
_TURN = 2 * math.pi


@compile_function("numpy")
def wrap(angle: float) -> float:
    """Bring an angle into [-pi, pi)."""
    return angle - _TURN * math.floor((angle + math.pi) / _TURN)


@compile_function("numpy")
def find_centre(
    pt: NDArray[np.float64], eta: NDArray[np.float64], phi: NDArray[np.float64], centre: int
) -> tuple[float, float]:
    """Find the pseudorapidity and azimuth that become the centre of a jet's image."""
    if centre == ORIGIN:
        return 0.0, 0.0
    hardest = 0
    for k in range(1, len(pt)):
        if pt[k] > pt[hardest]:
            hardest = k
    if centre == HARDEST:
        return eta[hardest], phi[hardest]
    x, y, z, total = 0.0, 0.0, 0.0, 0.0
    first, second = 0.0, 0.0
    for k in range(len(pt)):
        x += pt[k] * math.cos(phi[k])
        y += pt[k] * math.sin(phi[k])
        z += pt[k] * math.sinh(eta[k])
        total += pt[k]
        first += pt[k] * eta[k]
        # from the hardest constituent, beside which the jet is not cut in two
        second += pt[k] * wrap(phi[k] - phi[hardest])
    if centre == AXIS:
        return math.asinh(z / max(math.hypot(x, y), 1e-12)), math.atan2(y, x)
    return first / total, phi[hardest] + second / total


@compile_function("numpy")
def turn(pt: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    """Turn the principal axis to the vertical, with the larger momentum above; in place."""
    xx, xy, yy = 0.0, 0.0, 0.0
    for k in range(len(pt)):
        xx += pt[k] * x[k] * x[k]
        xy += pt[k] * x[k] * y[k]
        yy += pt[k] * y[k] * y[k]
    if xx == 0 and yy == 0:
        return
    angle = 0.5 * math.atan2(2 * xy, xx - yy)  # of the axis with the larger second moment
    cosine, sine = math.cos(angle), math.sin(angle)
    above = 0.0
    for k in range(len(pt)):
        along = cosine * x[k] + sine * y[k]
        above += pt[k] * np.sign(along)
        x[k], y[k] = sine * x[k] - cosine * y[k], along
    if above < 0:
        for k in range(len(pt)):
            x[k], y[k] = -x[k], -y[k]


@compile_function("numpy")
def mirror(pt: NDArray[np.float64], x: NDArray[np.float64]) -> None:
    """Mirror a jet whose left half has the larger momentum; in place."""
    right = 0.0
    for k in range(len(pt)):
        right += pt[k] * np.sign(x[k])
    if right < 0:
        for k in range(len(pt)):
            x[k] = -x[k]


@compile_function("numpy")
def place(
    pt: NDArray[np.float64],
    eta: NDArray[np.float64],
    phi: NDArray[np.float64],
    choices: tuple[int, bool, bool, int],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Place the constituents of a jet in its image, as `fill_cells` is told to."""
    eta0, phi0 = find_centre(pt, eta, phi, choices[0])
    x, y = np.empty(len(pt)), np.empty(len(pt))
    for k in range(len(pt)):
        x[k] = eta[k] - eta0
        y[k] = wrap(phi[k] - phi0)
    if choices[1]:
        turn(pt, x, y)
    if choices[2]:
        mirror(pt, x)
    return x, y


@compile_function("numpy")
def express(value: float, total: float, intensity: int) -> float:
    """Express the transverse momentum of a pixel, given that of the whole jet."""
    if intensity == PT:
        return value
    if intensity == LOG:
        return math.log1p(value)
    if intensity == ROOT:
        return math.sqrt(value / total)
    return value / total


@compile_function("numpy")
def fill_cells(
    offsets: NDArray[np.int64],
    vectors: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    channel: NDArray[np.int64],
    size: tuple[int, float, int],
    choices: tuple[int, bool, bool, int],
    cells: NDArray[np.uint16],
    values: NDArray[np.float32],
    counts: NDArray[np.int64],
    outside: NDArray[np.float32],
) -> int:
    """Fill the lit pixels of each jet, by rising number; say how many there are.

    Parameters
    ----------
    offsets
        Shape (jets + 1,): where the constituents of each jet begin.
    vectors, channel
        Shape (constituents,) each: transverse momentum, pseudorapidity, azimuth; channel.
    size
        Pixels along a side, width, number of channels.
    choices
        Centre, whether to rotate, whether to flip, intensity.
    cells, values
        Shape (constituents,): numbers of the lit pixels and what they hold, jet after jet;
        overwritten.
    counts, outside
        Shape (jets,): lit pixels, and share of the momentum beyond the edges; overwritten.
    """
    pixels, width, n_channels = size
    dense = np.zeros(pixels * pixels * n_channels)
    lit = np.zeros(len(dense), np.uint16)
    done = 0
    for jet in range(len(offsets) - 1):
        start, stop = offsets[jet], offsets[jet + 1]
        counts[jet], outside[jet] = 0, 0
        if start == stop:
            continue
        pt = vectors[0][start:stop]
        x, y = place(pt, vectors[1][start:stop], vectors[2][start:stop], choices)
        n, total, lost = 0, 0.0, 0.0
        for k in range(stop - start):
            total += pt[k]
            column = math.floor((x[k] + width / 2) / width * pixels)
            row = math.floor((y[k] + width / 2) / width * pixels)
            if min(row, column) < 0 or max(row, column) >= pixels:
                lost += pt[k]
                continue
            cell = (channel[start + k] * pixels + row) * pixels + column
            if dense[cell] == 0:
                lit[n] = cell
                n += 1
            dense[cell] += pt[k]
        lit[:n].sort()
        for k in range(n):
            cells[done + k], values[done + k] = lit[k], express(dense[lit[k]], total, choices[3])
            dense[lit[k]] = 0
        counts[jet], outside[jet] = n, lost / total
        done += n
    return done
