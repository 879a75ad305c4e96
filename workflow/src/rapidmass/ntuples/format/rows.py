"""Entries that are members of an object of an event, such as its jets."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.four_vectors import FourVectors, count_offsets
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.ntuples.access.sources import NtupleError
from rapidmass.ntuples.format.definitions import OWNER
from rapidmass.ntuples.format.events import FLAT, Built, Events, Tally

MOST_ROWS: Final = 1024  # of an event
_PLACE: Final = "_place"  # of a member in the file's list


def name_step(rows: str) -> str:
    """Name the step of the cutflow in which entries become members."""
    return f"one entry a {rows}"


def number_rows(
    settings: NtupleFormat, collections: Mapping[str, FourVectors], origin: str
) -> dict[str, FourVectors]:
    """Give the members that become rows numbers, before any of them is left out.

    Parameters
    ----------
    settings
        The format.
    collections
        By name, in the order of the file.
    origin
        What to call the events in an error.

    Returns
    -------
    dict
        The same, with the places of the members of the collection of the rows.

    Raises
    ------
    NtupleError
        If an event has too many, or a member belongs to one that there is not.
    """
    found = dict(collections)
    if settings.rows is None:
        return found
    name = settings.objects[settings.rows].collection
    members = found[name]
    if members.counts.max(initial=0) > MOST_ROWS:
        raise NtupleError(
            f"{origin}: event {int(np.argmax(members.counts))} has {members.counts.max()} members "
            f"of the collection {name}, and {MOST_ROWS} at most can be rows"
        )
    for other, owned in found.items():
        if OWNER not in owned.attributes:
            continue
        owner = owned.attributes[OWNER]
        wrong = ~(owner < members.counts[owned.event])
        if wrong.any():
            first = int(np.argmax(wrong))
            raise NtupleError(
                f"{origin}: a member of the collection {other} in event {owned.event[first]} "
                f"belongs to number {owner[first]} of the collection {name}, which has "
                f"{members.counts[owned.event[first]]} there: correct 'owner' in the ntuple format"
            )
    places = {**members.attributes, _PLACE: members.rank}
    found[name] = replace(members, attributes=places)
    return found


def split_rows(built: Built, rows: str) -> Built:
    """Make an entry of each member of an object.

    Parameters
    ----------
    built
        Events of a chunk.
    rows
        The object.

    Returns
    -------
    Built
        Entries in the order of the events, by falling pT inside one, and one more step.

    Raises
    ------
    NtupleError
        If an event number is too large to leave room for that of the row.
    """
    events = built.events
    members = events.objects[rows]
    owner, place = members.event, members.attributes[_PLACE]
    most = 2**64 // MOST_ROWS
    if (events.event >= most).any():
        raise NtupleError(
            f"the event number {events.event.max()} leaves no room for that of its {rows}: with "
            f"'rows' it must be below {most}; correct identity.event of the ntuple format"
        )
    number = events.event[owner] * np.uint64(MOST_ROWS) + place.astype(np.uint64)
    flat = {name: getattr(events, name)[owner] for name in FLAT}
    split = Events(
        objects={
            name: _share(one, owner, place) for name, one in events.objects.items()
        },
        met_attributes={name: column[owner] for name, column in events.met_attributes.items()},
        **{**flat, "event": number},
    )  # fmt: skip
    weights = split.generator_weight * split.scale_factor
    step = Tally.make(weights, np.ones(len(split), dtype=np.bool_))
    return built._replace(events=split, steps=(*built.steps, step))


def _share(members: FourVectors, event: NDArray[np.int64], place: NDArray[np.int64]) -> FourVectors:
    """Give each row what belongs to it: shape (rows,) are its event and its place in it."""
    belongs = members.attributes.get(OWNER, members.attributes.get(_PLACE))
    if belongs is None:
        return members.take_events(event)
    wanted = members.event * MOST_ROWS + belongs.astype(np.int64)
    known = event * MOST_ROWS + place
    order = np.argsort(known)
    found = np.flatnonzero(belongs >= 0) if len(known) else np.zeros(0, dtype=np.int64)
    position = np.searchsorted(known, wanted[found], sorter=order).clip(max=len(known) - 1)
    row = order[position]
    same = known[row] == wanted[found]
    row, found = row[same], found[same]
    taken = found[np.argsort(row, kind="stable")]  # those of a row stay by falling pT
    hidden = (OWNER, _PLACE)
    columns = {key: one[taken] for key, one in members.columns.items() if key not in hidden}
    offsets = count_offsets(np.bincount(row, minlength=len(known)))
    return FourVectors.from_columns(offsets, columns)
