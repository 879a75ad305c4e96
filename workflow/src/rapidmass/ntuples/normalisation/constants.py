"""Numbers that every event of a sample repeats."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from rapidmass.columnar.jagged import Jagged, Values
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.ntuples.access.chunks import Chunk, iterate_chunks, list_branches
from rapidmass.ntuples.access.sources import NtupleError, Source
from rapidmass.ntuples.access.trees import open_events
from rapidmass.ntuples.format.definitions import Definitions

PRECISION = 1e-6  # relative; files of one sample may hold a number with 32 or 64 bits


class _First(NamedTuple):
    """The first value of a constant, and where it was found."""

    value: float
    source: Source
    entry: int


class _Constants:
    """Numbers that must be the same wherever they are found."""

    def __init__(self) -> None:
        self._first: dict[str, _First] = {}

    @property
    def values(self) -> dict[str, float]:
        return {text: first.value for text, first in self._first.items()}

    def add(self, text: str, values: Values, source: Source, chunk: Chunk) -> None:
        """Compare what an expression gives for some entries with what it gave before."""
        n_events = chunk.stop - chunk.start
        if n_events == 0:
            return
        if isinstance(values, Jagged):
            raise NtupleError(f"{source}: {text!r} gives lists, not one number an event")
        column = np.broadcast_to(np.asarray(values, dtype=np.float64), n_events)
        first = self._first.setdefault(text, _First(float(column[0]), source, chunk.start))
        alike = np.isclose(column, first.value, rtol=PRECISION, atol=0) & np.isfinite(column)
        if not alike.all():
            row = int(np.argmin(alike))
            before = f"{first.value:.9g} in entry {first.entry} of {first.source}"
            raise NtupleError(
                f"{source}: {text!r} is {column[row]:.9g} in entry {chunk.start + row} (first: "
                f"{before}), so it is no constant of the sample. Correct the ntuple format's "
                "'in_file', or give numbers in the sample sheet, with 'sheet' in its column "
                "'constants'"
            )


def read_constants(
    sources: Iterable[Source], settings: NtupleFormat, texts: Mapping[str, str]
) -> dict[str, float]:
    """Compute expressions that are constant in all events of some files.

    Parameters
    ----------
    sources
        The files, read chunk by chunk.
    settings
        Their format: the tree, and the names that expressions may use.
    texts
        The expressions, by any name.

    Returns
    -------
    dict
        Their values, by the same names; empty if the files hold no event.

    Raises
    ------
    NtupleError
        If an expression is not constant, not finite, or cannot be computed.
    """
    definitions = Definitions(settings, texts, is_data=False)
    constants = _Constants()
    for source in sources:
        with open_events(source, settings) as tree:
            if tree is None:
                continue
            try:
                definitions.bind(list_branches(source, tree))
                if not definitions.branches:
                    raise ValueError(f"no branch is used by {', '.join(texts.values())}")
                for chunk in iterate_chunks(source, tree, definitions.branches):
                    values = definitions.evaluate(chunk.branches)
                    for name, text in texts.items():
                        constants.add(text, values[name], source, chunk)
            except NtupleError:
                raise
            except ValueError as error:
                raise NtupleError(f"{source}: {error}") from error
    found = constants.values
    return {name: found[text] for name, text in texts.items() if text in found}


def read_constant_branch(
    sources: Iterable[Source], settings: NtupleFormat, branch: str
) -> float | None:
    """Read a branch that is constant in all events of some files.

    Parameters
    ----------
    sources
        The files, read chunk by chunk.
    settings
        Their format: the tree.
    branch
        Name of the branch.

    Returns
    -------
    float or None
        Its value; None if the files hold no event.

    Raises
    ------
    NtupleError
        If the branch does not exist, is not constant or not finite.
    """
    constants = _Constants()
    for source in sources:
        with open_events(source, settings) as tree:
            if tree is None:
                continue
            for chunk in iterate_chunks(source, tree, [branch]):
                constants.add(branch, chunk.branches[branch], source, chunk)
    return constants.values.get(branch)
