"""Arrays of numbers that wait on disk."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


class Spool(Sequence[Numbers]):
    """Arrays of two rows, of which each is read whenever it is asked for.

    Parameters
    ----------
    folder
        Where the file lies, until the folder is removed.
    """

    def __init__(self, folder: Path) -> None:
        with NamedTemporaryFile(dir=folder, delete=False) as stream:
            self._path = Path(stream.name)
        self._ends = [0]

    def append(self, numbers: Numbers) -> None:
        """Append an array, shape (2, numbers)."""
        with self._path.open("ab") as stream:
            numbers.tofile(stream)
        self._ends.append(self._ends[-1] + numbers.size)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, place: int) -> Numbers:  # type: ignore[override]
        if not 0 <= place < len(self):
            raise IndexError(place)
        first, end = self._ends[place : place + 2]
        found = np.fromfile(self._path, count=end - first, offset=first * 8)
        return np.asarray(found.reshape(2, -1))
