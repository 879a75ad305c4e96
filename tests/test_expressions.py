"""Expressions compute what they say, and refuse everything else."""

import awkward as ak
import numpy as np
import pytest

from rapidmass.expressions import Expression

VALUES = {
    "pt": ak.Array([[30.0, 20.0], [], [50.0]]),
    "eta": ak.Array([[-1.0, 2.6], [], [0.5]]),
    "flag": ak.Array([[True, True], [], [False]]),
    "met": ak.Array([10.0, 20.0, 30.0]),
    "year": ak.Array([2015, 2016, 2017]),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pt * 2", [[60, 40], [], [100]]),
        ("-pt + 1", [[-29, -19], [], [-49]]),
        ("(pt > 25) & (abs(eta) <= 2.5)", [[True, False], [], [True]]),
        ("pt > 25 and not flag", [[False, False], [], [True]]),
        ("~flag | (pt == 30)", [[True, False], [], [True]]),
        ("20 < pt <= 30", [[True, False], [], [False]]),
        ("count(pt > 25)", [1, 0, 1]),
        ("any(flag) & (met > 5)", [True, False, False]),
        ("max(pt)", [30, np.nan, 50]),
        ("sum(pt) / 10", [5, 0, 5]),
        ("where(met > 15, met, 0)", [0, 20, 30]),
        ("2015 + (year > 2015) + (year > 2016)", [2015, 2016, 2017]),
        ("met ** 2 // 7 % 5", [100 // 7 % 5, 400 // 7 % 5, 900 // 7 % 5]),
    ],
)
def test_values(text, expected):
    found = ak.to_list(Expression(text).evaluate(VALUES))
    np.testing.assert_equal(found, expected)


def test_mass_from_energy_never_goes_below_zero():
    values = {"pt": np.float32([3.0, 3.0]), "eta": np.float32([0, 0]), "e": np.float32([5, 2.9])}
    found = Expression("mass_from_energy(pt, eta, e)").evaluate(values)
    assert ak.to_list(found) == [4, 0]


def test_names_are_known_before_anything_is_read():
    assert Expression("where(a > 1, b, abs(c))").names == {"a", "b", "c"}


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "pt.sum()",
        "pt[0]",
        "[x for x in pt]",
        "lambda: 1",
        "'text'",
        "open(pt)",
        "abs(x=pt)",
        "pt if flag else eta",
        "(y := 3)",
        "pt in eta",
        "f'{pt}'",
        "pt @ eta",
        "1j",
    ],
)
def test_everything_else_is_refused(text):
    with pytest.raises(ValueError, match=r"not allowed|calls"):
        Expression(text)


@pytest.mark.parametrize("text", ["", "pt >", "(pt", "pt\nmet", "\0"])
def test_malformed_text_is_refused(text):
    with pytest.raises(ValueError, match=r"cannot be parsed|not allowed"):
        Expression(text)


def test_unknown_name_and_unfitting_shapes_are_errors():
    with pytest.raises(ValueError, match="'mte' is not defined"):
        Expression("mte > 1").evaluate(VALUES)
    with pytest.raises(ValueError, match="cannot be computed"):
        Expression("a + b").evaluate({"a": ak.Array([[1], [2]]), "b": ak.Array([[1, 2], [3]])})
