"""From branches to events as physicists see them: objects, weights, trigger."""

from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.arithmetic import widen
from rapidmass.columnar.four_vectors import KINEMATICS, FourVectors
from rapidmass.columnar.jagged import Jagged, Values, spread
from rapidmass.config.inputs.ntuple_format import NtupleFormat, TriggerMenus
from rapidmass.ntuples.access.chunks import Chunk
from rapidmass.ntuples.access.sources import NtupleError, Source
from rapidmass.ntuples.format.certification import CERTIFIED, Certified
from rapidmass.ntuples.format.cutflow import SOUND
from rapidmass.ntuples.format.definitions import OWNER, Definitions, collect_texts
from rapidmass.ntuples.format.event_numbers import take_identity
from rapidmass.ntuples.format.events import Built, Events, Tally
from rapidmass.ntuples.format.rows import number_rows
from rapidmass.ntuples.quality.invalid_values import BadEvent, Flaw, find_flaws
from rapidmass.storage.event_keys import hash_text

UNITS: Mapping[str, float] = {"GeV": 1.0, "MeV": 1e-3}
MOST_REPORTED = 100  # bad events of a chunk that are told one by one


class EventBuilder:
    """Turns branches into events, by the definitions of an ntuple format.

    Parameters
    ----------
    settings
        The format.
    needed
        The objects to build.
    attributes
        What of them is needed besides four-momenta, of those that have it.
    is_data
        Whether data are read: they have definitions and weights of their own.
    require
        Which events count, if not all: an expression over the names of the format.
    certified
        Which luminosity sections count, if not all.
    largest_momentum
        Largest pT, mass or MET in GeV that an event can have.
    quarantine
        Whether events with impossible numbers are left out. Otherwise they are errors.

    Raises
    ------
    ValueError
        If an expression is malformed, or an object or collection is not defined.
    """

    def __init__(
        self,
        settings: NtupleFormat,
        needed: Sequence[str],
        *,
        is_data: bool,
        attributes: Collection[str] = (),
        require: str | None = None,
        certified: Certified | None = None,
        largest_momentum: float = np.inf,
        quarantine: bool = False,
    ) -> None:
        rows = [] if settings.rows is None or settings.rows in needed else [settings.rows]
        self._settings, self._needed = settings, (*needed, *rows)
        self._attributes = frozenset(attributes)
        texts = collect_texts(settings, self._needed, is_data=is_data, attributes=attributes)
        if require is not None:
            texts["require"] = require
        if certified is not None:
            texts["section"] = _name_section(settings)
        self._definitions = Definitions(settings, texts, is_data=is_data)
        self._has_requirement, self._certified = require is not None, certified
        self._largest_momentum, self._quarantine = largest_momentum, quarantine

    @property
    def branches(self) -> list[str]:
        """Names of the branches that the definitions use, sorted."""
        return self._definitions.branches

    @property
    def steps(self) -> list[str]:
        """Names of the steps in which events are left out before any cut."""
        sound = [SOUND] if self._quarantine else []
        certified = [CERTIFIED] if self._certified is not None else []
        required = ["not in another sample"] if self._has_requirement else []
        return [*sound, *certified, *required]

    def bind(self, source: Source, present: Collection[str]) -> None:
        """Choose among alternatives by what a file has.

        Parameters
        ----------
        source
            The file, for errors.
        present
            Names of its branches.

        Raises
        ------
        NtupleError
            If no alternative of a name fits.
        """
        try:
            self._definitions.bind(present)
        except ValueError as error:
            raise NtupleError(f"{source}: {error}") from error

    def build(self, chunk: Chunk, source: Source, part: str) -> Built:
        """Build the events of a chunk.

        Parameters
        ----------
        chunk
            Entries with `branches` read.
        source
            Their file, for errors.
        part
            Logical name of the file: part of the identity of events without a number.

        Returns
        -------
        Built
            Those that can be used, in the order of the chunk.

        Raises
        ------
        NtupleError
            If an expression cannot be computed or, without quarantine, a number is impossible.
        """
        place = f"{source}, entries from {chunk.start} on, where event 0 is that entry"
        try:
            values = self._definitions.evaluate(chunk.branches)
        except ValueError as error:
            raise NtupleError(f"{place}: {error}") from error
        n_events = chunk.stop - chunk.start
        flat = self._flatten(values, n_events)
        collections = self._collect(values, place)
        try:
            others: dict[str, Any] = {**flat, **self._identify(values, chunk, part)}
        except ValueError as error:
            raise NtupleError(f"{source}, {error}") from error
        objects = {name: self._select(name, values, collections, place) for name in self._needed}
        events = Events(
            objects=objects,
            trigger=self._fire(values, n_events, source),
            met_attributes={
                key: _spread_flat(widen(values[f"met.{key}"]), n_events)
                for key in self._list_attributes(self._settings.met.attributes)
            },
            **others,
        )
        flaws = find_flaws(flat, collections, objects, self._largest_momentum)
        conditions = [
            *self._certify(events, values, chunk.start, source),
            *self._require(values, n_events),
        ]
        return self._leave_out(events, flaws, conditions, chunk.start, source)

    def make_empty(self) -> Events:
        """Make events of which there are none: of a file that is left out."""
        nothing, start = np.zeros(0), np.zeros(1, dtype=np.int64)

        def make(name: str) -> FourVectors:
            block = self._settings.collections[self._settings.objects[name].collection]
            keys = (*KINEMATICS, *self._list_attributes(block.attributes))
            return FourVectors.from_columns(start, dict.fromkeys(keys, nothing))

        return Events(
            objects={name: make(name) for name in self._needed},
            met_attributes=dict.fromkeys(
                self._list_attributes(self._settings.met.attributes), nothing
            ),
            met=nothing,
            met_phi=nothing,
            generator_weight=nothing,
            scale_factor=nothing,
            run=nothing.astype(np.int64),
            event=nothing.astype(np.uint64),
            dataset=nothing.astype(np.int64),
            trigger=nothing.astype(np.bool_),
        )

    def _list_attributes(self, given: Collection[str]) -> list[str]:
        return [key for key in given if key in self._attributes]

    def _flatten(
        self, values: Mapping[str, Values], n_events: int
    ) -> dict[str, NDArray[np.float64]]:
        unit = UNITS[self._settings.energy_unit]
        names = ("met", "met_phi", "generator_weight", "scale_factor")
        flat = {name: _spread_flat(values[name], n_events).astype(np.float64) for name in names}
        flat["met"] *= unit
        return flat

    def _collect(self, values: Mapping[str, Values], place: str) -> dict[str, FourVectors]:
        unit = UNITS[self._settings.energy_unit]
        collections = {}
        for name in sorted({self._settings.objects[needed].collection for needed in self._needed}):
            pt = values[f"{name}.pt"]
            if not isinstance(pt, Jagged):
                raise NtupleError(f"{place}: pt of the collection {name} is not a list an event")
            columns = {"pt": pt.content}
            block = self._settings.collections[name]
            owner = [] if block.owner is None else [OWNER]
            attributes = [*self._list_attributes(block.attributes), *owner]
            for key in ("eta", "phi", "mass", *attributes):
                what = f"{place}: {key} of the collection {name}"
                columns[key] = _spread_members(values[f"{name}.{key}"], pt, what)
            momenta = {key: columns[key].astype(np.float64) for key in KINEMATICS}
            others = {key: widen(columns[key]) for key in attributes}
            if unit != 1.0:
                momenta |= {key: momenta[key] * unit for key in ("pt", "mass")}
            collections[name] = FourVectors.from_columns(pt.offsets, momenta | others)
        return number_rows(self._settings, collections, place)

    def _leave_out(
        self,
        events: Events,
        flaws: Sequence[Flaw],
        conditions: Sequence[NDArray[np.bool_]],
        start: int,
        source: Source,
    ) -> Built:
        """Leave out what cannot be used, and count; or refuse it."""
        weights = events.generator_weight * events.scale_factor
        finite = np.isfinite(weights)
        everything = np.ones(len(events), dtype=np.bool_)
        steps = [Tally.make(np.where(finite, weights, 0.0), everything)]
        bad = _list_bad_events(events, flaws, start)
        if bad and not self._quarantine:
            raise _report(source, bad[0], int(flaws[0].mask.sum()))
        kept = ~reduce(np.logical_or, (flaw.mask for flaw in flaws), np.zeros_like(finite))
        if self._quarantine:
            steps.append(Tally.make(weights, kept))
        for condition in conditions:
            kept &= condition
            steps.append(Tally.make(weights, kept))
        return Built(events if kept.all() else events[kept], tuple(steps), bad)

    def _certify(
        self, events: Events, values: Mapping[str, Values], start: int, source: Source
    ) -> list[NDArray[np.bool_]]:
        """Tell which events are of certified sections, if sections must be certified."""
        if self._certified is None:
            return []
        try:
            section = take_identity("section", values["section"], len(events), start)
        except ValueError as error:
            raise NtupleError(f"{source}, {error}") from error
        return [self._certified.contain(events.run, section)]

    def _require(self, values: Mapping[str, Values], n_events: int) -> list[NDArray[np.bool_]]:
        """Tell which events are of this sample, if not all are."""
        if not self._has_requirement:
            return []
        return [_spread_flat(values["require"], n_events)]

    def _select(
        self,
        name: str,
        values: Mapping[str, Values],
        collections: Mapping[str, FourVectors],
        place: str,
    ) -> FourVectors:
        collection = self._settings.objects[name].collection
        what = f"{place}: 'where' of the object {name}, of the collection {collection},"
        chosen = _spread_members(values[f"where {name}"], values[f"{collection}.pt"], what)
        return collections[collection].select(chosen)

    def _identify(
        self, values: Mapping[str, Values], chunk: Chunk, part: str
    ) -> dict[str, NDArray[Any]]:
        n_events = chunk.stop - chunk.start
        if "run" in values:
            return {
                name: take_identity(name, values[name], n_events, chunk.start)
                for name in ("run", "event", "dataset")
            }
        file_number = np.uint64(hash_text(part)).astype(np.int64)
        return {
            "run": np.full(n_events, file_number),
            "dataset": np.zeros(n_events, dtype=np.int64),
            "event": np.arange(chunk.start, chunk.start + n_events, dtype=np.uint64),
        }

    def _fire(
        self, values: Mapping[str, Values], n_events: int, source: Source
    ) -> NDArray[np.bool_]:
        if not isinstance(self._settings.trigger, TriggerMenus):
            return _spread_flat(values["trigger"], n_events)
        years = np.broadcast_to(np.asarray(values["year"]), n_events)
        menus = self._settings.trigger.menus
        fired = np.zeros(n_events, dtype=np.bool_)
        for year in np.unique(years):
            if not np.isfinite(year) or year != int(year) or int(year) not in menus:
                raise NtupleError(
                    f"{source}: there is no trigger menu for the year {year}; menus: "
                    f"{sorted(menus)}"
                )
            accepted = (np.asarray(values[f"trigger {name}"]) for name in menus[int(year)])
            any_trigger = reduce(np.logical_or, accepted, np.zeros(n_events, dtype=np.bool_))
            fired |= (years == year) & any_trigger
        return fired


def _name_section(settings: NtupleFormat) -> str:
    if settings.identity is None or settings.identity.section is None:
        raise ValueError("the ntuple format has no 'identity.section', which certified data need")
    return settings.identity.section


def _spread_members(values: Values, pt: Jagged, what: str) -> NDArray[Any]:
    try:
        return spread(values, pt).content
    except ValueError as error:
        raise NtupleError(f"{what} does not go with its pt: {error}") from error


def _spread_flat(value: Values, n_events: int) -> NDArray[Any]:
    return np.broadcast_to(np.asarray(value), n_events)


def _list_bad_events(events: Events, flaws: Sequence[Flaw], start: int) -> tuple[BadEvent, ...]:
    """List events with flaws, those of the first flaw first; each once, with all its flaws."""
    numbers = events.event.view(np.int64)  # as the file has them
    reasons: dict[int, list[str]] = {}
    for flaw in flaws:
        for row in np.flatnonzero(flaw.mask)[:MOST_REPORTED].tolist():
            reasons.setdefault(row, []).append(flaw.reason)
    return tuple(
        BadEvent(start + row, int(events.run[row]), int(numbers[row]), "; ".join(found))
        for row, found in reasons.items()
    )


def _report(source: Source, bad: BadEvent, count: int) -> NtupleError:
    more = f"; {count} such entries in this chunk" if count > 1 else ""
    return NtupleError(
        f"{source}, entry {bad.entry} (run {bad.run}, event {bad.event}): {bad.reason}{more}"
        ". Correct the expression in the ntuple format, leave the file "
        "out, or set files.bad_files to quarantine"
    )
