"""An ntuple format tried on a file: what every expression gives, or why it gives nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain
from typing import NamedTuple

import numpy as np
import uproot

from rapidmass.columnar.event_variables import EventVariables, take_flat
from rapidmass.columnar.expressions import Expression
from rapidmass.columnar.four_vectors import KINEMATICS, count_offsets
from rapidmass.columnar.jagged import Jagged, Values
from rapidmass.columnar.vectors import Vectors
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.ntuples.access.chunks import Chunk, iterate_chunks, list_branches
from rapidmass.ntuples.access.sources import NtupleError, Source
from rapidmass.ntuples.access.trees import open_tree
from rapidmass.ntuples.format.builder import EventBuilder
from rapidmass.ntuples.format.definitions import Definitions, collect_texts
from rapidmass.ntuples.format.events import Built, Events
from rapidmass.ntuples.quality.invalid_values import BadEvent

IN_FILE = "in_file "
SHIFT = "shift "
VARIABLE = "variable "


class Outcome(NamedTuple):
    """What became of an expression.

    Parameters
    ----------
    text
        The expression.
    values
        Jagged, or of shape (events,); None if it cannot be computed.
    problem
        Why it cannot be computed; None if it can.
    """

    text: str
    values: Values | None
    problem: str | None


@dataclass(frozen=True)
class FormatCheck:
    """A format tried on the first entries of a file.

    Parameters
    ----------
    tree
        Name of the tree that matched.
    entries
        How many it has.
    tried
        How many of them were looked at, from the first on.
    n_branches
        How many branches the tree has.
    missing
        Branches that expressions need and the tree does not have, with the nearest that it has.
    choices
        For each alternative of the format, the expression that was chosen; None if none fits.
    outcomes
        By the names of `collect_texts`; `in_file <key>` and `shift <name>, <key>` for simulation;
        `variable <name>`, of the events that can be used.
    bad_events
        Events that cannot be used: of each reason the first hundred.
    triggered
        How many events pass the trigger, and of how many that can be used; None if none can.
    problem
        Why no event can be built; None if events can, or if `outcomes` says why not.
    """

    tree: str
    entries: int
    tried: int
    n_branches: int
    missing: Mapping[str, Sequence[str]]
    choices: Mapping[str, str | None]
    outcomes: Mapping[str, Outcome]
    bad_events: tuple[BadEvent, ...]
    triggered: tuple[int, int] | None
    problem: str | None


def check_format(
    settings: NtupleFormat,
    source: Source,
    *,
    is_data: bool,
    entries: int = 1000,
    objects: Sequence[str] | None = None,
    largest_momentum: float = np.inf,
) -> FormatCheck:
    """Compute every expression of a format for the first entries of a file.

    What cannot be computed is told, and the rest goes on.

    Parameters
    ----------
    settings
        The format.
    source
        The file.
    is_data
        Whether the file holds data, or simulation.
    entries
        How many entries to look at.
    objects
        Names of the objects to look at; all of the format if None.
    largest_momentum
        Largest pT, mass or MET in GeV that is possible: the energy of a beam.

    Returns
    -------
    FormatCheck
        What was found.

    Raises
    ------
    ValueError
        If the format is wrong in itself, or no tree of the file matches.
    """
    texts = _list_texts(settings, objects, is_data=is_data)
    with open_tree(source, settings.tree) as tree:
        present = list_branches(source, tree)
        found = {
            name: _bind(settings, name, text, present, is_data=is_data)
            for name, text in texts.items()
        }
        needed = _list_needed(found)
        columns, unreadable = _read_head(source, tree, sorted(needed & present), entries)
        tried = min(entries, int(tree.num_entries))
        outcomes = {
            name: _compute(name, texts[name], one, columns, unreadable, tried)
            for name, one in found.items()
        }
        chunk = Chunk(0, tried, columns)
        built, problem = _build(
            settings,
            source,
            present,
            chunk,
            outcomes,
            is_data=is_data,
            largest_momentum=largest_momentum,
        )
        if built is not None:
            outcomes |= _compute_variables(settings, built.events)
        return FormatCheck(
            tree=tree.name,
            entries=int(tree.num_entries),
            tried=tried,
            n_branches=len(present),
            missing={name: _suggest(name, present) for name in sorted(needed - present)},
            choices={
                name: _choose(settings, options, present, is_data=is_data)
                for name, options in settings.alternatives.items()
            },
            outcomes=outcomes,
            bad_events=() if built is None else built.bad_events,
            triggered=None if built is None else _count_triggered(built.events),
            problem=problem,
        )


def _list_texts(
    settings: NtupleFormat, objects: Sequence[str] | None, *, is_data: bool
) -> dict[str, str]:
    needed = list(settings.objects) if objects is None else list(objects)
    texts = collect_texts(settings, needed, is_data=is_data)
    if is_data:
        section = None if settings.identity is None else settings.identity.section
        return texts if section is None else texts | {"section": section}
    if settings.in_file is not None:
        texts |= {IN_FILE + key: text for key, text in settings.in_file}
    for name, shift in settings.shifts.items():
        texts |= {f"{SHIFT}{name}, {key}": text for key, text in shift.replace.items()}
        if shift.weight != "1":
            texts[f"{SHIFT}{name}, weight"] = shift.weight
    return texts


def _bind(
    settings: NtupleFormat, name: str, text: str, present: frozenset[str], *, is_data: bool
) -> Definitions | str:
    """Choose among alternatives for an expression, or say why none fits."""
    definitions = Definitions(settings, {name: text}, is_data=is_data)
    try:
        definitions.bind(present)
    except ValueError as error:
        return str(error)
    return definitions


def _list_needed(found: Mapping[str, Definitions | str]) -> frozenset[str]:
    needed = (one.branches for one in found.values() if isinstance(one, Definitions))
    return frozenset(chain.from_iterable(needed))


def _suggest(branch: str, present: Iterable[str]) -> list[str]:
    names = sorted(present)
    near = get_close_matches(branch, names, n=3)
    if near:
        return near
    alike = {name.lower(): name for name in names}  # names that differ in capitals
    return [alike[name] for name in get_close_matches(branch.lower(), alike, n=3)]


def _choose(
    settings: NtupleFormat, options: Sequence[str], present: frozenset[str], *, is_data: bool
) -> str | None:
    for text in options:
        found = _bind(settings, "option", text, present, is_data=is_data)
        if isinstance(found, Definitions) and present.issuperset(found.branches):
            return text
    return None


def _read_head(
    source: Source, tree: uproot.TTree, branches: Sequence[str], entries: int
) -> tuple[dict[str, Values], dict[str, str]]:
    """Read the first entries; of branches that cannot be read, why."""
    try:
        return _read_columns(source, tree, branches, entries), {}
    except NtupleError:
        columns: dict[str, Values] = {}
        unreadable = {}
        for branch in branches:
            try:
                columns |= _read_columns(source, tree, [branch], entries)
            except NtupleError as error:
                unreadable[branch] = str(error)
        return columns, unreadable


def _read_columns(
    source: Source, tree: uproot.TTree, branches: Sequence[str], entries: int
) -> dict[str, Values]:
    chunks = []
    if branches:
        for chunk in iterate_chunks(source, tree, branches, entries):
            chunks.append(chunk)
            if chunk.stop >= entries:
                break
    return {name: _join([chunk.branches[name] for chunk in chunks], entries) for name in branches}


def _join(pieces: Sequence[Values], entries: int) -> Values:
    """Put pieces of a branch together, and keep the first entries."""
    if not isinstance(pieces[0], Jagged):
        return np.concatenate(pieces)[:entries]
    offsets = count_offsets(np.concatenate([piece.counts for piece in pieces])[:entries])
    return Jagged(offsets, np.concatenate([piece.content for piece in pieces])[: offsets[-1]])


def _compute(
    name: str,
    text: str,
    definitions: Definitions | str,
    columns: Mapping[str, Values],
    unreadable: Mapping[str, str],
    tried: int,
) -> Outcome:
    if isinstance(definitions, str):
        return Outcome(text, None, definitions)
    missing = [b for b in definitions.branches if b not in columns and b not in unreadable]
    if missing:
        return Outcome(text, None, f"needs {', '.join(missing)}")
    for branch in definitions.branches:
        if branch in unreadable:
            return Outcome(text, None, unreadable[branch])
    try:
        values = definitions.evaluate(columns)[name]
    except ValueError as error:
        return Outcome(text, None, str(error))
    if not isinstance(values, Jagged):
        values = np.broadcast_to(np.asarray(values), tried)
    return Outcome(text, values, None)


def _build(
    settings: NtupleFormat,
    source: Source,
    present: frozenset[str],
    chunk: Chunk,
    outcomes: Mapping[str, Outcome],
    *,
    is_data: bool,
    largest_momentum: float,
) -> tuple[Built | None, str | None]:
    """Build events of what can be computed, as the analysis does; or say why none can."""
    broken = {name for name, outcome in outcomes.items() if outcome.problem}
    usable = [
        name
        for name, definition in settings.objects.items()
        if _list_parts(name, definition.collection) <= outcomes.keys() - broken
    ]
    apart = (IN_FILE, SHIFT, "where ")
    if any(not name.startswith(apart) and "." not in name for name in broken):
        return None, None
    owners = {definition.collection for definition in settings.objects.values()} | {"met"}
    attributes = {
        key
        for name in outcomes
        for owner, _, key in [name.rpartition(".")]
        if owner in owners and key not in KINEMATICS
    }
    builder = EventBuilder(
        settings,
        usable,
        is_data=is_data,
        attributes=attributes - {name.rpartition(".")[2] for name in broken},
        largest_momentum=largest_momentum,
        quarantine=True,
    )
    try:
        builder.bind(source, present)
        return builder.build(chunk, source, source.name), None
    except ValueError as error:
        return None, str(error)


def _compute_variables(settings: NtupleFormat, events: Events) -> dict[str, Outcome]:
    """Compute the variables of a format that are numbers, or say why one cannot be computed."""
    definitions = {name: Expression(text) for name, text in settings.variables.items()}
    if not set(settings.leptons) <= events.objects.keys():
        return {}
    values = EventVariables(
        events, settings.leptons, dict.fromkeys(events.objects, len(events)), definitions
    )
    outcomes = {}
    for name, text in settings.variables.items():
        try:
            found = values[name]
        except (KeyError, ValueError) as error:
            outcomes[VARIABLE + name] = Outcome(text, None, str(error))
        else:
            if not isinstance(found, Vectors):
                shown = found if isinstance(found, Jagged) else take_flat(name, found, len(events))
                outcomes[VARIABLE + name] = Outcome(text, shown, None)
    return outcomes


def _count_triggered(events: Events) -> tuple[int, int]:
    return int(np.count_nonzero(events.trigger)), len(events)


def _list_parts(name: str, collection: str) -> set[str]:
    """Name the expressions that an object is made of."""
    return {f"where {name}", *(f"{collection}.{key}" for key in KINEMATICS)}
