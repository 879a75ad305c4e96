"""Which cell of the rapidity-mass matrix means what."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Convention = Literal["thesis", "reference"]

DEFAULT_TYPES: Mapping[str, int] = MappingProxyType({"ljet": 6, "bjet": 6, "ele": 5, "muo": 5})


@dataclass(frozen=True, eq=False)
class Layout:
    """Rows, columns and conventions of a rapidity-mass matrix.

    Row and column 0 belong to the missing transverse momentum, then each object type has one row
    and column per slot, in the order of `types`. With n the number of objects and D = 1 + all
    slots, the cells are, for the object in slot i and one in a later slot j:

    ======  =======================================  ===================================
    cell    `reference`                              `thesis`
    ======  =======================================  ===================================
    [0, 0]  MET / sqrt(s)                            MET
    [0, i]  mT(MET, i) / sqrt(s), 0 where MET is 0   sqrt(pT_i^2 + m_i^2)
    [i, 0]  C (cosh(y_i) - 1)                        the same
    [i, i]  first of a type: Et_i / sqrt(s); later:  first: sqrt(pT_i^2 + m_i^2); later:
            (Et_{i-1} - Et_i) / (Et_{i-1} + Et_i)    the same ratio of pT
    [i, j]  m_ij / sqrt(s)                           m_ij
    [j, i]  C (cosh((y_i - y_j) / 2) - 1)            the same
    ======  =======================================  ===================================

    `reference` is the matrix of S. Chekanov, NIM A 931 (2019) 92; `thesis` is the variant in GeV
    of the Oslo analysis of 2023.

    Parameters
    ----------
    types
        Number of slots of each object type, in the order of the blocks.
    convention
        `thesis` (GeV) or `reference` (fractions of sqrt(s)).
    sqrt_s
        Centre-of-mass energy in GeV.
    angular_scale
        The factor C of the rapidity cells.

    Raises
    ------
    ValueError
        If there is no type, a multiplicity is not positive, a number is out of range, or two slots
        have one name (the 12th `ele` and the second `ele1`).

    Examples
    --------
    >>> layout = Layout({"ljet": 2, "ele": 1})
    >>> layout.size, layout.slots
    (4, ('met', 'ljet0', 'ljet1', 'ele0'))
    """

    types: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_TYPES))
    convention: Convention = "thesis"
    sqrt_s: float = 13000.0
    angular_scale: float = 0.15

    def __post_init__(self) -> None:
        if not self.types:
            raise ValueError("a layout needs at least one object type")
        for name, slots in self.types.items():
            if not name.isidentifier():
                raise ValueError(f"object type {name!r} is not a plain name (letters, digits, _)")
            if not 1 <= slots <= 255:
                raise ValueError(f"object type {name} has {slots} slots; 1 to 255 are possible")
        twice = sorted(name for name, number in Counter(self.slots).items() if number > 1)
        if twice:
            raise ValueError(
                f"two object types have the slot {twice[0]}: rename one of {', '.join(self.types)}"
            )
        if self.convention not in ("thesis", "reference"):
            raise ValueError(f"convention {self.convention!r} is neither 'thesis' nor 'reference'")
        if not self.sqrt_s > 0 or not self.angular_scale > 0:
            raise ValueError("sqrt_s and angular_scale must be positive")

    def _identify(self) -> tuple[object, ...]:
        # the order of the types decides which cell is which
        return tuple(self.types.items()), self.convention, self.sqrt_s, self.angular_scale

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layout) and self._identify() == other._identify()

    def __hash__(self) -> int:
        return hash(self._identify())

    def describe(self) -> dict[str, Any]:
        """Describe this layout in JSON types.

        Returns
        -------
        dict
            The arguments that make it.
        """
        return {
            "types": dict(self.types),
            "convention": self.convention,
            "sqrt_s": self.sqrt_s,
            "angular_scale": self.angular_scale,
        }

    @property
    def capacities(self) -> NDArray[np.int64]:
        """Number of slots of each type, in block order."""
        return np.array(list(self.types.values()), dtype=np.int64)

    @property
    def size(self) -> int:
        """Number of rows, D."""
        return 1 + sum(self.types.values())

    @property
    def n_cells(self) -> int:
        """Number of cells, D * D."""
        return self.size**2

    @cached_property
    def slots(self) -> tuple[str, ...]:
        """Names of the rows: `met`, then `ljet0`, `ljet1`, ..."""
        return ("met", *(f"{name}{i}" for name, n in self.types.items() for i in range(n)))

    @cached_property
    def cell_names(self) -> tuple[str, ...]:
        """Names of the cells, row by row.

        `met`; `mT_ele0` (row 0); `hL_ele0` (column 0); `eT_ele0` and `deT_ele1` (diagonal, first
        and later objects of a type); `m_ele0_muo0` (mass) and `h_ele0_muo0` (rapidity difference),
        both with the earlier slot first.
        """
        return tuple(self._cell_name(i, j) for i in range(self.size) for j in range(self.size))

    def _cell_name(self, row: int, column: int) -> str:
        slots = self.slots
        if row == column:
            if row == 0:
                return "met"
            return f"eT_{slots[row]}" if row in self._first_rows else f"deT_{slots[row]}"
        if row == 0:
            return f"mT_{slots[column]}"
        if column == 0:
            return f"hL_{slots[row]}"
        if row < column:
            return f"m_{slots[row]}_{slots[column]}"
        return f"h_{slots[column]}_{slots[row]}"

    @cached_property
    def _first_rows(self) -> frozenset[int]:
        return frozenset((1 + np.cumsum(self.capacities) - self.capacities).tolist())

    def find_cell(self, name: str) -> int:
        """Find the flat index of a cell.

        Parameters
        ----------
        name
            One of `cell_names`.

        Returns
        -------
        int
            row * D + column.

        Raises
        ------
        ValueError
            If no cell has this name.
        """
        try:
            return self.cell_names.index(name)
        except ValueError:
            raise ValueError(
                f"no cell {name!r} in a matrix of {dict(self.types)}; see Layout.cell_names"
            ) from None
