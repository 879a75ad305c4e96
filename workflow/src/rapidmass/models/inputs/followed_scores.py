"""Scores of events by their keys, for networks that follow them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rapidmass.storage.key_index import KeyIndex


@dataclass(frozen=True, eq=False)
class FollowedScores:
    """Scores of the background.

    Parameters
    ----------
    path
        Where they were read, for messages.
    index
        Of their events.
    scores
        Shape (events,). Both together take 20 bytes an event.
    """

    path: Path
    index: KeyIndex
    scores: NDArray[np.float32]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file of scores.

        Parameters
        ----------
        path
            With the columns `key` and `score`.

        Returns
        -------
        FollowedScores
            Of all its events.

        Raises
        ------
        ValueError
            If a score is not finite.
        """
        table = pq.read_table(path, columns=["key", "score"], use_threads=False)
        keys, scores = table["key"].to_numpy(), table["score"].to_numpy().astype(np.float32)
        bad = np.flatnonzero(~np.isfinite(scores))
        if bad.size:
            raise ValueError(
                f"{path}: the score of event {keys[bad[0]]} is {scores[bad[0]]}, which no network "
                "can follow; remove the file to have it made anew"
            )
        return cls(path, KeyIndex(keys), scores)

    def find(self, keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """Find the scores of events.

        Parameters
        ----------
        keys
            Shape (events,).

        Returns
        -------
        ndarray of float32, shape (events,)
            In their order.

        Raises
        ------
        ValueError
            If an event has none.
        """
        places = self.index.find(keys)
        lost = np.flatnonzero(places < 0)
        if lost.size:
            raise ValueError(
                f"{self.path} has no score of {lost.size} events of a megaset, the first of which "
                f"is {keys[lost[0]]}; remove the file to have it made anew"
            )
        return self.scores[places]
