"""Chunks of ROOT trees, with errors that say which file, tree, branch and entry are meant."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

import awkward as ak
import numpy as np
import uproot
from numpy.typing import NDArray

from rapidmass.jagged import Jagged
from rapidmass.ntuples.decoding import choose_interpretation

logger = logging.getLogger(__name__)

ENTRIES_PER_CHUNK = 131_072  # that are read together
ENTRIES_PER_PIECE = 16_384  # that are worked on together
CONTAINERS = ("TTree", "ROOT::RNTuple")


class NtupleError(ValueError):
    """An ntuple that cannot be used; the message names the file and what to do."""


class Chunk(NamedTuple):
    """Consecutive entries of a tree: the first, the one after the last, and the branches."""

    start: int
    stop: int
    branches: Mapping[str, Jagged | NDArray[Any]]


@contextmanager
def open_tree(path: Path, names: Sequence[str]) -> Iterator[uproot.TTree]:
    """Open the one tree of a file that matches.

    Parameters
    ----------
    path
        A ROOT file.
    names
        Names of the tree; `*` and `?` are wildcards.

    Yields
    ------
    uproot.TTree
        The tree.

    Raises
    ------
    NtupleError
        If the file cannot be read, or not exactly one tree matches.
    """
    try:
        file = uproot.open(path, array_cache=None)  # each array is used once
    except FileNotFoundError:
        raise NtupleError(f"{path} does not exist; correct the column 'files'") from None
    except Exception as error:  # uproot raises many kinds on a damaged header
        raise NtupleError(f"{path} cannot be read as a ROOT file: {_shorten(error)}") from error
    with file:
        trees = [
            key
            for key, kind in file.classnames(cycle=False).items()
            if kind in CONTAINERS and any(fnmatchcase(key, name) for name in names)
        ]
        if len(trees) != 1:
            present = ", ".join(sorted(file.classnames(cycle=False))) or "nothing"
            raise NtupleError(
                f"{path} has {len(trees)} trees called {' or '.join(names)}, not one; it holds "
                f"{present}. Set 'tree' of the ntuple format"
            )
        yield file[trees[0]]


def iterate_chunks(
    path: Path, tree: uproot.TTree, branches: Sequence[str], entries: int = ENTRIES_PER_CHUNK
) -> Iterator[Chunk]:
    """Read branches chunk by chunk.

    Chunks end where the baskets of all branches end, so that no basket is read twice.

    Parameters
    ----------
    path
        Where the tree lies, for errors.
    tree
        The tree.
    branches
        Names of the branches to read; nothing else is.
    entries
        About how many entries make a chunk; a single larger cluster is read whole.

    Yields
    ------
    Chunk
        Rising entry numbers.

    Raises
    ------
    NtupleError
        If a branch is missing or cannot be read.
    """
    check_branches(path, tree, branches)
    wanted = _choose_interpretations(tree, branches)
    for start, stop in cut_chunks(tree, branches, entries):
        yield from _split(_read_chunk(path, tree, wanted, start, stop))


def _split(chunk: Chunk) -> Iterator[Chunk]:
    """Cut a chunk into pieces whose arrays stay in the processor's cache."""
    for start in range(chunk.start, max(chunk.stop, chunk.start + 1), ENTRIES_PER_PIECE):
        stop = min(start + ENTRIES_PER_PIECE, chunk.stop)
        rows = slice(start - chunk.start, stop - chunk.start)
        shared: dict[int, NDArray[np.int64]] = {}
        branches: dict[str, Jagged | NDArray[Any]] = {}
        for name, array in chunk.branches.items():
            if not isinstance(array, Jagged):
                branches[name] = array[rows]
                continue
            first, last = array.offsets[rows.start], array.offsets[rows.stop]
            offsets = shared.setdefault(
                id(array.offsets), array.offsets[rows.start : rows.stop + 1] - first
            )
            branches[name] = Jagged(offsets, array.content[first:last])
        yield Chunk(start, stop, branches)


def _read_chunk(
    path: Path,
    tree: uproot.TTree,
    wanted: Any,  # noqa: ANN401
    start: int,
    stop: int,
) -> Chunk:
    try:
        arrays = tree.arrays(wanted, entry_start=start, entry_stop=stop, how=dict)
        flat = _flatten_all(arrays)
    except Exception as error:  # decompression, deserialisation and I/O errors have no base
        raise NtupleError(
            f"{path}: entries {start} to {stop} of tree {tree.name} cannot be read: "
            f"{_shorten(error)}"
        ) from error
    logger.info("%s: read %d of %d entries", path.name, stop, tree.num_entries)
    return Chunk(start, stop, flat)


def check_branches(path: Path, tree: uproot.TTree, branches: Sequence[str]) -> None:
    """Make sure that a tree has the branches.

    Parameters
    ----------
    path
        Where the tree lies, for errors.
    tree
        The tree.
    branches
        Names it must have.

    Raises
    ------
    NtupleError
        If one is missing; the message names the nearest that exist.
    """
    present = set(tree.keys())
    for name in branches:
        if name not in present:
            near = get_close_matches(name, present, n=3)
            hint = f"the nearest are {', '.join(near)}" if near else "none has a similar name"
            raise NtupleError(f"{path}: tree {tree.name} has no branch {name!r}; {hint}")


def cut_chunks(
    tree: uproot.TTree, branches: Sequence[str], entries: int
) -> Iterator[tuple[int, int]]:
    """Cut a tree into chunks of whole clusters.

    Parameters
    ----------
    tree
        The tree.
    branches
        Branches that will be read.
    entries
        About how many entries make a chunk.

    Yields
    ------
    tuple of int
        First entry, and the one after the last; (0, 0) for an empty tree. Clusters that are far
        larger than a chunk are cut.
    """
    edges = _list_edges(tree, frozenset(branches))
    if tree.num_entries == 0:
        yield 0, 0  # one empty chunk, so that even an empty file has a schema
        return
    start = 0
    for edge, following in zip(edges[1:], [*edges[2:], None], strict=True):
        if following is not None and following - start <= entries:
            continue
        while edge - start > 2 * entries:
            yield start, start + entries
            start += entries
        if edge > start:
            yield start, edge
        start = edge


def _choose_interpretations(tree: uproot.TTree, branches: Sequence[str]) -> Any:  # noqa: ANN401
    if isinstance(tree, uproot.TTree):
        return {name: choose_interpretation(tree[name]) for name in branches}
    return list(branches)  # an RNTuple knows no interpretations


def _flatten_all(arrays: Mapping[str, ak.Array]) -> dict[str, Jagged | NDArray[Any]]:
    """Take arrays apart. Those with equal offsets share one array of them: a quick way to know."""
    flat: dict[str, Jagged | NDArray[Any]] = {}
    shared: list[NDArray[np.int64]] = []
    for name, array in arrays.items():
        if array.ndim == 1 and array.layout.is_numpy:
            flat[name] = ak.to_numpy(array)
            continue
        offsets, content = _take_apart(name, array)
        for known in shared:
            if np.array_equal(known, offsets):
                offsets = known
                break
        else:
            shared.append(offsets)
        flat[name] = Jagged(offsets, content)
    return flat


def _take_apart(name: str, array: ak.Array) -> tuple[NDArray[np.int64], NDArray[Any]]:
    layout = array.layout
    if layout.is_numpy:  # of arrays of one size
        layout = layout.to_RegularArray()
    if layout.is_regular:
        layout = layout.to_ListOffsetArray64(start_at_zero=True)
    if not layout.is_list or not layout.content.is_numpy or array.ndim != 2:
        raise TypeError(f"branch {name} holds {array.type}, not numbers or lists of numbers")
    layout = layout.to_ListOffsetArray64(start_at_zero=True)
    offsets = np.asarray(layout.offsets.data)
    return offsets, np.asarray(layout.content.data)[: offsets[-1]]


def _list_edges(tree: uproot.TTree, branches: frozenset[str]) -> list[int]:
    if hasattr(tree, "common_entry_offsets"):
        edges: list[int] = tree.common_entry_offsets(filter_name=lambda name: name in branches)
        return edges
    return [0, tree.num_entries]  # an RNTuple does not tell its clusters


def _shorten(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
