"""Expressions compute what they say."""

import numpy as np
import pytest

from example_columns import FLAGS, VALUES, make_jagged, to_list
from rapidmass.columnar.expressions import Expression


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
        ("where(met > 15, pt, 0)", [[0, 0], [], [50]]),
        ("pt / met", [[3, 2], [], [50 / 30]]),
        ("all(flag)", [True, True, False]),
        ("prod(pt)", [600, 1, 50]),
        ("min(pt + eta)", [22.6, np.nan, 50.5]),
        ("hypot(met, 2 * met, 2 * met)", [30, 60, 90]),
        ("maximum(met, 15, 0 * met + 25)", [25, 25, 30]),
        ("minimum(pt, met)", [[10, 10], [], [30]]),
        ("2 - flag", [[1, 1], [], [2]]),
        ("count(flag) * 2", [4, 0, 0]),
        ("2015 + (year > 2015) + (year > 2016)", [2015, 2016, 2017]),
        ("met ** 2 // 7 % 5", [100 // 7 % 5, 400 // 7 % 5, 900 // 7 % 5]),
    ],
)
def test_values(text, expected):
    assert_alike(to_list(Expression(text).evaluate(VALUES)), expected)


def assert_alike(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.array(one, float), np.array(other, float), rtol=1e-15)


def test_numbers_that_are_not_finite_pass_without_a_warning():
    """A warning is an error in these tests; whoever uses the numbers judges them."""
    values = {"a": np.array([0.0, 1.0, np.inf]), "b": np.array([0.0, 0.0, np.inf])}
    assert np.isnan(Expression("a / b").evaluate(values)[[0, 2]]).all()
    assert np.isnan(Expression("sqrt(-1 - a)").evaluate(values)).all()


def test_names_are_known_before_anything_is_read():
    assert Expression("where(a > 1, b, abs(c))").names == {"a", "b", "c"}


def test_unknown_name_and_unfitting_shapes_are_errors():
    with pytest.raises(ValueError, match="'mte' is not defined"):
        Expression("mte > 1").evaluate(VALUES)
    with pytest.raises(ValueError, match=r"cannot be computed: there are 3 events .* and 2"):
        Expression("a + met").evaluate({**VALUES, "a": make_jagged([[1], [2, 3]])})
    with pytest.raises(ValueError, match="event 1 has 1 members on one side and 2 on the other"):
        Expression("a + b").evaluate(
            {"a": make_jagged([[1], [2, 3]]), "b": make_jagged([[1], [3]])}
        )
    with pytest.raises(ValueError, match="sum goes over the objects of an event"):
        Expression("sum(met)").evaluate(VALUES)
    with pytest.raises(ValueError, match="distance goes from the objects of an event"):
        Expression("distance(met, met, eta, eta, flag)").evaluate(VALUES)
    with pytest.raises(ValueError, match="there are 3 events on one side and 2 on another"):
        Expression("distance(eta, eta, a, a, a)").evaluate(
            {**VALUES, "a": make_jagged([[1], [2, 3]])}
        )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tags // (tags - tags)", "[nan, inf, inf]"),
        ("bits ** -1", "[1.0, 0.5, 0.16666666666666666, inf]"),
    ],
)
def test_integers_divided_by_zero_are_no_integers(text, expected):
    found = Expression(text).evaluate(FLAGS)
    assert str(to_list(getattr(found, "content", found))) == expected


def test_branches_of_any_name_are_quoted():
    names = {"mc-weight", "pt[GeV]", "lambda", "a b", 'say "x"', "Jet.PT", "été"}
    values = {name: np.array([float(number)]) for number, name in enumerate(sorted(names))}
    for name, column in values.items():
        expression = Expression(f"{name!r} + 1")
        assert expression.names == {name}
        assert expression.evaluate(values) == column + 1
        assert Expression(expression.text).text == expression.text
    assert Expression("'Jet.PT' > 1").text == "Jet.PT > 1"
    with pytest.raises(ValueError, match="names of branches that are no plain words in quotation"):
        Expression("lambda > 1")
    with pytest.raises(ValueError, match="names of branches that are no plain words in quotation"):
        Expression("pt[GeV] > 1")


def test_names_may_have_dots():
    expression = Expression("Electrons.pt + offset")
    assert expression.names == {"Electrons.pt", "offset"}
    assert expression.evaluate({"Electrons.pt": np.array([1.0, 2.0]), "offset": 1}).tolist() == [
        2,
        3,
    ]
    with pytest.raises(ValueError, match=r"holds 'f\(x\).pt', which is not allowed"):
        Expression("f(x).pt")
