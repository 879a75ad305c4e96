"""Tables of named features: expressions over event variables, one float32 column a feature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.event_variables import take_flat
from rapidmass.columnar.expressions import Expression
from rapidmass.representations.base import Events

if TYPE_CHECKING:
    import pyarrow as pa

    from rapidmass.representations.dense import DenseRows

PREFIX = "feature:"  # no name of an event column has such a sign
COUNT = "n_"


@dataclass(frozen=True)
class FeatureTable:
    """Named features.

    Parameters
    ----------
    features
        Name and expression of each, in the order of the elements.

    Raises
    ------
    ValueError
        If there is none, one comes twice, or an expression is not valid.
    """

    features: tuple[tuple[str, str], ...]

    kind: ClassVar[str] = "table"

    def __post_init__(self) -> None:
        names = self.element_names
        if not names:
            raise ValueError("a table of features needs at least one feature")
        twice = sorted(name for name in names if names.count(name) > 1)
        if twice:
            raise ValueError(f"feature {twice[0]} is listed twice")
        for _, text in self.features:
            Expression(text)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of features."""
        return (len(self.features),)

    @property
    def element_names(self) -> tuple[str, ...]:
        """Names of the features."""
        return tuple(name for name, _ in self.features)

    @property
    def scale_groups(self) -> NDArray[np.int64]:
        """Each feature has its own scale."""
        return np.arange(len(self.features))

    @property
    def columns(self) -> tuple[str, ...]:
        """One column a feature."""
        return tuple(f"{PREFIX}{name}" for name in self.element_names)

    @property
    def objects(self) -> tuple[str, ...]:
        """Objects that are counted; leptons are built in any case."""
        names = {name for text in self.expressions for name in Expression(text).names}
        counted = sorted(name for name in names if name.startswith(COUNT))
        return tuple(name.removeprefix(COUNT) for name in counted if name != "n_lep")

    @property
    def expressions(self) -> tuple[str, ...]:
        """The expressions of the features."""
        return tuple(text for _, text in self.features)

    def describe(self) -> dict[str, Any]:
        """Describe it in JSON types."""
        return {"kind": self.kind, "features": [list(pair) for pair in self.features]}

    def encode(self, events: Events, variables: Mapping[str, Any]) -> dict[str, pa.Array]:
        """Compute the features of events.

        Raises
        ------
        ValueError
            If one is infinite, or cannot be computed; the message names it.
        """
        import pyarrow as pa

        encoded = {}
        for name, text in self.features:
            with np.errstate(over="ignore"):
                found = take_flat(
                    f"feature {name}", Expression(text).evaluate(variables), len(events)
                )
                values = found.astype(np.float32)
            wrong = np.flatnonzero(np.isinf(values))
            if wrong.size:
                raise ValueError(
                    f"feature {name} of event {wrong[0]} is {values[wrong[0]]} ({wrong.size} such "
                    f"events): {text!r} divides by 0, or is too large for numbers of 32 bits"
                )
            encoded[f"{PREFIX}{name}"] = pa.array(values)
        return encoded

    def decode(self, table: pa.Table) -> DenseRows:
        """Decode the features of a table."""
        from rapidmass.representations.dense import DenseRows

        columns = [table.column(name).to_numpy() for name in self.columns]
        return DenseRows(np.column_stack(columns).astype(np.float32, copy=False))


def make_representation(features: Sequence[Sequence[str]]) -> FeatureTable:
    """Make a table of features.

    Parameters
    ----------
    features
        Pairs of name and expression.

    Returns
    -------
    FeatureTable
        Equal to the one that was described.
    """
    return FeatureTable(tuple((name, text) for name, text in features))
