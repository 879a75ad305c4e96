"""Negative weights cancelled against those of neighbours.

J. R. Andersen, A. Maier, Eur. Phys. J. C 82 (2022) 433, arXiv:2109.07851: around each event of
negative weight a cell takes up its nearest neighbours until its weights add up to no less than 0;
the sum is then shared out in proportion to their magnitudes. Whatever is counted in regions larger
than cells keeps its expectation.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from rapidmass.models.classifiers.events import LabelledEvents

FIRST = 16  # neighbours that are looked up at first; twice as many where these do not suffice
FAR = 4.0  # standard deviations below the mean: where an absent element is taken to be


def cancel(training: LabelledEvents) -> LabelledEvents:
    """Replace weights by those of cells without negative sums, class by class.

    Parameters
    ----------
    training
        Events with signed weights.

    Returns
    -------
    LabelledEvents
        No weight is negative; each class keeps the sum of its weights. One without negative weights
        stays as it is.

    Raises
    ------
    ValueError
        If the weights of a class do not add up to more than 0.
    """
    weight = training.weight.astype(np.float64)
    for label in np.unique(training.label):
        mine = training.label == label
        if (weight[mine] < 0).any():
            if not weight[mine].sum() > 0:
                raise ValueError("the weights of a class do not add up to more than 0")
            weight[mine] = _cancel_class(_standardise(training.x[mine]), weight[mine])
    return training._replace(weight=weight.astype(np.float32))


def _standardise(x: NDArray[np.float32]) -> NDArray[np.float64]:
    """Bring features to one scale, so that none alone decides who is a neighbour."""
    absent = np.isnan(x)
    count = np.maximum((~absent).sum(axis=0), 1)
    values = np.where(absent, 0.0, x.astype(np.float64))
    centred = np.where(absent, 0.0, values - values.sum(axis=0) / count)
    spread = np.sqrt((centred**2).sum(axis=0) / count)
    return np.where(absent, -FAR, centred / np.where(spread > 0, spread, 1.0))


def _cancel_class(x: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    weight = weight.copy()
    tree = cKDTree(x)
    # the largest first: later cells find what these left
    negative = np.flatnonzero(weight < 0)
    for event in negative[np.argsort(weight[negative], kind="stable")]:
        if weight[event] >= 0:
            continue
        cell = _find_cell(tree, x[event], weight)
        magnitude = np.abs(weight[cell])
        weight[cell] = magnitude * (max(weight[cell].sum(), 0.0) / magnitude.sum())
    return weight


def _find_cell(
    tree: cKDTree, centre: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Find the nearest events, as few as make the sum of their weights no less than 0."""
    number = FIRST
    while True:
        near = np.atleast_1d(tree.query(centre, k=min(number, len(weight)))[1])
        enough = np.flatnonzero(np.cumsum(weight[near]) >= 0)
        if enough.size:
            return np.asarray(near[: enough[0] + 1])
        if number >= len(weight):
            return np.asarray(near)
        number *= 2
