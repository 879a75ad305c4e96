"""Event variables: what expressions over the objects of events may name, and what these give.

Names that there always are: `trigger`; `met`; each object, and `lep`, the signal leptons by falling
pT; `n_<object>`, `n_lep`; `pt_lep1` to `pt_lep3`; `m_ll`, `m_lll`; `lt`, `lt_met`; `ht`, `st`,
`met_significance` and `multiplicity`. Others are defined by expressions over these.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.expressions import Expression, take_numbers
from rapidmass.columnar.four_vectors import FourVectors
from rapidmass.columnar.jagged import Jagged, Values
from rapidmass.columnar.leptons import describe_leptons
from rapidmass.columnar.vectors import Vectors, merge_lists

ALL = int(np.iinfo(np.int64).max)  # of an object, without a limit
LEPTONS = "lep"
MISSING = "met"
OF_LEPTONS = ("n_lep", "pt_lep1", "pt_lep2", "pt_lep3", "m_ll", "m_lll", "lt", "lt_met")
OF_OBJECTS = ("ht", "st", "met_significance", "multiplicity")
VARIABLES = ("met", "ht", "m_ll", "m_lll")  # which every table of events holds
STANDING = ("trigger", *OF_LEPTONS, *OF_OBJECTS)


class Events(Protocol):
    """Events with objects."""

    @property
    def objects(self) -> Mapping[str, FourVectors]:
        """The four-vectors of each object, by falling pT."""

    @property
    def met(self) -> NDArray[np.float64]:
        """Missing transverse momentum, shape (events,)."""

    @property
    def met_phi(self) -> NDArray[np.float64]:
        """Its azimuth, shape (events,)."""

    @property
    def met_attributes(self) -> Mapping[str, NDArray[Any]]:
        """What a format says of it besides, shape (events,) each."""

    @property
    def trigger(self) -> NDArray[np.bool_]:
        """Whether an event passes the trigger, shape (events,)."""


class EventVariables(Mapping[str, Values]):
    """Variables of some events, each computed when it is first asked for.

    Parameters
    ----------
    events
        The events.
    leptons
        The objects that are signal leptons.
    summed
        The objects of which `ht` is the sum, with how many of each `multiplicity` counts at most.
    definitions
        Variables that are defined by expressions, without circles.
    """

    def __init__(
        self,
        events: Events,
        leptons: Sequence[str],
        summed: Mapping[str, int],
        definitions: Mapping[str, Expression] | None = None,
    ) -> None:
        self._events, self._leptons, self._summed = events, tuple(leptons), summed
        self._definitions = definitions or {}
        self._found: dict[str, Values] = {}

    def __getitem__(self, name: str) -> Values:
        if name not in self._found:
            self._found[name] = self._find(name)
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        objects = self._events.objects
        yield from (*STANDING, MISSING, LEPTONS, *objects, *(f"n_{name}" for name in objects))
        yield from self._definitions

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _find(self, name: str) -> Values:
        objects = self._events.objects
        if name in self._definitions:
            return self._definitions[name].evaluate(self)
        if name == "trigger":
            return self._events.trigger
        if name == MISSING:
            columns = {"pt": self._events.met, "phi": self._events.met_phi}
            return Vectors({**columns, **self._events.met_attributes}, is_number=True)
        if name in OF_LEPTONS:
            return self._describe_leptons(name)
        if name in OF_OBJECTS:
            return self._sum(name)
        if name.startswith("n_") and name[2:] in objects:
            return objects[name[2:]].counts
        if name == LEPTONS and LEPTONS not in objects:
            return merge_lists([self._list(kind, mark=True) for kind in self._leptons])
        if name in objects:
            return self._list(name, mark=name in self._leptons)
        owner, _, attribute = name.rpartition(".")
        if owner and isinstance(self[owner], Vectors):
            return self[owner].give(attribute)
        raise KeyError(name)

    def _describe_leptons(self, name: str) -> NDArray[Any]:
        """Describe the leptons; cuts need their number of all events, and masses of fewer."""
        leptons = [self._events.objects[kind] for kind in self._leptons]
        n_events = len(self._events.met)
        if name == "n_lep":
            return sum((kind.counts for kind in leptons), np.zeros(n_events, dtype=np.int64))
        if name == "lt":
            return sum((kind.sum_pt() for kind in leptons), np.zeros(n_events))
        if name == "lt_met":
            return np.asarray(self["lt"]) + self._events.met
        found = describe_leptons(leptons)
        self._found |= found
        return found[name]

    def _list(self, name: str, *, mark: bool) -> Vectors:
        found = self._events.objects[name]
        marks = {}
        if mark:
            marks = {f"is_{kind}": np.full(len(found.pt), kind == name) for kind in self._leptons}
        species = np.full(len(found.pt), list(self._events.objects).index(name))
        return Vectors({**found.columns, **marks}, found.offsets, species)

    def _sum(self, name: str) -> NDArray[Any]:
        objects, n_events = self._events.objects, len(self._events.met)
        if name == "multiplicity":
            counted = np.zeros(n_events, dtype=np.int64)
            for kind, most in self._summed.items():
                counted += np.minimum(objects[kind].counts, most)
            return counted
        if name == "met_significance":
            if "significance" in self._events.met_attributes:
                return self._events.met_attributes["significance"]
            ht = np.asarray(self["ht"])
            found = np.full(n_events, np.nan)
            np.divide(self._events.met, np.sqrt(ht), out=found, where=ht > 0)
            return found
        total = np.zeros(n_events)
        for kind in self._summed:
            total += objects[kind].sum_pt()
        if name == "st":
            for kind in self._leptons:
                if kind not in self._summed:
                    total += objects[kind].sum_pt()
            total += self._events.met
        return total


def take_flat(what: str, values: Values, n_events: int) -> NDArray[Any]:
    """Take what an expression gave as one number, or true or false, an event.

    Parameters
    ----------
    what
        The variable, for the error.
    values
        What it gave.
    n_events
        Number of events.

    Returns
    -------
    ndarray, shape (events,)
        Perhaps a view.

    Raises
    ------
    ValueError
        If it gave vectors or a list.
    """
    try:
        values = take_numbers(values)
    except TypeError as error:
        raise ValueError(f"{what}: {error}") from None
    if isinstance(values, Jagged):
        raise ValueError(
            f"{what} gives a list, and not one number an event: go over it with any(...), "
            "all(...), count(...), sum(...), max(...) or min(...)"
        )
    return np.broadcast_to(np.asarray(values), n_events)


def order_definitions(
    definitions: Mapping[str, Expression], wanted: Iterable[str]
) -> dict[str, Expression]:
    """Order the definitions that some names need, so that each uses those before it.

    Parameters
    ----------
    definitions
        By name.
    wanted
        Names, also of what is not defined by expressions; perhaps with attributes.

    Returns
    -------
    dict
        Those that are needed, directly or not.

    Raises
    ------
    ValueError
        If one is defined by itself.
    """
    ordered: dict[str, Expression] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name not in definitions:
            name = name.partition(".")[0]
        if name in above:
            circle = " -> ".join((*above[above.index(name) :], name))
            raise ValueError(f"variable {name!r} is defined by itself: {circle}")
        if name in ordered or name not in definitions:
            return
        for inner in sorted(definitions[name].names):
            visit(inner, (*above, name))
        ordered[name] = definitions[name]

    for name in wanted:
        visit(name, ())
    return ordered


def list_objects(
    expressions: Iterable[Expression], leptons: Sequence[str], known: Collection[str]
) -> list[str]:
    """List the objects that expressions name.

    Parameters
    ----------
    expressions
        With those that define the names of others.
    leptons
        The objects that are signal leptons.
    known
        All objects.

    Returns
    -------
    list of str
        Each once, in the order of first need; the leptons are always needed.
    """
    words = [
        name.partition(".")[0].removeprefix("n_") if name not in known else name
        for expression in expressions
        for name in sorted(expression.names)
    ]
    return list(dict.fromkeys([*leptons, *(word for word in words if word in known)]))


def suggest(name: str, known: Iterable[str]) -> str:
    """Say which name may be meant."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names) or 'none'}"
