"""Expressions compute what they say, and refuse everything else."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.expressions import Expression
from rapidmass.jagged import Jagged


def make_jagged(rows):
    """A Jagged array of a list of lists."""
    return Jagged(np.cumsum([0, *map(len, rows)]), np.concatenate([np.array(row) for row in rows]))


def to_list(values):
    if not isinstance(values, Jagged):
        return np.asarray(values).tolist()
    return [part.tolist() for part in np.split(values.content, values.offsets[1:-1])]


VALUES = {
    "pt": Jagged(np.array([0, 2, 2, 3]), np.array([30.0, 20.0, 50.0])),
    "eta": Jagged(np.array([0, 2, 2, 3]), np.array([-1.0, 2.6, 0.5])),
    "flag": Jagged(np.array([0, 2, 2, 3]), np.array([True, True, False])),
    "met": np.array([10.0, 20.0, 30.0]),
    "year": np.array([2015, 2016, 2017]),
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
        ("where(met > 15, pt, 0)", [[0, 0], [], [50]]),
        ("pt / met", [[3, 2], [], [50 / 30]]),
        ("all(flag)", [True, True, False]),
        ("prod(pt)", [600, 1, 50]),
        ("min(pt + eta)", [22.6, np.nan, 50.5]),
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


def test_a_particle_just_below_its_mass_shell_is_massless():
    """Public ntuples with float32 numbers have jets and leptons with m^2 of -1e-7 E^2."""
    pt, eta = np.float32([3.0, 30.0, 0.0]), np.float32([0.0, 2.5, 0.0])
    energy = np.float32([5.0, np.nextafter(np.float32(30 * np.cosh(2.5)), np.float32(0)), 0.0])
    values = {"pt": pt, "eta": eta, "e": energy}
    found = Expression("mass_from_energy(pt, eta, e)").evaluate(values)
    assert found.tolist() == [4, 0, 0]


@pytest.mark.parametrize("factor", [1e-3, 0.9, 0.99])
def test_energy_far_below_momentum_has_no_mass(factor):
    """Such as an energy in GeV beside a momentum in MeV, or a pT that was scaled alone."""
    values = {"pt": make_jagged([[30.0], [40.0, 20.0]]), "eta": make_jagged([[1.0], [0.0, -2.0]])}
    values["e"] = values["pt"] * np.cosh(values["eta"]) * np.array([1.0, factor])
    found = Expression("mass_from_energy(pt, eta, e)").evaluate(values)
    assert np.isnan(found.content).tolist() == [False, True, True]


def test_components_give_back_the_particle():
    pt, eta, phi, mass = 40.0, np.array([-2.0, 0.3]), np.array([3.0, -1.0]), np.array([5.0, 0.1])
    values = {
        "px": pt * np.cos(phi), "py": pt * np.sin(phi), "pz": pt * np.sinh(eta),
        "e": np.sqrt((pt * np.cosh(eta)) ** 2 + mass**2),
    }  # fmt: skip
    texts = {
        "hypot(px, py)": pt,
        "arcsinh(pz / hypot(px, py))": eta,
        "arctan2(py, px)": phi,
        "mass_from_energy(hypot(px, py), arcsinh(pz / hypot(px, py)), e)": mass,
    }
    for text, expected in texts.items():
        np.testing.assert_allclose(Expression(text).evaluate(values), expected, rtol=1e-10)


@given(st.data())
def test_distance_is_that_to_the_nearest_chosen_object(data):
    angle = st.floats(-4, 4, allow_subnormal=False)
    member = st.tuples(angle, angle, st.booleans())
    events = data.draw(
        st.lists(st.tuples(st.lists(member, max_size=4), st.lists(member, max_size=4)), max_size=5)
    )
    values, expected = {}, []
    for side, name in enumerate(("jet", "lep")):
        for column, key in enumerate(("eta", "phi", "good")):
            rows = [[one[column] for one in event[side]] for event in events]
            content = np.array([x for row in rows for x in row], bool if key == "good" else float)
            values[f"{name}_{key}"] = Jagged(np.cumsum([0, *map(len, rows)]), content)
    for jets, leptons in events:
        for eta, phi, _ in jets:
            distances = [
                abs(complex(eta - other_eta, math.remainder(phi - other_phi, 2 * np.pi)))
                for other_eta, other_phi, good in leptons
                if good
            ]
            expected.append(min(distances, default=np.inf))
    text = "distance(jet_eta, jet_phi, lep_eta, lep_phi, lep_good)"
    found = Expression(text).evaluate(values)
    assert len(found) == len(events)
    np.testing.assert_allclose(found.content, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "exact"),
    [("hypot(x, y)", 0.1 * math.sqrt(5)), ("sqrt(y)", math.sqrt(0.2)), ("log(x)", math.log(0.1))],
)
def test_functions_compute_in_double_precision(text, exact):
    values = {"x": np.array([0.1], np.float32), "y": np.array([0.2], np.float32)}
    (found,) = Expression(text).evaluate(values)
    assert found.dtype == np.float64
    assert found == pytest.approx(exact, rel=1e-7)


def test_numbers_that_are_not_finite_pass_without_a_warning():
    """A warning is an error in these tests; whoever uses the numbers judges them."""
    values = {"a": np.array([0.0, 1.0, np.inf]), "b": np.array([0.0, 0.0, np.inf])}
    assert np.isnan(Expression("a / b").evaluate(values)[[0, 2]]).all()
    assert np.isnan(Expression("sqrt(-1 - a)").evaluate(values)).all()


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
    with pytest.raises(ValueError, match=r"cannot be computed: there are 3 events .* and 2"):
        Expression("a + met").evaluate({**VALUES, "a": make_jagged([[1], [2, 3]])})
    with pytest.raises(ValueError, match="event 1 has 1 members on one side and 2 on the other"):
        Expression("a + b").evaluate(
            {"a": make_jagged([[1], [2, 3]]), "b": make_jagged([[1], [3]])}
        )
    with pytest.raises(ValueError, match="go over the objects of an event"):
        Expression("sum(met)").evaluate(VALUES)
    with pytest.raises(ValueError, match="distance goes from the objects of an event"):
        Expression("distance(met, met, eta, eta, flag)").evaluate(VALUES)
    with pytest.raises(ValueError, match="there are 3 events on one side and 2 on another"):
        Expression("distance(eta, eta, a, a, a)").evaluate(
            {**VALUES, "a": make_jagged([[1], [2, 3]])}
        )


BLANKS = st.sampled_from(["", " ", "   ", "\t"])
OPERATORS = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "&", "|", "^", "<", ">=", "=="])


def spell(text, left, right):
    """Two spellings of the same thing: as it is, and with parentheses that it does not need."""
    return text, f"{left}({right}{text}{left}){right}"


LEAVES = st.one_of(
    st.builds(spell, st.sampled_from(["pt", "eta", "20", "0.5"]), BLANKS, BLANKS),
    st.sampled_from([("1000.0", "1e3"), ("0.5", ".5"), ("1000", "1_000"), ("2.0", "2.")]),
)


def combine(children):
    return st.one_of(
        st.builds(
            lambda a, op, b, x, y: (f"({a[0]} {op} {b[0]})", f"({x}{a[1]}{y}{op}{x}{b[1]}{y})"),
            children, OPERATORS, children, BLANKS, BLANKS,
        ),
        st.builds(lambda a, x: (f"~({a[0]})", f"~{x}(({a[1]}))"), children, BLANKS),
        st.builds(
            lambda a, b, x: (f"where({a[0]}, {b[0]}, 1)", f"where{x}({a[1]},{x}{b[1]}{x},1)"),
            children, children, BLANKS,
        ),
        st.builds(
            lambda a, b, x: (f"(not {a[0]} or {b[0]})", f"((not{x} {a[1]}){x} or {x}{b[1]})"),
            children, children, BLANKS,
        ),
    )  # fmt: skip


@given(st.recursive(LEAVES, combine, max_leaves=8))
def test_one_form_for_every_spelling(spellings):
    plain, other = (Expression(text) for text in spellings)
    assert plain.text == other.text
    assert plain.names == other.names
    again = Expression(plain.text)
    assert again.text == plain.text


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (" ( (a>1)&(b>1) ) ", "(a > 1) & (b > 1)"),
        ("a-(b-c)", "a - (b - c)"),
        ("(a-b)-c", "a - b - c"),
        ("(a < b) == c", "(a < b) == c"),
        ("a and (b or c)", "a and (b or c)"),
        ("(-2)**a", "(-2) ** a"),
        ("-(2**a)", "-2 ** a"),
        ("a > 1e3  # GeV", "a > 1000.0"),
        ("a > 20", "a > 20"),
        ("a > 20.0", "a > 20.0"),
        ("abs( a,)", "abs(a)"),
    ],
)
def test_only_parentheses_that_count_are_kept(text, canonical):
    assert Expression(text).text == canonical


def test_an_error_shows_what_was_written():
    with pytest.raises(ValueError, match=r"expression '\( open\(pt\) \)' calls 'open'"):
        Expression("( open(pt) )")


def test_names_may_have_dots():
    expression = Expression("Electrons.pt + offset")
    assert expression.names == {"Electrons.pt", "offset"}
    assert expression.evaluate({"Electrons.pt": np.array([1.0, 2.0]), "offset": 1}).tolist() == [
        2,
        3,
    ]
    with pytest.raises(ValueError, match=r"holds 'f\(x\).pt', which is not allowed"):
        Expression("f(x).pt")


def test_the_first_of_a_list_is_that_of_the_file():
    values = Jagged(np.array([0, 2, 2, 3]), np.array([5.0, 7.0, 1.0]))
    found = Expression("first(x)").evaluate({"x": values})
    np.testing.assert_array_equal(found, [5.0, np.nan, 1.0])
    with pytest.raises(ValueError, match="first is that of the objects of an event"):
        Expression("first(x)").evaluate({"x": np.ones(3)})


@pytest.mark.parametrize(
    ("text", "hint"),
    [("x && y", "cannot be parsed: invalid syntax; use & and |"), ("(x", "was never closed")],
)
def test_what_cannot_be_parsed_comes_with_a_hint(text, hint):
    with pytest.raises(ValueError, match=re.escape(hint)):
        Expression(text)


def test_comparisons_without_parentheses_are_explained():
    with pytest.raises(ValueError, match="put comparisons in parentheses"):
        Expression("x > 1 & x < 2.5").evaluate({"x": np.ones(2)})
