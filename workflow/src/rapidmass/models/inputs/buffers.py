"""Memory for dense rows, used again: of fresh memory each page costs the system time."""

import weakref

import numpy as np
from numpy.typing import NDArray

ALIGNMENT = 64  # bytes: matrix products round alike only where arrays are aligned alike


class _Loan:
    """What an array and all views of it hold, as long as there is one."""

    def __init__(self, memory: NDArray[np.float32]) -> None:
        self._memory = memory
        self.__array_interface__ = memory.__array_interface__


class Buffers:
    """Makes float32 arrays of one shape, where possible in memory that nobody holds any more.

    Parameters
    ----------
    n_rows, n_columns
        Shape of the arrays.
    """

    def __init__(self, n_rows: int, n_columns: int) -> None:
        self._shape = n_rows, n_columns
        self._known: list[tuple[NDArray[np.float32], weakref.ref[_Loan]]] = []

    def make(self) -> NDArray[np.float32]:
        """Make an array.

        Returns
        -------
        ndarray of float32, shape (n_rows, n_columns)
            Of any content, aligned to 64 bytes. Its memory is its own and that of views of it,
            until the last of them is gone.
        """
        free = next((i for i, (_, loan) in enumerate(self._known) if loan() is None), None)
        memory = self._allocate() if free is None else self._known.pop(free)[0]
        loan = _Loan(memory)
        self._known.append((memory, weakref.ref(loan)))
        return np.asarray(loan)

    def _allocate(self) -> NDArray[np.float32]:
        n_rows, n_columns = self._shape
        itemsize = np.dtype(np.float32).itemsize
        memory = np.empty(n_rows * n_columns + ALIGNMENT // itemsize, dtype=np.float32)
        first = -memory.ctypes.data % ALIGNMENT // itemsize
        return memory[first : first + n_rows * n_columns].reshape(self._shape)
