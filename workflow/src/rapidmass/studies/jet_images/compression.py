"""How many bytes a jet takes, and what they cost: pixels, packed pixels, latent vectors."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Pixels = NDArray[np.float32]
CODEC: Final = "zstd"
_NUMBER_BYTES: Final = 2  # of a pixel
_FLOAT32: Final = 4
_FLOAT16: Final = 2


def count_packed_bytes(arrays: Sequence[NDArray[Any]]) -> int:
    """Count the bytes of arrays that are packed one after the other."""
    return sum(len(pa.compress(np.ascontiguousarray(a).tobytes(), codec=CODEC)) for a in arrays)


def store_images(x: Pixels) -> dict[str, float]:
    """Store images without any loss.

    Parameters
    ----------
    x
        Shape (jets, pixels).

    Returns
    -------
    dict
        Bytes a jet: all pixels as float32; lit ones with their numbers in 16 bits; both packed.
    """
    jets, cells = np.nonzero(x)
    values = x[jets, cells]
    counts = np.bincount(jets, minlength=len(x)).astype(np.uint16)
    sparse = len(values) * (_FLOAT32 + _NUMBER_BYTES) + 2 * len(x)
    return {
        "pixels": float(x.shape[1] * _FLOAT32),
        "pixels, packed": count_packed_bytes([x]) / len(x),
        "lit pixels": sparse / len(x),
        "lit pixels, packed": count_packed_bytes([values, cells.astype(np.uint16), counts])
        / len(x),
        "lit pixels, float16, packed": count_packed_bytes(
            [values.astype(np.float16), cells.astype(np.uint16), counts]
        )
        / len(x),
    }


def quantise(latent: Pixels) -> dict[str, tuple[float, Pixels]]:
    """Store latent vectors with fewer and fewer bits.

    Parameters
    ----------
    latent
        Shape (jets, dimensions).

    Returns
    -------
    dict
        By number: bytes a jet, packed if that is less, and what is read back. Of `int8` each
        dimension is cut into 255 steps between its smallest and largest value.
    """
    low, high = latent.min(axis=0), latent.max(axis=0)
    step = np.where(high > low, (high - low) / 254, 1.0).astype(np.float32)
    eighth = np.rint((latent - low) / step).astype(np.uint8)
    stored: Mapping[str, tuple[NDArray[Any], Callable[[NDArray[Any]], Pixels]]] = {
        "float32": (latent, lambda read: read),
        "float16": (latent.astype(np.float16), lambda read: read.astype(np.float32)),
        "int8": (eighth, lambda read: (read * step + low).astype(np.float32)),
    }
    return {
        name: (
            min(array.nbytes, count_packed_bytes([array.T])) / len(latent),
            read(array),
        )
        for name, (array, read) in stored.items()
    }
