"""Pieces of a file: shares of its entries that jobs of their own read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Piece:
    """One of the pieces of a file.

    Which entries it has follows from the file: whole chunks, as they are read of the file anyway.
    So no basket is read for two pieces, and sums over chunks are those of the file.

    Parameters
    ----------
    number
        Which one, from 1.
    of
        How many there are.

    Raises
    ------
    ValueError
        If there is no such piece.
    """

    number: int
    of: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            raise ValueError(f"there is no piece {self.number} of {self.of}")

    def choose(self, chunks: Sequence[tuple[int, int]], entries: int) -> list[tuple[int, int]]:
        """Choose the chunks of the piece: those that begin in its share of the entries.

        Parameters
        ----------
        chunks
            First entry, and the one after the last, of all chunks of the file.
        entries
            Number of entries of the file.

        Returns
        -------
        list of tuple of int
            Each chunk of the file is in one piece. (0, 0), a chunk without entries, if a piece
            has none.
        """
        share = max(entries, 1)
        own = [chunk for chunk in chunks if 1 + chunk[0] * self.of // share == self.number]
        return own or [(0, 0)]

    def __str__(self) -> str:
        return f"piece {self.number} of {self.of}"


WHOLE: Final = Piece(1, 1)
"""The only piece of a file that is not split."""
