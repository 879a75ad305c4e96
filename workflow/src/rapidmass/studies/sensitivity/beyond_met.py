"""What a score knows beyond MET, and how cuts on it shape the background."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.search.scan import Axis
from rapidmass.scores.ordered import View, open_variable
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.sculpting import measure_sculpting
from rapidmass.search.separation import SHOWN, make_axis
from rapidmass.statistics.running_quantiles import find_middle_quantiles, find_ordered_quantiles
from rapidmass.statistics.weighted_ecdf import WeightedEcdf
from rapidmass.statistics.weighted_events import count_effective
from rapidmass.studies.sensitivity.pieces import Pieces

QUANTILES = (0.5, 0.8, 0.95, 0.99)  # of the background in MET, between the bins
PASSING = 0.1  # of the background of a bin
CUTS = (1.0, 0.01)
SHAPES = ("met", "m_ll", "m_lll")


def find_met_edges(iterate: Pieces, folder: Path) -> NDArray[np.float64]:
    """Find the edges between bins of MET: `QUANTILES` of the background.

    Parameters
    ----------
    iterate
        Gives the background, with the variable `met`.
    folder
        Where to put files meanwhile.

    Returns
    -------
    ndarray of float64
        In GeV.
    """
    with open_variable(iterate, "met", folder) as pieces:
        return find_ordered_quantiles(pieces, QUANTILES)


def choose_axes(iterate: Pieces, folder: Path) -> dict[str, Axis]:
    """Choose bins of each of `SHAPES` that some event of the background has.

    Parameters
    ----------
    iterate
        Gives the background.
    folder
        Where to put files meanwhile.

    Returns
    -------
    dict
        Axes by variable, which show nearly all events.
    """
    first = next(iter(iterate()))
    axes = {}
    for name in (name for name in SHAPES if name in first.variables):
        with open_variable(iterate, name, folder) as pieces:
            if any(len(piece.score) for piece in pieces):
                axes[name] = make_axis(*find_middle_quantiles(pieces, SHOWN))
    return axes


def measure_beyond_met(
    ordered: Sequence[ScoredEvents],
    signals: Mapping[str, ScoredEvents],
    edges: NDArray[np.float64],
    *,
    floor: float,
) -> dict[str, Any]:
    """Compare signals with background of about the same MET.

    Parameters
    ----------
    ordered
        The scored background in the order of its scores, in pieces, with the variable `met`.
    signals
        Scored signals with the same, by name.
    edges
        Between bins of MET.
    floor
        Effective events that background must have in a bin, and signal a tenth as many events.

    Returns
    -------
    dict
        `edges` (GeV) between bins; `bins`, for each the medians over signals of `auc` and of the
        `efficiency` at 10 % of the bin's background, with the `number` of signals, None where
        there is none; `auc`, of each signal the mean over bins, with the signal's weight in them.
    """
    bins: list[dict[str, Any]] = []
    sums: dict[str, list[tuple[float, float]]] = {name: [] for name in signals}
    for k in range(len(edges) + 1):
        found = _compare(ordered, signals, edges, k, floor)
        for name, one in found.items():
            sums[name].append((one.weight, one.auc))
        efficiencies = [one.efficiency for one in found.values() if one.efficiency is not None]
        bins.append(
            {
                "number": len(found),
                "auc": median(one.auc for one in found.values()) if found else None,
                "efficiency": median(efficiencies) if efficiencies else None,
            }
        )
    means = {
        name: float(np.average([auc for _, auc in some], weights=[weight for weight, _ in some]))
        for name, some in sums.items()
        if some
    }
    return {"edges": np.asarray(edges).tolist(), "bins": bins, "auc": means}


class _Compared(NamedTuple):
    """A signal in a bin of MET: its weight there, and how well it is told from background."""

    weight: float
    auc: float
    efficiency: float | None


def _compare(
    ordered: Sequence[ScoredEvents],
    signals: Mapping[str, ScoredEvents],
    edges: NDArray[np.float64],
    k: int,
    floor: float,
) -> dict[str, _Compared]:
    """Compare signals with background in a bin; those that are too few are left out."""

    def is_inside(events: ScoredEvents) -> NDArray[np.bool_]:
        return np.asarray(np.searchsorted(edges, events.variables["met"].astype(np.float64)) == k)

    background = View.select(ordered, is_inside)
    if not _suffice((piece.weight for piece in background), floor):
        return {}
    ecdf = WeightedEcdf.of_pieces(background, "background")
    cut = ecdf.cut(PASSING)
    known = ecdf.expect_effective(cut) >= floor
    found = {}
    for name, signal in signals.items():
        mine = signal.select(is_inside(signal))
        if _suffice([mine.weight], floor / 10):
            own = WeightedEcdf(mine.score, mine.weight, name)
            efficiency = own.compute_fraction(cut) if known else None
            # the area under the curve is the mean place of signal among background
            found[name] = _Compared(float(mine.weight.sum()), own.average(ecdf.place), efficiency)
    return found


def _suffice(weights: Iterable[NDArray[np.float64]], least: float) -> bool:
    sums = np.zeros(2)
    for weight in weights:
        sums += weight.sum(), (weight**2).sum()
    return bool(sums[0] > 0 and count_effective(*sums) >= least)


def measure_shapes(ordered: Sequence[ScoredEvents], axes: Mapping[str, Axis]) -> dict[str, Any]:
    """Measure how a cut that 1 % of the background passes changes its shape.

    Parameters
    ----------
    ordered
        The scored background in the order of its scores, in pieces.
    axes
        Bins by variable.

    Returns
    -------
    dict
        By variable what `rapidmass.search.sculpting.measure_sculpting` found.
    """
    return {name: measure_sculpting(ordered, name, axis, CUTS) for name, axis in axes.items()}
