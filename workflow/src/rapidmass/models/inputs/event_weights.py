"""What a training makes of event weights, negative ones above all."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rapidmass.config.models.network import NegativeWeights
from rapidmass.models.inputs.scaler import Scaler


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
    events: pa.Table, scaler: Scaler, negative_weights: NegativeWeights
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Treat negative weights as a training asks for.

    With `absolute_rescaled` an event of weight w in channel c gets |w| sum_c(w) / sum_c(|w|), the
    sums going over the training part, so that all channels keep their shares of the total weight. A
    channel whose weights do not add up to more than 0 gets weights of 0.

    Parameters
    ----------
    events
        Rows of a megaset, with the columns of `list_columns`.
    scaler
        Knows the sums of the weights of each channel.
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
    if negative_weights == "keep":
        return kept, weight
    names = pa.array(scaler.channels, pa.string())
    # a channel that has no event in the training part has no share of it
    factors = np.array([*(sums.rescaling for sums in scaler.channels.values()), 0.0])
    places = pc.index_in(events.column("channel").cast(pa.string()), value_set=names)
    return kept, np.abs(weight) * factors[pc.fill_null(places, len(names)).to_numpy()]


def sum_weights(scaler: Scaler, negative_weights: NegativeWeights) -> float:
    """Add up the weights of the training part as `treat_weights` gives them.

    Parameters
    ----------
    scaler
        Knows the sums of the weights.
    negative_weights
        What is done with negative weights.

    Returns
    -------
    float
        In pb.
    """
    sums = scaler.channels.values()
    if negative_weights == "drop":
        return sum(channel.positive for channel in sums)
    if negative_weights == "keep":
        return sum(channel.total for channel in sums)
    return sum(max(channel.total, 0.0) for channel in sums)
