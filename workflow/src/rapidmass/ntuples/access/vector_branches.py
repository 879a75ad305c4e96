"""Reading of `std::vector` branches, of which each entry has a header, in one compiled pass."""

from typing import Any

import numpy as np
import uproot
from numpy.typing import NDArray
from uproot.interpretation.jagged import AsJagged, JaggedArray

from rapidmass.provenance.compilation import compile_function

WORD = 4  # bytes of a float, an int and an unsigned int


class AsVector(AsJagged):  # type: ignore[misc]
    """Vectors of numbers, as uproot interprets them, without its index of every header byte.

    Parameters
    ----------
    interpretation
        What uproot would take.
    """

    def __init__(self, interpretation: AsJagged) -> None:
        super().__init__(
            interpretation.content, interpretation.header_bytes, interpretation.typename
        )

    def basket_array(
        self,
        data: NDArray[np.uint8],
        byte_offsets: NDArray[np.int32],
        basket: Any,  # noqa: ANN401
        branch: Any,  # noqa: ANN401
        context: Any,  # noqa: ANN401
        cursor_offset: int,
        library: Any,  # noqa: ANN401
        options: Any,  # noqa: ANN401
    ) -> JaggedArray:
        """Interpret one basket: its entries without their headers."""
        if self.content.itemsize == WORD and len(data) >= WORD:
            words = np.ndarray(len(data) - WORD + 1, np.uint32, data, strides=(1,))
            numbers, ends = _strip_words(words, byte_offsets, self.header_bytes)
            return JaggedArray(ends, numbers.view(self.content.to_dtype))
        payload, ends = _strip_headers(data, byte_offsets, self.header_bytes)
        content = self.content.basket_array(
            payload, None, basket, branch, context, cursor_offset, library, options
        )
        return JaggedArray(ends // self.content.itemsize, content)


def choose_interpretation(branch: uproot.TBranch) -> Any:  # noqa: ANN401
    """Choose how to read a branch.

    Parameters
    ----------
    branch
        A branch of a tree.

    Returns
    -------
    uproot.interpretation.Interpretation
        uproot's own, or one that gives the same arrays sooner.
    """
    standard = branch.interpretation
    if type(standard) is AsJagged and standard.header_bytes > 0:
        return AsVector(standard)
    return standard


@compile_function()
def _strip_headers(
    data: NDArray[np.uint8], byte_offsets: NDArray[np.int32], header: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    n_entries = byte_offsets.shape[0] - 1
    payload = np.empty(data.shape[0], dtype=np.uint8)
    ends = np.empty(n_entries + 1, dtype=np.int64)
    ends[0] = stop = 0
    for entry in range(n_entries):
        for source in range(byte_offsets[entry] + header, byte_offsets[entry + 1]):
            payload[stop] = data[source]
            stop += 1
        ends[entry + 1] = stop
    return payload[:stop], ends


@compile_function()
def _strip_words(
    words: NDArray[np.uint32], byte_offsets: NDArray[np.int32], header: int
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Copy numbers of four bytes, and turn round their bytes: `words` starts at every byte."""
    n_entries = byte_offsets.shape[0] - 1
    numbers = np.empty(words.shape[0] // WORD + 1, dtype=np.uint32)
    ends = np.empty(n_entries + 1, dtype=np.int64)
    ends[0] = stop = 0
    for entry in range(n_entries):
        for source in range(byte_offsets[entry] + header, byte_offsets[entry + 1], WORD):
            word = words[source]
            word = (word >> 16) | (word << 16)
            numbers[stop] = ((word >> 8) & 0x00FF00FF) | ((word << 8) & 0xFF00FF00)
            stop += 1
        ends[entry + 1] = stop
    return numbers[:stop], ends
