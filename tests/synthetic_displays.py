"""Products of the study of matrices, of invented numbers, for tests of its figures and words."""

import numpy as np

from rapidmass.search.mean_matrices import compare_matrices
from rapidmass.statistics.weighted_means import list_finite
from synthetic_megasets import LAYOUT

CELLS = [cell for cell, name in enumerate(LAYOUT.cell_names) if not name.startswith("h_")]


def make_errors(seed, *, factor=1.0, uncertain=True):
    mean = factor * np.random.default_rng(seed).uniform(0.1, 1, len(CELLS))
    mean[0] = factor**2
    errors = {
        "events": 40 + seed,
        "mean": mean.tolist(),
        "present": np.linspace(0, 1, len(CELLS)).tolist(),
    }
    return {**errors, "uncertainty": (0.1 * mean).tolist()} if uncertain else errors


def make_explanation():
    return {
        "layout": LAYOUT.describe(),
        "cells": CELLS,
        "background": make_errors(0, uncertain=False),
        "signals": {"SUSY_450p300": make_errors(1, factor=3), "SUSY_800p50": make_errors(2)},
        "altered": {"lepton_pt_x1.5": make_errors(3, factor=0.1)},
    }


def make_event(group, kind, rank, *, errors=True):
    rng = np.random.default_rng(rank)
    matrix = rng.uniform(1, 100, (LAYOUT.size, LAYOUT.size))
    matrix[3:] = np.nan
    return {
        "group": group,
        "kind": kind,
        "rank": rank,
        "key": 2**63 + rank,
        "score": -0.5 + rank,
        "channel": "ttbar" if group == "background" else None,
        "met": 123.4,
        "m_ll": None,
        "matrix": list_finite(matrix),
        "errors": rng.uniform(0, 1, len(CELLS)).tolist() if errors else None,
    }


def make_displays(*, errors=True):
    events = [make_event("background", "typical", 0, errors=errors)]
    if errors:
        events.append(make_event("SUSY_450p300", "anomalous", 0))
    return {"layout": LAYOUT.describe(), "cells": CELLS, "events": events}


def make_differences(analysis):
    megasets, shards = analysis.write_megasets()
    shards = {"SUSY_450p300": shards["SUSY_450p300"]}
    return compare_matrices(megasets, shards, analysis.channels[:1], LAYOUT)


def make_products(analysis):
    """Differences, displays and explanations of two networks, of which one has no errors."""
    silent = {"layout": LAYOUT.describe(), "cells": None}
    displays = {"ae": make_displays(), "silent": make_displays(errors=False)}
    return make_differences(analysis), displays, {"ae": make_explanation(), "silent": silent}
