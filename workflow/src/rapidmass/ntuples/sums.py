"""Sums of weights that files keep beside their events, added over files."""

import logging
from collections.abc import Iterable

import numpy as np
import uproot

from rapidmass.jagged import Jagged
from rapidmass.ntuples.reader import iterate_chunks, open_tree
from rapidmass.ntuples.sources import NtupleError, Source, open_file, shorten

logger = logging.getLogger(__name__)


def sum_branch(
    sources: Iterable[Source], tree_name: str, branch: str, *, quarantine: bool
) -> float:
    """Add up a branch over entries and files.

    Parameters
    ----------
    sources
        The files, read chunk by chunk.
    tree_name
        Name of the tree; `*` and `?` are wildcards.
    branch
        Name of the branch.
    quarantine
        Whether entries that are not finite are left out. Otherwise they are an error.

    Returns
    -------
    float
        The sum, in float64.

    Raises
    ------
    NtupleError
        If the branch cannot be read, or an entry is not finite.
    """
    total = 0.0
    for source in sources:
        with open_tree(source, [tree_name]) as tree:
            for chunk in iterate_chunks(source, tree, [branch]):
                column = chunk.branches[branch]
                if isinstance(column, Jagged):
                    raise NtupleError(f"{source}: branch {branch} holds lists, not numbers")
                finite = np.isfinite(column)
                if not finite.all():
                    entry = chunk.start + int(np.argmin(finite))
                    if not quarantine:
                        raise NtupleError(
                            f"{source}: branch {branch} is not finite in entry {entry} of tree "
                            f"{tree_name}: exclude the file, or give the sum of weights as a number"
                        )
                    logger.warning(
                        "%s: %d entries of branch %s are not finite, the first is %d",
                        source, np.count_nonzero(~finite), branch, entry,
                    )  # fmt: skip
                total += float(column[finite].sum(dtype=np.float64))
    return total


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
        If a file has no such histogram of one dimension, or the histogram no such bin.
    """
    return sum(_read_bin(source, name, label) for source in sources)


def _read_bin(source: Source, name: str, label: str) -> float:
    with open_file(source) as file:
        kinds = file.classnames(cycle=False)
        if not kinds.get(name, "").startswith("TH1"):
            present = ", ".join(sorted(key for key in kinds if kinds[key].startswith("TH1")))
            raise NtupleError(
                f"{source} has no histogram {name!r} of one dimension; it has {present or 'none'}. "
                "Correct the column 'sum_of_weights'"
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
    return float(contents[place])


def _find_bin(histogram: uproot.behaviors.TH1.TH1, label: str) -> int | None:
    labels = histogram.axis().labels() or []
    if label in labels:
        return int(labels.index(label))
    return int(label) - 1 if label.isdecimal() else None
