"""The rapidity-mass matrix as a representation of events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from rapidmass.representations.base import Events, Representation
from rapidmass.representations.registry import read_representation
from rapidmass.representations.rmm.layout import Layout

if TYPE_CHECKING:
    import pyarrow as pa

    from rapidmass.representations.rmm.sparse import SparseMatrices


@dataclass(frozen=True)
class RapidityMassMatrix:
    """Matrices of one layout.

    Parameters
    ----------
    layout
        What the cells mean.
    """

    layout: Layout

    kind: ClassVar[str] = "rmm"

    @property
    def shape(self) -> tuple[int, ...]:
        """(D, D)."""
        return self.layout.size, self.layout.size

    @property
    def element_names(self) -> tuple[str, ...]:
        """Names of the cells, row by row."""
        return self.layout.cell_names

    @property
    def scale_groups(self) -> NDArray[np.int64]:
        """Each cell has its own scale."""
        return np.arange(self.layout.n_cells)

    @property
    def columns(self) -> tuple[str, ...]:
        """Filled slots of each type, and the filled cells."""
        return (*(f"n_{name}" for name in self.layout.types), "rmm")

    @property
    def objects(self) -> tuple[str, ...]:
        """The types of the matrix."""
        return tuple(self.layout.types)

    @property
    def expressions(self) -> tuple[str, ...]:
        """None: cells are computed from objects."""
        return ()

    def describe(self) -> dict[str, Any]:
        """Describe it in JSON types; the types are a list, since their order counts."""
        layout = self.layout.describe()
        return {"kind": self.kind, **layout, "types": [list(t) for t in layout["types"].items()]}

    def encode(
        self,
        events: Events,
        variables: Mapping[str, Any],  # noqa: ARG002
    ) -> dict[str, pa.Array]:
        """Compute the matrices of events.

        Raises
        ------
        ValueError
            As `rapidmass.representations.rmm.matrices.build_sparse`.
        """
        from rapidmass.representations.rmm.columns import encode_matrices
        from rapidmass.representations.rmm.matrices import build_sparse

        return encode_matrices(
            build_sparse(self.layout, events.objects, events.met, events.met_phi)
        )

    def decode(self, table: pa.Table) -> SparseMatrices:
        """Get the matrices of a table."""
        from rapidmass.representations.rmm.columns import get_matrices

        return get_matrices(table, self.layout)


def make_representation(
    types: Iterable[tuple[str, int]],
    **settings: Any,  # noqa: ANN401
) -> RapidityMassMatrix:
    """Make the representation by rapidity-mass matrices.

    Parameters
    ----------
    types
        Pairs of object type and slots, in the order of the blocks.
    **settings
        The rest of the layout.

    Returns
    -------
    RapidityMassMatrix
        Equal to the one that was described.
    """
    return RapidityMassMatrix(Layout(types=dict(types), **settings))


def get_layout(representation: Representation, who: str) -> Layout:
    """Get the layout of matrices, where there must be matrices.

    Parameters
    ----------
    representation
        How events are shown.
    who
        What needs matrices, for the message.

    Returns
    -------
    Layout
        What the cells mean.

    Raises
    ------
    ValueError
        If events are shown in another way.
    """
    if not isinstance(representation, RapidityMassMatrix):
        raise ValueError(
            f"{who} needs rapidity-mass matrices, a representation of the kind rmm, but events "
            f"are shown as {representation.kind}"
        )
    return representation.layout


def read_layout(schema: pa.Schema, origin: str = "this table") -> Layout:
    """Read the layout of the matrices in a table or file.

    Parameters
    ----------
    schema
        Schema of the table or file.
    origin
        What to call it in an error.

    Returns
    -------
    Layout
        What the cells mean.

    Raises
    ------
    ValueError
        If it holds no matrices.
    """
    return get_layout(read_representation(schema, origin), f"what reads {origin}")
