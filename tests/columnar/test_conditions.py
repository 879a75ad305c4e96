"""What selects is true or false; integers are bits, or compared."""

import re

import numpy as np
import pytest

from example_columns import FLAGS, to_list
from rapidmass.columnar.expressions import Expression
from rapidmass.columnar.jagged import Jagged


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(bits & 2) != 0", [False, True, True, False]),
        ("(bits & ~2) == 0", [False, True, False, True]),
        ("(bits & other) != 0", [False, True, False, False]),
        ("((bits | other) & 1) == 1", [True, False, True, False]),
        ("bits and other", [True, True, True, False]),
        ("bits or pt > 20", [True, True, True, True]),
        ("not bits", [False, False, False, True]),
        ("~(0 < 0) & (bits != 0)", [True, True, True, False]),
        ("not (bits & 4)", [True, True, False, True]),
        ("bits & 4 and pt > 20", [False, False, True, False]),
        ("count(tags == 0)", [1, 0, 0, 0]),
        ("(bits & 2) + 1", [1, 3, 3, 1]),
    ],
)
def test_integers_are_bits_or_compared(text, expected):
    assert to_list(Expression(text).evaluate(FLAGS)) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("~bits", "~ of a number is not its opposite: ~0 is -1"),
        ("~bits & (pt > 20)", "& has an integer on one side and true or false on the other"),
        ("bits & (pt > 20)", "compare the integer, as in x != 0, or in (x & 2) != 0"),
        ("4 | (pt > 20)", "| has an integer on one side"),
        ("bits & other", "write (bits != 0) & (other != 0) for conditions, or (bits & other) != 0"),
        ("pt & (pt > 20)", "& needs true or false on both sides"),
        ("pt and bits", "and, or and not need conditions: compare the number"),
        ("not pt", "and, or and not need conditions"),
        ("where(bits, 1, 0)", "the first argument of where must be true or false"),
        ("count(tags)", "the argument of count must be true or false, and is an integer"),
        ("any(tags & 2)", "or in (x & 2) != 0 for a bit of an integer"),
    ],
)
def test_an_integer_is_no_condition(text, reason):
    with pytest.raises(ValueError, match=re.escape(reason)):
        Expression(text).evaluate(FLAGS)


@pytest.mark.parametrize(
    "text",
    [
        "bits & other",
        "bits & other & third",
        "(bits & other) | (third & bits)",
        "~bits & other",
        "~(bits | 4) ^ third",
        "bits & (other + 1)",
        "where(pt > 20, bits, 1) | 'other'",
        "~bits | ~other",
        "bits & -other",
    ],
)
def test_what_an_error_proposes_can_be_used(text):
    values = {**FLAGS, "third": FLAGS["other"]}
    with pytest.raises(ValueError, match="combines the bits") as error:
        Expression(text).evaluate(values)
    proposed, meant = re.search(
        r"write (.*) for conditions, or (.*) if bits", str(error.value)
    ).groups()
    for other in (proposed, meant):
        assert Expression(other).select(values).dtype == bool


@pytest.mark.parametrize(
    "text", ["bits & 2 != 0", "bits > (2 & other) & 4", "pt > ((bits & 4) != 0) & (pt < 3)"]
)
def test_what_a_refusal_proposes_can_be_parsed(text):
    with pytest.raises(ValueError, match="put comparisons in parentheses") as error:
        Expression(text)
    assert Expression(re.search(r"or write (.*) if that is meant", str(error.value))[1])


def test_parts_of_numbers_without_sign_are_widened():
    whole = np.array([2**63 + 5, 3], np.uint64)
    lists = Jagged(np.array([0, 2, 3]), np.array([2**63 + 5, 3, 7], np.uint64))
    values = {"u": whole, "j": lists, "c": np.array([True, False])}
    assert Expression("u & 7").evaluate(values).dtype == np.int64
    assert Expression("min(j)").evaluate(values).dtype == np.int64
    assert Expression("max(j)").evaluate(values).tolist() == [2**63 + 5, 7]
    assert Expression("members(c, u & 7, c, -1)").evaluate(values).content.tolist() == [5, -1]


@pytest.mark.parametrize("text", ["bits", "bits & 2", "pt", "bits + (pt > 20)", "1"])
def test_what_selects_must_be_a_condition(text):
    with pytest.raises(ValueError, match="what selects must be true or false, and is"):
        Expression(text).select(FLAGS)
    assert Expression("pt > 20").select(FLAGS).tolist() == [True, False, True, True]


def test_comparisons_without_parentheses_are_explained():
    with pytest.raises(ValueError, match="put comparisons in parentheses"):
        Expression("x > 1 & x < 2.5").evaluate({"x": np.ones(2)})
