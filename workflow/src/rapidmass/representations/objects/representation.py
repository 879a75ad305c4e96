"""Objects of an event, such as leptons, jets and MET, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.event_variables import MISSING
from rapidmass.columnar.four_vectors import count_offsets
from rapidmass.columnar.jagged import Jagged
from rapidmass.representations.base import Events
from rapidmass.representations.members import check_members, evaluate_members
from rapidmass.representations.objects.layout import Block, ObjectsLayout
from rapidmass.representations.slots import InSlots

if TYPE_CHECKING:
    import pyarrow as pa

    from rapidmass.representations.sparse import SparseRows

VALUES: Final = "objects_values"
ELEMENTS: Final = "objects_elements"


class _Filled(NamedTuple):
    """Elements that events have: whose they are, which ones, and their numbers."""

    event: NDArray[np.int64]
    element: NDArray[np.int64]
    value: NDArray[np.float32]


@dataclass(frozen=True)
class EventObjects(InSlots):
    """Objects in the slots of one layout.

    Parameters
    ----------
    layout
        What the slots mean.
    """

    layout: ObjectsLayout

    kind: ClassVar[str] = "objects"

    @property
    def columns(self) -> tuple[str, ...]:
        """Elements that an event has, and their numbers."""
        return VALUES, ELEMENTS

    @property
    def objects(self) -> tuple[str, ...]:
        """The types, but for MET."""
        return tuple(block.object for block in self.layout.blocks if block.object != MISSING)

    def describe(self) -> dict[str, Any]:
        """Describe it in JSON types."""
        blocks = [
            [block.object, block.length, [list(pair) for pair in block.features]]
            for block in self.layout.blocks
        ]
        return {"kind": self.kind, "blocks": blocks}

    def encode(self, events: Events, variables: Mapping[str, Any]) -> dict[str, pa.Array]:
        """Compute the features of the objects that have a slot.

        A feature that is NaN is absent.

        Raises
        ------
        ValueError
            If a feature is infinite, or an expression gives no number an object; the message names
            it.
        """
        filled = [*self._compute(events, variables)]
        event, element, value = (np.concatenate(one) for one in zip(*filled, strict=True))
        order = np.lexsort((element, event))
        return store_elements(event[order], element[order], value[order], len(events))

    def _compute(self, events: Events, variables: Mapping[str, Any]) -> Iterator[_Filled]:
        """Compute feature by feature which events have it in which slot."""
        first, n_features = 0, len(self.layout.features)
        for block in self.layout.blocks:
            like, slot = _find_members(block, events)
            owner = np.repeat(np.arange(len(events)), like.counts)
            for name, text in block.features:
                what = f"feature {name} of {block.object}"
                with np.errstate(over="ignore"):
                    value = evaluate_members(what, text, like, variables).astype(np.float32)
                kept = (slot < block.length) & ~np.isnan(value)
                check_members(what, text, value, owner, kept & np.isinf(value))
                place = (first + slot) * n_features + self.layout.features.index(name)
                yield _Filled(owner[kept], place[kept], value[kept])
            first += block.length

    def decode(self, table: pa.Table) -> SparseRows:
        """Get the objects of a table."""
        from rapidmass.representations.sparse import SparseRows

        values, elements = (table.column(name).combine_chunks() for name in self.columns)
        counts = values.value_lengths().to_numpy().astype(np.int64)
        return SparseRows(
            len(self.layout.element_names),
            elements.flatten().to_numpy(),
            values.flatten().to_numpy(),
            np.cumsum(counts) - counts,
            counts,
            True,
        )


def _find_members(block: Block, events: Events) -> tuple[Jagged, NDArray[np.int64]]:
    """Find the objects of a type, as an array, and how many of their event come before each."""
    if block.object == MISSING:
        n = len(events)
        return Jagged(np.arange(n + 1), events.met), np.zeros(n, np.int64)
    members = events.objects[block.object]
    return Jagged(members.offsets, members.pt), members.rank


def store_elements(
    event: NDArray[np.int64],
    element: NDArray[np.int64],
    value: NDArray[np.float32],
    n_events: int,
) -> dict[str, pa.Array]:
    """Make columns of the elements that events have.

    Parameters
    ----------
    event, element, value
        Shape (elements,): of each its event, which one it is, and its number; event after event,
        and by rising element.
    n_events
        Number of events.

    Returns
    -------
    dict
        The columns of the representation.
    """
    import pyarrow as pa

    ends = pa.array(count_offsets(np.bincount(event, minlength=n_events)).astype(np.int32))
    columns: dict[str, NDArray[Any]]
    columns = {VALUES: value.astype(np.float32), ELEMENTS: element.astype(np.uint16)}
    return {
        name: pa.ListArray.from_arrays(
            ends,
            pa.array(column),
            type=pa.list_(pa.field("element", pa.from_numpy_dtype(column.dtype), nullable=False)),
        )
        for name, column in columns.items()
    }


def make_representation(blocks: Iterable[tuple[str, int, Iterable[Any]]]) -> EventObjects:
    """Make the representation by objects.

    Parameters
    ----------
    blocks
        Of each type its name, its slots, and pairs of name and expression of features.

    Returns
    -------
    EventObjects
        Equal to the one that was described.
    """
    shown = (
        Block(name, length, tuple((feature, text) for feature, text in features))
        for name, length, features in blocks
    )
    return EventObjects(ObjectsLayout(tuple(shown)))
