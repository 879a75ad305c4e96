"""Sums of weights that files keep beside their events, added over files."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import uproot
from numpy.typing import NDArray

from rapidmass.columnar.jagged import Jagged
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.inputs.sums_of_weights import StoredSum
from rapidmass.ntuples.access.chunks import Chunk, iterate_chunks
from rapidmass.ntuples.access.sources import (
    NtupleError,
    Source,
    UnreachableError,
    open_file,
    shorten,
)
from rapidmass.ntuples.access.trees import holds_events, is_of_events, open_tree

CORRECT = "Correct the column 'sum_of_weights'"


def add_up_stored(stored: StoredSum, sources: Sequence[Source], settings: NtupleFormat) -> float:
    """Add up the sum of weights that files have shares of.

    Parameters
    ----------
    stored
        A tree and a branch, or a histogram and a bin.
    sources
        The files.
    settings
        Their format.

    Returns
    -------
    float
        The sum. A file without events adds nothing to a sum over the events themselves, and to
        one that is kept beside them what it keeps.

    Raises
    ------
    NtupleError
        If a file does not have it; the message says what the sample sheet asks for.
    """
    try:
        if stored.kind == "histogram":
            return sum_bin(sources, *stored.names)
        if is_of_events(stored.names[0], settings):
            sources = [source for source in sources if holds_events(source, settings)]
        return sum_branch(sources, *stored.names)
    except UnreachableError:
        raise
    except NtupleError as error:
        raise NtupleError(f"{error} (sum_of_weights: {stored.text})") from error


def sum_branch(sources: Iterable[Source], tree_name: str, branch: str) -> float:
    """Add up a branch over entries and files.

    Parameters
    ----------
    sources
        The files, read chunk by chunk.
    tree_name
        Name of the tree; `*` and `?` are wildcards.
    branch
        Name of the branch.

    Returns
    -------
    float
        The sum, in float64.

    Raises
    ------
    NtupleError
        If the branch cannot be read, an entry is not finite, or not one number.
    """
    return sum((_sum_file(source, tree_name, branch) for source in sources), 0.0)


def _sum_file(source: Source, tree_name: str, branch: str) -> float:
    with open_tree(source, [tree_name], CORRECT) as tree:
        chunks = iterate_chunks(source, tree, [branch])
        return sum((sum_entries(source, tree.name, branch, chunk) for chunk in chunks), 0.0)


def sum_entries(
    source: Source,
    tree_name: str,
    branch: str,
    chunk: Chunk,
    rows: NDArray[Any] | slice = slice(None),
) -> float:
    """Add up a branch over entries of a chunk.

    Parameters
    ----------
    source, tree_name
        Where the chunk is from, for errors.
    branch
        Name of the branch.
    chunk
        Entries with the branch read.
    rows
        Which of them count.

    Returns
    -------
    float
        The sum, in float64.

    Raises
    ------
    NtupleError
        If an entry holds a list of more or less than one number, or one that counts is not finite.
    """
    column = chunk.branches[branch]
    if isinstance(column, Jagged):
        column = _take_single(source, tree_name, branch, chunk.start, column)
    finite = np.isfinite(column[rows])
    if not finite.all():
        entry = np.arange(chunk.start, chunk.stop)[rows][np.argmin(finite)]
        raise NtupleError(
            f"{source}: branch {branch} is not finite in entry {entry} of tree {tree_name}: leave "
            "the file out, or give the sum of weights as a number"
        )
    return float(column[rows].sum(dtype=np.float64))


def _take_single(
    source: Source, tree_name: str, branch: str, start: int, column: Jagged
) -> NDArray[Any]:
    """Take the numbers out of lists of one, as Delphes writes what an event has once."""
    others = np.flatnonzero(column.counts != 1)
    if others.size:
        raise NtupleError(
            f"{source}: branch {branch} holds lists, not numbers: entry {start + others[0]} of "
            f"tree {tree_name} has {column.counts[others[0]]} of them; name a branch with one "
            "weight an entry, or give the sum of weights as a number"
        )
    return column.content


def sum_bin(sources: Iterable[Source], name: str, label: str) -> float:
    """Add up a bin of a histogram over files.

    Parameters
    ----------
    sources
        The files.
    name
        Name of the histogram, with its folder if it is in one.
    label
        Label of the bin, or else its number, from 1.

    Returns
    -------
    float
        The sum of its contents.

    Raises
    ------
    NtupleError
        If a file has no such histogram of one dimension, or the histogram no such bin, or its
        content is not finite.
    """
    return sum((_read_bin(source, name, label) for source in sources), 0.0)


def _read_bin(source: Source, name: str, label: str) -> float:
    with open_file(source) as file:
        kinds = file.classnames(cycle=False)
        if not kinds.get(name, "").startswith("TH1"):
            present = ", ".join(sorted(key for key in kinds if kinds[key].startswith("TH1")))
            raise NtupleError(
                f"{source} has no histogram {name!r} of one dimension; it has {present or 'none'}. "
                f"{CORRECT}"
            )
        try:
            histogram = file[name]
            contents = histogram.values()
            place = _find_bin(histogram, label)
        except Exception as error:  # uproot's errors have no common base
            raise NtupleError(
                f"{source}: histogram {name} cannot be read: {shorten(error)}"
            ) from error
    if place is None or not 0 <= place < len(contents):
        raise NtupleError(
            f"{source}: histogram {name} has no bin {label!r}, but {len(contents)} bins; correct "
            "the column 'sum_of_weights'"
        )
    if not np.isfinite(contents[place]):
        raise NtupleError(
            f"{source}: bin {label} of the histogram {name} holds {contents[place]}: leave the "
            "file out, or give the sum of weights as a number"
        )
    return float(contents[place])


def _find_bin(histogram: uproot.behaviors.TH1.TH1, label: str) -> int | None:
    labels = histogram.axis().labels() or []
    if label in labels:
        return int(labels.index(label))
    return int(label) - 1 if label.isdecimal() else None
