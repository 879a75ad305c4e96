"""Maps of a latent space, of invented numbers, for tests of its figures and words."""

import numpy as np
import pyarrow as pa

from rapidmass.studies.latent_space.measure import SCHEMA

SIZES = {"ttbar": 300, "Zjets": 200, "diboson": 100, "SUSY_450p300": 150}


def make_map(*, umap=False):
    """A map on which signal and diboson events lie farther out than other background."""
    rng = np.random.default_rng(3)
    group = np.repeat(list(SIZES), list(SIZES.values()))
    signal = np.char.startswith(group, "SUSY")
    outside = signal | (group == "diboson")
    places = rng.normal(np.where(outside, 4, 0)[:, None], 1, (len(group), 2))
    columns = {
        "key": rng.integers(0, 2**63, len(group)).astype(np.uint64),
        "group": group.tolist(),
        "kind": np.where(signal, "signal", "background").tolist(),
        "weight": rng.uniform(0.5, 1.5, len(group)),
        "radius": np.linalg.norm(places, axis=1).astype(np.float32),
    }
    for method in ("pca", "umap") if umap else ("pca",):
        columns |= {f"{method}_x": places[:, 0], f"{method}_y": places[:, 1]}
    return pa.table(columns), {"dimensions": 8, "explained": [0.6, 0.25, 0.1]}


def make_maps():
    """Networks with a map, with two, without a latent space, and without events."""
    nothing = SCHEMA.empty_table()
    return {
        "vae": make_map(umap=True),
        "ae": make_map(),
        "flat": (nothing, {"dimensions": None}),
        "empty": (nothing, {"dimensions": 8, "explained": []}),
    }


FACTORS = {"ttbar": 100.0, "Zjets": 100.0, "diboson": 400.0, "SUSY_450p300": 2.0,
           "SUSY_800p50": 1.0}  # fmt: skip
