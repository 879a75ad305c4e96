"""Chunks of ROOT trees, with errors that say which file, tree, branch and entry are meant."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

import awkward as ak
import numpy as np
import uproot
from numpy.typing import NDArray

from rapidmass.columnar.jagged import Jagged
from rapidmass.ntuples.access.pieces import WHOLE, Piece
from rapidmass.ntuples.access.sources import NtupleError, Source, UnreachableError, name_errors
from rapidmass.ntuples.access.vector_branches import choose_interpretation

logger = logging.getLogger(__name__)

ENTRIES_PER_CHUNK = 131_072  # that are read together
BYTES_PER_CHUNK = 2**26  # of branches, unpacked
ENTRIES_AT_ONCE = 16_384  # that are worked on together


class Chunk(NamedTuple):
    """Consecutive entries of a tree: the first, the one after the last, and the branches."""

    start: int
    stop: int
    branches: Mapping[str, Jagged | NDArray[Any]]


def iterate_chunks(
    source: Source,
    tree: uproot.TTree,
    branches: Sequence[str],
    entries: int = ENTRIES_PER_CHUNK,
    piece: Piece = WHOLE,
) -> Iterator[Chunk]:
    """Read branches chunk by chunk.

    Chunks end where the baskets of all branches end, so that no basket is read twice.

    Parameters
    ----------
    source
        Where the tree lies, for errors.
    tree
        The tree.
    branches
        Names of the branches to read; nothing else is.
    entries
        About how many entries make a chunk; a single larger cluster is read whole.
    piece
        Which piece of the file to read.

    Yields
    ------
    Chunk
        Rising entry numbers. One without entries if the piece has none.

    Raises
    ------
    NtupleError
        If a branch is missing or cannot be read.
    """
    check_branches(source, tree, branches)
    with name_errors(source, f"{source}: the baskets of tree {tree.name} cannot be found"):
        wanted = _choose_interpretations(tree, branches)
        most = _limit(tree, branches, entries)
        chunks = piece.choose(list(cut_chunks(tree, branches, most)), tree.num_entries)
    if piece != WHOLE:
        first, last, total = chunks[0][0], chunks[-1][1], tree.num_entries
        logger.info("%s: %s, entries %d to %d of %d", source.name, piece, first, last, total)
    for start, stop in chunks:
        yield from _split(_read_chunk(source, tree, wanted, start, stop))


def _limit(tree: uproot.TTree, branches: Sequence[str], entries: int) -> int:
    """Limit how many entries are read together by the memory that they take."""
    if not isinstance(tree, uproot.TTree):
        return min(entries, getattr(tree, "most_entries", entries))
    each = sum(tree[name].uncompressed_bytes for name in branches) / max(tree.num_entries, 1)
    return min(entries, max(int(BYTES_PER_CHUNK // max(each, 1)), ENTRIES_AT_ONCE))


def _split(chunk: Chunk) -> Iterator[Chunk]:
    """Cut a chunk into smaller ones, whose arrays stay in the processor's cache."""
    for start in range(chunk.start, max(chunk.stop, chunk.start + 1), ENTRIES_AT_ONCE):
        stop = min(start + ENTRIES_AT_ONCE, chunk.stop)
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
    source: Source,
    tree: uproot.TTree,
    wanted: Any,  # noqa: ANN401
    start: int,
    stop: int,
) -> Chunk:
    problem = f"{source}: entries {start} to {stop} of tree {tree.name} cannot be read"
    try:
        flat = _read_arrays(source, problem, tree, wanted, start, stop)
    except NtupleError as error:
        # bytes that never came were asked for often enough; wrong ones may have come by chance
        if not source.is_remote or isinstance(error, UnreachableError):
            raise
        logger.warning("%s; they are fetched again", error)
        flat = _read_arrays(source, problem, tree, wanted, start, stop)
    logger.info("%s: read %d of %d entries", source.name, stop, tree.num_entries)
    return Chunk(start, stop, flat)


def _read_arrays(
    source: Source,
    problem: str,
    tree: uproot.TTree,
    wanted: Any,  # noqa: ANN401
    start: int,
    stop: int,
) -> dict[str, Jagged | NDArray[Any]]:
    with name_errors(source, problem):
        arrays = tree.arrays(wanted, entry_start=start, entry_stop=stop, how=dict)
        # of an RNTuple there come also the collections that the fields are of
        return _flatten_all({name: arrays[name] for name in wanted})


def list_branches(source: Source, tree: uproot.TTree) -> frozenset[str]:
    """List the names that a tree's branches may be called by.

    Parameters
    ----------
    source
        Where the tree lies, for errors.
    tree
        The tree.

    Returns
    -------
    frozenset of str
        Names; of a branch inside another one its own name too, unless several have it.

    Raises
    ------
    NtupleError
        If the tree is damaged.
    """
    with name_errors(source, f"{source}: the branches of tree {tree.name} cannot be listed"):
        names = tree.keys()
    own = Counter(name.rpartition("/")[2] for name in names)
    return frozenset(names) | {name for name, number in own.items() if number == 1}


def check_branches(source: Source, tree: uproot.TTree, branches: Sequence[str]) -> None:
    """Make sure that a tree has the branches.

    Parameters
    ----------
    source
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
    present = list_branches(source, tree)
    for name in branches:
        if name not in present:
            near = get_close_matches(name, present, n=3)
            hint = f"the nearest are {', '.join(near)}" if near else "none has a similar name"
            raise NtupleError(f"{source}: tree {tree.name} has no branch {name!r}; {hint}")


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
