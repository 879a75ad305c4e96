"""Megasets of invented events, for tests of scaling, training and scoring."""

from itertools import pairwise
from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow as pa

from rapidmass.provenance.atomic_files import write_whole
from rapidmass.representations.rmm.columns import encode_matrices
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.matrices import build_sparse
from rapidmass.representations.rmm.representation import RapidityMassMatrix
from rapidmass.representations.tables import make_table
from rapidmass.storage.event_keys import make_event_keys
from rapidmass.storage.parquet import ShardWriter
from rapidmass.storage.tables import sort_by_key

LAYOUT = Layout(types={"ljet": 2, "ele": 2, "muo": 1})
MATRIX = RapidityMassMatrix(LAYOUT)


def make_events(n, *, seed=1, layout=LAYOUT, hardness=1.0, weight=None, sample="ttbar"):
    """Make a table of events as in a megaset, sorted by key."""
    rng = np.random.default_rng(seed)
    objects = {}
    for name, slots in layout.types.items():
        counts = rng.integers(0, slots + 1, n)
        total = counts.sum()
        kinematics = {
            "pt": 20 + hardness * rng.exponential(40, total),
            "eta": rng.normal(0, 1.2, total),
            "phi": rng.uniform(-np.pi, np.pi, total),
            "mass": rng.uniform(0, 10, total) if name.endswith("jet") else np.full(total, 0.1),
        }
        objects[name] = ak.unflatten(ak.zip(kinematics), counts)
    met = hardness * rng.exponential(50, n)
    phi = rng.uniform(-np.pi, np.pi, n)
    keys = make_event_keys(seed, sample, np.ones(n, np.int64), np.arange(n, dtype=np.uint64))
    columns = {
        "key": keys,
        "sample": pa.array([sample] * n, pa.string()),
        "channel": pa.array(["top"] * n, pa.string()),
        "weight": rng.uniform(0.5, 1.5, n) if weight is None else weight(rng, n),
        "met": met.astype(np.float32),
        "met_phi": phi.astype(np.float32),
        "m_ll": met.astype(np.float32),
        "m_lll": met.astype(np.float32),
        "flavour": pa.array(["ee"] * n, pa.string()),
    }
    return sort_by_key(tabulate(build_sparse(layout, objects, met, phi), columns))


def tabulate(matrices, columns, selection=None):
    """Make a table of events with their matrices."""
    shown = RapidityMassMatrix(matrices.layout)
    return make_table(shown, encode_matrices(matrices), columns, selection)


def describe(layout):
    """Describe the representation by matrices."""
    return RapidityMassMatrix(layout).describe()


def write_events(path: Path, table, *, pieces=1):
    """Write events as a megaset of some row groups."""
    edges = np.linspace(0, table.num_rows, pieces + 1).astype(int)
    with write_whole(path) as temporary, ShardWriter(temporary, table.schema, {}) as writer:
        for start, stop in pairwise(edges):
            writer.write(table.slice(start, stop - start))
    return path


def mark(encoded, features):
    """1 where an event has an element, else 0, shape (events, features)."""
    mask = np.empty((len(encoded), len(features)), dtype=np.float32)
    encoded.fill(features=features, mask=mask)
    return mask
