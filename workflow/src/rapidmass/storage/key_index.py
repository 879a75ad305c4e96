"""Where events are, by their keys."""

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]


class KeyIndex:
    """Finds events among others, however often it is asked.

    Parameters
    ----------
    keys
        Shape (events,): of the events that are looked for, each once, in any order.
    """

    def __init__(self, keys: Keys) -> None:
        self._order = np.argsort(keys, kind="stable")
        self._sorted = keys[self._order]

    def find(self, keys: Keys) -> NDArray[np.int64]:
        """Find events.

        Parameters
        ----------
        keys
            Shape (n,).

        Returns
        -------
        ndarray of int64, shape (n,)
            The place of each among the events of this index; -1 for others.
        """
        if not len(self._sorted):
            return np.full(len(keys), -1, dtype=np.int64)
        places = np.minimum(np.searchsorted(self._sorted, keys), len(self._sorted) - 1)
        return np.where(self._sorted[places] == keys, self._order[places], -1)
