"""What a training makes of event weights, negative ones above all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rapidmass.config.models.network import NegativeWeights


class SignedSums(NamedTuple):
    """Sums of the positive and of the negative weights of some events, in pb."""

    positive: float
    negative: float

    @property
    def total(self) -> float:
        """Sum of the weights."""
        return self.positive + self.negative

    @property
    def rescaling(self) -> float:
        """Factor with which absolute weights add up to the total; 0 where that is not positive."""
        return self.total / (self.positive - self.negative) if self.total > 0 else 0.0


@dataclass(frozen=True)
class TrainingSums:
    """Sums over the training part of all megasets.

    Parameters
    ----------
    n_events, n_negative
        Events, and how many of them have a negative weight.
    channels
        Sums of their weights, by channel.
    """

    n_events: int
    n_negative: int
    channels: Mapping[str, SignedSums]

    def to_json(self) -> dict[str, Any]:
        """Describe these sums in JSON types, exactly."""
        channels = {name: sums._asdict() for name, sums in self.channels.items()}
        return {"n_events": self.n_events, "n_negative": self.n_negative, "channels": channels}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "TrainingSums":
        """Restore sums from what `to_json` gave."""
        channels = {name: SignedSums(**sums) for name, sums in content["channels"].items()}
        return cls(content["n_events"], content["n_negative"], channels)


def list_columns(negative_weights: NegativeWeights) -> list[str]:
    """List the columns of a megaset that `treat_weights` reads.

    Parameters
    ----------
    negative_weights
        What is done with negative weights.

    Returns
    -------
    list of str
        Names.
    """
    return ["weight", "channel"] if negative_weights == "absolute_rescaled" else ["weight"]


def treat_weights(
    events: pa.Table, sums: TrainingSums, negative_weights: NegativeWeights
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Treat negative weights as a training asks for.

    With `absolute_rescaled` an event of weight w in channel c gets |w| sum_c(w) / sum_c(|w|), the
    sums going over the training part, so that all channels keep their shares of the total weight. A
    channel whose weights do not add up to more than 0 gets weights of 0.

    Parameters
    ----------
    events
        Rows of a megaset, with the columns of `list_columns`.
    sums
        Over the training part.
    negative_weights
        What to do with negative weights.

    Returns
    -------
    kept : ndarray of bool, shape (events,)
        Which events count.
    weight : ndarray of float64, shape (events,)
        Their weights, in pb.
    """
    weight = events.column("weight").to_numpy()
    if negative_weights == "drop":
        return weight >= 0, weight
    kept = np.ones(len(weight), dtype=np.bool_)
    if negative_weights in ("keep", "fail"):  # `get_mean_weight` refuses what there is to refuse
        return kept, weight
    names = pa.array(sums.channels, pa.string())
    # a channel that has no event in the training part has no share of it
    factors = np.array([*(channel.rescaling for channel in sums.channels.values()), 0.0])
    places = pc.index_in(events.column("channel").cast(pa.string()), value_set=names)
    return kept, np.abs(weight) * factors[pc.fill_null(places, len(names)).to_numpy()]


def sum_weights(sums: TrainingSums, negative_weights: NegativeWeights) -> float:
    """Add up the weights of the training part as `treat_weights` gives them.

    Parameters
    ----------
    sums
        Over the training part.
    negative_weights
        What is done with negative weights.

    Returns
    -------
    float
        In pb.
    """
    channels = sums.channels.values()
    if negative_weights == "drop":
        return sum(channel.positive for channel in channels)
    if negative_weights in ("keep", "fail"):
        return sum(channel.total for channel in channels)
    return sum(max(channel.total, 0.0) for channel in channels)


def get_mean_weight(sums: TrainingSums, negative_weights: NegativeWeights) -> float:
    """Get the mean weight of the training part after negative weights were treated.

    Parameters
    ----------
    sums
        Over the training part.
    negative_weights
        What is done with negative weights.

    Returns
    -------
    float
        In pb.

    Raises
    ------
    ValueError
        If it is not positive: nothing can be trained on such a sample. If there are negative
        weights, and they are to be refused.
    """
    if negative_weights == "fail" and sums.n_negative:
        raise ValueError(
            f"{sums.n_negative} of {sums.n_events} training events have a negative weight, and "
            "negative_weights is fail: choose keep, absolute_rescaled or drop"
        )
    dropped = sums.n_negative if negative_weights == "drop" else 0
    mean = sum_weights(sums, negative_weights) / max(sums.n_events - dropped, 1)
    if not mean > 0:
        raise ValueError(
            f"the mean weight of the training events is {mean:g} pb with "
            f"negative_weights: {negative_weights}; it must be positive, so check the weights "
            "or treat negative ones differently"
        )
    return mean
