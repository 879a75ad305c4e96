"""Keys of earlier configurations that are called otherwise today."""

import re
from collections.abc import Sequence

MOVED = {
    "rmm": "it is one of the representations today: "
    "representations: {rmm: {kind: rmm, types: ...}}, with sqrt_s as a key of its own beside them",
    "distortions": "it is called augmentation today",
    "data_variables": "it is called data_aliases today, and variables of branches aliases",
    r"studies\.limits": "it is part of studies.fits today, whose axes say what is fitted: "
    "observable, quantile and bins are fits: {axes: [{variable: met, edges: [0, 100, 200]}]}",
    r"studies\.replicas": "it is called studies.seeds today",
    r"studies\.megaset_study": "it is called studies.megaset_number today",
    r"studies\.matrix_displays": "it is called studies.event_displays today",
    r"studies\.blind_test\.(share|events)": "signals are hidden by strengths today, in units of "
    "their cross sections: strengths: [1, 10, 100]",
    r"studies\.blind_test\.label": "mixtures follow from seed today: write another there",
    r"studies\.blind_test\.consent": "the blind test reads no data today and needs no consent: "
    "leave it out",
    r"(architectures|baselines)\..*\.exclude_cells": "it is called exclude_features today",
}
"""What to write instead, by the pattern of a dotted path."""

MOVED_TAGS = {"present_autoencoder": "masked_autoencoder"}
"""Kinds and families by another name."""


def find_moved(location: Sequence[int | str]) -> str | None:
    """Find what a key that is not known is called today.

    Parameters
    ----------
    location
        Its path in the configuration.

    Returns
    -------
    str or None
        What to write instead; None for a key that never was.
    """
    path = ".".join(map(str, location))
    return next((hint for old, hint in MOVED.items() if re.fullmatch(old, path)), None)
