"""Invented events with the multiplicities of dilepton events; no physics is meant."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.options import SEED
from rapidmass.provenance.atomic_files import write_whole
from rapidmass.representations.rmm import kernel
from rapidmass.representations.rmm.columns import encode_matrices
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.representation import RapidityMassMatrix
from rapidmass.representations.rmm.sparse import SparseMatrices, count_values
from rapidmass.representations.tables import make_table
from rapidmass.storage.event_keys import KEY_SPAN, make_event_keys
from rapidmass.storage.parquet import ROWS_PER_GROUP, ShardWriter, count_groups
from rapidmass.storage.tables import KeyRange, slice_events, sort_by_key

LEPTONS = ("ele", "muo")
LEPTON_SHARES = {2: 0.88, 3: 0.09, 4: 0.025, 5: 0.005}
JETS_PER_EVENT = 2.2
B_SHARE = 0.15


@dataclass(frozen=True, eq=False)
class Toy:
    """Events as `rapidmass.representations.rmm.kernel.fill_matrices` takes them.

    Parameters
    ----------
    layout
        Layout of their matrices.
    offsets
        Shape (types, events + 1).
    kinematics
        Shape (4, objects): pT, eta, phi, mass in GeV and radians, in no order within an event.
    met, met_phi
        Shape (events,).
    """

    layout: Layout
    offsets: NDArray[np.int64]
    kinematics: NDArray[np.float64]
    met: NDArray[np.float64]
    met_phi: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.met)

    @property
    def counts(self) -> NDArray[np.uint8]:
        """Filled slots, shape (events, types)."""
        found = np.minimum(np.diff(self.offsets, axis=1), self.layout.capacities[:, None])
        return np.ascontiguousarray(found.T.astype(np.uint8))

    def cut(self, rows: int) -> Iterator["Toy"]:
        """Go through the events in blocks, each with arrays of its own."""
        for start in range(0, len(self), rows):
            block = slice(start, min(start + rows, len(self)))
            yield Toy(
                self.layout,
                np.ascontiguousarray(self.offsets[:, block.start : block.stop + 1]),
                self.kinematics,
                self.met[block],
                self.met_phi[block],
            )

    def make_matrices(self) -> SparseMatrices:
        """Compute the matrices."""
        counts = self.counts
        offsets = np.concatenate(([0], np.cumsum(count_values(counts))))
        values = np.empty(offsets[-1], dtype=np.float32)
        fill(self, offsets, values)
        return SparseMatrices(self.layout, values, offsets, counts)


def fill(toy: Toy, value_offsets: NDArray[np.int64], values: NDArray[np.float32]) -> None:
    """Compute matrices with the compiled kernel of the library."""
    pt, eta, phi, mass = toy.kinematics
    kernel.fill_matrices(
        toy.offsets,
        pt,
        eta,
        phi,
        mass,
        toy.met,
        toy.met_phi,
        toy.layout.capacities,
        value_offsets,
        values,
        toy.layout.convention == "reference",
        float(toy.layout.sqrt_s),
        float(toy.layout.angular_scale),
    )


def make_toy(layout: Layout, n: int, filling: str, *seed: int) -> Toy:
    """Draw events.

    Parameters
    ----------
    layout
        Types of objects.
    n
        Number of events.
    filling
        `typical`: 2 to 5 leptons and jets as many as a Poisson distribution of mean 2.2 says, 4.35
        objects an event; `busy`: 2 to 5 of each type; `full`: as many as there are slots.
    seed
        Other numbers give other events.

    Returns
    -------
    Toy
        The same for the same arguments.
    """
    rng = np.random.default_rng((SEED, *seed))
    return place_objects(layout, _draw_counts(rng, layout, n, filling), *seed)


def place_objects(layout: Layout, counts: NDArray[np.int64], *seed: int) -> Toy:
    """Draw the kinematics of events whose numbers of objects are known.

    Parameters
    ----------
    layout
        Types of objects.
    counts
        Shape (types, events).
    seed
        Other numbers give other events.

    Returns
    -------
    Toy
        The same for the same arguments.
    """
    rng = np.random.default_rng((SEED, 2, *seed))
    n = int(counts.shape[1])
    offsets = np.zeros((len(counts), n + 1), dtype=np.int64)
    np.cumsum(counts, axis=1, out=offsets[:, 1:])
    offsets += np.concatenate(([0], np.cumsum(counts.sum(axis=1))[:-1]))[:, None]
    total = int(counts.sum())
    kinematics = np.empty((4, total))
    kinematics[0] = 20 + rng.exponential(40, total)
    kinematics[1] = np.clip(rng.normal(0, 1.2, total), -4.9, 4.9)
    kinematics[2] = rng.uniform(-np.pi, np.pi, total)
    is_jet = np.repeat([name.endswith("jet") for name in layout.types], counts.sum(axis=1))
    kinematics[3] = np.where(is_jet, rng.uniform(2, 15, total), 0.1)
    met = rng.exponential(45, n)
    return Toy(layout, offsets, kinematics, met, rng.uniform(-np.pi, np.pi, n))


def _draw_counts(
    rng: np.random.Generator, layout: Layout, n: int, filling: str
) -> NDArray[np.int64]:
    slots = layout.capacities
    if filling == "full":
        return np.repeat(slots[:, None], n, axis=1)
    if filling == "busy":
        return rng.integers(2, 6, (len(slots), n))
    leptons = rng.choice(list(LEPTON_SHARES), n, p=list(LEPTON_SHARES.values()))
    jets = rng.poisson(JETS_PER_EVENT, n)
    electrons, tagged = rng.binomial(leptons, 0.5), rng.binomial(jets, B_SHARE)
    drawn = {
        "ele": electrons,
        "muo": leptons - electrons,
        "bjet": tagged,
        "ljet": jets - tagged,
    }
    return np.stack([drawn.get(name, np.zeros(n, np.int64)) for name in layout.types])


def make_rows(layout: Layout, n: int, *seed: int) -> pa.Table:
    """Make rows as those of a shard, in no order.

    Parameters
    ----------
    layout
        Layout of the matrices.
    n
        Number of events.
    seed
        Other numbers give other events.

    Returns
    -------
    pyarrow.Table
        With all columns that a shard of the workflow has.
    """
    toy = make_toy(layout, n, "typical", *seed)
    rng = np.random.default_rng((SEED, 1, *seed))
    matrices = toy.make_matrices()
    run = np.full(n, 284_500, dtype=np.int64)
    event = np.arange(n, dtype=np.uint64)
    sample = "-".join(["toy", *map(str, seed)])
    columns = {
        "key": make_event_keys(SEED, sample, run, event),
        "run": run,
        "event": event,
        "generator_weight": rng.choice([100.0, 100.0, 100.0, -100.0], n),
        "scale_factor": rng.uniform(0.9, 1.1, n),
        "met": toy.met.astype(np.float32),
        "met_phi": toy.met_phi.astype(np.float32),
        "ht": rng.exponential(150, n).astype(np.float32),
        "m_ll": rng.exponential(90, n).astype(np.float32),
        "m_lll": np.full(n, np.nan, np.float32),
        "flavour": pa.array(np.array(["ee", "em", "mm"])[rng.integers(0, 3, n)], pa.string()),
    }
    shown = RapidityMassMatrix(matrices.layout)
    return make_table(shown, encode_matrices(matrices), columns, "toy")


def write_toy_shard(path: Path, layout: Layout, n: int, *seed: int) -> Path:
    """Write a shard of invented events, unless it is there.

    Parameters
    ----------
    path
        The file.
    layout, n, seed
        As for `make_rows`; all events are in memory at once.

    Returns
    -------
    Path
        The file.
    """
    if not path.exists():
        groups = count_groups(n)
        edges = [KEY_SPAN * k // groups for k in range(groups + 1)]
        rows = sort_by_key(make_rows(layout, n, *seed))
        _write(path, (slice_events(rows, KeyRange(*keys)) for keys in pairwise(edges)))
    return path


def write_toy_megaset(cache: Path, n: int) -> Path:
    """Write one megaset of invented events, unless it is there.

    Parameters
    ----------
    cache
        Folder of what is kept.
    n
        Number of events.

    Returns
    -------
    Path
        The file.
    """
    path = cache / f"megaset-{n}.parquet"
    if not path.exists():
        rows = sort_by_key(make_rows(Layout(), n, 1))
        weight = 1e-3 * rows["generator_weight"].to_numpy() * rows["scale_factor"].to_numpy()
        for name in ("sample", "channel"):
            rows = rows.append_column(name, pa.array(["toy"] * n, pa.string()))
        rows = rows.append_column("weight", pa.array(weight))
        rows = rows.drop_columns(["run", "event", "generator_weight", "scale_factor"])
        _write(path, (rows.slice(k, ROWS_PER_GROUP) for k in range(0, n, ROWS_PER_GROUP)))
    return path


def _write(path: Path, pieces: Iterator[pa.Table]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    first = next(pieces)
    with write_whole(path) as temporary, ShardWriter(temporary, first.schema, {}) as writer:
        for piece in chain([first], pieces):
            writer.write(piece)
