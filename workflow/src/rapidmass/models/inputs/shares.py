"""The part of each batch that one of several processes takes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Share(NamedTuple):
    """One of several processes that share each batch.

    Its place in a full batch is its place in all: only the last batch of a megaset, which is
    smaller, leaves the last processes less to do, or nothing.

    Parameters
    ----------
    rank
        Which one it is, from 0.
    number
        How many there are.
    """

    rank: int
    number: int

    def find(self, size: int) -> tuple[int, int]:
        """Find its places in a full batch of so many events: the first, and that after the last."""
        return self.rank * size // self.number, (self.rank + 1) * size // self.number


WHOLE = Share(0, 1)


def list_rows(share: Share, size: int, events: int) -> NDArray[np.int64] | None:
    """List the events of a batch that belong to a share.

    Parameters
    ----------
    share
        Whose.
    size
        Events in a full batch.
    events
        Events in this batch.

    Returns
    -------
    ndarray of int64, or None
        Their places, of which there may be none. None if the batch is not shared.
    """
    if share.number == 1:
        return None
    return np.arange(*np.minimum(share.find(size), events))
