"""The events of a bump hunt, from shards, a piece at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.columnar.expressions import Expression
from rapidmass.config.studies.bump_hunt import BumpHunt
from rapidmass.representations.base import Representation, select_elements
from rapidmass.representations.registry import read_representation
from rapidmass.search.bumps.hunt import HuntEvents
from rapidmass.storage.parquet import iterate_events, open_shard

Array = NDArray[np.float64]
WEIGHTS = ("generator_weight", "scale_factor")
MATRIX = "rmm"
MASS_CELLS = "m_*"  # of a matrix: invariant masses of pairs


@dataclass(frozen=True)
class Weighted:
    """Events with weights.

    Parameters
    ----------
    events
        The events.
    weight
        Shape (events,): as their shards say, before normalisation.
    """

    events: HuntEvents
    weight: Array


def read_events(paths: Sequence[Path], settings: BumpHunt) -> Weighted:
    """Read the events in the range of masses.

    Parameters
    ----------
    paths
        Shards of one representation.
    settings
        Mass, features and range.

    Returns
    -------
    Weighted
        Memory is taken by events in the range alone.

    Raises
    ------
    ValueError
        If there is no file, the mass is no column, or among the features.
    """
    if not paths:
        raise ValueError("there are no files of events: give the selection data samples")
    with open_shard(paths[0]) as parquet:
        schema = parquet.schema_arrow
    representation = read_representation(schema, str(paths[0]))
    kept = choose_features(representation, settings)
    where = None if settings.where is None else Expression(settings.where)
    named = [] if where is None else sorted(where.names)
    columns = list(dict.fromkeys(["key", settings.mass, *WEIGHTS, *named, *representation.columns]))
    pieces = []
    for path in paths:
        for table in iterate_events(path, columns):
            mass = table[settings.mass].to_numpy().astype(np.float64)
            inside = (mass >= settings.range.start) & (mass < settings.range.stop)
            if where is not None:
                inside &= where.select({name: table[name].to_numpy() for name in named})
            some = table.filter(pa.array(inside))
            x = representation.decode(some).fill(features=kept, padding=np.nan)
            weight = np.prod([some[name].to_numpy() for name in WEIGHTS], axis=0)
            pieces.append((some["key"].to_numpy(), mass[inside], x, weight))
    names = tuple(representation.element_names[k] for k in kept)
    if not pieces:
        empty = np.zeros(0)
        key, features = np.zeros(0, np.uint64), np.zeros((0, len(names)), np.float32)
        return Weighted(HuntEvents(key, empty, features, names), empty)
    key, mass, features, weight = (np.concatenate(part) for part in zip(*pieces, strict=True))
    return Weighted(HuntEvents(key, mass, features, names), weight)


def read_data(paths: Sequence[Path], settings: BumpHunt) -> HuntEvents:
    """Read data, each event of which counts once.

    Parameters
    ----------
    paths, settings
        As for `read_events`.

    Returns
    -------
    HuntEvents
        In the range.

    Raises
    ------
    ValueError
        If an event has another weight than 1, or there is none in the range.
    """
    found = read_events(paths, settings)
    wrong = np.flatnonzero(found.weight != 1.0)
    if len(wrong):
        raise ValueError(
            f"event {found.events.key[wrong[0]]} of data has the weight {found.weight[wrong[0]]:g}:"
            " a bump hunt counts events; give data the role data, and no weights"
        )
    if not len(found.events.mass):
        raise ValueError(
            f"no event of data has {settings.mass} between studies.bump_hunt.range.start "
            f"({settings.range.start:g}) and stop ({settings.range.stop:g})"
        )
    return found.events


def choose_features(representation: Representation, settings: BumpHunt) -> NDArray[np.int64]:
    """Choose the elements that are features: none that is the mass.

    Parameters
    ----------
    representation
        Of the shards. Of a matrix all invariant masses are left out.
    settings
        Says which elements are left out besides.

    Returns
    -------
    ndarray of int64
        Flat indices.

    Raises
    ------
    ValueError
        If a feature of a table names the mass.
    """
    automatic = [MASS_CELLS] if representation.kind == MATRIX else []
    kept = select_elements(representation, [*automatic, *settings.exclude_features])
    names = [representation.element_names[k] for k in kept]
    texts = dict(zip(representation.element_names, representation.expressions, strict=False))
    for name in names:
        text = texts.get(name)
        if name == settings.mass or (text and settings.mass in Expression(text).names):
            raise ValueError(
                f"studies.bump_hunt: feature {name} is a function of the mass {settings.mass}: add "
                "it to studies.bump_hunt.exclude_features"
            )
    return kept


@dataclass(frozen=True)
class HuntFiles:
    """Files of a bump hunt.

    Parameters
    ----------
    data
        Shards of data.
    signals
        Shards of each signal: what cuts keep of them is measured, and nothing learnt.
    background
        Shards of each sample of simulated background.
    norms
        By sample of the background: what weights in shards are multiplied with.
    """

    data: Sequence[Path]
    signals: Mapping[str, Sequence[Path]]
    background: Mapping[str, Sequence[Path]] = field(default_factory=dict)
    norms: Mapping[str, float] = field(default_factory=dict)


class HuntInputs(NamedTuple):
    """Events of a bump hunt: data, then simulated background, then signals.

    Parameters
    ----------
    data
        Those of data alone.
    events
        All of them.
    own
        Shape (events,): which are data.
    simulated
        Shape (events,): weights of simulated background, 0 for all else.
    of_signal
        Shape (events,): which are of a signal.
    signals
        Each signal, in the order of its events.
    """

    data: HuntEvents
    events: HuntEvents
    own: NDArray[np.bool_]
    simulated: Array
    of_signal: NDArray[np.bool_]
    signals: Mapping[str, Weighted]


def read_inputs(files: HuntFiles, settings: BumpHunt) -> HuntInputs:
    """Read all events of a bump hunt.

    Parameters
    ----------
    files
        Where they are.
    settings
        Mass, features and range.

    Returns
    -------
    HuntInputs
        In the range.
    """
    data = read_data(files.data, settings)
    background = [
        (read_events(paths, settings), files.norms[name])
        for name, paths in files.background.items()
    ]
    signals = {name: read_events(paths, settings) for name, paths in files.signals.items()}
    parts = [data, *(one.events for one, _ in background), *(s.events for s in signals.values())]
    events = HuntEvents(
        np.concatenate([part.key for part in parts]),
        np.concatenate([part.mass for part in parts]),
        np.concatenate([part.features for part in parts]),
        data.names,
    )
    place = np.arange(len(events.key))
    own = place < len(data.key)
    weight = np.concatenate([np.zeros(0), *(one.weight * norm for one, norm in background)])
    of_signal = place >= len(data.key) + len(weight)
    simulated = np.zeros(len(place))
    simulated[~own & ~of_signal] = weight
    # a view: there may be many events of data
    first = slice(len(data.key))
    data = HuntEvents(events.key[first], events.mass[first], events.features[first], events.names)
    return HuntInputs(data, events, own, simulated, of_signal, signals)
