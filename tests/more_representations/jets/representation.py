"""A kind of representation that the library does not have: the hardest jets, one after the other.

Stored is what an event has, as lists; a jet has a slot with a few features.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rapidmass.representations.dense import DenseRows

FEATURES = ("pt", "eta", "mass")
JETS = pa.list_(pa.struct([pa.field(name, pa.float32()) for name in FEATURES]))


@dataclass(frozen=True)
class JetSequence:
    """The hardest `length` members of a collection."""

    collection: str
    length: int

    kind = "jets"

    @property
    def shape(self):
        return self.length, len(FEATURES)

    @property
    def element_names(self):
        return tuple(f"{name}_{slot}" for slot in range(self.length) for name in FEATURES)

    @property
    def scale_groups(self):
        return np.tile(np.arange(len(FEATURES)), self.length)

    @property
    def columns(self):
        return ("jets",)

    @property
    def objects(self):
        return (self.collection,)

    def describe(self):
        return {"kind": self.kind, "collection": self.collection, "length": self.length}

    def encode(self, events, variables):  # noqa: ARG002
        jets = events.objects[self.collection]
        parts = [pa.array(getattr(jets, name).astype(np.float32)) for name in FEATURES]
        members = pa.StructArray.from_arrays(parts, fields=list(JETS.value_type))
        offsets = pa.array(jets.offsets.astype(np.int32))
        return {"jets": pa.ListArray.from_arrays(offsets, members, type=JETS)}

    def decode(self, table):
        column = table.column("jets").combine_chunks()
        members = column.flatten()
        counts = column.value_lengths().to_numpy()
        rows = np.full((len(column), *self.shape), np.nan, dtype=np.float32)
        slot = np.arange(len(members)) - np.repeat(np.cumsum(counts) - counts, counts)
        event, kept = np.repeat(np.arange(len(column)), counts), slot < self.length
        for place, name in enumerate(FEATURES):
            values = members.field(name).to_numpy()
            rows[event[kept], slot[kept], place] = values[kept]
        return DenseRows(rows.reshape(len(column), -1))


def make_representation(collection, length):
    """As the registry asks for."""
    return JetSequence(collection, length)
