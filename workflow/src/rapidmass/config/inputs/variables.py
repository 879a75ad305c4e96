"""Event variables of an ntuple format and a selection: whether they can be computed.

They are tried on invented events with objects, so that what is misspelt, a list or a vector where a
number is needed, and a number where a condition is needed, are told when the configuration is read.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.event_variables import (
    LEPTONS,
    MISSING,
    STANDING,
    EventVariables,
    order_definitions,
    suggest,
    take_flat,
)
from rapidmass.columnar.expressions import Expression, take_numbers
from rapidmass.columnar.four_vectors import FourVectors, count_offsets
from rapidmass.columnar.jagged import spread
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.provenance.lazy_compilation import run_uncompiled

COUNTS = np.array([0, 1, 3])  # objects of each kind of the invented events
MOST_TYPES = 4  # attributes of which all combinations of types are tried
# what a branch may hold
TYPES = (np.int64, np.bool_, np.float64)


@dataclass(frozen=True)
class _Invented:
    objects: Mapping[str, FourVectors]
    met: NDArray[np.float64]
    met_phi: NDArray[np.float64]
    met_attributes: Mapping[str, NDArray[Any]]
    trigger: NDArray[np.bool_]


def join_variables(settings: NtupleFormat, definitions: Mapping[str, str]) -> dict[str, Expression]:
    """Join the variables of a selection with those of an ntuple format.

    Parameters
    ----------
    settings
        The format.
    definitions
        Variables of the selection.

    Returns
    -------
    dict
        All of them, by name.

    Raises
    ------
    ValueError
        If a name is defined twice in different ways, or is that of an object.
    """
    for name, text in definitions.items():
        if settings.variables.get(name, text) != text:
            raise ValueError(
                f"variable {name!r} is {text!r} in the selection and {settings.variables[name]!r} "
                "in the ntuple format: give one of them another name"
            )
        if name in settings.objects:
            raise ValueError(
                f"variable {name!r} has the name of an object of the ntuple format: give it another"
            )
    joined = {**settings.variables, **definitions}
    return {name: Expression(text) for name, text in joined.items()}


class VariableCheck:
    """Checks expressions over the objects of an ntuple format.

    Parameters
    ----------
    settings
        The format.
    definitions
        Variables that they may use.
    """

    def __init__(self, settings: NtupleFormat, definitions: Mapping[str, Expression]) -> None:
        self._settings, self._definitions = settings, definitions
        self.objects = objects = tuple(settings.objects)
        counts = [f"n_{name}" for name in objects]
        self.known = {*STANDING, MISSING, LEPTONS, *objects, *counts, *definitions}

    def check_definitions(self) -> None:
        """Check all variables: what they give may be a list or a vector.

        Raises
        ------
        ValueError
            If one cannot be computed; the message names it.
        """
        order_definitions(self._definitions, self._definitions)
        for name, expression in self._definitions.items():
            self._check_names(f"variable {name}", expression)
            self._try(f"variable {name}", expression, id)

    def find_used(self, texts: Iterable[str]) -> set[str]:
        """Find the names that expressions use, directly or in the definitions of others."""
        names = {name for text in texts for name in Expression(text).names}
        used = order_definitions(self._definitions, names)
        return names | {name for one in used.values() for name in one.names}

    def check_number(self, what: str, name: str) -> None:
        """Check that a variable is one number an event, or true or false.

        Parameters
        ----------
        what
            Where it is used, for the error.
        name
            The variable.

        Raises
        ------
        ValueError
            If there is none of this name, or it is anything else.
        """
        expression = Expression(name)
        self._check_names(what, expression)
        self._try(what, expression, lambda values: take_flat(name, values, len(COUNTS)))

    def check_members(self, what: str, text: str, kind: str) -> None:
        """Check that an expression is one number a member of an object, or one an event.

        Parameters
        ----------
        what
            Where it is used, for the error.
        text
            The expression.
        kind
            The object, which the format has.

        Raises
        ------
        ValueError
            If a name does not exist, or it is anything else.
        """
        expression = Expression(text)
        self._check_names(what, expression)

        def check(variables: EventVariables) -> None:
            try:
                spread(take_numbers(expression.evaluate(variables)), variables[kind].give("pt"))
            except TypeError as error:
                raise ValueError(str(error)) from None

        self._try_all(what, expression, check)

    def check_condition(self, what: str, text: str) -> None:
        """Check that an expression is one condition an event.

        Parameters
        ----------
        what
            Where it is used, for the error.
        text
            The expression.

        Raises
        ------
        ValueError
            If a name does not exist, or it is anything else.
        """
        expression = Expression(text)
        self._check_names(what, expression)

        def check(variables: EventVariables) -> None:
            take_flat(repr(expression.text), expression.select(variables), len(COUNTS))

        self._try_all(what, expression, check)

    def _check_names(self, what: str, expression: Expression) -> None:
        for name in sorted(expression.names):
            owner = name if name in self.known else name.partition(".")[0]
            if owner not in self.known:
                hint = suggest(owner, self.known)
                raise ValueError(f"{what}: name {name!r} does not exist; {hint}")

    def _try(self, what: str, expression: Expression, check: Callable[[Any], object]) -> None:
        self._try_all(what, expression, lambda known: check(expression.evaluate(known)))

    def _try_all(
        self, what: str, expression: Expression, check: Callable[[EventVariables], object]
    ) -> None:
        """Compute with attributes of each type that branches can have, until one type fits."""
        used = order_definitions(self._definitions, expression.names)
        attributes = {name for one in (expression, *used.values()) for name in one.attributes}
        attributes |= {"charge"}  # of pairs
        given = {name for block in self._list_attributes() for name in block}
        names = sorted(attributes & given)
        several = [TYPES] * min(len(names), MOST_TYPES)
        problem: ValueError | None = None
        for types in product(*several):
            kinds = dict(zip(names, types, strict=False))
            try:
                with run_uncompiled():
                    check(self._invent(kinds))
            except ValueError as error:
                problem = problem or error
            else:
                return
        raise ValueError(f"{what}: {problem}") from None

    def _list_attributes(self) -> Iterable[Mapping[str, str]]:
        yield from (block.attributes for block in self._settings.collections.values())
        yield self._settings.met.attributes

    def _invent(self, kinds: Mapping[str, type[np.generic]]) -> EventVariables:
        offsets = count_offsets(COUNTS)
        number = np.arange(1, offsets[-1] + 1)
        signs = np.where(number % 2, 1, -1)
        objects = {}
        for name, definition in self._settings.objects.items():
            attributes = {
                key: signs.astype(kinds.get(key, np.int64))
                for key in self._settings.collections[definition.collection].attributes
            }
            momentum = 100.0 / number
            objects[name] = FourVectors(
                offsets, momentum, 0.1 * number, 0.1 * number, 0.0 * number, attributes
            )
        flat = np.arange(1.0, len(COUNTS) + 1)
        events = _Invented(
            objects=objects,
            met=10.0 * flat,
            met_phi=0.1 * flat,
            met_attributes={
                key: flat.astype(kinds.get(key, np.int64)) for key in self._settings.met.attributes
            },
            trigger=flat > 1,
        )
        summed = dict.fromkeys(objects, 1)
        return EventVariables(events, self._settings.leptons, summed, self._definitions)
