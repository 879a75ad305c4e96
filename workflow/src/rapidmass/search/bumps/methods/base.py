"""What all methods of a bump hunt have in common.

A classifier tells the signal region from something that has the background of the signal region and
no signal: a template. Methods differ in where it comes from.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from rapidmass.search.bumps.ensembles import Features, Trees
from rapidmass.search.bumps.windows import Window

Array = NDArray[np.float64]


class Sample(NamedTuple):
    """Events that something is learnt from.

    Parameters
    ----------
    key, mass
        Shape (events,).
    features
        Shape (events, features): NaN where an event has none.
    region
        Shape (events,): from `rapidmass.search.bumps.windows.Window.divide`.
    weight
        Shape (events,): 1 for data.
    """

    key: NDArray[np.uint64]
    mass: Array
    features: Features
    region: NDArray[np.int8]
    weight: Array

    def take(self, rows: NDArray[np.bool_]) -> "Sample":
        """Take some of the events."""
        return Sample(
            self.key[rows],
            self.mass[rows],
            self.features[rows],
            self.region[rows],
            self.weight[rows],
        )


def keep_features(sample: Sample) -> Features:
    """Give features as they are."""
    return sample.features


@dataclass(frozen=True)
class Template:
    """What a signal region is compared with.

    Parameters
    ----------
    features
        Shape (events, features): as the classifier sees them.
    weight
        Shape (events,): not negative.
    transform
        Makes of events what the classifier sees of them.
    """

    features: Features
    weight: Array
    transform: Callable[[Sample], Features] = keep_features


class Method(Protocol):
    """A module of a method."""

    def make_template(
        self, data: Sample, simulation: Sample, *, window: Window, trees: Trees, seed: int
    ) -> Template:
        """Make a template.

        Parameters
        ----------
        data
            Data of all folds but one.
        simulation
            Simulated background of the same folds; empty where the method needs none.
        window
            Signal region and sidebands.
        trees
            How classifiers are grown.
        seed
            What everything random follows from.
        """
