"""Sections of runs that were certified as good for physics."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

CERTIFIED = "certified sections"
BITS = 32  # of the number of a section
SHAPE = '{"run": [[first, last], ...], ...}'


class Certified:
    """Which luminosity sections of which runs are certified.

    Parameters
    ----------
    ranges
        Run, first and last section of each range, in any order, at least one; ranges may overlap.

    Raises
    ------
    ValueError
        If there is no range, a number is negative or too large, or a range ends before it begins.
    """

    def __init__(self, ranges: Iterable[tuple[int, int, int]]) -> None:
        edges: list[tuple[int, int]] = []
        for run, first, last in sorted(ranges):
            if not (0 <= run < 1 << BITS - 1 and 0 <= first <= last < 1 << BITS):
                raise ValueError(f"run {run} has sections from {first} to {last}")
            low, high = (run << BITS) + first, (run << BITS) + last
            if edges and low <= edges[-1][1]:
                low, high = edges[-1][0], max(high, edges.pop()[1])
            edges.append((low, high))
        if not edges:
            raise ValueError("no section of any run is in it")
        self._low, self._high = np.array(edges, dtype=np.int64).reshape(-1, 2).T

    @classmethod
    def read(cls, path: Path) -> "Certified":
        """Read certified sections from a JSON file.

        Parameters
        ----------
        path
            `{"run": [[first, last], ...], ...}`, as CMS publishes them.

        Returns
        -------
        Certified
            Its content.

        Raises
        ------
        ValueError
            If it is absent, or of another form; the message names the file.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_refuse_twice)
            ranges = [
                (int(run), _read_number(first), _read_number(last))
                for run, found in content.items()
                for first, last in found
            ]
            return cls(ranges)
        # brackets in brackets without end are no list of sections either
        except (OSError, AttributeError, TypeError, ValueError, RecursionError) as error:
            raise ValueError(
                f"{path} cannot be read as a list of certified sections ({error}): it must be JSON "
                f"of the form {SHAPE}; correct the column 'certified' of the sample sheet"
            ) from error

    def contain(self, run: NDArray[np.int64], section: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which events are certified.

        Parameters
        ----------
        run, section
            Shape (events,).

        Returns
        -------
        ndarray of bool, shape (events,)
            Whether a range holds the section of the event.
        """
        known = (run >= 0) & (run < 1 << BITS - 1) & (section >= 0) & (section < 1 << BITS)
        place = (np.where(known, run, 0) << BITS) + np.where(known, section, 0)
        before = np.searchsorted(self._low, place, side="right") - 1
        inside: NDArray[np.bool_] = place <= self._high[np.maximum(before, 0)]
        return known & (before >= 0) & inside


def _read_number(value: Any) -> int:  # noqa: ANN401
    if type(value) is not int:
        raise ValueError(f"{value!r} is no number of a section")
    return value


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("a run is there twice")
    return content
