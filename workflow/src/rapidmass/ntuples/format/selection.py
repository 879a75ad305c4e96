"""Cuts on event variables, and which objects they need."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.columnar import event_variables
from rapidmass.columnar.event_variables import (
    VARIABLES,
    EventVariables,
    order_definitions,
    take_flat,
)
from rapidmass.columnar.expressions import Expression
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.search.selection import Cut
from rapidmass.ntuples.format.cutflow import Cutflow
from rapidmass.ntuples.format.events import Built, Events, Tally


class Variables:
    """How a selection computes its event variables.

    Parameters
    ----------
    settings
        The ntuple format.
    summed
        Objects of which `ht` is the sum, with the most that `multiplicity` counts.
    cuts
        The selection.
    definitions
        Its variables, by name.
    columns
        Names of those that tables of events hold beside `ht`, `m_ll` and `m_lll`.
    features
        Expressions over variables that a representation of the events is made of.

    Raises
    ------
    ValueError
        If an expression is malformed or a variable is defined by itself.
    """

    def __init__(
        self,
        settings: NtupleFormat,
        summed: Mapping[str, int],
        cuts: Sequence[Cut] = (),
        definitions: Mapping[str, str] | None = None,
        columns: Sequence[str] = (),
        features: Sequence[str] = (),
    ) -> None:
        named = {name: Expression(text) for name, text in (definitions or {}).items()}
        self.steps = [cut.name for cut in cuts]
        self.requirements = [Expression(cut.require) for cut in cuts]
        self.columns = (*(name for name in VARIABLES if name != "met"), *columns)
        self.leptons, self._summed = tuple(settings.leptons), summed
        shown = [Expression(text) for text in (*self.columns, *features)]
        self._shown = self._list_used(named, shown)
        self._used = self._list_used(named, [*self.requirements, *shown])
        self._definitions = order_definitions(named, named)
        self._known = settings.objects.keys()

    @staticmethod
    def _list_used(
        named: Mapping[str, Expression], expressions: Sequence[Expression]
    ) -> list[Expression]:
        names = [name for expression in expressions for name in sorted(expression.names)]
        return [*expressions, *order_definitions(named, names).values()]

    @property
    def attributes(self) -> frozenset[str]:
        """What of objects is needed besides four-momenta."""
        used = {name for expression in self._used for name in expression.attributes}
        pairs = any("z_pair" in expression.vector_functions for expression in self._used)
        names = {name for expression in self._used for name in expression.names}
        significance = names & {"met_significance"}
        return frozenset(
            {*used, *(["charge"] if pairs else []), *(["significance"] if significance else [])}
        )

    @property
    def objects(self) -> list[str]:
        """Objects that must be built, each once, in the order of first need."""
        return self._list_objects(self._used)

    @property
    def shown_objects(self) -> list[str]:
        """Objects of which a row of a table is made."""
        return self._list_objects(self._shown)

    def _list_objects(self, expressions: Sequence[Expression]) -> list[str]:
        needed = event_variables.list_objects(expressions, self.leptons, self._known)
        return list(dict.fromkeys([*self._summed, *needed]))

    def compute(self, events: Events) -> EventVariables:
        """Compute the variables of events, each when it is first asked for."""
        return EventVariables(events, self.leptons, self._summed, self._definitions)

    def list_columns(self, events: Events) -> dict[str, NDArray[np.float32]]:
        """Compute what tables of these events hold, shape (events,) each."""
        values = self.compute(events)
        return {
            name: take_flat(name, values[name], len(events)).astype(np.float32)
            for name in self.columns
        }


def spell_flavours(events: Events, leptons: Sequence[str]) -> pa.DictionaryArray:
    """Spell the signal leptons of events.

    Parameters
    ----------
    events
        The events.
    leptons
        The objects that are signal leptons.

    Returns
    -------
    pyarrow.DictionaryArray
        Words with one letter a lepton, `eem`.
    """
    counts = [events.objects[name].counts for name in leptons]
    code = np.zeros(len(counts[0]), dtype=np.int64)
    for number in counts:
        code = code * (1 + int(number.max(initial=0))) + number
    present, first, index = np.unique(code, return_index=True, return_inverse=True)
    spelled = [
        "".join(name[0] * int(number[row]) for name, number in zip(leptons, counts, strict=True))
        for row in first[: len(present)]
    ]
    words = pa.array(spelled, type=pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32)), words)


class Selector:
    """Applies cuts one after the other and keeps the cutflow.

    Parameters
    ----------
    variables
        What cuts are made on, and the cuts.
    before
        Names of the steps in which events are left out before any cut.
    """

    def __init__(self, variables: Variables, before: Sequence[str] = ()) -> None:
        self._variables = variables
        self.cutflow = Cutflow.start([*before, *variables.steps])

    def select(self, built: Built, order: NDArray[np.int64] | None = None) -> Events:
        """Keep the events that pass every cut.

        Parameters
        ----------
        built
            Events of one chunk; they, and those left out before, enter the cutflow.
        order
            Shape (events,): in which order to give those that pass; as they are, if absent.

        Returns
        -------
        Events
            Those that pass.

        Raises
        ------
        ValueError
            If a cut uses a variable that does not exist, or is no condition.
        """
        events = built.events
        values = self._variables.compute(events)
        weights = events.generator_weight * events.scale_factor
        passed = np.ones(len(events), dtype=np.bool_)
        for step, tally in enumerate(built.steps):
            self.cutflow.add(step, tally)
        requirements = self._variables.requirements
        first = len(self.cutflow.steps) - len(requirements)
        for step, requirement in enumerate(requirements, start=first):
            what = f"cut {requirement.text!r}"
            passed &= take_flat(what, requirement.select(values), len(events))
            self.cutflow.add(step, Tally.make(weights, passed))
        return events[np.flatnonzero(passed) if order is None else order[passed[order]]]
