"""Systematic variations as modifiers of a fit: smoothed, symmetrised and pruned."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.studies.fits import Fits
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.fit_bins import Bins
from rapidmass.search.fit_templates import estimate_template
from rapidmass.search.shift_effects import compare_yields
from rapidmass.search.systematics import ShiftedEvents

SMALLEST = 0.01  # a factor on a yield stays positive


class Change(NamedTuple):
    """What a source changes of one sample, relative to it: each of shape (bins,)."""

    up: NDArray[np.float64]
    down: NDArray[np.float64]


@dataclass
class Modifiers:
    """Modifiers of all samples, and what was done to get them.

    Parameters
    ----------
    changes
        By source and sample.
    one_sided
        Sources that have a single shift, whose mirror image is their other side.
    smoothed
        By source, how many pairs of neighbouring bins were taken together.
    pruned
        By source: samples in regions in which it was left out.
    """

    changes: dict[str, dict[str, Change]] = field(default_factory=dict)
    one_sided: list[str] = field(default_factory=list)
    smoothed: dict[str, int] = field(default_factory=dict)
    pruned: dict[str, list[str]] = field(default_factory=dict)


Measured = Mapping[str, NDArray[np.float64]]


def measure_changes(
    shifts: Iterable[ShiftedEvents],
    nominal: Mapping[str, ScoredEvents],
    bins: Bins,
    settings: Fits,
) -> Modifiers:
    """Measure what systematic variations change of each sample.

    Parameters
    ----------
    shifts
        The variations; one after the other is held in memory.
    nominal
        Events by sample: background channels, and the signal under its own name.
    bins
        Of the fit.
    settings
        Thresholds of smoothing and pruning.

    Returns
    -------
    Modifiers
        Of a source with several shifts, the two that change the total most up and most down; with
        one, that and its mirror image.
    """
    places = {name: bins.find(events) for name, events in nominal.items()}
    found: dict[str, list[tuple[str, float, Measured]]] = {}
    modifiers = Modifiers()
    for shift in shifts:
        measured, total = {}, 0.0
        for name, events in nominal.items():
            shifted = _take(shift, name)
            relative, joined = _smooth(events, places[name], shifted, bins, settings.smoothing)
            measured[name] = relative
            modifiers.smoothed[shift.source] = modifiers.smoothed.get(shift.source, 0) + joined
            total += shifted.weight.sum() - events.weight.sum()
        found.setdefault(shift.source, []).append((shift.name, total, measured))
    for source, several in sorted(found.items()):
        several.sort(key=lambda one: (one[1], one[0]))
        if len(several) == 1:
            modifiers.one_sided.append(source)
        modifiers.changes[source] = {}
        modifiers.pruned[source] = []
        for name in nominal:
            up = several[-1][2][name]
            down = several[0][2][name] if len(several) > 1 else -up
            yields = estimate_template(nominal[name].weight, places[name], bins.size).values
            change, pruned = _prune(Change(up, down), yields, bins, settings)
            modifiers.pruned[source] += [f"{name} in {region}" for region in pruned]
            if change is not None:
                modifiers.changes[source][name] = change
    return modifiers


def _take(shift: ShiftedEvents, sample: str) -> ScoredEvents:
    """Take the shifted events of a sample."""
    if (shift.signal.channel == sample).any():
        return shift.signal
    return shift.background.select(shift.background.channel == sample)


def _smooth(
    nominal: ScoredEvents,
    place: NDArray[np.int64],
    shifted: ScoredEvents,
    bins: Bins,
    threshold: float,
) -> tuple[NDArray[np.float64], int]:
    """Compare yields in runs of neighbouring bins, each long enough to be measured.

    Returns
    -------
    relative : ndarray of float64, shape (bins,)
        The change of each bin: that of its run. 0 where a whole region has no yield.
    joined : int
        How many pairs of neighbouring bins are in one run.
    """
    other = bins.find(shifted)
    relative, joined, first = np.zeros(bins.size), 0, 0
    for number in bins.count_bins():
        top = first + number
        runs: list[tuple[int, int]] = []
        for bottom in range(first + number - 1, first - 1, -1):
            effect = _compare(nominal, place, shifted, other, bottom, top)
            if effect is not None and effect[1] <= threshold:
                relative[bottom:top] = effect[0]
                runs.append((bottom, top))
                top = bottom
        if top > first:  # what is left joins the run above, or is all there is
            end = runs.pop()[1] if runs else first + number
            effect = _compare(nominal, place, shifted, other, first, end)
            relative[first:end] = effect[0] if effect is not None else 0.0
            runs.append((first, end))
        joined += number - len(runs)
        first += number
    return relative, joined


def _compare(
    nominal: ScoredEvents,
    place: NDArray[np.int64],
    shifted: ScoredEvents,
    other: NDArray[np.int64],
    bottom: int,
    top: int,
) -> tuple[float, float] | None:
    inside = [(p >= bottom) & (p < top) for p in (place, other)]
    effect = compare_yields(nominal.select(inside[0]), shifted.select(inside[1]))
    if effect.relative is None or effect.uncertainty is None:
        return None
    return effect.relative, effect.uncertainty


def _prune(
    change: Change, yields: NDArray[np.float64], bins: Bins, settings: Fits
) -> tuple[Change | None, list[str]]:
    """Leave out what is small, region by region; None if nothing is left."""
    up, down = change.up.copy(), change.down.copy()
    pruned, first = [], 0
    for region, number in zip(bins.regions, bins.count_bins(), strict=True):
        mine = slice(first, first + number)
        first += number
        sides = up[mine], down[mine]
        share = np.abs(yields[mine]) if yields[mine].any() else None
        norms = [float(np.average(side, weights=share)) for side in sides]
        spread = max(np.abs(side - norm).max() for side, norm in zip(sides, norms, strict=True))
        if spread < settings.prune_shape:
            small = max(map(abs, norms)) < settings.prune_norm
            up[mine], down[mine] = (0.0, 0.0) if small else norms
            if small:
                pruned.append(region.name)
    if not (up.any() or down.any()):
        return None, pruned
    return Change(np.maximum(up, SMALLEST - 1), np.maximum(down, SMALLEST - 1)), pruned
