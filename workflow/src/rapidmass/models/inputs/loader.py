"""Batches of events from a megaset."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rapidmass.config.models.network import NegativeWeights, Target
from rapidmass.datasets.folds import is_seen
from rapidmass.datasets.labels import label_events, list_target_columns
from rapidmass.datasets.splits import Part, leave_out, select_part
from rapidmass.models.inputs.batches import (
    AnyBatch,
    Assembler,
    DenseAssembler,
    PackingAssembler,
)
from rapidmass.models.inputs.class_sums import COLUMNS
from rapidmass.models.inputs.class_weights import ClassWeights
from rapidmass.models.inputs.event_weights import get_mean_weight, list_columns, treat_weights
from rapidmass.models.inputs.followed_scores import FollowedScores
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.models.inputs.shares import WHOLE, Share
from rapidmass.representations.base import Encoded
from rapidmass.representations.registry import check_representation
from rapidmass.storage.event_keys import draw_uniform
from rapidmass.storage.parquet import open_shard

UNLABELLED = Target()


@dataclass(frozen=True, eq=False)
class Recipe:
    """Which events to take from a megaset, and what to make of them.

    Parameters
    ----------
    scaler
        Scales the elements, and knows the weights of the training part and the fold to leave out.
    features
        Flat indices of the elements to keep.
    validation_fraction
        Fraction of events in the validation part.
    negative_weights
        What to do with events of negative weight.
    excluded_channel
        Channel to leave out.
    needs_mask
        Whether batches tell which elements are present.
    target
        What events are labelled by.
    class_weights
        By part, what events of a classifier count; None: their weights, of mean 1.
    followed
        Scores that are the labels of events, in place of a target.
    packs
        Whether elements are left as they are stored, where only filled ones are.
    """

    scaler: Scaler
    features: NDArray[np.int64]
    validation_fraction: float
    negative_weights: NegativeWeights
    excluded_channel: str | None = None
    needs_mask: bool = False
    target: Target = UNLABELLED
    class_weights: Mapping[Part, ClassWeights] | None = None
    followed: FollowedScores | None = None
    packs: bool = False

    def label(self, table: pa.Table) -> NDArray[np.float32] | None:
        """Label the events of a table; None if they have no labels."""
        if self.followed is not None:
            return self.followed.find(table.column("key").to_numpy())
        return label_events(table, self.target)

    @property
    def weight_columns(self) -> Sequence[str]:
        """Columns of a megaset that `weigh` reads."""
        return COLUMNS if self.class_weights else list_columns(self.negative_weights)

    @property
    def unit(self) -> float:
        """Factor that brings what `weigh` gives to a mean of 1 over the training part."""
        if self.class_weights:
            return 1.0
        return 1.0 / get_mean_weight(self.scaler.sums, self.negative_weights)

    def weigh(self, table: pa.Table, part: Part) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Find which events of a table count in a part, and what they count."""
        if self.class_weights:
            weight = self.class_weights[part].weigh(table)
            return weight != 0, weight
        return treat_weights(table, self.scaler.sums, self.negative_weights)


def iterate_batches(
    path: Path,
    recipe: Recipe,
    *,
    part: Part,
    batch_size: int,
    shuffle_seed: int | None,
    first: int = 0,
    augmented: Path | None = None,
    share: Share = WHOLE,
) -> Generator[AnyBatch, None, None]:
    """Stream one part of a megaset in batches.

    Rows of a megaset are in random order already; to vary the order, row groups are permuted, and
    rows inside each of them, as functions of the event keys and the seed.

    Parameters
    ----------
    path
        A megaset.
    recipe
        Which events to take, and what to make of them.
    part
        Part of the megaset.
    batch_size
        Events in every batch but the last.
    shuffle_seed
        Another seed gives another order; None keeps the order of the file.
    first
        Batch to start with. Those before it are counted, but their rows are not made.
    augmented
        The megaset of the augmented events of the same events, row by row.
    share
        Whose events of each batch to make.

    Yields
    ------
    Batch or PackedBatch
        Memory of its own, which is aligned to 64 bytes where elements are dense.

    Raises
    ------
    ValueError
        If a file is damaged or of another representation, copies are not those of the events, the
        mean weight is not positive, or an event cannot be labelled.
    """
    salt = None if shuffle_seed is None else f"shuffle/{shuffle_seed}"
    yield from _Maker(recipe, part, batch_size, salt, share).make(path, augmented, first)


@dataclass(frozen=True, eq=False)
class _Maker:
    recipe: Recipe
    part: Part
    batch_size: int
    salt: str | None
    share: Share

    def make(
        self, path: Path, augmented: Path | None, first: int
    ) -> Generator[AnyBatch, None, None]:
        unit, scaler = self.recipe.unit, self.recipe.scaler
        assembler: Assembler | None = None
        with ExitStack() as stack:
            files = [self._open(stack, name) for name in (path, augmented) if name is not None]
            for tables, rows, weight, start in self._choose(files, first * self.batch_size):
                encoded = [scaler.prepare(scaler.representation.decode(t)) for t in tables]
                label = self.recipe.label(tables[0])
                assembler = assembler or self._make_assembler(encoded)
                assembler.turn_to(encoded)
                begin = start
                while begin < len(rows):
                    chosen = slice(begin, begin + assembler.room)
                    some = rows[chosen]
                    labels = None if label is None else label[some]
                    assembler.add(some, weight[chosen] * unit, labels)
                    begin += len(some)
                    if not assembler.room:
                        yield assembler.finish()
        if assembler and assembler.room < self.batch_size:
            yield assembler.finish()

    def _open(self, stack: ExitStack, path: Path) -> pq.ParquetFile:
        file = stack.enter_context(open_shard(path))
        check_representation(self.recipe.scaler.representation, file.schema_arrow, path)
        return file

    def _make_assembler(self, encoded: Sequence[Encoded]) -> Assembler:
        recipe = self.recipe
        place = recipe.scaler, recipe.features, self.batch_size, self.share
        if recipe.packs and all(events.list_filled() is not None for events in encoded):
            return PackingAssembler(*place)
        return DenseAssembler(*place, needs_mask=recipe.needs_mask)

    def _choose(
        self, files: Sequence[pq.ParquetFile], skipped: int
    ) -> Iterator[tuple[list[pa.Table], NDArray[np.int64], NDArray[np.float64], int]]:
        """Go through row groups: their tables, chosen rows, weights, and the row to begin with."""
        wanted = {"key", *self.recipe.weight_columns}
        few = sorted(wanted | {"channel"} if self.recipe.excluded_channel else wanted)
        columns = [*few, *self.recipe.scaler.representation.columns]
        columns += [name for name in list_target_columns(self.recipe.target) if name not in few]
        for group in _permute(np.arange(files[0].num_row_groups), self.salt):
            if skipped:
                table = files[0].read_row_group(int(group), columns=few, use_threads=False)
                n_rows = len(self._choose_rows(table)[0])
                if n_rows <= skipped:
                    skipped -= n_rows
                    continue
            tables = [
                f.read_row_group(int(group), columns=columns, use_threads=False) for f in files
            ]
            _check_same(tables)
            yield tables, *self._choose_rows(tables[0]), skipped
            skipped = 0

    def _choose_rows(self, table: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        recipe = self.recipe
        keys = table.column("key").to_numpy()
        chosen, weight = recipe.weigh(table, self.part)
        chosen &= select_part(keys, self.part, recipe.validation_fraction)
        chosen &= leave_out(table, recipe.excluded_channel)
        chosen &= is_seen(keys, recipe.scaler.fold)
        rows = np.flatnonzero(chosen)
        order = _permute(keys[rows], self.salt)
        return rows[order], weight[rows[order]]


def _check_same(tables: Sequence[pa.Table]) -> None:
    keys = [table.column("key") for table in tables]
    if any(other != keys[0] for other in keys[1:]):
        raise ValueError(
            "a megaset and that of its augmented events hold other events; remove the copies to "
            "have them made again"
        )


def _permute(keys: NDArray[np.integer], salt: str | None) -> NDArray[np.int64]:
    if salt is None:
        return np.arange(len(keys))
    drawn = draw_uniform(keys.astype(np.uint64), salt)
    order = np.argsort(drawn)
    if np.any(np.diff(drawn[order]) == 0):  # the fast way may leave equal ones in any order
        order = np.argsort(drawn, kind="stable")
    return order
