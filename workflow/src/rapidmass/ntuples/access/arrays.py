"""Files of arrays, HDF5 and NumPy's npz, read as trees are: some entries of some branches.

An array with one number an entry is a branch. One with several is a branch of lists, and beside it
`<array>_place` counts the places of a list from 0; where the format names what stands along its
last axis, each of these is a branch of lists, `<array>_<name>`. A table of records, as pandas
writes it, is an array for each of its fields.
"""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Final, Protocol, Self

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from rapidmass.ntuples.access.sources import (
    NtupleError,
    Source,
    check_size,
    hold_still,
    name_errors,
)

SUFFIXES: Final = (".h5", ".hdf5", ".hdf", ".npz")
_PLACE: Final = "_place"
_ENTRIES_AT_ONCE: Final = 4096  # that are skipped together
_BYTES_AT_ONCE: Final = 2**26  # of all arrays that are read together


class _Array(Protocol):
    """An array of a file: entries first."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def itemsize(self) -> int: ...

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Read some entries."""


class _Packed:
    """An array inside a zip file: entries are read one after the other, and none is kept.

    Parameters
    ----------
    archive
        The zip file.
    name
        Of the array's file.
    """

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive, self._name = archive, name
        self._stream = self._open()
        self._position = 0

    def _open(self) -> IO[bytes]:
        stream = self._archive.open(self._name)
        version = np.lib.format.read_magic(stream)
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        self.shape, is_fortran, self._dtype = read(stream)
        if is_fortran or self._dtype.hasobject:
            raise ValueError(f"{self._name} is no plain array with entries first")
        self.itemsize = self._dtype.itemsize
        return stream

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Read some entries; those before the last ones that were read cost a new beginning."""
        if start < self._position:
            self._stream.close()
            self._stream, self._position = self._open(), 0
        while self._position < start:
            self._take(min(start - self._position, _ENTRIES_AT_ONCE))
        return self._take(stop - start)

    def _take(self, entries: int) -> NDArray[Any]:
        shape = (entries, *self.shape[1:])
        size = int(np.prod(shape)) * self._dtype.itemsize
        content = self._stream.read(size)
        if len(content) < size:
            raise ValueError(f"{self._name} ends too early")
        self._position += entries
        return np.frombuffer(content, self._dtype).reshape(shape)


class _Stored:
    """A dataset of an HDF5 file, or a field of one.

    Parameters
    ----------
    dataset
        Of h5py.
    field
        Name of a field; None for datasets without.
    """

    def __init__(self, dataset: Any, field: str | None = None) -> None:  # noqa: ANN401
        self._dataset, self._field = dataset, field
        inner = () if field is None else dataset.dtype[field].shape
        self.shape: tuple[int, ...] = (*dataset.shape, *inner)
        kind = dataset.dtype if field is None else dataset.dtype[field].base
        self.itemsize: int = kind.itemsize

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Read some entries."""
        dataset = self._dataset if self._field is None else self._dataset.fields(self._field)
        found: NDArray[Any] = dataset[start:stop]
        return found


class ArrayTable:
    """Arrays of one file with an element an entry; it is asked as a tree is.

    Parameters
    ----------
    name
        What errors call it.
    arrays
        By name.
    columns
        By array, what stands along its last axis.

    Raises
    ------
    ValueError
        If arrays have different numbers of entries, or an axis cannot be cut as it should be.
    """

    def __init__(
        self, name: str, arrays: Mapping[str, _Array], columns: Mapping[str, Sequence[str]]
    ) -> None:
        self.name = self.object_path = name
        self._arrays = arrays
        entries = {key: array.shape[0] for key, array in arrays.items()}
        if len(set(entries.values())) > 1:
            listed = ", ".join(f"{key} {number}" for key, number in entries.items())
            raise ValueError(f"arrays have different numbers of entries: {listed}")
        self.num_entries = next(iter(entries.values()), 0)
        self._branches: dict[str, tuple[str, int | None]] = {}
        for key, array in arrays.items():
            given = columns.get(key, ())
            if given and (len(array.shape) < 2 or np.prod(array.shape[1:]) % len(given)):
                raise ValueError(
                    f"array {key} of shape {array.shape} cannot be cut into {', '.join(given)}: "
                    "correct 'columns' of the ntuple format"
                )
            self._branches |= {f"{key}_{one}": (key, k) for k, one in enumerate(given)}
            if not given:
                self._branches[key] = key, None
            if len(array.shape) > 1:
                self._branches[f"{key}{_PLACE}"] = key, None
        self._columns = {key: len(given) for key, given in columns.items()}

    @property
    def most_entries(self) -> int:
        """How many entries may be read together, of however many branches."""
        each = sum(a.itemsize * int(np.prod(a.shape[1:])) for a in self._arrays.values())
        return max(_BYTES_AT_ONCE // max(each, 1), 1)

    def keys(self) -> list[str]:
        """List the names of the branches."""
        return list(self._branches)

    def arrays(
        self, wanted: Sequence[str], *, entry_start: int, entry_stop: int, how: type[dict[str, Any]]
    ) -> dict[str, ak.Array]:
        """Read some entries of some branches, each array once."""
        read: dict[str, NDArray[Any]] = {}
        found = how()
        for branch in wanted:
            key, column = self._branches[branch]
            if key not in read:
                read[key] = self._arrays[key].read(entry_start, entry_stop)
            values = read[key]
            if values.ndim > 1:
                values = values.reshape(len(values), -1, max(self._columns.get(key, 1), 1))
                values = values[:, :, column or 0]
            if branch.endswith(_PLACE) and branch not in self._arrays:
                values = np.broadcast_to(np.arange(values.shape[1]), values.shape)
            found[branch] = ak.Array(np.ascontiguousarray(values))
        return found


def is_array_file(source: Source) -> bool:
    """Tell by its name whether a file is one of arrays."""
    return source.name.endswith(SUFFIXES)


@contextmanager
def open_table(
    source: Source,
    names: Sequence[str],
    columns: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Iterator[ArrayTable]:
    """Open a file of arrays.

    Parameters
    ----------
    source
        An HDF5 or npz file on disk.
    names
        Of the group of the arrays, or of the table of records, in an HDF5 file: `/`, `table/table`.
        Of several, the first that is there.
    columns
        By array, what stands along its last axis.

    Yields
    ------
    ArrayTable
        What it holds.

    Raises
    ------
    NtupleError
        If it cannot be read, is not on disk, or arrays do not go together.
    """
    if source.is_remote:
        raise NtupleError(
            f"{source} is a file of arrays, and only ROOT files are read over the network; set "
            "files.cache to a folder, into which it is copied first"
        )
    problem = f"{source} cannot be read as a file of arrays"
    with name_errors(source, problem):
        check_size(source, Path(source.location).stat().st_size)
        file = _Npz(source) if source.name.endswith(".npz") else _Hdf5(source)
    with file, hold_still(source):
        with name_errors(source, problem):
            table = ArrayTable(*file.list_arrays(names), columns)
        yield table


class _Npz:
    def __init__(self, source: Source) -> None:
        self._archive = zipfile.ZipFile(source.location)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    def list_arrays(self, names: Sequence[str]) -> tuple[str, dict[str, _Array]]:
        """List what it holds; an npz file has no groups."""
        del names
        members = [name for name in self._archive.namelist() if name.endswith(".npy")]
        return "/", {name.removesuffix(".npy"): _Packed(self._archive, name) for name in members}


class _Hdf5:
    def __init__(self, source: Source) -> None:
        import h5py  # few files are of this kind

        self._file = h5py.File(source.location, "r")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def list_arrays(self, names: Sequence[str]) -> tuple[str, dict[str, _Array]]:
        """List the datasets of the first group that is there, or the fields of a table."""
        import h5py

        name = next((one for one in names if one in self._file), None)
        if name is None:
            present = ", ".join(sorted(self._file)) or "nothing"
            raise ValueError(
                f"there is no {' or '.join(names)} in it, only {present}: correct 'tree' of the "
                "ntuple format"
            )
        found = self._file[name]
        if isinstance(found, h5py.Dataset):
            return name, {key: _Stored(found, key) for key in found.dtype.names or ()}
        datasets = {key: one for key, one in found.items() if isinstance(one, h5py.Dataset)}
        return name, {key: _Stored(one) for key, one in datasets.items() if one.shape}
