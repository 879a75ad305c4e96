"""Events with wrong scales: what a network learns to tell from events as they are."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.models.augmentation import Augmentation
from rapidmass.ntuples.format.events import Events
from rapidmass.storage.event_keys import draw_uniform


def augment_events(events: Events, keys: NDArray[np.uint64], settings: Augmentation) -> Events:
    """Multiply four-momenta and MET by factors that are drawn for each event.

    The objects of a group have one factor, so that their order by pT and the rapidities stay, and
    masses and energies scale; MET has its own and keeps its direction.

    Parameters
    ----------
    events
        Events with all objects of the groups.
    keys
        Shape (events,): their keys, from which the factors follow.
    settings
        Groups, and how far factors are from 1.

    Returns
    -------
    Events
        In the same order, with the same identities and weights.
    """
    objects = dict(events.objects)
    for group in settings.groups:
        factor = _draw_factors(keys, "+".join(sorted(group.objects)), group.width, settings.shape)
        for name in group.objects:
            vectors = objects[name]
            scale = factor[vectors.event]
            objects[name] = replace(vectors, pt=vectors.pt * scale, mass=vectors.mass * scale)
    factor = _draw_factors(keys, "met", settings.met_width, settings.shape)
    return replace(events, objects=objects, met=events.met * factor)


def _draw_factors(
    keys: NDArray[np.uint64], what: str, width: float, shape: str
) -> NDArray[np.float64]:
    first = draw_uniform(keys, f"distortion of {what}")
    exponent = 2.0 * first - 1.0
    if shape == "lognormal":
        # G. E. P. Box, M. E. Muller, Ann. Math. Statist. 29 (1958) 610
        second = draw_uniform(keys, f"direction of distortion of {what}")
        exponent = np.sqrt(-2.0 * np.log1p(-first)) * np.cos(2.0 * np.pi * second)
    factors: NDArray[np.float64] = width**exponent
    return factors
