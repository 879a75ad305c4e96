"""Scored events, cut into pieces as files of many are read."""

import numpy as np


def cut_events(events, most):
    """Cut events into pieces of at most so many, in their order."""
    places = np.arange(len(events.key))
    return [events.select(places[first : first + most]) for first in range(0, len(places), most)]
