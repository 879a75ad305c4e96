"""What brings the scores of networks that were trained on other events to a common scale.

Networks that were trained on other events give scores of another scale. Those of fold j are brought
to a common one by the distribution of the background: a raw score becomes the share of the
background of fold j below it, and this the score below which the same share of all folds lies. The
order within a fold stays. The map is made of simulated background alone, and is the same for
background, signals, data and whatever else is scored.
"""

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rapidmass.provenance.atomic_files import write_whole

Values = NDArray[np.floating[Any]]


class Curve(NamedTuple):
    """What raw scores of a fold become: straight lines between points, both rising, and beyond.

    Parameters
    ----------
    raw, common
        Shape (knots,): rising.
    slopes
        Shape (2,): below and above them; positive.
    """

    raw: NDArray[np.float64]
    common: NDArray[np.float64]
    slopes: NDArray[np.float64]

    def apply(self, score: Values) -> NDArray[np.float64]:
        """Bring scores to the common scale."""
        below = np.minimum(score - self.raw[0], 0.0) * self.slopes[0]
        above = np.maximum(score - self.raw[-1], 0.0) * self.slopes[1]
        return np.asarray(np.interp(score, self.raw, self.common) + below + above)

    def invert(self, score: ArrayLike) -> NDArray[np.float64]:
        """Bring scores on the common scale back to that of the fold."""
        return Curve(self.common, self.raw, 1 / self.slopes).apply(np.asarray(score, np.float64))


@dataclass(frozen=True, eq=False)
class FoldMap:
    """What raw scores become.

    Parameters
    ----------
    curves
        One for each fold, by column.
    """

    curves: Mapping[str, Sequence[Curve]]

    def apply(
        self, scores: Mapping[str, NDArray[np.float32]], folds: NDArray[np.int64]
    ) -> dict[str, NDArray[np.float32]]:
        """Bring scores to the common scale.

        Parameters
        ----------
        scores
            Raw ones by column, each of shape (events,).
        folds
            Shape (events,): which network gave them.

        Returns
        -------
        dict
            By column.
        """
        found = {}
        for column, raw in scores.items():
            common = np.empty_like(raw)
            for fold, curve in enumerate(self.curves[column]):
                mine = folds == fold
                common[mine] = curve.apply(raw[mine])
            found[column] = common
        return found


def write_fold_map(path: Path, fold_map: FoldMap, provenance: Mapping[str, Any]) -> None:
    """Write a map: plain arrays, which no version of a library must understand.

    Parameters
    ----------
    path
        NumPy's npz.
    fold_map
        What to write.
    provenance
        Where it comes from, in JSON types.
    """
    numbers = {column: len(curves) for column, curves in fold_map.curves.items()}
    description = {"folds": numbers, "provenance": provenance}
    content: dict[str, Any] = {"description": np.array(json.dumps(description))}
    for column, curves in fold_map.curves.items():
        for fold, curve in enumerate(curves):
            content |= {
                f"{column}/{fold}/{part}": values for part, values in curve._asdict().items()
            }
    with write_whole(path) as temporary:
        np.savez(temporary, **content)


def read_fold_map(path: Path) -> FoldMap:
    """Read a map; nothing in the file is executed.

    Parameters
    ----------
    path
        What `write_fold_map` wrote.

    Returns
    -------
    FoldMap
        Equal to what was written, bit for bit.

    Raises
    ------
    ValueError
        If the file is damaged.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as content:
            numbers = json.loads(content["description"].item())["folds"]
            return FoldMap(
                {
                    column: [
                        Curve(*(content[f"{column}/{fold}/{part}"] for part in Curve._fields))
                        for fold in range(number)
                    ]
                    for column, number in numbers.items()
                }
            )
    except (zipfile.BadZipFile, EOFError, KeyError, ValueError) as error:
        raise ValueError(
            f"{path} is no map of scores ({error}); remove it to have it rebuilt"
        ) from error
