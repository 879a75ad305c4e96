"""Spurious signals: what fits find in simulated background, which has none.

The function that is fitted is not that of nature, and a cut may bend a spectrum. As far as a
spurious signal is beyond its own fluctuation, of which two standard deviations are allowed for, it
is added to the uncertainty of the background. The name is that of ATLAS, Phys. Rev. D 90 (2014)
112015.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.search.bumps.spectra import Spectrum
from rapidmass.search.bumps.windows import HIGH, LOW, SIGNAL

Array = NDArray[np.float64]
ALLOWED = 2.0  # standard deviations


class Spurious(NamedTuple):
    """Spurious signals of spectra, in events of data.

    Parameters
    ----------
    signal, error
        Shape (spectra,): events beyond the fit in the signal region, and the standard deviation of
        that by the number of simulated events. NaN where no fit could be made.
    """

    signal: Array
    error: Array

    def find_excess(self) -> Array:
        """Find what is beyond fluctuations, shape (spectra,); 0 where it is not known."""
        return np.asarray(
            np.nan_to_num(np.maximum(np.abs(self.signal) - ALLOWED * self.error, 0.0))
        )


def measure_spurious(spectrum: Spectrum, counts: Array, squares: Array, data: Array) -> Spurious:
    """Measure spurious signals in simulated background.

    Parameters
    ----------
    spectrum
        Cells and functions.
    counts, squares
        Shape (spectra, cells): sums of weights and of squared weights behind each cut.
    data
        Shape (spectra, cells): events of data, to whose sidebands simulation is normalised.

    Returns
    -------
    Spurious
        One number a spectrum.
    """
    sidebands = np.isin(spectrum.region, (LOW, HIGH))
    inside = spectrum.region == SIGNAL
    weight = squares.sum(1) / np.maximum(counts.sum(1), 1e-300)
    # as many events as have the same relative fluctuation: a Poisson likelihood takes them
    effective = np.maximum(counts, 0.0) / np.where(weight > 0, weight, 1.0)[:, None]
    found = spectrum.measure(effective)
    simulated = effective[:, sidebands].sum(1)
    scale = data[:, sidebands].sum(1) / np.maximum(simulated, 1e-300)
    scale = np.where(np.isfinite(found.significance) & (simulated > 0), scale, np.nan)
    variance = found.error**2 + effective[:, inside].sum(1)
    return Spurious((found.observed - found.background) * scale, np.sqrt(variance) * scale)


def shrink(background: Array, error: Array, excess: Array) -> Array:
    """Find by what a spurious signal shrinks significances.

    Parameters
    ----------
    background, error
        Any shape: expected background and its uncertainty from the fit.
    excess
        The same shape, from `Spurious.find_excess`.

    Returns
    -------
    ndarray, the same shape
        The standard deviation of the excess without it, over that with it; 1 where undefined.
    """
    variance = np.nan_to_num(background + error**2)
    total = variance + excess**2
    return np.asarray(np.sqrt(np.where(variance > 0, variance / np.where(total > 0, total, 1), 1)))
