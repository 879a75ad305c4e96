"""Any expression gives, event by event, what Python's integers, floats and booleans give."""

import math
import operator
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from rapidmass.columnar.expressions import Expression
from rapidmass.columnar.jagged import Jagged, spread

INTEGERS = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"]
TYPES = {f"i_{name}": name for name in INTEGERS} | {"b": "bool", "c": "bool", "x": "float64"}
FLAT, JAGGED = "f_", "j_"


class Text:
    """An expression, and the same for Python about an event E with members, of which M is one."""

    def __init__(self, ours, python):
        self.ours, self.python = ours, python

    def __repr__(self):
        return self.ours


class BeyondError(Exception):
    """An integer that 64 bits do not hold."""


class Python:
    """What the functions are in Python; keeps the largest integer that was met."""

    def __init__(self):
        self.largest, self.event, self.members = 0, {}, []

    def fit(self, value):
        if isinstance(value, int) and not isinstance(value, bool):
            self.largest = max(self.largest, abs(value))
            if not -(2**63) <= value < 2**64:
                raise BeyondError
        return value

    def calculate(self, symbol, left, right):
        function = {
            "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
            "//": operator.floordiv, "%": operator.mod, "**": operator.pow,
        }[symbol]  # fmt: skip
        whole = isinstance(left, int) and isinstance(right, int)
        undefined = symbol in ("//", "%") and right == 0
        if whole and symbol != "/" and not undefined and not (symbol == "**" and right < 0):
            return self.fit(function(int(left), int(right)))
        return function(np.float64(left), np.float64(right))

    def each(self, inner):
        return [inner(member) for member in self.members]

    def extreme(self, choose, values):
        if any(isinstance(value, float) and np.isnan(value) for value in values):
            return np.nan
        return choose(values) if values else np.nan

    def names(self):
        def smallest(*values):
            return self.extreme(min, values)

        def largest(*values):
            return self.extreme(max, values)

        return {
            "fit": self.fit, "calculate": self.calculate, "each": self.each, "E": self.event,
            "smallest": smallest, "largest": largest, "extreme": self.extreme,
            "np": np, "min": min, "max": max,
            "product": lambda values: self.fit(math.prod(values)),
            "total": lambda values: self.fit(sum(values)),
        }  # fmt: skip


def build(kinds, jagged):
    """Leaves of a kind: columns of events, and of members where there are any."""
    prefixes = [FLAT, JAGGED] if jagged else [FLAT]
    chosen = [name for name in TYPES if name.split("_")[0] in kinds]
    return st.sampled_from(
        [
            Text(prefix + name, f"{'M' if prefix == JAGGED else 'E'}['{name}']")
            for prefix in prefixes
            for name in chosen
        ]
    )


def call(ours, python):
    """Make a strategy of texts from strategies of operands."""
    return lambda *operands: st.builds(
        lambda *texts: Text(
            ours.format(*(text.ours for text in texts)),
            python.format(*(text.python for text in texts)),
        ),
        *operands,
    )


@cache
def draw_integer(depth, jagged):
    number = st.sampled_from([0, 1, 2, 3, 7, 255, 300]).map(lambda n: Text(str(n), str(n)))
    leaves = [build("i", jagged), number]
    if depth == 0:
        return st.one_of(leaves)
    whole, condition = draw_integer(depth - 1, jagged), draw_condition(depth - 1, jagged)
    either = st.one_of(whole, condition)
    options = [
        *leaves,
        *(
            call(f"({{}} {symbol} {{}})", f"calculate('{symbol}', {{}}, {{}})")(either, whole)
            for symbol in ("+", "-", "*")
        ),
        call("(-{})", "fit(-{})")(either),
        call("abs({})", "fit(abs({}))")(either),
        call("({} & {})", "fit({} & {})")(whole, number),
        call("({} | {})", "fit({} | {})")(whole, number),
        call("where({}, {}, {})", "({2}, {1})[bool({0})]")(condition, whole, whole),
        call("minimum({}, {})", "smallest({}, {})")(whole, whole),
        call("maximum({}, {}, {})", "largest({}, {}, {})")(whole, whole, whole),
    ]
    if not jagged:
        inside, chosen = draw_integer(depth - 1, True), draw_condition(depth - 1, True)
        options += [
            call("sum({} + 0 * j_b)", "total(each(lambda M: {}))")(inside),
            call("prod({} + 0 * j_b)", "product(each(lambda M: {}))")(inside),
            call("count({} & (j_b == j_b))", "sum(each(lambda M: {}))")(chosen),
        ]
    return st.one_of(options)


@cache
def draw_number(depth, jagged):
    leaves = [build("x", jagged), draw_integer(0, jagged)]
    if depth == 0:
        return st.one_of(leaves)
    number, whole = draw_number(depth - 1, jagged), draw_integer(depth - 1, jagged)
    exponent = st.sampled_from(["0", "1", "2", "7", "300", "(-1)"]).map(lambda n: Text(n, n))
    options = [
        draw_integer(depth, jagged),
        *(
            call(f"({{}} {symbol} {{}})", f"calculate('{symbol}', {{}}, {{}})")(number, number)
            for symbol in ("+", "-", "*", "/")
        ),
        *(
            call(f"({{}} {symbol} {{}})", f"calculate('{symbol}', {{}}, {{}})")(whole, whole)
            for symbol in ("//", "%")
        ),
        call("({} ** {})", "calculate('**', {}, {})")(whole, exponent),
        call("sqrt(abs({}))", "np.sqrt(np.float64(abs({})))")(build("x", jagged)),
        call("hypot({0}, {1}, {0})", "np.hypot(np.hypot(*map(np.float64, ({0}, {1}))), {0})")(
            build("x", jagged), build("x", jagged)
        ),
    ]
    if not jagged:
        inside = draw_number(depth - 1, True)
        options += [
            call(f"{name}({{}} + 0 * j_b)", f"extreme({name}, each(lambda M: {{}}))")(inside)
            for name in ("min", "max")
        ]
    return st.one_of(options)


@cache
def draw_condition(depth, jagged):
    leaf = build("bc", jagged)
    if depth == 0:
        return leaf
    condition, number = draw_condition(depth - 1, jagged), draw_number(depth - 1, jagged)
    whole = draw_integer(depth - 1, jagged)
    either = st.one_of(condition, whole)
    options = [
        leaf,
        *(
            call(f"({{}} {symbol} {{}})", f"bool({{}} {symbol} {{}})")(number, number)
            for symbol in ("<", "<=", ">", ">=", "==", "!=")
        ),
        *(
            call(f"({{}} {symbol} {{}})", f"bool({{}} {symbol} {{}})")(condition, condition)
            for symbol in "&|^"
        ),
        call("(({} & {}) != 0)", "bool({} & {})")(whole, whole),
        call("(~{})", "(not {})")(condition),
        call("(not {})", "(not {})")(either),
        call("({} and {})", "(bool({}) & bool({}))")(either, either),
        call("({} or {})", "(bool({}) | bool({}))")(either, either),
        call("({} < {} <= {})", "bool({} < {} <= {})")(whole, whole, whole),
        call("isfinite({})", "bool(np.isfinite(float({})))")(number),
    ]
    if not jagged:
        inside = draw_condition(depth - 1, True)
        options += [
            call(f"{name}({{}} & (j_b == j_b))", f"{name}(each(lambda M: {{}}))")(inside)
            for name in ("any", "all")
        ]
        options[-1] = call("all({} | (j_b != j_b))", "all(each(lambda M: {}))")(inside)
    return st.one_of(options)


def draw_values(name):
    """Small numbers and the ends of the type; whole floats too, and what is not finite."""
    if name == "bool":
        return st.booleans()
    if name == "float64":
        return st.one_of(st.floats(-8, 8), st.sampled_from([0.0, 1.0, np.nan, np.inf, 300.0]))
    limits = np.iinfo(name)
    ends = [int(limits.min), int(limits.max), int(limits.max) - 1]
    small = st.integers(max(-5, int(limits.min)), 5)
    return st.one_of(small, small, st.sampled_from(ends))


@st.composite
def draw_events(draw):
    counts = draw(st.lists(st.integers(0, 3), min_size=1, max_size=4))
    offsets = np.cumsum([0, *counts])

    def draw_column(name, size):
        numbers = draw(st.lists(draw_values(name), min_size=size, max_size=size))
        return np.array(numbers, dtype=name)

    flat = {name: draw_column(dtype, len(counts)) for name, dtype in TYPES.items()}
    members = {name: draw_column(dtype, int(offsets[-1])) for name, dtype in TYPES.items()}
    return offsets, flat, members


def get_row(columns, row):
    return {name: column[row].item() for name, column in columns.items()}


def compute_in_python(text, events, jagged):
    """Results event by event, or member by member; or BeyondError. And the largest integer."""
    offsets, flat, members = events
    python, found, beyond = Python(), [], False
    for name in TYPES:  # of events without members, too, an integer can be too large to stay one
        if name.startswith("i_"):
            used = [flat[name]] * (FLAT + name in text.ours)
            used += [members[name]] * (JAGGED + name in text.ours)
            for number in np.concatenate([[0], *(column.astype(object) for column in used)]):
                python.fit(number)
    for event, (first, last) in enumerate(pairwise(offsets)):
        python.event = get_row(flat, event)
        python.members = [get_row(members, row) for row in range(first, last)]
        for member in python.members if jagged else [None]:
            try:
                found.append(eval(text.python, python.names() | {"M": member}))  # noqa: S307
            except BeyondError:
                beyond = True
    return found, beyond, python.largest


def compute_ours(text, events):
    offsets, flat, members = events
    values = {FLAT + name: column for name, column in flat.items()}
    values |= {JAGGED + name: Jagged(offsets, column) for name, column in members.items()}
    return Expression(text.ours).evaluate(values)


PHASES = [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]
EXACT = 2**53  # integers up to here meet floating-point numbers without loss


def check(text, events, jagged):
    with np.errstate(all="ignore"):
        expected, beyond, largest = compute_in_python(text, events, jagged)
    try:
        found, refused = compute_ours(text, events), ""
    except ValueError as error:
        found, refused = None, str(error)
    if refused:
        # numbers alone that have no result, such as 1 / 0; what has no room in 64 bits, or in a
        # floating-point number; and nothing else
        is_large = largest > 2**60 or "300" in text.ours
        room = ("bits" in refused and is_large) or ("2^53" in refused and largest > EXACT)
        assert "encountered in" in refused or beyond or room, refused
        return
    assert not beyond
    like = Jagged(events[0], events[2]["b"])
    flat = spread(found, like).content if jagged else np.broadcast_to(found, len(expected))
    for one, other in zip(flat.tolist(), expected, strict=True):
        if isinstance(other, bool | np.bool_):
            assert one is bool(other)
        elif isinstance(other, int) and isinstance(one, int):
            assert one == other
        elif largest <= EXACT and not (np.isinf(one) and np.isinf(other)):  # 1 / 0 or 1 / -0
            np.testing.assert_allclose(one, float(other), rtol=1e-12)


@settings(max_examples=300, deadline=None, phases=PHASES)
@given(st.data(), draw_events(), st.booleans())
def test_integers_and_conditions_are_those_of_python(data, events, jagged):
    text = data.draw(st.one_of(draw_integer(3, jagged), draw_condition(2, jagged)))
    check(text, events, jagged)


@settings(max_examples=300, deadline=None, phases=PHASES)
@given(st.data(), draw_events(), st.booleans())
def test_numbers_are_those_of_python(data, events, jagged):
    check(data.draw(draw_number(3, jagged)), events, jagged)


@pytest.mark.long
@settings(max_examples=3_000, deadline=None, phases=PHASES)
@given(st.data(), draw_events(), st.booleans())
def test_larger_expressions_are_those_of_python(data, events, jagged):
    text = data.draw(st.one_of(draw_integer(4, jagged), draw_number(4, jagged)))
    check(text, events, jagged)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f_i_uint8 - f_i_uint16 > 0", [False, True]),
        ("f_i_uint8 * 300", [300, 75_000]),
        ("sum(j_i_int8)", [254, 0]),
        ("-j_i_uint8", [-255, -255]),
        ("first(j_i_int64) == 9007199254740993", [True, False]),
        ("abs(f_i_int64)", [2**63, 1]),
    ],
)
def test_integers_neither_wrap_nor_lose_bits(text, expected):
    columns = {
        "f_i_uint8": np.array([1, 250], np.uint8),
        "f_i_uint16": np.array([3, 7], np.uint16),
        "f_i_int64": np.array([-(2**63), 1]),
        "j_i_int8": Jagged(np.array([0, 2, 2]), np.array([127, 127], np.int8)),
        "j_i_uint8": Jagged(np.array([0, 1, 2]), np.array([255, 255], np.uint8)),
        "j_i_int64": Jagged(np.array([0, 1, 2]), np.array([2**53 + 1, 2**53])),
    }
    found = Expression(text).evaluate(columns)
    assert (found.content if isinstance(found, Jagged) else found).tolist() == expected
