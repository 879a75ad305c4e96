"""Members of an object, such as the tracks of a jet, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.jagged import Jagged
from rapidmass.representations.base import Events
from rapidmass.representations.members import check_members, evaluate_members
from rapidmass.representations.sequence.layout import SequenceLayout
from rapidmass.representations.slots import InSlots
from rapidmass.storage.event_keys import draw_uniform, mix

if TYPE_CHECKING:
    import pyarrow as pa

    from rapidmass.representations.sparse import SparseRows

VALUES: Final = "sequence_values"
LEFT_OUT: Final = "sequence_left_out"
SALT: Final = "order of a sequence"


@dataclass(frozen=True)
class MemberSequence(InSlots):
    """Sequences of one layout.

    Parameters
    ----------
    layout
        What the slots mean.
    """

    layout: SequenceLayout

    kind: ClassVar[str] = "sequence"

    @property
    def columns(self) -> tuple[str, ...]:
        """Features, member after member, and how many members had no slot."""
        return VALUES, LEFT_OUT

    @property
    def objects(self) -> tuple[str, ...]:
        """The object whose members they are."""
        return (self.layout.object,)

    def describe(self) -> dict[str, Any]:
        """Describe it in JSON types."""
        features = [list(pair) for pair in self.layout.features]
        return {"kind": self.kind, **asdict(self.layout), "features": features}

    def encode(self, events: Events, variables: Mapping[str, Any]) -> dict[str, pa.Array]:
        """Put the members of each event in order, and compute their features.

        A feature that is NaN is absent.

        Raises
        ------
        ValueError
            If a feature is infinite, the order is no finite number, or an expression gives no
            number a member; the message names it.
        """
        import pyarrow as pa

        members = events.objects[self.layout.object]
        like = Jagged(members.offsets, members.pt)
        order = np.lexsort((self._rank(like, members, variables), members.event))
        slot = members.rank  # of what comes there in the order: counts stay as they are
        kept = order[slot < self.layout.length]
        found = np.empty((len(kept), len(self.layout.features)), np.float32)
        for column, (name, text) in zip(found.T, self.layout.features, strict=True):
            values = evaluate_members(f"feature {name} of the sequence", text, like, variables)
            with np.errstate(over="ignore"):
                column[:] = values[kept]
            check_members(f"feature {name}", text, column, members.event[kept], np.isinf(column))
        counts = np.minimum(members.counts, self.layout.length)
        ends = np.concatenate(([0], np.cumsum(counts))) * found.shape[1]
        lists = pa.ListArray.from_arrays(
            pa.array(ends.astype(np.int32)),
            pa.array(found.ravel()),
            type=pa.list_(pa.field("element", pa.float32(), nullable=False)),
        )
        return {VALUES: lists, LEFT_OUT: pa.array((members.counts - counts).astype(np.int32))}

    def _rank(
        self,
        like: Jagged,
        members: Any,  # noqa: ANN401
        variables: Mapping[str, Any],
    ) -> NDArray[np.float64]:
        """Give each member a number: the smallest comes first, equal ones by falling pT."""
        if self.layout.shuffled:
            keys = np.zeros(len(members.pt), np.uint64)
            for values in (members.pt, members.eta, members.phi):
                keys = mix(keys ^ np.ascontiguousarray(values).view(np.uint64))
            return draw_uniform(keys, SALT)
        if self.layout.by is None:
            return np.zeros(len(members.pt))
        text = self.layout.by
        values = evaluate_members("the order of the sequence", text, like, variables)
        values = values.astype(np.float64)
        check_members("the order", text, values, members.event, ~np.isfinite(values))
        return values if self.layout.ascending else -values

    def decode(self, table: pa.Table) -> SparseRows:
        """Get the sequences of a table."""
        from rapidmass.representations.sparse import SparseRows

        column = table.column(VALUES).combine_chunks()
        lengths = column.value_lengths().to_numpy().astype(np.int64)
        starts = np.cumsum(lengths) - lengths
        values = column.flatten().to_numpy()
        cells = (np.arange(len(values)) - np.repeat(starts, lengths)).astype(np.uint16)
        absent = np.isnan(values)
        if absent.any():
            before = np.concatenate(([0], np.cumsum(absent)))
            lengths, starts = (
                lengths - (before[starts + lengths] - before[starts]),
                starts - before[starts],
            )
            values, cells = values[~absent], cells[~absent]
        return SparseRows(self.layout.n_elements, cells, values, starts, lengths, True)


def make_representation(
    features: Sequence[Sequence[str]],
    **settings: Any,  # noqa: ANN401
) -> MemberSequence:
    """Make the representation by sequences.

    Parameters
    ----------
    features
        Pairs of name and expression, in the order of the elements of a slot.
    **settings
        The rest of the layout.

    Returns
    -------
    MemberSequence
        Equal to the one that was described.
    """
    shown = tuple((name, text) for name, text in features)
    return MemberSequence(SequenceLayout(features=shown, **settings))
