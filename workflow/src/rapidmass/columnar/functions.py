"""Functions of expressions, each with the number of its arguments."""

from collections.abc import Callable, Mapping
from functools import partial, reduce
from typing import NamedTuple

import numpy as np

from rapidmass.columnar.arithmetic import (
    EXACT_IN_DOUBLE,
    LEAST,
    apply_alike,
    compute_exactly,
    count_flags,
    tell_kind,
)
from rapidmass.columnar.conditions import check_condition
from rapidmass.columnar.flat import gather_members
from rapidmass.columnar.jagged import Jagged, Values, apply, spread

# float32 momenta and energies miss the mass shell by 1e-6 E^2 at most; beyond this, energy and
# momentum are not of one particle
MASS_SHELL_TOLERANCE = 1e-3
SAFE = 2.0**62  # integers whose sum or product is estimated to be below it are surely of 64 bits


class Function(NamedTuple):
    """A function that expressions may call.

    Parameters
    ----------
    call
        Computes it.
    arguments
        Names of its arguments.
    more
        How many of the last arguments may come again, and again; 0 if none.
    """

    call: Callable[..., Values]
    arguments: tuple[str, ...]
    more: int = 0

    def describe_wrong_number(self, name: str, number: int) -> str | None:
        """Say what is wrong with a number of arguments; None if it is right."""
        least = len(self.arguments)
        if number == least or (self.more and number > least and (number - least) % self.more == 0):
            return None
        usage = f"{name}({', '.join(self.arguments)}{', ...' if self.more else ''})"
        return f"gives {name} {number} argument{'s' * (number != 1)}: it is {usage}"


def _in_double(function: np.ufunc) -> Callable[..., Values]:
    """Compute in double precision: momenta in the files have single, and masses are differences."""
    return lambda *operands: function(*(_make_double(values) for values in operands))


def _make_double(values: Values) -> Values:
    return np.multiply(values, np.float64(1.0))


def _take_hypotenuse(*operands: Values) -> Values:
    return reduce(np.hypot, (_make_double(values) for values in operands))


def _take_magnitude(values: Values) -> Values:
    if tell_kind(values) == "float":
        return np.abs(values)
    return apply(_take_whole_magnitude, count_flags(values))


def _take_whole_magnitude(values: Values) -> Values:
    if np.size(values) and int(np.min(values)) == LEAST:  # it has no opposite in 64 bits
        return compute_exactly(np.abs, values)
    return np.abs(values)


def _choose_extreme(function: np.ufunc) -> Callable[..., Values]:
    def choose(*operands: Values) -> Values:
        return reduce(partial(apply_alike, function), operands)

    return choose


def _choose_where(condition: Values, chosen: Values, other: Values) -> Values:
    check_condition(condition, "the first argument of where")
    return apply_alike(np.where, condition, chosen, other)


def _mass_from_energy(pt: Values, eta: Values, energy: Values) -> Values:
    pt, eta, energy = (_make_double(values) for values in (pt, eta, energy))
    square = energy**2 - (pt * np.cosh(eta)) ** 2
    # rounding can put a light particle just below its mass shell: it is massless
    mass = np.sqrt(np.maximum(square, 0.0))
    return apply(np.where, square < -MASS_SHELL_TOLERANCE * energy**2, np.nan, mass)


def _measure_distance(
    eta: Values, phi: Values, other_eta: Values, other_phi: Values, chosen: Values
) -> Values:
    if not isinstance(eta, Jagged) or not isinstance(other_eta, Jagged):
        raise TypeError("distance goes from the objects of an event to other objects of it")
    if len(eta) != len(other_eta):
        raise ValueError(f"there are {len(eta)} events on one side and {len(other_eta)} on another")
    chosen = spread(check_condition(chosen, "the last argument of distance"), other_eta)
    others = chosen.reduce(np.add, 0)
    # each object meets each chosen other one of its event
    meetings = np.repeat(others, eta.counts)
    offsets = np.concatenate([[0], np.cumsum(meetings)])
    first = np.repeat(np.cumsum(others) - others, eta.counts) - offsets[:-1]
    other = np.arange(offsets[-1]) + np.repeat(first, meetings)

    def subtract(ours: Values, theirs: Values) -> Values:
        picked = spread(theirs, other_eta).content[chosen.content].astype(np.float64)
        return np.repeat(spread(ours, eta).content, meetings) - picked[other]

    turn = subtract(phi, other_phi)
    turn -= 2 * np.pi * np.round(turn / (2 * np.pi))
    distances = Jagged(offsets, np.hypot(subtract(eta, other_eta), turn))
    return Jagged(eta.offsets, distances.reduce(np.minimum, np.inf))


def _check_list(values: Values, name: str) -> Jagged:
    if not isinstance(values, Jagged):
        raise TypeError(f"{name} goes over the objects of an event, and is given one value")
    return values


def _count_true(name: str) -> Callable[[Values], Values]:
    def count(condition: Values) -> Values:
        check_condition(condition, f"the argument of {name}")
        return _check_list(condition, name).reduce(np.add, 0)

    return count


def _take_all(condition: Values) -> Values:
    return _count_true("all")(condition) == _check_list(condition, "all").counts


def _accumulate(name: str, function: np.ufunc, empty: int) -> Callable[[Values], Values]:
    def accumulate(values: Values) -> Values:
        members = _check_list(values, name)
        if tell_kind(members) != "integer":
            return members.reduce(function, empty)
        sizes = Jagged(members.offsets, np.abs(members.content.astype(np.float64)))
        if np.all(sizes.reduce(function, empty) < SAFE):
            return members.reduce(function, empty)
        filled = members.counts > 0
        combined = np.full(len(members), empty, dtype=object)
        combined[filled] = function.reduceat(
            members.content.astype(object), members.offsets[:-1][filled]
        )
        return compute_exactly(np.positive, combined)

    return accumulate


def _pick_extreme(name: str, function: np.ufunc) -> Callable[[Values], Values]:
    def pick(values: Values) -> Values:
        members = _check_list(values, name)
        filled = members.counts > 0
        starts = members.offsets[:-1][filled]
        content = members.content
        chosen = function.reduceat(content, starts) if starts.size else content[:0]
        return _leave_room(chosen, filled)

    return pick


def _take_first(values: Values) -> Values:
    members = _check_list(values, "first")
    filled = members.counts > 0
    return _leave_room(members.content[members.offsets[:-1][filled]], filled)


def _leave_room(chosen: Values, filled: Values) -> Values:
    """Put NaN where an event has no member; integers stay integers where every event has one."""
    if chosen.dtype.kind in "iu":
        if filled.all():
            return chosen
        if chosen.size and max(abs(int(chosen.min())), abs(int(chosen.max()))) > EXACT_IN_DOUBLE:
            event = int(np.argmin(filled))
            raise ValueError(
                f"event {event} has no member and counts as NaN, beside which integers above "
                "2^53 of other events would change"
            )
    found = np.full(len(filled), np.nan)
    found[filled] = chosen
    return found


def take_member(values: Values, number: int) -> Values:
    """Take the member with a certain number of the list of each event.

    Parameters
    ----------
    values
        Jagged.
    number
        Its number, from 0.

    Returns
    -------
    ndarray, shape (events,)
        Of the type of the members.

    Raises
    ------
    TypeError
        If events have one value.
    ValueError
        If a list is too short; the message names the event.
    """
    members = _check_list(values, f"[{number}]")
    short = members.counts <= number
    if short.any():
        event = int(np.argmax(short))
        raise ValueError(
            f"event {event} has {members.counts[event]} members, and so none with the number "
            f"{number}, counted from 0"
        )
    return members.content[members.offsets[:-1] + number] if len(members) else members.content[:0]


def _check_length(values: Values, length: Values) -> Values:
    members = _check_list(values, "with_length")
    if tell_kind(length) != "integer" or np.ndim(length) != 0:
        raise TypeError("the second argument of with_length is a number of members, such as 9")
    wrong = members.counts != length
    if wrong.any():
        event = int(np.argmax(wrong))
        raise ValueError(f"event {event} has {members.counts[event]} members, not {length}")
    return members


FUNCTIONS: Mapping[str, Function] = {
    "abs": Function(_take_magnitude, ("x",)),
    "sqrt": Function(_in_double(np.sqrt), ("x",)),
    "exp": Function(_in_double(np.exp), ("x",)),
    "log": Function(_in_double(np.log), ("x",)),
    "sin": Function(_in_double(np.sin), ("x",)),
    "cos": Function(_in_double(np.cos), ("x",)),
    "sinh": Function(_in_double(np.sinh), ("x",)),
    "cosh": Function(_in_double(np.cosh), ("x",)),
    "arcsinh": Function(_in_double(np.arcsinh), ("x",)),
    "hypot": Function(_take_hypotenuse, ("x", "y"), more=1),
    "arctan2": Function(_in_double(np.arctan2), ("y", "x")),
    "minimum": Function(_choose_extreme(np.minimum), ("x", "y"), more=1),
    "maximum": Function(_choose_extreme(np.maximum), ("x", "y"), more=1),
    "where": Function(_choose_where, ("condition", "x", "y")),
    "isfinite": Function(np.isfinite, ("x",)),
    # over the objects of an event
    "count": Function(_count_true("count"), ("condition",)),
    "any": Function(lambda condition: _count_true("any")(condition) > 0, ("condition",)),
    "all": Function(_take_all, ("condition",)),
    "sum": Function(_accumulate("sum", np.add, 0), ("x",)),
    "prod": Function(_accumulate("prod", np.multiply, 1), ("x",)),
    "max": Function(_pick_extreme("max", np.maximum), ("x",)),
    "min": Function(_pick_extreme("min", np.minimum), ("x",)),
    "first": Function(_take_first, ("x",)),
    "with_length": Function(_check_length, ("x", "length")),
    # the list of those numbers of an event whose condition holds
    "members": Function(gather_members, ("condition", "x"), more=2),
    # NaN where energy and momentum contradict each other
    "mass_from_energy": Function(_mass_from_energy, ("pt", "eta", "energy")),
    # in eta and phi to the nearest other object that is chosen, infinite where there is none
    "distance": Function(_measure_distance, ("eta", "phi", "other_eta", "other_phi", "chosen")),
}
