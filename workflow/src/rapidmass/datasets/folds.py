"""The test set, and folds: events that a network does not see, so that it can be tested on them.

Both follow from one number in [0, 1) that each event has by its identity. The test set is what has
a number below the test fraction. With k folds, fold j is what has one from j/k to (j + 1)/k: fold 0
is the test set of the fraction 1/k, and every event is in one fold. The number is independent of
the halves of `rapidmass.statistics.folds`, on which cuts are chosen.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.storage.event_keys import draw_uniform

SALT = "test"


class Fold(NamedTuple):
    """Events that one network does not see, while another one does.

    Parameters
    ----------
    left_out
        Which fold the network does not see, from 0.
    number
        How many there are.
    """

    left_out: int
    number: int


def is_test(keys: NDArray[np.uint64], test_fraction: float) -> NDArray[np.bool_]:
    """Tell which events belong to the test set.

    Parameters
    ----------
    keys
        Shape (events,): event keys.
    test_fraction
        Share of the test set.

    Returns
    -------
    ndarray of bool, shape (events,)
        A function of the keys alone.
    """
    return draw_uniform(keys, SALT) < test_fraction


def find_folds(keys: NDArray[np.uint64], number: int) -> NDArray[np.int64]:
    """Find the fold of each event.

    Parameters
    ----------
    keys
        Shape (events,): event keys.
    number
        How many folds there are.

    Returns
    -------
    ndarray of int64, shape (events,)
        From 0; a function of the keys alone.
    """
    edges = np.arange(1, number) / number
    return np.searchsorted(edges, draw_uniform(keys, SALT), side="right")


def is_seen(keys: NDArray[np.uint64], fold: Fold | None) -> NDArray[np.bool_]:
    """Tell which events a network may see.

    Parameters
    ----------
    keys
        Shape (events,): event keys.
    fold
        What it must not see; None: nothing of what is there.

    Returns
    -------
    ndarray of bool, shape (events,)
        Whether an event is in another fold.
    """
    if fold is None:
        return np.ones(len(keys), dtype=np.bool_)
    return np.asarray(find_folds(keys, fold.number) != fold.left_out)


def is_unseen(keys: NDArray[np.uint64], fold: Fold | None) -> NDArray[np.bool_]:
    """Tell which simulated events a network can be tested on, among those that it may have seen.

    Parameters
    ----------
    keys
        Shape (events,): event keys.
    fold
        What it did not see; None: nothing of what is there.

    Returns
    -------
    ndarray of bool, shape (events,)
        Whether an event is in that fold; all are without folds.
    """
    return np.ones(len(keys), dtype=np.bool_) if fold is None else ~is_seen(keys, fold)
