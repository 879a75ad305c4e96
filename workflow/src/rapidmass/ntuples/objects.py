"""Events as physicists see them: objects, missing momentum, weights, trigger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.ntuple import NtupleFormat, TriggerMenus
from rapidmass.expressions import Expression
from rapidmass.fourvectors import KINEMATICS, FourVectors
from rapidmass.identity import hash_text
from rapidmass.jagged import Jagged, Values, spread
from rapidmass.ntuples.reader import Chunk, NtupleError

UNITS: Mapping[str, float] = {"GeV": 1.0, "MeV": 1e-3}


@dataclass(frozen=True)
class Events:
    """Some events of one file, with momenta in GeV.

    Parameters
    ----------
    objects
        The four-vectors of each object of the format, by falling pT.
    met, met_phi
        Shape (events,).
    run, event, dataset
        Shape (events,): int64, uint64, int64. Together they name an event of a sample.
    generator_weight, scale_factor
        Shape (events,): float64; 1 for data.
    trigger
        Shape (events,): whether an event passes the trigger.
    """

    objects: Mapping[str, FourVectors]
    met: NDArray[np.float64]
    met_phi: NDArray[np.float64]
    run: NDArray[np.int64]
    event: NDArray[np.uint64]
    dataset: NDArray[np.int64]
    generator_weight: NDArray[np.float64]
    scale_factor: NDArray[np.float64]
    trigger: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.met)

    def __getitem__(self, chosen: NDArray[np.bool_] | NDArray[np.int64] | slice) -> "Events":
        rows = np.arange(len(self))[chosen]
        return Events(
            objects={name: members.take_events(rows) for name, members in self.objects.items()},
            **{
                name: getattr(self, name)[rows]
                for name in self.__dataclass_fields__
                if name != "objects"
            },
        )


class EventBuilder:
    """Turns branches into events, by the definitions of an ntuple format.

    Parameters
    ----------
    settings
        The format.
    needed
        The objects to build.
    is_data
        Data have no weights; the branches of weights are not read.

    Raises
    ------
    ValueError
        If an expression is malformed, or an object or collection is not defined.
    """

    def __init__(self, settings: NtupleFormat, needed: Sequence[str], *, is_data: bool) -> None:
        self._settings = settings
        self._is_data = is_data
        for name in needed:
            if name not in settings.objects:
                raise ValueError(
                    f"the ntuple format defines no object {name!r}; it has "
                    f"{', '.join(sorted(settings.objects))}"
                )
        self._needed = tuple(needed)
        variables = {**settings.variables, **(settings.data_variables if is_data else {})}
        self._variables = {name: Expression(text) for name, text in variables.items()}
        self._expressions = self._collect_expressions()
        self._used: set[str] = set()
        self._order = self._order_variables()

    def _collect_expressions(self) -> dict[str, Expression]:
        settings = self._settings
        texts: dict[str, str] = {"met": settings.met.pt, "met_phi": settings.met.phi}
        if settings.identity is not None:
            texts |= {"run": settings.identity.run, "event": settings.identity.event}
            texts["dataset"] = settings.identity.dataset
        if not self._is_data:
            texts["generator_weight"] = settings.weights.generator
            texts["scale_factor"] = settings.weights.scale_factors
        for name in self._needed:
            definition = settings.objects[name]
            if definition.collection not in settings.collections:
                raise ValueError(
                    f"object {name!r} is of the collection {definition.collection!r}, which the "
                    "ntuple format does not define"
                )
            texts[f"where {name}"] = definition.where
            for key, text in settings.collections[definition.collection]:
                texts[f"{definition.collection}.{key}"] = text
        if isinstance(settings.trigger, TriggerMenus):
            texts["year"] = settings.trigger.year
            used = {name for menu in settings.trigger.menus.values() for name in menu}
            for name in sorted(used):
                if name not in settings.trigger.triggers:
                    raise ValueError(f"trigger {name!r} of a menu is not defined under 'triggers'")
                texts[f"trigger {name}"] = settings.trigger.triggers[name]
        else:
            texts["trigger"] = settings.trigger
        return {name: Expression(text) for name, text in texts.items()}

    @property
    def branches(self) -> list[str]:
        """Names of the branches that the definitions use, sorted."""
        return sorted(self._used - set(self._variables) - set(self._settings.constants))

    def _order_variables(self) -> list[str]:
        """Put the variables that are used in an order in which each has what it needs."""
        ordered: list[str] = []

        def visit(name: str, above: tuple[str, ...]) -> None:
            if name in above:
                raise ValueError(f"variable {name!r} of the ntuple format is defined by itself")
            self._used.add(name)
            if name in self._variables and name not in ordered:
                for inner in sorted(self._variables[name].names):
                    visit(inner, (*above, name))
                ordered.append(name)

        for expression in self._expressions.values():
            for name in sorted(expression.names):
                visit(name, ())
        return ordered

    def build(self, chunk: Chunk, path: Path, part: str) -> Events:
        """Build the events of a chunk.

        Parameters
        ----------
        chunk
            Entries with `branches` read.
        path
            Their file, for errors.
        part
            Logical name of the file: part of the identity of events without a number.

        Returns
        -------
        Events
            One for each entry.

        Raises
        ------
        NtupleError
            If an expression cannot be computed or a number is not finite.
        """
        values = self._compute(chunk, path)
        collections = self._collect(values, chunk, path)
        n_events = chunk.stop - chunk.start
        unit = UNITS[self._settings.energy_unit]

        def flat(name: str, dtype: type[np.generic]) -> NDArray[Any]:
            return np.broadcast_to(np.asarray(values[name]), n_events).astype(dtype)

        events = Events(
            objects={name: self._select(name, values, collections) for name in self._needed},
            met=flat("met", np.float64) * unit,
            met_phi=flat("met_phi", np.float64),
            **self._identify(values, chunk, part),
            generator_weight=np.ones(n_events)
            if self._is_data
            else flat("generator_weight", np.float64),
            scale_factor=np.ones(n_events) if self._is_data else flat("scale_factor", np.float64),
            trigger=self._fire(values, n_events, path),
        )
        _check_finite(events, chunk, path)
        return events

    def _compute(self, chunk: Chunk, path: Path) -> dict[str, Values]:
        values: dict[str, Values] = dict(self._settings.constants)
        values |= chunk.branches
        computed: dict[str, Values] = {}
        try:
            for name in self._order:
                values[name] = self._variables[name].evaluate(values)
            for name, expression in self._expressions.items():
                computed[name] = expression.evaluate(values)
        except ValueError as error:
            raise NtupleError(f"{path}: {error}") from error
        return computed

    def _collect(
        self, values: Mapping[str, Values], chunk: Chunk, path: Path
    ) -> dict[str, FourVectors]:
        """Put collections together; refuse NaN in any member: a cut would drop it in silence."""
        unit = UNITS[self._settings.energy_unit]
        collections = {}
        for name in sorted({self._settings.objects[needed].collection for needed in self._needed}):
            pt = values[f"{name}.pt"]
            if not isinstance(pt, Jagged):
                raise NtupleError(f"{path}: pt of the collection {name} is not a list an event")
            offsets, columns = pt.offsets, {"pt": pt.content}
            for key in ("eta", "phi", "mass"):
                columns[key] = spread(values[f"{name}.{key}"], pt).content
            for key, column in columns.items():
                finite = np.isfinite(column)
                if not finite.all():
                    bad = np.unique(np.searchsorted(offsets, np.flatnonzero(~finite), "right")) - 1
                    numbers = self._identify(values, chunk, path.name)
                    event = f"run {numbers['run'][bad[0]]}, event {numbers['event'][bad[0]]}"
                    entry = chunk.start + int(bad[0])
                    raise _report_number(path, f"{key} of {name}", entry, event, bad.size)
            momenta = {key: columns[key].astype(np.float64) for key in KINEMATICS}
            if unit != 1.0:
                momenta |= {key: momenta[key] * unit for key in ("pt", "mass")}
            collections[name] = FourVectors(offsets, **momenta)
        return collections

    def _select(
        self, name: str, values: Mapping[str, Values], collections: Mapping[str, FourVectors]
    ) -> FourVectors:
        collection = self._settings.objects[name].collection
        chosen = spread(values[f"where {name}"], values[f"{collection}.pt"])
        return collections[collection].select(chosen.content.astype(np.bool_))

    def _identify(
        self, values: Mapping[str, Values], chunk: Chunk, part: str
    ) -> dict[str, NDArray[Any]]:
        n_events = chunk.stop - chunk.start
        if "run" in values:
            # signed numbers (32-bit overflow in some public files) keep their bits
            run = np.broadcast_to(np.asarray(values["run"]), n_events).astype(np.int64)
            event = np.asarray(values["event"])
            event = event if event.dtype == np.uint64 else event.astype(np.int64).view(np.uint64)
            dataset = np.broadcast_to(np.asarray(values["dataset"]), n_events)
            return {"run": run, "event": event, "dataset": dataset.astype(np.int64)}
        file_number = np.uint64(hash_text(part)).astype(np.int64)
        return {
            "run": np.full(n_events, file_number),
            "dataset": np.zeros(n_events, dtype=np.int64),
            "event": np.arange(chunk.start, chunk.start + n_events, dtype=np.uint64),
        }

    def _fire(self, values: Mapping[str, Values], n_events: int, path: Path) -> NDArray[np.bool_]:
        if not isinstance(self._settings.trigger, TriggerMenus):
            return np.broadcast_to(np.asarray(values["trigger"]), n_events).astype(np.bool_)
        years = np.broadcast_to(np.asarray(values["year"]), n_events)
        menus = self._settings.trigger.menus
        fired = np.zeros(n_events, dtype=np.bool_)
        for year in np.unique(years):
            if int(year) not in menus:
                raise NtupleError(
                    f"{path}: there is no trigger menu for the year {year}; menus: {sorted(menus)}"
                )
            accepted = (np.asarray(values[f"trigger {name}"]) for name in menus[int(year)])
            any_trigger = reduce(np.logical_or, accepted, np.zeros(n_events, dtype=np.bool_))
            fired |= (years == year) & any_trigger
        return fired


def _check_finite(events: Events, chunk: Chunk, path: Path) -> None:
    for what in ("met", "met_phi", "generator_weight", "scale_factor"):
        bad = np.flatnonzero(~np.isfinite(getattr(events, what)))
        if bad.size:
            event = f"run {events.run[bad[0]]}, event {events.event[bad[0]]}"
            raise _report_number(path, what, chunk.start + int(bad[0]), event, bad.size)


def _report_number(path: Path, what: str, entry: int, event: str, count: int) -> NtupleError:
    return NtupleError(
        f"{path}: {what} is not finite in entry {entry} ({event}; {count} such entries in this "
        "chunk). Exclude the file or correct the expression in the ntuple format"
    )
