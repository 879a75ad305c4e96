"""Events with scores and weights, of which nothing else is known."""

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating[Any]]


class Weighted(Protocol):
    """Events with scores and weights, each of shape (events,)."""

    @property
    def score(self) -> Values:
        """Scores."""

    @property
    def weight(self) -> NDArray[np.float64]:
        """Weights."""


class Ranked(NamedTuple):
    """Events as `Weighted`, each of shape (events,)."""

    score: Values
    weight: NDArray[np.float64]
