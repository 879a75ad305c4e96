"""Compiled functions, kept between processes in files that may be damaged or missing."""

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeVar, cast

import numpy as np
from numba import njit
from numba.core.caching import IndexDataCacheFile
from numpy.typing import NDArray

logger = logging.getLogger(__name__)

Function = TypeVar("Function", bound=Callable[..., Any])
Number = TypeVar("Number", bound=np.generic)

_DIGEST = 32  # bytes of a SHA-256 at the end of a file; numba reads no further than its own


def compile_function(
    error_model: Literal["python", "numpy"] = "python",
) -> Callable[[Function], Function]:
    """Make a decorator that compiles a function at its first call, to run without Python's lock.

    Parameters
    ----------
    error_model
        numba's: `numpy` divides by zero without an error.

    Returns
    -------
    Callable
        The decorator. Machine code is kept where numba keeps it. What is damaged there, or cannot
        be read or written, costs the time of compiling once more.
    """

    def decorate(function: Function) -> Function:
        compiled: Any = njit(nogil=True, error_model=error_model)(function)
        if not hasattr(compiled, "enable_caching"):  # NUMBA_DISABLE_JIT leaves it as it was
            return function
        with suppress(RuntimeError):  # no folder can be written: each process compiles for itself
            compiled.enable_caching()
            compiled._cache._cache_file.__class__ = _CheckedFile
        return cast("Function", compiled)

    return decorate


def make_readonly(array: NDArray[Number]) -> NDArray[Number]:
    """View an array as memory of Parquet files is: compiled code then has one version for both."""
    view = array.view()
    view.flags.writeable = False
    return view


class _CheckedFile(IndexDataCacheFile):  # type: ignore[misc,unused-ignore]
    """Files with the machine code of a function: damage is found by a digest, and overwritten."""

    _index_path: str

    def _load_index(self) -> Any:  # noqa: ANN401
        return super()._load_index() if _is_whole(Path(self._index_path)) else {}  # type: ignore[no-untyped-call]

    def _load_data(self, name: str) -> Any:  # noqa: ANN401
        path = str(self._data_path(name))  # type: ignore[no-untyped-call]
        if not _is_whole(Path(path)):
            raise FileNotFoundError(path)  # numba compiles then
        return super()._load_data(name)  # type: ignore[no-untyped-call]

    @contextmanager
    def _open_for_write(self, filepath: str) -> Iterator[BinaryIO]:
        with super()._open_for_write(filepath) as stream:
            yield stream
            stream.flush()
            stream.write(hashlib.sha256(Path(stream.name).read_bytes()).digest())

    def save(self, key: object, data: object) -> None:
        """Keep machine code, if that is possible."""
        try:
            super().save(key, data)  # type: ignore[no-untyped-call]
        except OSError as error:
            logger.warning("compiled code is not kept: %s", error)


def _is_whole(path: Path) -> bool:
    """Tell whether a file is there as it was written."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    whole = hashlib.sha256(content[:-_DIGEST]).digest() == content[-_DIGEST:]
    if not whole:
        logger.warning("%s is damaged: what it held is compiled anew", path)
    return whole
