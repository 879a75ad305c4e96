"""Images of jets with so many lit pixels, for tests."""

import numpy as np
import pyarrow as pa

from rapidmass.representations.registry import make_representation
from rapidmass.representations.tables import make_table
from rapidmass.storage.tables import sort_by_key

PIXELS = 5
IMAGE = make_representation(
    {"kind": "image", "channels": [["all", ["a"]]], "pixels": PIXELS, "width": 1.0}
)


def make_images(n, lit, seed, channel="qcd"):
    """Images with so many lit pixels each, of 10 to 50 GeV."""
    rng = np.random.default_rng(seed)
    cells = np.sort(np.argsort(rng.random((n, PIXELS**2)), axis=1)[:, :lit], axis=1)
    values = rng.uniform(10, 50, (n, lit)).astype(np.float32)
    offsets = pa.array(np.arange(0, n * lit + 1, lit, dtype=np.int32))
    kinds = {"image_cells": (cells.astype(np.uint16), pa.uint16()),
             "image_values": (values, pa.float32())}  # fmt: skip
    encoded = {
        name: pa.ListArray.from_arrays(
            offsets, pa.array(flat.ravel()), type=pa.list_(pa.field("element", kind, False))
        )
        for name, (flat, kind) in kinds.items()
    }
    encoded["image_outside"] = pa.array(np.full(n, 0.01, np.float32))
    columns = {
        "key": rng.integers(0, 2**63, n).astype(np.uint64),
        "sample": pa.array([channel] * n),
        "channel": pa.array([channel] * n),
        "weight": np.ones(n),
        "generator_weight": np.ones(n),
        "scale_factor": np.ones(n),
    }
    return sort_by_key(make_table(IMAGE, encoded, columns, "fat"))
