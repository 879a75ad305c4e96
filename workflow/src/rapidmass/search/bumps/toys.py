"""Hunts without a signal: masses drawn anew from the smooth spectrum, events as they are.

If features know nothing of the mass, that is data without a bump: also a signal that is there has
lost its mass. Scores may stay as they are, or be made anew by classifiers grown on each such hunt.
"""

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.studies.bump_hunt import BumpHunt
from rapidmass.search.bumps.hunt import count_window, make_spectrum
from rapidmass.search.bumps.spectra import Spectrum
from rapidmass.search.bumps.windows import LOW, Window
from rapidmass.storage.event_keys import derive_seed

Array = NDArray[np.float64]
FINE = 4  # cells of the smooth spectrum in one bin
PARAMETERS = (3, 5)  # of the function over the whole range


class SmoothSpectrum:
    """A smooth function over the whole range of masses.

    Parameters
    ----------
    mass
        Shape (events,): in the range.
    settings
        Range and bins.
    energy
        Energy of the collision.

    Raises
    ------
    ValueError
        If the fit does not converge.
    """

    def __init__(self, mass: Array, settings: BumpHunt, energy: float) -> None:
        start, stop = settings.range.start, settings.range.stop
        width = 2 * settings.half_width * settings.resolution / settings.bins / FINE
        cells = max(10, round(np.log(stop / start) / width))
        edges = np.geomspace(start, stop, cells + 1)
        spectrum = Spectrum(
            edges,
            np.full(cells, LOW, dtype=np.int8),
            energy=energy,
            parameters=PARAMETERS,
            minimum_events=settings.minimum_events,
        )
        fits = spectrum.fit(spectrum.count(mass)[None])
        if not fits.converged[0]:
            raise ValueError(
                f"the mass spectrum from {start:g} to {stop:g} is described by no falling "
                "function: begin studies.bump_hunt.range where the spectrum falls"
            )
        self._edges, self._shares = np.log(edges), fits.expected[0] / fits.expected[0].sum()
        self.parameters = int(fits.parameters[0])

    def draw(self, events: int, rng: np.random.Generator) -> Array:
        """Draw masses; shape (events,)."""
        places = np.concatenate([[0.0], np.cumsum(self._shares)])
        places[-1] = 1.0
        return np.exp(np.interp(rng.random(events), places, self._edges))


def draw_toy(spectrum: SmoothSpectrum, events: int, seed: int, toy: int) -> Array:
    """Draw the masses of one hunt, the same in all windows; shape (events,)."""
    return spectrum.draw(events, np.random.default_rng(derive_seed(seed, "bump hunt, toy", toy)))


def run_toys(
    fold: NDArray[np.integer],
    score: NDArray[np.float32],
    window: Window,
    smooth: SmoothSpectrum,
    settings: BumpHunt,
    *,
    energy: float,
    seed: int,
) -> Array:
    """Hunt in one window in masses that are drawn anew, with the scores as they are.

    Masses follow from the seed and the number of a hunt, so that windows are of the same hunts, and
    the events of one window at a time are in memory.

    Parameters
    ----------
    fold, score
        Shape (events,).
    window
        Signal region and sidebands.
    smooth
        What masses are drawn from.
    settings
        How the hunt is done.
    energy
        Energy of the collision.
    seed
        What masses follow from.

    Returns
    -------
    ndarray, shape (toys, efficiencies)
        Significances, NaN where undefined.
    """
    shares, spectrum = settings.efficiencies, make_spectrum(settings, window, energy)
    found = np.full((settings.toys, len(shares)), np.nan)
    if not settings.toys:
        return found
    counts = np.array([
        count_window(
            draw_toy(smooth, len(score), seed, toy), score, fold, window, spectrum, shares
        )
        for toy in range(settings.toys)
    ])  # fmt: skip
    for cut in range(len(shares)):
        found[:, cut] = spectrum.measure(counts[:, cut]).significance
    return found
