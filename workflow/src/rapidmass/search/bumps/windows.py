"""Windows of a bump hunt: a signal region in mass between two sidebands.

Widths are in the logarithm of the mass, as the resolution of a mass is a share of it.
"""

from dataclasses import dataclass
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.studies.bump_hunt import BumpHunt

Array = NDArray[np.float64]
OUTSIDE, LOW, SIGNAL, HIGH = 0, 1, 2, 3


@dataclass(frozen=True)
class Window:
    """A signal region and its sidebands.

    Parameters
    ----------
    low, high
        Edges of the signal region.
    gap_low, gap_high
        Inner edges of the sidebands.
    outer_low, outer_high
        Outer edges of the sidebands.
    """

    outer_low: float
    gap_low: float
    low: float
    high: float
    gap_high: float
    outer_high: float

    @property
    def centre(self) -> float:
        """Middle of the signal region, in the logarithm."""
        return float(np.sqrt(self.low * self.high))

    def divide(self, mass: Array) -> NDArray[np.int8]:
        """Tell where events lie.

        Parameters
        ----------
        mass
            Shape (events,).

        Returns
        -------
        ndarray of int8, shape (events,)
            `LOW`, `SIGNAL`, `HIGH`, or `OUTSIDE`: also in a gap.
        """
        region = np.full(len(mass), OUTSIDE, dtype=np.int8)
        region[(mass >= self.outer_low) & (mass < self.gap_low)] = LOW
        region[(mass >= self.low) & (mass < self.high)] = SIGNAL
        region[(mass >= self.gap_high) & (mass < self.outer_high)] = HIGH
        return region

    def cut_cells(self, bins: int) -> tuple[Array, NDArray[np.int8]]:
        """Cut the window into cells of about equal width in the logarithm.

        Parameters
        ----------
        bins
            Cells of the signal region.

        Returns
        -------
        edges : ndarray, shape (cells + 1,)
            From the lower to the upper end.
        region : ndarray of int8, shape (cells,)
            Where each cell lies; a gap is one cell, `OUTSIDE`.
        """
        width = log(self.high / self.low) / bins
        edges, regions = [np.array([self.outer_low])], []
        parts = (
            (self.outer_low, self.gap_low, LOW),
            (self.gap_low, self.low, OUTSIDE),
            (self.low, self.high, SIGNAL),
            (self.high, self.gap_high, OUTSIDE),
            (self.gap_high, self.outer_high, HIGH),
        )
        for start, stop, region in parts:
            if stop > start:
                cells = 1 if region == OUTSIDE else max(1, round(log(stop / start) / width))
                edges.append(np.geomspace(start, stop, cells + 1)[1:])
                regions.append(np.full(cells, region, dtype=np.int8))
        return np.concatenate(edges), np.concatenate(regions)


def make_windows(
    start: float,
    stop: float,
    *,
    resolution: float,
    half_width: float,
    sideband: float,
    gap: float,
    step: float,
) -> list[Window]:
    """Place windows over a range of masses.

    Parameters
    ----------
    start, stop
        Range of masses, sidebands included.
    resolution
        Relative standard deviation of the mass.
    half_width
        Of the signal region, in resolutions.
    sideband
        Width of each sideband, in widths of the signal region.
    gap
        Between signal region and sideband, in resolutions.
    step
        From one window to the next, in resolutions.

    Returns
    -------
    list of Window
        By rising mass.

    Raises
    ------
    ValueError
        If not one fits.
    """
    half = half_width * resolution
    reach = half + gap * resolution + 2 * half * sideband
    first, last = log(start) + reach, log(stop) - reach
    if first > last + 1e-9:
        raise ValueError(
            f"no window fits between {start:g} and {stop:g}: signal region, gaps and sidebands go "
            f"from {exp(-reach):.3g} to {exp(reach):.3g} times its centre; widen the range, or "
            "narrow the sidebands"
        )
    number = 1 + int((last - first + 1e-9) / (step * resolution))
    centres = first + step * resolution * np.arange(number)
    centres += (last - centres[-1]) / 2  # what is left over is shared by both ends
    inner = half + gap * resolution
    return [
        Window(*(exp(c + shift) for shift in (-reach, -inner, -half, half, inner, reach)))
        for c in centres.tolist()
    ]


def place_windows(settings: BumpHunt) -> list[Window]:
    """Place the windows that are configured.

    Parameters
    ----------
    settings
        Range of masses and widths.

    Returns
    -------
    list of Window
        As from `make_windows`.
    """
    return make_windows(
        settings.range.start,
        settings.range.stop,
        resolution=settings.resolution,
        half_width=settings.half_width,
        sideband=settings.sidebands,
        gap=settings.gap,
        step=settings.step,
    )
