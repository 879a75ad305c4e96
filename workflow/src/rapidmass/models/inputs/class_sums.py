"""Sums of weights of the events that the training of a classifier sees, by class and sample."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rapidmass.config.models.network import NegativeWeights
from rapidmass.datasets.folds import Fold, is_seen
from rapidmass.datasets.splits import Part, select_part
from rapidmass.storage.parquet import iterate_events

COLUMNS = ("weight", "sample")
SIGNS = (1.0, -1.0)
TERMS = (0.0, 0.5, 1.0)
PARTS: tuple[Part, ...] = ("training", "validation")


class SampleSums(NamedTuple):
    """Sums over the events of a sample, each of shape (3,): of |w|^0, |w|^(1/2) and |w| (pb).

    Parameters
    ----------
    positive, negative
        Of events with positive and with negative weight.
    """

    positive: NDArray[np.float64]
    negative: NDArray[np.float64]

    @property
    def events(self) -> int:
        """Number of events whose weight is not 0."""
        return int(self.positive[0] + self.negative[0])

    @property
    def total(self) -> float:
        """Sum of the weights in pb."""
        return float(self.positive[-1] - self.negative[-1])

    def describe(self) -> dict[str, Any]:
        """Describe these sums in JSON types."""
        return {
            "events": self.events,
            "negative": int(self.negative[0]),
            "weight_pb": self.total,
        }


ClassSums = Mapping[str, Mapping[str, SampleSums]]
"""Sums by class (`background`, `signal`) and sample."""


def measure_classes(
    megasets: Sequence[Path],
    signals: Mapping[str, Path],
    *,
    fold: Fold | None,
    validation_fraction: float,
) -> dict[Part, ClassSums]:
    """Add up the weights of the events that a training sees.

    Parameters
    ----------
    megasets
        Files of the background.
    signals
        Files by signal.
    fold
        What the training does not see.
    validation_fraction
        Fraction of events in the validation part.

    Returns
    -------
    dict
        Sums by class and sample, of each part. Every signal is there, be it without events.
    """
    empty = np.zeros((len(SIGNS), len(TERMS)))
    found: dict[Part, dict[str, dict[str, NDArray[np.float64]]]] = {
        part: {"background": {}, "signal": {name: empty.copy() for name in signals}}
        for part in PARTS
    }
    for kind, paths in (("background", megasets), ("signal", [*signals.values()])):
        for part, sample, weight in _iterate_weights(paths, fold, validation_fraction):
            sums = found[part][kind].setdefault(sample, empty.copy())
            for row, sign in enumerate(SIGNS):
                magnitude = np.abs(weight[np.sign(weight) == sign])
                sums[row] += [np.sum(magnitude**power) for power in TERMS]
    return {
        part: {
            kind: {name: SampleSums(*sums) for name, sums in samples.items()}
            for kind, samples in classes.items()
        }
        for part, classes in found.items()
    }


def _iterate_weights(
    paths: Sequence[Path], fold: Fold | None, validation_fraction: float
) -> Iterator[tuple[Part, str, NDArray[np.float64]]]:
    for path in paths:
        for table in iterate_events(path, ["key", *COLUMNS]):
            keys = table.column("key").to_numpy()
            weight = table.column("weight").to_numpy()
            samples = table.column("sample").cast(pa.string())
            seen = is_seen(keys, fold)
            for sample in pc.unique(samples).to_pylist():
                mine = seen & pc.equal(samples, sample).to_numpy()
                for part in PARTS:
                    yield part, sample, weight[mine & select_part(keys, part, validation_fraction)]


def refuse_unusable(sums: ClassSums, negative_weights: NegativeWeights) -> None:
    """Make sure that there is something to learn from.

    Parameters
    ----------
    sums
        From `measure_classes`.
    negative_weights
        What is done with negative weights.

    Raises
    ------
    ValueError
        If a signal has no event, the weights of a class do not add up to more than 0, or there are
        negative weights and they are to be refused.
    """
    for name, sample in sums["signal"].items():
        if sample.events == 0:
            raise ValueError(
                f"the sample {name} has no event of weight other than 0: more simulated events, "
                "fewer folds or a looser selection are needed, or leave it out of target"
            )
    for kind, samples in sums.items():
        total = sum(sample.total for sample in samples.values())
        if not total > 0:
            raise ValueError(
                f"the weights of the {kind} ({', '.join(samples) or 'no event'}) add up to "
                f"{total:g} pb: more simulated events are needed to train on"
            )
    if negative_weights == "fail":
        _refuse_negative(sums)


def _refuse_negative(sums: ClassSums) -> None:
    for samples in sums.values():
        for name, sample in samples.items():
            if sample.negative[0]:
                share = sample.negative[0] / sample.events
                lost = f", which costs a factor {1 / (1 - 2 * share) ** 2:.2f} of statistics"
                raise ValueError(
                    f"{share:.1%} of the events of {name} have a negative weight"
                    f"{lost if share < 0.5 else ''}: choose what to do with them, "
                    "negative_weights: keep, absolute_rescaled or drop"
                )


def describe_classes(sums: ClassSums) -> dict[str, Any]:
    """Describe the classes that a classifier learned from, for its card.

    Parameters
    ----------
    sums
        Over the training part, from `measure_classes`.

    Returns
    -------
    dict
        `classes`: events and weights, by class and sample. `warnings`: sentences on samples whose
        weights do not add up to more than 0, which may count nothing.
    """
    lost = [name for group in sums.values() for name, sample in group.items() if sample.total <= 0]
    return {
        "classes": {
            kind: {name: sample.describe() for name, sample in samples.items()}
            for kind, samples in sums.items()
        },
        "warnings": [
            f"the weights of {name} in the training part do not add up to more than 0; more "
            "simulated events are needed."
            for name in lost
        ],
    }
