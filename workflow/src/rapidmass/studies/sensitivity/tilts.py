"""Made-up signals: the background with other weights, which need no simulation.

A tilted background is a signal: each event has the weight exp(t u.z) beside its own, z being its
event variables as normal scores and u a direction drawn at random. It says how a score takes
departures in any direction of what is measured.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from rapidmass.scores.ordered import View
from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.ranked import Ranked
from rapidmass.statistics.weighted_ecdf import WeightedEcdf
from rapidmass.statistics.weighted_events import count_effective
from rapidmass.studies.sensitivity.pieces import Pieces, cut_pieces, gather, open_variable

STRENGTH = 2.0  # t: standard deviations by which a normal variable moves
WEIGHTS_AT_ONCE = 4_000_000

Numbers = NDArray[np.float64]


class Tilts:
    """Weights of made-up signals for the events of the background, which come in pieces.

    Normal scores of the variables wait on disk, 8 bytes an event and variable.

    Parameters
    ----------
    iterate
        Gives the background; its variables that are finite in all events and vary are tilted.
    number
        How many tilts are drawn.
    floor
        Those of fewer effective events are left out.
    seed
        Decides the directions.
    folder
        Where files may lie, as long as tilts are used.
    """

    def __init__(
        self, iterate: Pieces, number: int, *, floor: float, seed: int, folder: Path
    ) -> None:
        names = _find_usable(iterate())
        self._paths = [folder / f"{place}.normal" for place, _ in enumerate(names)]
        for name, path in zip(names, self._paths, strict=True):
            _write_normal(iterate, name, path)
        rng = np.random.default_rng(seed)
        self._pulls = rng.normal(size=(number if names else 0, len(names)))
        self._offset = np.zeros((len(self._pulls), 1))
        if len(self._pulls):
            self._scale(iterate)
            self._leave_out(iterate, floor)

    def __len__(self) -> int:
        return len(self._pulls)

    def _read(self, events: Iterable[ScoredEvents]) -> Iterator[tuple[ScoredEvents, Numbers]]:
        """Read the normal scores beside events: shape (variables, events)."""
        first = 0
        for some in cut_pieces(events, max(WEIGHTS_AT_ONCE // max(len(self), 1), 1)):
            size = len(some.key)
            z = [np.fromfile(path, count=size, offset=8 * first) for path in self._paths]
            yield some, np.array(z).reshape(len(z), size)
            first += size

    def _scale(self, iterate: Pieces) -> None:
        """Let each pull vary by the strength, and none be above 0."""
        sums = np.zeros(2)
        first, second = np.zeros(len(self._paths)), np.zeros((len(self._paths),) * 2)
        largest = np.full(len(self), -np.inf)
        for events, z in self._read(iterate()):
            weight = np.clip(events.weight, 0.0, None)
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

    def _leave_out(self, iterate: Pieces, floor: float) -> None:
        sums = np.zeros((2, len(self)))
        for _, tilted in self.weigh(iterate()):
            sums += tilted.sum(axis=1), np.einsum("ij,ij->i", tilted, tilted)
        kept = count_effective(*sums) >= floor
        self._pulls, self._offset = self._pulls[kept], self._offset[kept]

    def weigh(self, events: Iterable[ScoredEvents]) -> Iterator[tuple[ScoredEvents, Numbers]]:
        """Weigh events.

        Parameters
        ----------
        events
            Those that the tilts were made of, in their order; they may have another score.

        Yields
        ------
        ScoredEvents, ndarray of float64
            Events, and their weights in each made-up signal, shape (tilts, events).
        """
        for some, z in self._read(events):
            yield some, np.clip(some.weight, 0.0, None) * np.exp(self._pulls @ z - self._offset)


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
