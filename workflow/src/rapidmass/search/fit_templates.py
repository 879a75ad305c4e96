"""Templates of a fit: expected events in its bins, channel by channel, with their variances."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.scores.read import ScoredEvents
from rapidmass.search.fit_bins import NOWHERE, Bins


class Template(NamedTuple):
    """Expected events in bins, with their variance from simulation: each of shape (bins,)."""

    values: NDArray[np.float64]
    variances: NDArray[np.float64]


def estimate_template(
    weight: NDArray[np.float64], place: NDArray[np.integer[Any]], size: int
) -> Template:
    """Estimate what is expected in bins, and how well simulation knows it.

    Parameters
    ----------
    weight
        Shape (events,).
    place
        Shape (events,): bin of each event, -1 for none.
    size
        Number of bins.

    Returns
    -------
    Template
        Sums of weights, and of squared weights.
    """
    inside = place != NOWHERE
    where, used = place[inside], weight[inside]
    return Template(
        np.bincount(where, used, size).astype(np.float64),
        np.bincount(where, used**2, size).astype(np.float64),
    )


def fill_channels(
    pieces: Iterable[ScoredEvents], bins: Bins, channels: Sequence[str]
) -> Mapping[str, Template]:
    """Fill the template of each background channel.

    Parameters
    ----------
    pieces
        The background.
    bins
        Of the fit.
    channels
        Names; those without events in the bins have no template.

    Returns
    -------
    dict
        By channel, in order. Variances of all channels together are at least what is expected.
    """
    sums = np.zeros((len(channels), 2, bins.size))
    for events in pieces:
        place = bins.find(events)
        for number, name in enumerate(channels):
            mine = events.channel == name
            sums[number] += estimate_template(events.weight[mine], place[mine], bins.size)
    filled = {name: Template(*own) for name, own in zip(channels, sums, strict=True)}
    found = {name: template for name, template in filled.items() if template.variances.any()}
    summed = sum((template.variances for template in found.values()), np.zeros(bins.size))
    larger = np.maximum(bins.variance / np.where(summed > 0, summed, 1.0), 1.0)
    return {name: Template(t.values, t.variances * larger) for name, t in found.items()}


def fill_signal(events: ScoredEvents, bins: Bins) -> Template:
    """Fill the template of the signal; bins in which negative weights prevail count as empty.

    Parameters
    ----------
    events
        The signal.
    bins
        Of the fit.

    Returns
    -------
    Template
        At its cross section as simulated.
    """
    values, variances = estimate_template(events.weight, bins.find(events), bins.size)
    return Template(np.maximum(values, 0.0), variances)
