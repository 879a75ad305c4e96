"""Systematic variations as modifiers of a fit: smoothed, symmetrised and pruned."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.studies.fits import Fits
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.fit_bins import Bins
from rapidmass.search.fit_templates import estimate_template
from rapidmass.search.shift_effects import Pieces, ShiftedPieces, compare_yields

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


class Placed(NamedTuple):
    """Events of a sample in the bins of a fit: what changes of yields need, 20 bytes an event.

    Parameters
    ----------
    key, weight, place
        Shape (events,): who each is, its weight and its bin, -1 for none.
    """

    key: NDArray[np.uint64]
    weight: NDArray[np.float64]
    place: NDArray[np.int32]

    @classmethod
    def join(cls, parts: Sequence["Placed"]) -> "Placed":
        """Join events, in their order."""
        return cls(
            np.concatenate([part.key for part in parts]),
            np.concatenate([part.weight for part in parts]),
            np.concatenate([part.place for part in parts]),
        )

    def select(self, bottom: int, top: int) -> "Placed":
        """Select the events of some bins."""
        inside = (self.place >= bottom) & (self.place < top)
        return Placed(self.key[inside], self.weight[inside], self.place[inside])


Samples = dict[str, Placed]


def place_samples(pieces: Iterable[ScoredEvents], names: Sequence[str], bins: Bins) -> Samples:
    """Find the bins of the events of several samples.

    Parameters
    ----------
    pieces
        Events.
    names
        Channels of the background, or the signal.
    bins
        Of the fit.

    Returns
    -------
    dict
        Events by sample.
    """
    found: dict[str, list[Placed]] = {
        name: [Placed(np.empty(0, np.uint64), np.empty(0), np.empty(0, np.int32))] for name in names
    }
    for events in pieces:
        place = bins.find(events).astype(np.int32)
        for name, parts in found.items():
            mine = events.channel == name
            parts.append(Placed(events.key[mine], events.weight[mine], place[mine]))
    # one sample after the other: its parts are gone then
    return {name: Placed.join(found.pop(name)) for name in names}


def measure_changes(
    shifts: Sequence[ShiftedPieces],
    background: Pieces,
    signal: ScoredEvents,
    channels: Sequence[str],
    bins: Bins,
    settings: Fits,
) -> Modifiers:
    """Measure what systematic variations change of each sample.

    Parameters
    ----------
    shifts
        The variations; keys, weights and bins of one after the other are held in memory.
    background
        Gives the nominal background.
    signal
        The nominal signal.
    channels
        Background channels that are in the fit.
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
    modifiers = Modifiers()
    if not shifts:
        return modifiers
    name_of_signal = str(signal.channel[0])

    def place_all(one: Iterable[ScoredEvents], other: Iterable[ScoredEvents]) -> Samples:
        own = place_samples(other, [name_of_signal], bins)
        return {**place_samples(one, channels, bins), **own}

    nominal = place_all(background(), [signal])
    found: dict[str, list[tuple[str, float, Measured]]] = {}
    for shift in shifts:
        measured, total = {}, 0.0
        varied = place_all(shift.background(), shift.signal())
        for name, events in nominal.items():
            shifted = varied.pop(name)
            relative, joined = _smooth(events, shifted, bins, settings.smoothing)
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
            yields = estimate_template(nominal[name].weight, nominal[name].place, bins.size).values
            change, pruned = _prune(Change(up, down), yields, bins, settings)
            modifiers.pruned[source] += [f"{name} in {region}" for region in pruned]
            if change is not None:
                modifiers.changes[source][name] = change
    return modifiers


def _smooth(
    nominal: Placed, shifted: Placed, bins: Bins, threshold: float
) -> tuple[NDArray[np.float64], int]:
    """Compare yields in runs of neighbouring bins, each long enough to be measured.

    Returns
    -------
    relative : ndarray of float64, shape (bins,)
        The change of each bin: that of its run. 0 where a whole region has no yield.
    joined : int
        How many pairs of neighbouring bins are in one run.
    """
    relative, joined, first = np.zeros(bins.size), 0, 0
    for number in bins.count_bins():
        top = first + number
        runs: list[tuple[int, int]] = []
        for bottom in range(first + number - 1, first - 1, -1):
            effect = _compare(nominal, shifted, bottom, top)
            if effect is not None and effect[1] <= threshold:
                relative[bottom:top] = effect[0]
                runs.append((bottom, top))
                top = bottom
        if top > first:  # what is left joins the run above, or is all there is
            end = runs.pop()[1] if runs else first + number
            effect = _compare(nominal, shifted, first, end)
            relative[first:end] = effect[0] if effect is not None else 0.0
            runs.append((first, end))
        joined += number - len(runs)
        first += number
    return relative, joined


def _compare(nominal: Placed, shifted: Placed, bottom: int, top: int) -> tuple[float, float] | None:
    effect = compare_yields(nominal.select(bottom, top), shifted.select(bottom, top))
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
