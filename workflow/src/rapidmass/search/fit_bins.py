"""The bins of a fit: regions, edges in one or two variables, and which bins are merged.

Everything is chosen by the background alone. Edges that are quantiles are chosen on one half of the
events and used for the other one, as cuts are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.expressions import Expression
from rapidmass.config.studies.fits import FitAxis, FitRegion, Fits
from rapidmass.scores.halves import find_halves_thresholds
from rapidmass.scores.ordered import open_ordered
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.fit_merging import merge_cells
from rapidmass.search.fit_predictions import CellSums
from rapidmass.search.histograms import SCORE
from rapidmass.search.shift_effects import Pieces
from rapidmass.statistics.folds import draw_folds
from rapidmass.statistics.weight_classes import Octaves

ALL = FitRegion(name="search", where="1 > 0")
NOWHERE = -1
_Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Bins:
    """Where events are filled.

    Parameters
    ----------
    axes
        What is binned.
    edges
        Of each axis, shape (2, edges): the lower edges for events of the first and the second half.
    regions
        Those that have bins, in order.
    places
        Of each region, the bin of each cell of the grid, counted over all regions; shape as the
        axes have bins, (1,) in a control region.
    variance
        Shape (bins,): what is expected of the variance of the background, see
        `rapidmass.search.fit_predictions`.
    """

    axes: tuple[FitAxis, ...]
    edges: tuple[NDArray[np.float64], ...]
    regions: tuple[FitRegion, ...]
    places: tuple[NDArray[np.int64], ...]
    variance: NDArray[np.float64]

    @property
    def size(self) -> int:
        """Number of bins."""
        return sum(self.count_bins())

    def count_bins(self) -> list[int]:
        """Count the bins of each region."""
        return [len(np.unique(places)) for places in self.places]

    def find(self, events: ScoredEvents) -> NDArray[np.int64]:
        """Find the bin of each event.

        Parameters
        ----------
        events
            With the variables of axes and regions.

        Returns
        -------
        ndarray of int64, shape (events,)
            -1 for events that take no part.
        """
        found = np.full(len(events.key), NOWHERE)
        cells = _find_cells(events, self.axes, self.edges)
        member = _mark_regions(events, self.regions)
        for number, (region, places) in enumerate(zip(self.regions, self.places, strict=True)):
            mine = member == number
            if region.control:
                found[mine] = places.flat[0]
                continue
            mine &= cells != NOWHERE
            found[mine] = places.ravel()[cells[mine]]
        return found

    def list_cells(self) -> list[list[list[int]]]:
        """List the cells of the grid that each bin is made of; all of a control region are none."""
        listed: list[list[list[int]]] = [[] for _ in range(self.size)]
        for region, places in zip(self.regions, self.places, strict=True):
            if not region.control:
                for cell, place in np.ndenumerate(places):
                    listed[place].append(list(cell))
        return listed


def choose_bins(iterate: Pieces, settings: Fits, folder: Path) -> tuple[Bins, list[str]]:
    """Choose regions and bins by the background.

    A row of the grid holds the bins of the second axis at one bin of the first. From the top down,
    a row joins the one below until it has enough effective events; in each row then a bin joins the
    one below until it has. What is left at the lower end joins what is above.

    Parameters
    ----------
    iterate
        Gives the scored events in pieces, with the variables that the fit needs.
    settings
        Axes, regions, and how many effective events each bin needs, beside a positive sum of
        weights.
    folder
        Where events may lie meanwhile.

    Returns
    -------
    bins : Bins
        May be without regions.
    left_out : list of str
        Names of regions that have too little simulation for a single bin.

    Raises
    ------
    ValueError
        If an event is in two regions, has no finite number for an axis, or a half of the background
        has no positive weight.
    """
    edges = tuple(_find_edges(iterate, axis, folder) for axis in settings.axes)
    regions = settings.regions or (ALL,)
    sums = _sum_regions(iterate, settings.axes, edges, regions)
    shape = tuple(e.shape[1] for e in edges)
    kept, grids, left_out, size = [], [], [], 0
    variances: list[NDArray[np.float64]] = []
    for region, cells in zip(regions, sums, strict=True):
        contents = cells.predict()
        merged = merge_cells(contents, settings.minimum_effective_events)
        if merged is None:
            left_out.append(region.name)
            continue
        kept.append(region)
        grids.append(merged.reshape((1,) if region.control else shape) + size)
        summed = np.bincount(merged.ravel(), contents.variance.ravel())
        variances.append(summed.astype(np.float64))
        size += int(merged.max()) + 1
    variance = np.concatenate(variances) if variances else np.zeros(0)
    return Bins(settings.axes, edges, tuple(kept), tuple(grids), variance), left_out


def _observe(events: ScoredEvents, name: str) -> NDArray[np.floating]:
    values = events.score if name == SCORE else events.variables[name]
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        raise ValueError(
            f"studies.fits.axes: {name} of event {events.key[bad[0]]} is {values[bad[0]]} "
            f"(at least {bad.size} such events), which no bin holds: define a variable that has a "
            "number there, as in where(isfinite(x), x, 0)"
        )
    return values


def _sum_regions(
    iterate: Pieces,
    axes: Sequence[FitAxis],
    edges: Sequence[NDArray[np.float64]],
    regions: Sequence[FitRegion],
) -> list[CellSums]:
    """Sum the events of each region in the cells of its grid."""
    shape = tuple(e.shape[1] for e in edges)

    def choose() -> Iterator[tuple[ScoredEvents, list[NDArray[np.int64]], list[_Mask]]]:
        for events in iterate():
            places = _find_places(events, axes, edges)
            inside = np.all([place >= 0 for place in places], axis=0)
            member = _mark_regions(events, regions)
            yield (
                events,
                places,
                [
                    np.asarray((member == number) & (inside | region.control))
                    for number, region in enumerate(regions)
                ],
            )

    def weigh() -> Iterator[list[NDArray[np.float64]]]:
        for events, _, chosen in choose():
            yield [events.weight[mask] for mask in chosen]

    grid = shape[0], shape[1] if len(shape) > 1 else 1
    sums = [
        CellSums(octaves, () if region.control else axes, (1, 1) if region.control else grid)
        for octaves, region in zip(Octaves.find_groups(weigh, len(regions)), regions, strict=True)
    ]
    for events, places, chosen in choose():
        values = [_observe(events, axis.variable) for axis in axes]
        for region, mask, cells in zip(regions, chosen, sums, strict=True):
            used = 0 if region.control else len(axes)
            cells.add(
                events.weight[mask],
                [place[mask] for place in places[:used]],
                [value[mask] for value in values[:used]],
            )
    return sums


def _find_edges(iterate: Pieces, axis: FitAxis, folder: Path) -> NDArray[np.float64]:
    """Find the lower edges that events of each half meet."""
    if axis.edges:
        return np.array([axis.edges, axis.edges])

    def turn() -> Iterator[ScoredEvents]:
        for events in iterate():
            # in double precision equal values stay equal
            values = _observe(events, axis.variable).astype(np.float64)
            yield replace(events, score=values, variables={})

    with open_ordered(turn, folder) as pieces:
        # chosen on the first and the second half, used for the other one
        return find_halves_thresholds(pieces, axis.shares)[::-1]


def _find_cells(
    events: ScoredEvents, axes: Sequence[FitAxis], edges: Sequence[NDArray[np.float64]]
) -> NDArray[np.int64]:
    """Find the cell of each event in the grid, counted row by row."""
    cell = np.zeros(len(events.key), dtype=np.int64)
    outside = np.zeros(len(events.key), dtype=np.bool_)
    for place, lower in zip(_find_places(events, axes, edges), edges, strict=True):
        outside |= place < 0
        cell = cell * lower.shape[1] + place
    return np.where(outside, NOWHERE, cell)


def _find_places(
    events: ScoredEvents, axes: Sequence[FitAxis], edges: Sequence[NDArray[np.float64]]
) -> list[NDArray[np.int64]]:
    """Find the bin of each event along each axis; -1 below the first edge."""
    folds, places = draw_folds(events.key), []
    for axis, lower in zip(axes, edges, strict=True):
        values = _observe(events, axis.variable).astype(np.float64)
        place = np.empty(len(values), dtype=np.int64)
        for half, own in enumerate(lower):
            # an event passes a quantile if it lies above, and an edge if it reaches it
            side: Literal["left", "right"] = "left" if axis.shares else "right"
            mine = folds == half
            place[mine] = np.searchsorted(own, values[mine], side=side) - 1
        places.append(place)
    return places


def _mark_regions(events: ScoredEvents, regions: Sequence[FitRegion]) -> NDArray[np.int64]:
    """Find the region of each event: its place in the list."""
    member = np.full(len(events.key), NOWHERE)
    for number, region in enumerate(regions):
        inside = np.broadcast_to(Expression(region.where).select(events.variables), member.shape)
        twice = np.flatnonzero(inside & (member != NOWHERE))
        if twice.size:
            raise ValueError(
                f"studies.fits.regions: event {events.key[twice[0]]} is in both "
                f"{regions[member[twice[0]]].name} and {region.name} "
                f"(at least {twice.size} such events): let their conditions exclude each other"
            )
        member[inside] = number
    return member
