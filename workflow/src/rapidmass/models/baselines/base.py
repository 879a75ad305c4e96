"""What kinds of baselines have in common: how they score, and files of those that are fitted."""

import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.datasets.folds import Fold
from rapidmass.models.baselines.training_events import TrainingEvents
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.provenance.atomic_files import write_whole
from rapidmass.representations.base import ROWS_PER_BLOCK, Representation


@dataclass(eq=False)
class Baseline:
    """What scores events.

    Parameters
    ----------
    name
        What errors call it.
    representation
        How the events are shown that it takes.
    selection
        Selection of the events that it was fitted to; None: any.
    compute
        Gives the scores of a table's events, shape (events,); larger is more anomalous.
    columns
        Names of its scores in a file.
    fold
        What it was not fitted to; None if it may be of any event.
    """

    name: str
    representation: Representation
    selection: str | None
    compute: Callable[[pa.Table], NDArray[np.float32]]
    columns: Sequence[str] = ("score",)
    fold: Fold | None = None

    def score(self, table: pa.Table) -> Mapping[str, NDArray[np.float32]]:
        """Score events.

        Parameters
        ----------
        table
            Rows of a shard, a megaset or the test set.

        Returns
        -------
        dict
            Arrays of shape (events,), by column.
        """
        return {"score": self.compute(table)}


@dataclass(frozen=True, eq=False)
class FittedModel:
    """What a fit found, and what it needs to see events as the fit did.

    Parameters
    ----------
    scaler
        Scales the elements.
    features
        Flat indices of the elements that are used, rising.
    arrays
        What the kind keeps.
    """

    scaler: Scaler
    features: NDArray[np.int64]
    arrays: Mapping[str, NDArray[Any]]

    def iterate_scaled(self, table: pa.Table) -> Iterator[tuple[slice, NDArray[np.float32]]]:
        """Scale the elements of events, block by block.

        Parameters
        ----------
        table
            Rows of a shard, a megaset or the test set.

        Yields
        ------
        slice
            Which events these are.
        ndarray of float32, shape (events, features)
            Their scaled elements. The next block takes their memory.
        """
        memory = np.empty((ROWS_PER_BLOCK, len(self.features)), dtype=np.float32)
        for rows, some in self.scaler.representation.decode(table).iterate_blocks():
            yield rows, self.scaler.transform(some, self.features, out=memory[: len(some)])


class Kind(Protocol):
    """What the module of a kind that is fitted must give."""

    def fit(self, settings: Any, training: TrainingEvents) -> dict[str, NDArray[Any]]:  # noqa: ANN401
        """Fit a baseline to events of the training part.

        Parameters
        ----------
        settings
            Settings of the kind.
        training
            The events.

        Returns
        -------
        dict
            What `FittedModel.arrays` becomes.

        Raises
        ------
        ValueError
            If there are too few events to fit it to.
        """

    def score(self, model: FittedModel, table: pa.Table) -> NDArray[np.float32]:
        """Score events.

        Parameters
        ----------
        model
            What `fit` found.
        table
            Rows of a shard, a megaset or the test set.

        Returns
        -------
        ndarray of float32, shape (events,)
            Larger is more anomalous.
        """


def write_model(
    path: Path,
    kind: str,
    scaler: Scaler,
    features: NDArray[np.int64],
    arrays: Mapping[str, NDArray[Any]],
    provenance: Mapping[str, Any],
) -> None:
    """Write a fitted baseline: plain arrays, which no version of a library must understand.

    Parameters
    ----------
    path
        NumPy's npz.
    kind
        What the configuration calls it.
    scaler, features, arrays
        See `FittedModel`.
    provenance
        Where the fit comes from.
    """
    description = {"kind": kind, "scaler": scaler.to_json(), "provenance": provenance}
    content: dict[str, Any] = {
        "description": np.array(json.dumps(description)),
        "features": features,
        **arrays,
    }
    with write_whole(path) as temporary:
        np.savez(temporary, **content)


def read_model(path: Path, kind: str) -> FittedModel:
    """Read a fitted baseline; nothing in the file is executed.

    Parameters
    ----------
    path
        What `write_model` wrote.
    kind
        What it must be.

    Returns
    -------
    FittedModel
        Equal to what was written, bit for bit.

    Raises
    ------
    ValueError
        If the file is damaged or of another kind.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as content:
            arrays = {name: content[name] for name in content.files}
        description = json.loads(arrays.pop("description").item())
        scaler = Scaler.from_json(description["scaler"])
        features = arrays.pop("features")
    except (zipfile.BadZipFile, EOFError, KeyError, ValueError) as error:
        raise ValueError(
            f"{path} is no fitted baseline ({error}); remove it to have it rebuilt"
        ) from error
    if description["kind"] != kind:
        raise ValueError(f"{path} is a baseline of the kind {description['kind']!r}, not {kind!r}")
    return FittedModel(scaler, features, arrays)
