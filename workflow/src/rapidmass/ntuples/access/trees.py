"""Trees of ROOT files, and files of which no event is left."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase

import uproot

from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.ntuples.access.arrays import is_array_file, open_table
from rapidmass.ntuples.access.sources import NtupleError, Source, name_errors, open_file

CONTAINERS = ("TTree", "TNtuple", "TNtupleD", "ROOT::RNTuple")
SET_TREE = "Set 'tree' of the ntuple format"


@contextmanager
def open_tree(
    source: Source, names: Sequence[str], advice: str = SET_TREE
) -> Iterator[uproot.TTree]:
    """Open the one tree of a file that matches.

    Parameters
    ----------
    source
        A ROOT file.
    names
        Names of the tree; `*` and `?` are wildcards.
    advice
        What to do if not exactly one matches.

    Yields
    ------
    uproot.TTree
        The tree; of several cycles the highest.

    Raises
    ------
    NtupleError
        If the file cannot be read, or not exactly one tree matches.
    """
    with open_file(source) as file:
        kinds = _list_objects(source, file)
        (tree,) = _match(source, kinds, names, advice)
        yield _take(source, file, tree)


@contextmanager
def open_events(source: Source, settings: NtupleFormat) -> Iterator[uproot.TTree | None]:
    """Open the tree with the events of a file.

    Parameters
    ----------
    source
        A ROOT file, or one of arrays, which is asked as a tree is.
    settings
        Its format.

    Yields
    ------
    uproot.TTree or None
        The tree; None if the file holds no event: the tree is empty; or it is absent, and the file
        has some of what the format calls `bookkeeping`, and no other tree with entries.

    Raises
    ------
    NtupleError
        If the file cannot be read, or not exactly one tree matches in a file that is no empty skim.
    """
    if is_array_file(source):
        with open_table(source, settings.tree, settings.columns) as table:
            yield table if table.num_entries else None
        return
    with open_file(source) as file:
        kinds = _list_objects(source, file)
        if not _find_trees(kinds, settings.tree) and _is_skimmed(source, file, kinds, settings):
            yield None
            return
        advice = (
            f"{SET_TREE}; or, if this is a skim that left no event, say in its 'bookkeeping' "
            "what else files of this kind hold"
        )
        (name,) = _match(source, kinds, settings.tree, advice)
        tree = _take(source, file, name)
        yield tree if tree.num_entries else None


def holds_events(source: Source, settings: NtupleFormat) -> bool:
    """Tell whether a file holds any event, as `open_events` does."""
    with open_events(source, settings) as tree:
        return tree is not None


def is_of_events(pattern: str, settings: NtupleFormat) -> bool:
    """Tell whether a name of a tree is that of the tree with the events."""
    return any(pattern == name or fnmatchcase(pattern, name) for name in settings.tree)


def refuse_treeless(sources: Iterable[Source], settings: NtupleFormat) -> None:
    """Make sure that a file of a sample has the tree with the events, be it without entries.

    Where none has it, the sample may be empty, or the name of the tree may be wrong.

    Parameters
    ----------
    sources
        The files of the sample.
    settings
        Their format.

    Raises
    ------
    NtupleError
        If none has it.
    """
    names: list[str] = []
    for source in sources:
        if is_array_file(source):
            return
        with open_file(source) as file:
            if _find_trees(_list_objects(source, file), settings.tree):
                return
        names.append(source.name)
    raise NtupleError(
        f"no file has a tree called {' or '.join(settings.tree)} ({', '.join(names[:3])}"
        f"{', ...' if len(names) > 3 else ''}): {SET_TREE}; or, if no event of the sample is "
        "left, take it out of the selection"
    )


def _list_objects(source: Source, file: uproot.ReadOnlyDirectory) -> dict[str, str]:
    """List the class of each object of a file, by its name with its folders."""
    with name_errors(source, f"{source}: its list of objects cannot be read"):
        kinds: dict[str, str] = file.classnames(cycle=False)
    return kinds


def _find_trees(kinds: Mapping[str, str], names: Sequence[str]) -> list[str]:
    return [key for key, kind in kinds.items() if kind in CONTAINERS and _fits(key, names)]


def _fits(key: str, names: Sequence[str]) -> bool:
    return any(fnmatchcase(key, name) for name in names)


def _match(
    source: Source, kinds: Mapping[str, str], names: Sequence[str], advice: str
) -> list[str]:
    """Find the one tree that matches."""
    trees = _find_trees(kinds, names)
    if len(trees) != 1:
        present = ", ".join(sorted(kinds)) or "nothing"
        raise NtupleError(
            f"{source} has {len(trees)} trees called {' or '.join(names)}, not one; it holds "
            f"{present}. {advice}"
        )
    return trees


def _take(source: Source, file: uproot.ReadOnlyDirectory, name: str) -> uproot.TTree:
    with name_errors(source, f"{source}: tree {name} cannot be read"):
        return file[name]  # of several cycles the highest


def _is_skimmed(
    source: Source,
    file: uproot.ReadOnlyDirectory,
    kinds: Mapping[str, str],
    settings: NtupleFormat,
) -> bool:
    """Tell whether a file without the tree was written whole: a skim that no event passed.

    Bookkeeping is the sign that it was. Any other tree with entries may be the one with the events,
    by another name.
    """
    if not any(_fits(key, settings.bookkeeping) for key in kinds):
        return False
    others = (key for key in _find_trees(kinds, ["*"]) if not _fits(key, settings.bookkeeping))
    return all(_take(source, file, key).num_entries == 0 for key in others)
