"""Decays by phase space, many at once; energies in GeV, four-momenta as (px, py, pz, energy)."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_MOST_ROUNDS: Final = 10_000


def find_momentum(mass: Floats, first: Floats, second: Floats) -> Floats:
    """Find the momentum of both daughters in the rest frame of what decays to them.

    Parameters
    ----------
    mass, first, second
        Masses of mother and daughters in GeV, shape (decays,).

    Returns
    -------
    ndarray
        In GeV; 0 where the masses of the daughters leave nothing.
    """
    # Review of Particle Physics, Kinematics, eq. 49.16
    square = (mass**2 - (first + second) ** 2) * (mass**2 - (first - second) ** 2)
    return np.sqrt(np.maximum(square, 0)) / (2 * mass)


def boost(momenta: Floats, frame: Floats, mass: Floats) -> Floats:
    """Take four-momenta from the rest frame of a particle to that in which it moves.

    Parameters
    ----------
    momenta
        Shape (particles, 4).
    frame
        Four-momenta of massive particles, shape (particles, 4).
    mass
        Their masses in GeV, which four-momenta of fast particles say less well.

    Returns
    -------
    ndarray
        Shape (particles, 4).
    """
    along = np.einsum("ij,ij->i", momenta[:, :3], frame[:, :3])
    energy = (momenta[:, 3] * frame[:, 3] + along) / mass
    factor = (momenta[:, 3] + energy) / (frame[:, 3] + mass)
    return np.column_stack([momenta[:, :3] + factor[:, None] * frame[:, :3], energy])


def measure_mass(momenta: Floats) -> Floats:
    """Measure the invariant mass of four-momenta, shape (particles, 4), in GeV."""
    square = momenta[:, 3] ** 2 - np.einsum("ij,ij->i", momenta[:, :3], momenta[:, :3])
    return np.asarray(np.sqrt(np.maximum(square, 0)))


def draw_directions(number: int, rng: np.random.Generator) -> Floats:
    """Draw directions, uniform on the sphere.

    Parameters
    ----------
    number
        How many.
    rng
        Random numbers.

    Returns
    -------
    ndarray
        Unit vectors, shape (number, 3).
    """
    cosine = rng.uniform(-1, 1, number)
    azimuth = rng.uniform(-np.pi, np.pi, number)
    sine = np.sqrt(1 - cosine**2)
    return np.column_stack([sine * np.cos(azimuth), sine * np.sin(azimuth), cosine])


def decay_in_two(
    mother: Floats, mass: Floats, first: Floats, second: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Let particles decay to two each, with no direction of their rest frame preferred.

    Parameters
    ----------
    mother
        Four-momenta, shape (decays, 4).
    mass, first, second
        Masses of mother and daughters in GeV, shape (decays,).
    rng
        Random numbers.

    Returns
    -------
    tuple of ndarray
        Four-momenta of first and second daughters, shape (decays, 4) each.
    """
    size = find_momentum(mass, first, second)
    vectors = size[:, None] * draw_directions(len(mass), rng)
    one = boost(np.column_stack([vectors, np.hypot(size, first)]), mother, mass)
    return one, boost(np.column_stack([-vectors, np.hypot(size, second)]), mother, mass)


def decay_in_three(
    mother: Floats, mass: Floats, daughters: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Let particles decay to three each, uniformly in phase space.

    The mass of the first two daughters is drawn with the product of the two momenta, which is the
    density of phase space in it (F. James, CERN 68-15, 1968).

    Parameters
    ----------
    mother
        Four-momenta, shape (decays, 4).
    mass
        Masses in GeV, shape (decays,).
    daughters
        Masses of the daughters, shape (decays, 3).
    rng
        Random numbers.

    Returns
    -------
    tuple of ndarray
        Four-momenta of the three, shape (decays, 4) each.
    """
    first, second, third = daughters.T
    lowest, highest = first + second, mass - third
    # each of the momenta is largest where the other one vanishes
    most = find_momentum(mass, lowest, third) * find_momentum(highest, first, second)

    def draw(rows: NDArray[np.int64]) -> tuple[Floats, NDArray[np.bool_]]:
        pair = rng.uniform(lowest[rows], highest[rows])
        density = find_momentum(mass[rows], pair, third[rows])
        density *= find_momentum(pair, first[rows], second[rows])
        return pair, rng.random(len(rows)) * most[rows] < density

    pair_mass = redraw(len(mass), draw)
    pair, three = decay_in_two(mother, mass, pair_mass, third, rng)
    return *decay_in_two(pair, pair_mass, first, second, rng), three


def redraw(
    number: int, draw: Callable[[NDArray[np.int64]], tuple[Floats, NDArray[np.bool_]]]
) -> Floats:
    """Draw numbers until each is accepted.

    Parameters
    ----------
    number
        How many.
    draw
        Gives, for some rows, numbers and whether each is accepted.

    Returns
    -------
    ndarray
        Accepted ones, of the shape that `draw` gives.

    Raises
    ------
    ValueError
        If one of them is never accepted.
    """
    rows = np.arange(number)
    found, accepted = draw(rows)
    rows = rows[~accepted]
    for _ in range(_MOST_ROUNDS):
        if not len(rows):
            return found
        again, accepted = draw(rows)
        found[rows[accepted]] = again[accepted]
        rows = rows[~accepted]
    raise ValueError(f"{len(rows)} of {number} decays are not possible: too heavy daughters")
