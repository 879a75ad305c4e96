"""Made-up signals: the background with other weights, which need no simulation.

A tilted background is a signal: each event has the weight exp(t u.z) beside its own, z being its
event variables as normal scores and u a direction drawn at random. It says how a score takes
departures in any direction of what is measured.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from rapidmass.scores.ordered import View, open_variable
from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.ranked import Ranked
from rapidmass.statistics.weighted_ecdf import WeightedEcdf
from rapidmass.statistics.weighted_events import count_effective
from rapidmass.studies.sensitivity.pieces import Pieces, gather
from rapidmass.studies.sensitivity.without_signals import SHARE

STRENGTH = 2.0  # t: standard deviations by which a normal variable moves
LOW = 0.1  # quantile over tilts
WEIGHTS_AT_ONCE = 1_000_000

Numbers = NDArray[np.float64]


class Tilts:
    """Made-up signals of the background, which comes in pieces, and what scores find of them.

    Normal scores of the variables wait on disk, 8 bytes an event and variable, and what passes the
    cut on a score, a byte an event. So the weights, of which there are many, are made once for all
    scores.

    Parameters
    ----------
    iterate
        Gives the background; its variables that are finite in all events and vary are tilted.
    number
        How many tilts are drawn.
    seed
        Decides the directions.
    folder
        Where files may lie, as long as tilts are used.
    """

    def __init__(self, iterate: Pieces, number: int, *, seed: int, folder: Path) -> None:
        names = _find_usable(iterate())
        self._iterate, self._folder = iterate, folder
        self._paths = [folder / f"{place}.normal" for place, _ in enumerate(names)]
        for name, path in zip(names, self._paths, strict=True):
            _write_normal(iterate, name, path)
        rng = np.random.default_rng(seed)
        self._pulls = rng.normal(size=(number if names else 0, len(names)))
        self._offset = np.zeros((len(self._pulls), 1))
        self._marked: dict[str, tuple[Path, Numbers] | None] = {}
        if len(self._pulls):
            self._scale()

    def mark(
        self, name: str, iterate: Pieces, ordered: Sequence[ScoredEvents], *, floor: float
    ) -> None:
        """Mark what passes the cut on a score that leaves 1 % of the background.

        Parameters
        ----------
        name
            Of the score.
        iterate
            Gives the events that the tilts were made of, in their order, with this score.
        ordered
            The same events in the order of their scores.
        floor
            Effective background events that have to pass.
        """
        ecdf = WeightedEcdf.of_pieces(ordered, "background")
        cut = ecdf.cut(SHARE)
        self._marked[name] = None
        if len(self._pulls) and ecdf.expect_effective(cut) >= floor:
            path = self._folder / f"{len(self._marked)}.passing"
            with path.open("wb") as stream:
                for events in iterate():
                    above, at = events.score > cut.threshold, events.score == cut.threshold
                    (2 * above + at).astype(np.uint8).tofile(stream)
            self._marked[name] = path, np.array([0.0, cut.share, 1.0])

    def measure(self, *, floor: float) -> dict[str, dict[str, Any]]:
        """Measure what the marked scores find of made-up signals.

        Parameters
        ----------
        floor
            Tilts of fewer effective events are left out.

        Returns
        -------
        dict
            By score `number`, `median` and `low` (the 10 % quantile) of efficiencies, None where
            undefined.
        """
        known = [mark for mark in self._marked.values() if mark]
        sums, found = np.zeros((2, len(self._pulls))), np.zeros((len(known), len(self._pulls)))
        first = 0
        for tilted in self.weigh() if known else ():
            size = tilted.shape[1]
            sums += tilted.sum(axis=1), np.einsum("ij,ij->i", tilted, tilted)
            codes = (np.fromfile(path, np.uint8, size, offset=first) for path, _ in known)
            passes = [shares[code] for (_, shares), code in zip(known, codes, strict=True)]
            found += np.array(passes) @ tilted.T
            first += size
        kept = count_effective(*sums) >= floor
        efficiencies = iter(found[:, kept] / sums[0, kept])
        return {
            name: _summarise(next(efficiencies) if mark else np.empty(0))
            for name, mark in self._marked.items()
        }

    def _read(self) -> Iterator[tuple[Numbers, Numbers]]:
        """Read weights, those that are negative as 0, and normal scores, (variables, events)."""
        most, first = max(WEIGHTS_AT_ONCE // max(len(self._pulls), 1), 1), 0
        for events in self._iterate():
            clipped = np.clip(events.weight, 0.0, None)
            for start in range(0, len(clipped), most):
                weight = clipped[start : start + most]
                size = len(weight)
                z = [np.fromfile(path, count=size, offset=8 * first) for path in self._paths]
                yield weight, np.array(z).reshape(len(z), size)
                first += size

    def _scale(self) -> None:
        """Let each pull vary by the strength, and none be above 0."""
        sums = np.zeros(2)
        first, second = np.zeros(len(self._paths)), np.zeros((len(self._paths),) * 2)
        largest = np.full(len(self._pulls), -np.inf)
        for weight, z in self._read():
            sums += weight.sum(), weight @ weight
            first += z @ weight
            second += (z * weight) @ z.T
            largest = np.maximum(largest, (self._pulls @ z).max(axis=1, initial=-np.inf))
        mean = first / sums[0]
        covariance = (second / sums[0] - np.outer(mean, mean)) / (1 - sums[1] / sums[0] ** 2)
        variance = np.einsum("ij,jk,ik->i", self._pulls, covariance, self._pulls)
        scale = STRENGTH / np.sqrt(variance)
        self._pulls *= scale[:, None]
        self._offset = (largest * scale)[:, None]

    def weigh(self) -> Iterator[Numbers]:
        """Weigh the background.

        Yields
        ------
        ndarray of float64, shape (tilts, events)
            Weights of some events, in their order, in each made-up signal.
        """
        for weight, z in self._read():
            tilted = self._pulls @ z
            tilted -= self._offset
            np.exp(tilted, out=tilted)
            tilted *= weight
            yield tilted


def _summarise(efficiencies: Numbers) -> dict[str, Any]:
    if not len(efficiencies):
        return {"number": 0, "median": None, "low": None}
    median, low = np.quantile(efficiencies, (0.5, LOW)).tolist()
    return {"number": len(efficiencies), "median": median, "low": low}


def _find_usable(parts: Iterable[ScoredEvents]) -> list[str]:
    """Find the variables that all events have and that vary."""
    low: dict[str, float] = {}
    high: dict[str, float] = {}
    for events in parts:
        for name, values in events.variables.items():
            # what is not finite spreads to both ends
            low[name] = float(np.minimum(low.get(name, np.inf), values.min(initial=np.inf)))
            high[name] = float(np.maximum(high.get(name, -np.inf), values.max(initial=-np.inf)))
    return [name for name in low if np.isfinite(high[name] - low[name]) and high[name] > low[name]]


def _write_normal(iterate: Pieces, name: str, path: Path) -> None:
    """Write the normal scores of the ranks of a variable, event by event."""
    with open_variable(iterate, name, path.parent) as pieces, path.open("wb") as stream:
        view = View(pieces, lambda events: Ranked(events.score, np.clip(events.weight, 0.0, None)))
        ecdf = WeightedEcdf.of_pieces(view, "background")
        for values in gather(events.variables[name].astype(np.float64) for events in iterate()):
            ndtri(np.clip(ecdf.place(values), 1e-5, 1 - 1e-5)).tofile(stream)
