"""Keys of earlier configurations that are called otherwise today."""

import re
from collections.abc import Sequence

RENAMED = {
    "distortions": "augmentation",
    r"studies\.replicas": "seeds",
    r"studies\.megaset_study": "megaset_number",
    r"studies\.matrix_displays": "event_displays",
    r"(architectures|baselines)\..*\.exclude_cells": "exclude_features",
}
"""Keys with another name for the same, by the pattern of a dotted path."""
MOVED = {
    "rmm": "it is one of the representations today: "
    "representations: {rmm: {kind: rmm, types: ...}}, with sqrt_s as a key of its own beside them",
    "data_variables": "it is called data_aliases today, and variables of branches aliases",
    r"studies\.limits": "it is part of studies.fits today, whose axes say what is fitted: "
    "observable, quantile and bins are fits: {axes: [{variable: met, edges: [0, 100, 200]}]}",
    r"studies\.blind_test\.(share|events)": "signals are hidden by strengths today, in units of "
    "their cross sections: strengths: [1, 10, 100]",
    r"studies\.blind_test\.label": "mixtures follow from seed today: write another there",
    r"studies\.blind_test\.consent": "the blind test reads no data today and needs no consent: "
    "leave it out",
}
"""What to write instead, where more than a name has changed."""

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
    if name := find_renamed(path):
        place = f"studies.{name}" if path.startswith("studies.") else name
        return f"it is called {place} today"
    return next((hint for old, hint in MOVED.items() if re.fullmatch(old, path)), None)


def find_renamed(path: str) -> str | None:
    """Find the name of today of a key that means the same.

    Parameters
    ----------
    path
        Its dotted path in the configuration.

    Returns
    -------
    str or None
        What its last part is called; None for any other key.
    """
    return next((new for old, new in RENAMED.items() if re.fullmatch(old, path)), None)
