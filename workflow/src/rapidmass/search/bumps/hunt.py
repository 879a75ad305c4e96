"""The events of a bump hunt, its windows, and cuts on scores that sidebands alone decide."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.studies.bump_hunt import BumpHunt
from rapidmass.search.bumps.spectra import Excess, Spectrum
from rapidmass.search.bumps.windows import HIGH, LOW, Window
from rapidmass.storage.event_keys import draw_uniform

Array = NDArray[np.float64]
Features = NDArray[np.float32]


class HuntEvents(NamedTuple):
    """Events of data in the range of masses.

    Parameters
    ----------
    key, mass
        Shape (events,): who each event is, and its mass.
    features
        Shape (events, features): NaN where an event has none.
    names
        Of the features.
    """

    key: NDArray[np.uint64]
    mass: Array
    features: Features
    names: tuple[str, ...]

    def take(self, rows: NDArray[np.bool_]) -> "HuntEvents":
        """Take some of the events."""
        return HuntEvents(self.key[rows], self.mass[rows], self.features[rows], self.names)


def make_spectrum(settings: BumpHunt, window: Window, energy: float) -> Spectrum:
    """Make the functions that are fitted in a window."""
    edges, region = window.cut_cells(settings.bins)
    return Spectrum(
        edges,
        region,
        energy=energy,
        parameters=(settings.parameters[0], settings.parameters[1]),
        minimum_events=settings.minimum_events,
    )


def check_events(events: HuntEvents, window: Window, number: int, settings: BumpHunt) -> None:
    """Make sure that a window has enough events.

    Raises
    ------
    ValueError
        If not; the message names the key to change.
    """
    region = window.divide(events.mass)
    for part, name in ((LOW, "low"), (HIGH, "high")):
        found = np.count_nonzero(region == part)
        if found < settings.minimum_training:
            raise ValueError(
                f"window {number} ({window.low:.4g} to {window.high:.4g}): its {name} sideband has "
                f"{found} events, fewer than studies.bump_hunt.minimum_training "
                f"({settings.minimum_training}): widen studies.bump_hunt.sidebands, or end "
                "studies.bump_hunt.range where data end"
            )


def draw_folds(key: NDArray[np.uint64], folds: int) -> NDArray[np.int64]:
    """Draw the fold of each event by its identity; shape (events,)."""
    return (draw_uniform(key, "bump hunt") * folds).astype(np.int64)


def pass_cuts(
    score: Features,
    region: NDArray[np.int8],
    fold: NDArray[np.integer],
    efficiencies: Sequence[float],
) -> NDArray[np.bool_]:
    """Tell which events pass cuts that keep given shares of the sidebands of each fold.

    Parameters
    ----------
    score, region, fold
        Shape (events,).
    efficiencies
        Shares to keep; 1 is no cut.

    Returns
    -------
    ndarray of bool, shape (efficiencies, events)
        Which events pass. Of equal scores all pass or none, as chance has it for the cut.
    """
    passing = np.ones((len(efficiencies), len(score)), dtype=bool)
    sidebands = (region == LOW) | (region == HIGH)
    for number in range(int(fold.max()) + 1):
        rows = fold == number
        known = np.sort(score[rows & sidebands])
        for cut, share in enumerate(efficiencies):
            if share < 1 and len(known):
                kept = round(share * len(known))
                limit = known[len(known) - kept] if kept else np.inf
                passing[cut, rows] = score[rows] >= limit
    return passing


def count_window(
    mass: Array,
    score: Features,
    fold: NDArray[np.integer],
    window: Window,
    spectrum: Spectrum,
    efficiencies: Sequence[float],
) -> Array:
    """Count the events behind each cut in the cells of a window.

    Parameters
    ----------
    mass, score, fold
        Shape (events,).
    window, spectrum
        Regions and cells.
    efficiencies
        Shares of the sidebands that cuts keep.

    Returns
    -------
    ndarray, shape (efficiencies, cells)
        Numbers of events.
    """
    inside = (mass >= window.outer_low) & (mass < window.outer_high)
    mass, score, fold = mass[inside], score[inside], fold[inside]
    passing = pass_cuts(score, window.divide(mass), fold, efficiencies)
    return np.array([spectrum.count(mass[rows]) for rows in passing])


def describe_number(value: float) -> float | None:
    """Describe a number in JSON types: None where it is undefined."""
    return float(value) if np.isfinite(value) else None


def describe_excess(excess: Excess, row: int) -> dict[str, Any]:
    """Describe what one spectrum has; in JSON types."""
    return {
        "observed": float(excess.observed[row]),
        "background": describe_number(excess.background[row]),
        "error": describe_number(excess.error[row]),
        "p_value": describe_number(excess.p_value[row]),
        "significance": describe_number(excess.significance[row]),
        "expected": excess.sidebands.expected[row].tolist(),
        "parameters": int(excess.sidebands.parameters[row]),
        "converged": bool(excess.sidebands.converged[row]),
    }
