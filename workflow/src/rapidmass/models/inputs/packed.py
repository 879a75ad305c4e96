"""Events as their filled elements alone, to be made dense where a network is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WIDEST = np.iinfo(np.int16).max  # columns that 16 bits can number


@dataclass(frozen=True, eq=False)
class Packed:
    """The filled elements of some events, as far as a network sees them; not scaled.

    Parameters
    ----------
    values
        Shape (filled elements,), float32, event after event.
    columns
        Shape (filled elements,), int16 or int32: which column of dense rows each belongs to.
    offsets
        Shape (events + 1,), int64: where the elements of each event start.
    leaves_absent
        Whether the other elements are absent. Otherwise they are there, and 0.
    """

    values: NDArray[np.float32]
    columns: NDArray[np.signedinteger]
    offsets: NDArray[np.int64]
    leaves_absent: bool

    def __len__(self) -> int:
        return len(self.offsets) - 1


def number_columns(n_elements: int, features: NDArray[np.int64]) -> NDArray[np.signedinteger]:
    """Give numbers to the columns of dense rows.

    Parameters
    ----------
    n_elements
        Elements of an event.
    features
        Flat indices of those that are kept.

    Returns
    -------
    ndarray of int16 or int32, shape (elements,)
        The column of each element; -1 for those that are left out.
    """
    number = np.int16 if len(features) <= WIDEST else np.int32
    columns: NDArray[np.signedinteger] = np.full(n_elements, -1, dtype=number)
    columns[features] = np.arange(len(features))
    return columns


def join_packed(parts: Sequence[Packed]) -> Packed:
    """Join packed events, of which there is at least one part."""
    if len(parts) == 1:
        return parts[0]
    ends = np.cumsum([part.offsets[-1] for part in parts])
    offsets = [parts[0].offsets]
    offsets += [part.offsets[1:] + end for part, end in zip(parts[1:], ends, strict=False)]
    return Packed(
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.columns for part in parts]),
        np.concatenate(offsets),
        parts[0].leaves_absent,
    )
