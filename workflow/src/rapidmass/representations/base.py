"""What every way to show an event to a model must give, whatever the way.

Elements travel flat, (events, elements), in the order of the flattened shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_PER_BLOCK = 1024  # dense rows of that many events stay in cache between two operations


class Events(Protocol):
    """What a representation may ask of events."""

    def __len__(self) -> int: ...

    @property
    def objects(self) -> Mapping[str, Any]:
        """The `FourVectors` of each object of the ntuple format, by falling pT."""

    @property
    def met(self) -> NDArray[np.float64]:
        """Missing transverse momentum in GeV."""

    @property
    def met_phi(self) -> NDArray[np.float64]:
        """Its azimuth."""


class Filled(NamedTuple):
    """The elements of events that are stored, where others are not.

    Parameters
    ----------
    cells, values
        Shape (stored elements,): numbers of elements, unsigned, and float32, event after event.
    starts, counts
        Shape (events,): int64, where the elements of each event start, and how many there are.
    leaves_absent
        Whether elements that are not stored are absent. Otherwise they are there, and 0.
    """

    cells: NDArray[np.unsignedinteger]
    values: NDArray[np.float32]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]
    leaves_absent: bool


class Encoded(Protocol):
    """Some events as they are stored, perhaps ragged."""

    def __len__(self) -> int: ...

    def take(self, rows: NDArray[np.int64]) -> Self:
        """Pick events in any order, for `fill`; what is stored need not be moved."""

    def iterate_blocks(self, rows: int = ROWS_PER_BLOCK) -> Iterator[tuple[slice, Self]]:
        """Go through events in blocks: which ones, and their part; not after `take`."""

    def map_values(self, function: Callable[[NDArray[np.float32]], NDArray[np.float32]]) -> Self:
        """Replace all stored numbers at once by what a function makes of them."""

    def find_invalid(self) -> tuple[int, float] | None:
        """Find the first event with a stored number that can be none, and that number."""

    def list_filled(self) -> Filled | None:
        """List what is stored, if that is some elements of each event; not after `take`."""

    def fill(
        self,
        x: NDArray[np.float32] | None = None,
        *,
        features: NDArray[np.int64] | None = None,
        scale: NDArray[np.float32] | None = None,
        shift: NDArray[np.float32] | None = None,
        padding: float | NDArray[np.float32] = 0.0,
        bounds: tuple[float, float] | None = None,
        mask: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Fill dense rows; choose, scale and clip elements on the way.

        Parameters
        ----------
        x
            Shape (events, features), C-ordered: where to write; new memory if None.
        features
            Flat indices of the elements to keep, each once, in the order of the columns; all if
            None.
        scale, shift
            Shape (elements,): an element becomes value * scale + shift. Identity where None.
        padding
            What absent elements hold (after scaling): one number, or one per element.
        bounds
            What elements are clipped to, absent ones too; None: nothing.
        mask
            Shape (events, features), C-ordered: where to write 1 for elements that an event has,
            else 0.

        Returns
        -------
        ndarray of float32, shape (events, features)
            `x` if it was given.
        """


class Representation(Protocol):
    """How events are shown to models; of equal descriptions every element means the same."""

    kind: ClassVar[str]
    """The folder of its module: `rmm`, `table`, ..."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of an event: (D, D), (features,), (length, features), ..."""

    @property
    def element_names(self) -> tuple[str, ...]:
        """One an element of the flattened shape."""

    @property
    def scale_groups(self) -> NDArray[np.int64]:
        """Shape (elements,): elements of one group share scale and shift."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of a table that hold it."""

    @property
    def objects(self) -> tuple[str, ...]:
        """Objects of the ntuple format that it is made of."""

    @property
    def expressions(self) -> tuple[str, ...]:
        """Expressions over event variables that it is made of."""

    def describe(self) -> dict[str, Any]:
        """Describe it in JSON types, `kind` among them; the order of keys counts nowhere."""

    def encode(self, events: Events, variables: Mapping[str, Any]) -> dict[str, pa.Array]:
        """Encode events, with their event variables: `columns`, rows in the order of the events."""

    def decode(self, table: pa.Table) -> Encoded:
        """Decode `columns` of a table; views of its memory where that is possible."""


def select_elements(
    representation: Representation, exclude: Sequence[str] = ()
) -> NDArray[np.int64]:
    """Find the elements that no pattern excludes.

    Parameters
    ----------
    representation
        Has the elements.
    exclude
        Names of elements, with `*` and `?` as wildcards (`m_ljet0_*`).

    Returns
    -------
    ndarray of int64
        Flat indices of the remaining elements, rising.

    Raises
    ------
    ValueError
        If a pattern matches no element, or nothing is left.
    """
    names = representation.element_names
    dropped: set[int] = set()
    for pattern in exclude:
        matched = {k for k, name in enumerate(names) if fnmatchcase(name, pattern)}
        if not matched:
            raise ValueError(f"excluded feature {pattern!r} matches none of the representation")
        dropped |= matched
    kept = np.array([k for k in range(len(names)) if k not in dropped], dtype=np.int64)
    if kept.size == 0:
        raise ValueError("the excluded features leave nothing of the representation")
    return kept
