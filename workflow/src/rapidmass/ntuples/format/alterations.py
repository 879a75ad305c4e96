"""Events altered on purpose, on their four-momenta.

Whatever is made of them afterwards, matrices, masses, sums of pT, follows. An altered event keeps
identity and weights of its original, which has passed the selection; the altered one may not.
What is random is a function of the event's key alone, or of the keys of the events given together:
neither their order nor how they were read matters.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar import four_vectors
from rapidmass.columnar.four_vectors import FourVectors, count_offsets
from rapidmass.config.studies.altered_events import Alteration, Noise, ScalePt, Shuffle, Swap
from rapidmass.ntuples.format.events import FLAT, Events
from rapidmass.storage.event_keys import draw_uniform

Floats = NDArray[np.float64]


class AlteredEvents(NamedTuple):
    """Events after an alteration, and which of the events given they were."""

    label: str
    rows: NDArray[np.int64]
    events: Events


def concatenate_events(pieces: Sequence[Events]) -> Events:
    """Put events of the same objects one after the other.

    Parameters
    ----------
    pieces
        At least one.

    Returns
    -------
    Events
        Of all pieces.
    """
    return Events(
        objects={
            name: four_vectors.concatenate_events([piece.objects[name] for piece in pieces])
            for name in pieces[0].objects
        },
        met_attributes={
            name: np.concatenate([piece.met_attributes[name] for piece in pieces])
            for name in pieces[0].met_attributes
        },
        **{name: np.concatenate([getattr(piece, name) for piece in pieces]) for name in FLAT},
    )


def alter_events(
    events: Events, keys: NDArray[np.uint64], types: Sequence[str], alteration: Alteration
) -> Iterator[AlteredEvents]:
    """Alter events.

    Parameters
    ----------
    events
        Events that are altered, sorted by key. Shuffling and noise take from them all.
    keys
        Shape (events,): their keys.
    types
        Objects that matter: those of the matrix and the leptons.
    alteration
        What to do.

    Yields
    ------
    AlteredEvents
        One a factor of `scale_pt`, else one. Events that have nothing to alter (no object of the
        types, for shuffling only one event) are left out. Objects are ordered by falling pT.
    """
    chosen = replace(events, objects={name: events.objects[name] for name in types})
    match alteration:
        case ScalePt():
            for label, factor in zip(alteration.labels, alteration.factors, strict=True):
                yield _pick(label, *_scale(alteration, factor, chosen))
        case Swap():
            yield _pick(alteration.name, *_swap(alteration, chosen))
        case Shuffle():
            yield _pick(alteration.name, *_shuffle(alteration, chosen, keys))
        case Noise():
            yield _pick(alteration.name, *_draw_noise(alteration, chosen, keys))


def _pick(label: str, touched: NDArray[np.bool_], altered: Events) -> AlteredEvents:
    rows = np.flatnonzero(touched)
    return AlteredEvents(label, rows, altered[rows])


def _scale(alteration: ScalePt, factor: float, events: Events) -> tuple[NDArray[np.bool_], Events]:
    objects = dict(events.objects)
    added = np.zeros((2, len(events)))
    touched = np.zeros(len(events), dtype=np.bool_)
    for name in alteration.objects:
        old = events.objects[name]
        scaled = (old.rank == 0) | (alteration.which == "all")
        pt = old.pt * np.where(scaled, factor, 1.0)
        gain = pt - old.pt
        for axis, direction in enumerate((np.cos(old.phi), np.sin(old.phi))):
            added[axis] += np.bincount(old.event, gain * direction, len(events))
        objects[name] = replace(old, pt=pt).order()
        touched |= old.counts > 0
    altered = replace(events, objects=objects)
    return touched, _recoil(altered, added) if alteration.recoil_met else altered


def _recoil(events: Events, added: Floats) -> Events:
    """Take momenta, shape (2, events), off MET; where nothing is added, it stays bit by bit."""
    x = events.met * np.cos(events.met_phi) - added[0]
    y = events.met * np.sin(events.met_phi) - added[1]
    changed = (added != 0).any(axis=0)
    return replace(
        events,
        met=np.where(changed, np.hypot(x, y), events.met),
        met_phi=np.where(changed, np.arctan2(y, x), events.met_phi),
    )


def _swap(alteration: Swap, events: Events) -> tuple[NDArray[np.bool_], Events]:
    objects = dict(events.objects)
    touched = np.zeros(len(events), dtype=np.bool_)
    for first, second in alteration.pairs:
        objects[first], objects[second] = events.objects[second], events.objects[first]
        for name in (first, second):
            touched |= events.objects[name].counts > 0
    return touched, replace(events, objects=objects)


def _shuffle(
    alteration: Shuffle, events: Events, keys: NDArray[np.uint64]
) -> tuple[NDArray[np.bool_], Events]:
    """Send each feature one step on along a circle of the events that have it.

    The circle goes by a hash of the keys, another one for each feature: no event keeps its own
    value, and the distribution of each feature in all events stays what it was.
    """

    def shuffle(keys: NDArray[np.uint64], values: NDArray[Any], feature: str) -> NDArray[Any]:
        order = np.argsort(draw_uniform(keys, f"{alteration.name} {feature}"), kind="stable")
        moved = np.empty_like(values)
        moved[order] = values[np.roll(order, 1)]
        return moved

    objects = {}
    for name, old in events.objects.items():
        owners, ranks = keys[old.event], old.rank
        features = {key: np.empty_like(column) for key, column in old.columns.items()}
        for rank in range(old.counts.max(initial=0)):
            here = ranks == rank
            for key, column in features.items():
                values = old.columns[key][here]
                column[here] = shuffle(owners[here], values, f"{name} {rank} {key}")
        objects[name] = FourVectors.from_columns(old.offsets, features).order()
    altered = replace(
        events,
        objects=objects,
        met=shuffle(keys, events.met, "met"),
        met_phi=shuffle(keys, events.met_phi, "met_phi"),
    )
    return np.full(len(events), len(events) > 1), altered


def _draw_noise(
    alteration: Noise, events: Events, keys: NDArray[np.uint64]
) -> tuple[NDArray[np.bool_], Events]:
    def draw(keys: NDArray[np.uint64], pool: NDArray[Any], feature: str) -> NDArray[Any]:
        share = draw_uniform(keys, f"{alteration.name} {feature}")
        return np.take(pool, (share * len(pool)).astype(np.int64))

    objects = {}
    for name, pool in events.objects.items():
        offsets = pool.offsets
        if alteration.multiplicities == "drawn":
            offsets = count_offsets(draw(keys, pool.counts, f"{name} number"))
        nothing = np.empty(offsets[-1])
        new = FourVectors(offsets, nothing, nothing, nothing, nothing)
        owners, ranks = keys[new.event], new.rank
        features = {key: np.empty(len(ranks), one.dtype) for key, one in pool.columns.items()}
        for rank in range(new.counts.max(initial=0)):
            here = ranks == rank
            for key, column in features.items():
                drawn = draw(owners[here], pool.columns[key], f"{name} {rank} {key}")
                column[here] = drawn
        objects[name] = FourVectors.from_columns(offsets, features).order()
    altered = replace(
        events,
        objects=objects,
        met=draw(keys, events.met, "met"),
        met_phi=draw(keys, events.met_phi, "met_phi"),
    )
    return np.full(len(events), fill_value=True), altered
