"""The bins of a fit: regions, edges in one or two variables, and which bins are merged.

Everything is chosen by the background alone. Edges that are quantiles are chosen on one half of the
events and used for the other one, as cuts are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.expressions import Expression
from rapidmass.config.studies.fits import FitAxis, FitRegion, Fits
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.fit_predictions import Cells, predict_cells
from rapidmass.search.histograms import SCORE
from rapidmass.statistics.folds import draw_folds, find_thresholds
from rapidmass.statistics.weighted_events import count_effective

ALL = FitRegion(name="search", where="1 > 0")
NOWHERE = -1


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


def choose_bins(background: ScoredEvents, settings: Fits) -> tuple[Bins, list[str]]:
    """Choose regions and bins by the background.

    A row of the grid holds the bins of the second axis at one bin of the first. From the top down,
    a row joins the one below until it has enough effective events; in each row then a bin joins the
    one below until it has. What is left at the lower end joins what is above.

    Parameters
    ----------
    background
        Scored events, with the variables that the fit needs.
    settings
        Axes, regions, and how many effective events each bin needs, beside a positive sum of
        weights.

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
    edges = tuple(_find_edges(background, axis) for axis in settings.axes)
    regions = settings.regions or (ALL,)
    places = _find_places(background, settings.axes, edges)
    inside = np.all([place >= 0 for place in places], axis=0)
    values = [_observe(background, axis.variable) for axis in settings.axes]
    member = _mark_regions(background, regions)
    shape = tuple(e.shape[1] for e in edges)
    kept, grids, left_out, size = [], [], [], 0
    variances: list[NDArray[np.float64]] = []
    for number, region in enumerate(regions):
        chosen = (member == number) & (inside | region.control)
        axes = () if region.control else settings.axes
        contents = predict_cells(
            background.weight[chosen],
            [place[chosen] for place in places[: len(axes)]],
            [value[chosen] for value in values[: len(axes)]],
            axes,
            (1, 1) if region.control else (shape[0], shape[1] if len(shape) > 1 else 1),
        )
        merged = _merge(contents, settings.minimum_effective_events)
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
            f"({bad.size} such events), which no bin holds: define a variable that has a number "
            "there, as in where(isfinite(x), x, 0)"
        )
    return values


def _find_edges(background: ScoredEvents, axis: FitAxis) -> NDArray[np.float64]:
    """Find the lower edges that events of each half meet."""
    if axis.edges:
        return np.array([axis.edges, axis.edges])
    values = _observe(background, axis.variable)
    folds = draw_folds(background.key)
    # chosen on the first and the second half, used for the other one
    return find_thresholds(values, background.weight, folds, axis.shares)[::-1]


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
                f"{regions[member[twice[0]]].name} and {region.name} ({twice.size} such events): "
                "let their conditions exclude each other"
            )
        member[inside] = number
    return member


def _merge(contents: Cells, minimum: float) -> NDArray[np.int64] | None:
    """Merge cells of a grid, shape (rows, columns); None if all together are too few."""
    rows = _group(contents.add_up(1), minimum)
    if rows is None:
        return None
    places, size = np.empty(contents.total.shape, dtype=np.int64), 0
    for row in range(rows.max() + 1):
        mine = rows == row
        columns = _group(contents.pick(mine).add_up(0), minimum)
        if columns is None:
            raise AssertionError("unreachable: the row has enough events")
        places[mine] = columns + size
        size += int(columns.max()) + 1
    return places


def _group(contents: Cells, minimum: float) -> NDArray[np.int64] | None:
    """Group bins from the top down until each has enough; number the groups from below."""
    group = np.zeros(len(contents.total), dtype=np.int64)
    number, top = 0, len(group)
    for bottom in range(len(group) - 1, -1, -1):
        total, expected, variance = (
            float(values.sum()) for values in contents.pick(slice(bottom, top))
        )
        if min(total, expected) > 0 and count_effective(expected, variance) >= minimum:
            group[bottom:top] = number
            number, top = number + 1, bottom
    if number == 0:
        return None
    group[:top] = number - 1  # too few are left below: they join what is above
    found: NDArray[np.int64] = number - 1 - group
    return found
