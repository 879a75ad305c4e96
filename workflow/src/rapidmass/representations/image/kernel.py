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
NOTHING = 1e-9


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
def light(
    dense: NDArray[np.float64], lit: NDArray[np.uint16], number: int, cell: int, pt: float
) -> int:
    """Add momentum to a pixel; how many are lit then."""
    if dense[cell] == 0:
        lit[number] = cell
        number += 1
    dense[cell] += pt
    return number


@compile_function("numpy")
def turn_pixels(
    dense: NDArray[np.float64],
    lit: NDArray[np.uint16],
    number: int,
    size: tuple[int, float, int],
    steps: tuple[bool, bool],
) -> tuple[int, float]:
    """Turn and mirror filled pixels, as older images were made.

    The momentum of a pixel goes to the middle of its new place, and is shared among the four
    pixels around it, the nearer the more (bilinear).

    Parameters
    ----------
    dense, lit, number
        What pixels hold, numbers of the lit ones and how many these are; overwritten.
    size
        As of `fill_cells`.
    steps
        Whether to rotate, and whether to flip.

    Returns
    -------
    tuple
        How many are lit then, and the momentum beyond the edges.
    """
    pixels, width, _ = size
    area, step = pixels * pixels, width / pixels
    old = lit[:number].copy()
    pt, x, y = np.empty(number), np.empty(number), np.empty(number)
    for k in range(number):
        place_in_channel = old[k] % area
        pt[k], dense[old[k]] = dense[old[k]], 0
        x[k] = (place_in_channel % pixels + 0.5) * step - width / 2
        y[k] = (place_in_channel // pixels + 0.5) * step - width / 2
    if steps[0]:
        turn(pt, x, y)
    if steps[1]:
        mirror(pt, x)
    lost, filled = 0.0, 0
    for k in range(number):
        across, up = (x[k] + width / 2) / step - 0.5, (y[k] + width / 2) / step - 0.5
        left, below = math.floor(across), math.floor(up)
        for column in range(left, left + 2):
            for row in range(below, below + 2):
                share = (1 - abs(across - column)) * (1 - abs(up - row))
                if share < NOTHING:  # by rounding alone
                    continue
                part = pt[k] * share
                if min(row, column) < 0 or max(row, column) >= pixels:
                    lost += part
                else:
                    cell = old[k] // area * area + row * pixels + column
                    filled = light(dense, lit, filled, cell, part)
    return filled, lost


@compile_function("numpy")
def fill_cells(
    offsets: NDArray[np.int64],
    vectors: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    channel: NDArray[np.int64],
    size: tuple[int, float, int],
    choices: tuple[int, bool, bool, int],
    of_pixels: bool,
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
    of_pixels
        Whether filled pixels are rotated and flipped, and not constituents.
    cells, values
        Shape (constituents,), four times as many with `of_pixels`: numbers of the lit pixels and
        what they hold, jet after jet; overwritten.
    counts, outside
        Shape (jets,): lit pixels, and share of the momentum beyond the edges; overwritten.
    """
    pixels, width, n_channels = size
    dense = np.zeros(pixels * pixels * n_channels)
    lit = np.zeros(len(dense), np.uint16)
    done = 0
    first = (choices[0], False, False, choices[3]) if of_pixels else choices
    for jet in range(len(offsets) - 1):
        start, stop = offsets[jet], offsets[jet + 1]
        counts[jet], outside[jet] = 0, 0
        if start == stop:
            continue
        pt = vectors[0][start:stop]
        x, y = place(pt, vectors[1][start:stop], vectors[2][start:stop], first)
        n, total, lost = 0, 0.0, 0.0
        for k in range(stop - start):
            total += pt[k]
            column = math.floor((x[k] + width / 2) / width * pixels)
            row = math.floor((y[k] + width / 2) / width * pixels)
            if min(row, column) < 0 or max(row, column) >= pixels:
                lost += pt[k]
                continue
            cell = (channel[start + k] * pixels + row) * pixels + column
            n = light(dense, lit, n, cell, pt[k])
        if of_pixels and n > 0 and (choices[1] or choices[2]):
            n, beyond = turn_pixels(dense, lit, n, size, (choices[1], choices[2]))
            lost += beyond
        lit[:n].sort()
        for k in range(n):
            cells[done + k], values[done + k] = lit[k], express(dense[lit[k]], total, choices[3])
            dense[lit[k]] = 0
        counts[jet], outside[jet] = n, lost / total
        done += n
    return done
