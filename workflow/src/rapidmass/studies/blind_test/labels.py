"""A mixture of data and hidden signals as it is scored, and the answer: what it was made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

Values = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Mixture:
    """Scores of a mixture.

    Parameters
    ----------
    key
        Shape (events,): who an event is, in the mixture alone.
    score
        Shape (events,): anomaly score.
    """

    key: NDArray[np.uint64]
    score: Values


@dataclass(frozen=True)
class Answer:
    """What the mixture was made of.

    Parameters
    ----------
    label
        Shape (events,): the sample of each event of the mixture.
    signals
        Names of the signals; other samples are data.
    data
        Shape (events,): scores of all data, from before the mixing.
    """

    label: NDArray[np.str_]
    signals: Sequence[str]
    data: Values


def read_mixture(path: Path, column: str) -> Mixture:
    """Read the scores of a mixture.

    Parameters
    ----------
    path
        Scores of what `rapidmass.studies.blind_test.injection.mix_events` wrote.
    column
        Which score.

    Returns
    -------
    Mixture
        In the order of the file.
    """
    table = pq.read_table(path, columns=["key", column], use_threads=False)
    return Mixture(table["key"].to_numpy(), table[column].to_numpy())


def read_answer(
    labels: Path, data: Sequence[Path], mixture: Mixture, signals: Sequence[str], column: str
) -> Answer:
    """Read what the mixture was made of.

    Parameters
    ----------
    labels
        From `rapidmass.studies.blind_test.injection.mix_events`.
    data
        Scores of the data.
    mixture
        The mixture.
    signals
        Names of the signals in it.
    column
        Which score.

    Returns
    -------
    Answer
        In the order of the mixture.

    Raises
    ------
    ValueError
        If the labels are those of another mixture.
    """
    table = pq.read_table(labels, use_threads=False)
    if not np.array_equal(table["key"].to_numpy(), mixture.key):
        raise ValueError(f"{labels} belongs to another mixture; remove it to have it made again")
    scores = [pq.read_table(path, columns=[column], use_threads=False)[column] for path in data]
    label = np.asarray(table["label"].cast(pa.string()).to_pylist(), dtype=np.str_)
    return Answer(label, signals, np.concatenate([part.to_numpy() for part in scores]))
