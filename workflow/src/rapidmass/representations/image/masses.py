"""What images say of a jet: transverse momentum and mass of its pixels."""

import numpy as np
from numpy.typing import NDArray

from rapidmass.representations.image.layout import ImageLayout


def measure_momentum(
    x: NDArray[np.float32], layout: ImageLayout
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Add the pixels of images up, each a massless particle at its middle.

    Parameters
    ----------
    x
        Shape (images, elements): transverse momentum of each pixel, in GeV.
    layout
        What the pixels mean.

    Returns
    -------
    tuple of ndarray
        Energy and the three components of the momentum, shape (images,) each: E = pT cosh(eta),
        pz = pT sinh(eta).
    """
    summed = x.reshape(len(x), -1, layout.pixels, layout.pixels).sum(axis=1, dtype=np.float64)
    by_column, by_row = summed.sum(axis=1), summed.sum(axis=2)  # over azimuths, pseudorapidities
    at = layout.positions
    return (
        by_column @ np.cosh(at),
        by_row @ np.cos(at),
        by_row @ np.sin(at),
        by_column @ np.sinh(at),
    )


def measure_mass(x: NDArray[np.float32], layout: ImageLayout) -> NDArray[np.float64]:
    """Measure the mass of images.

    Parameters
    ----------
    x, layout
        As for `measure_momentum`.

    Returns
    -------
    ndarray, shape (images,)
        In GeV; 0 where the square is negative, as rounding, or pixels below 0, can make it.
    """
    energy, px, py, pz = measure_momentum(x, layout)
    square = energy**2 - px**2 - py**2 - pz**2
    # what is left of one pixel after rounding
    return np.sqrt(np.where(square > 1e-9 * energy**2, square, 0.0))


def measure_pt(x: NDArray[np.float32], layout: ImageLayout) -> NDArray[np.float64]:
    """Measure the transverse momentum of images, in GeV; arguments as for `measure_momentum`."""
    _, px, py, _ = measure_momentum(x, layout)
    return np.hypot(px, py)
