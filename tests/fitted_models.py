"""Small fits with all kinds of modifiers, and their templates."""

import numpy as np

from rapidmass.search.fit_shifts import Change
from rapidmass.search.fit_templates import Template
from rapidmass.search.fit_workspace import make_workspace

REGIONS = {"search": slice(0, 3), "control": slice(3, 4)}


def make_template(values, relative=0.0):
    values = np.array(values, dtype=np.float64)
    return Template(values, (relative * values) ** 2)


def count(b, *, s=1.0, background_uncertainty=0.0, relative=0.0, observed=None):
    """A counting experiment."""
    return make_workspace(
        {"search": slice(0, 1)},
        ("signal", make_template([s])),
        {"b": make_template([b], relative)},
        background_uncertainty=background_uncertainty,
        observed=observed,
    )


def make_full(observed=None, scale=1.0):
    """Two regions, two channels of which one is free, shapes and factors."""
    background = {
        "A": make_template(scale * np.array([1000, 100, 20, 300]), 0.04),
        "B": make_template(scale * np.array([50, 40, 10, 100]), 0.1),
    }
    jets = {
        "A": Change(np.array([0.1, 0.05, -0.1, 0.02]), np.array([-0.08, -0.05, 0.12, 0.02])),
        "signal": Change(np.full(4, 0.05), np.full(4, -0.04)),
    }
    changes = {"jets": jets, "trigger": {"B": Change(np.full(4, 0.3), np.full(4, -0.2))}}
    return make_workspace(
        REGIONS,
        ("signal", make_template([1, 5, 6, 0])),
        background,
        background_uncertainty=0.1,
        free_channels=["B"],
        changes=changes,
        observed=observed,
    )
