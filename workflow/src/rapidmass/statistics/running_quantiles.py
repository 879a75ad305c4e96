"""Quantiles of weighted values that come in rising order, piece by piece."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rapidmass.statistics.ranked import Weighted
from rapidmass.statistics.weighted_events import check_total


class RunningQuantiles:
    """What `rapidmass.statistics.weighted_events.find_weighted_quantiles` finds, piece by piece.

    Parameters
    ----------
    total
        The total weight, positive.
    shares
        Shares of it, 0 to 1.

    Attributes
    ----------
    found
        Shape (shares,): the values below which the shares lie; minus infinity for a share of 0,
        infinity as long as a share is not reached.
    sum
        Weight of all values so far.
    below, upto
        Shape (shares,): weight below each of them, and with what is equal.
    """

    def __init__(self, total: float, shares: ArrayLike) -> None:
        wanted = np.atleast_1d(np.asarray(shares, dtype=np.float64))
        self._wanted = wanted * total
        self._open = wanted > 0
        self.found = np.where(self._open, np.inf, -np.inf)
        self.below, self.upto = np.zeros((2, len(wanted)))
        self.sum = 0.0
        self._last: tuple[float, float, float] | None = None

    def add(self, values: NDArray[np.floating[Any]], weights: NDArray[np.float64]) -> None:
        """Add values that are in order, and none smaller than one before.

        Parameters
        ----------
        values, weights
            Shape (events,). Equal values come together.
        """
        if not len(values):
            return
        sums = np.cumsum(np.concatenate([[self.sum], weights]))
        # with negative weights the sum may fall again: a share is reached where it is first passed
        rising = np.maximum.accumulate(sums[1:])
        places = np.searchsorted(rising, self._wanted, side="left")
        for place in np.flatnonzero(self._open & (places < len(values))).tolist():
            value = values[places[place]]
            self.found[place] = value
            self.below[place], self.upto[place] = _look_up(values, sums, value)
            self._open[place] = False
        self._last = (float(values[-1]), *_look_up(values, sums, values[-1]))
        self.sum = float(sums[-1])

    def finish(self) -> NDArray[np.float64]:
        """Finish: what roundings kept from being reached is the largest value.

        Returns
        -------
        ndarray of float64, shape (shares,)
            `found`.
        """
        if self._last is not None:
            for place in np.flatnonzero(self._open).tolist():
                self.found[place], self.below[place], self.upto[place] = self._last
        self._open[:] = False
        return self.found


def _look_up(
    values: NDArray[np.floating[Any]],
    sums: NDArray[np.float64],
    value: Any,  # noqa: ANN401 (of the type of the values)
) -> tuple[float, float]:
    first, last = (np.searchsorted(values, value, side) for side in ("left", "right"))
    return float(sums[first]), float(sums[last])


def find_ordered_quantiles(pieces: Sequence[Weighted], shares: ArrayLike) -> NDArray[np.float64]:
    """Find the scores below which given shares of the weight lie.

    Parameters
    ----------
    pieces
        Events from small to large scores, of which one piece is held in memory.
    shares
        Shares of the total weight, 0 to 1.

    Returns
    -------
    ndarray of float64, shape (shares,)
        As from `rapidmass.statistics.weighted_events.find_weighted_quantiles`.

    Raises
    ------
    ValueError
        If there is no event, or the total weight is not positive.
    """
    number, total = 0, 0.0
    for piece in pieces:
        number, total = number + len(piece.weight), total + float(piece.weight.sum())
    check_total(number, total)
    running = RunningQuantiles(total, shares)
    for piece in pieces:
        running.add(piece.score, piece.weight)
    return running.finish()


def find_middle_quantiles(pieces: Sequence[Weighted], shares: Sequence[float]) -> list[float]:
    """Find quantiles of scores, of which each counts once.

    Parameters
    ----------
    pieces
        As for `find_ordered_quantiles`; with at least one event.
    shares
        Shares of the events, 0 to 1.

    Returns
    -------
    list of float
        As from `numpy.quantile`: between two scores, linear in the share.
    """
    places = np.asarray(shares) * (sum(len(piece.score) for piece in pieces) - 1)
    lower = np.floor(places).astype(np.int64)
    pairs, first = np.zeros((len(places), 2)), 0
    for piece in pieces:
        for side in (0, 1):
            # the largest of all has none above it
            wanted = np.minimum(lower + side, np.ceil(places).astype(np.int64)) - first
            here = (wanted >= 0) & (wanted < len(piece.score))
            pairs[here, side] = piece.score[wanted[here]]
        first += len(piece.score)
    parts = zip(pairs, places - lower, strict=True)
    return [float(np.quantile(pair, part)) for pair, part in parts]
