"""Expressions compute what they say, and refuse everything else."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.expressions import Expression
from rapidmass.functions import FUNCTIONS
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
        "pt[-1]",
        "pt[eta]",
        "pt[0:2]",
        "pt[True]",
        "'pt'[0]",
        "[x for x in pt]",
        "lambda: 1",
        "''",
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
    with pytest.raises(ValueError, match="sum goes over the objects of an event"):
        Expression("sum(met)").evaluate(VALUES)
    with pytest.raises(ValueError, match="distance goes from the objects of an event"):
        Expression("distance(met, met, eta, eta, flag)").evaluate(VALUES)
    with pytest.raises(ValueError, match="there are 3 events on one side and 2 on another"):
        Expression("distance(eta, eta, a, a, a)").evaluate(
            {**VALUES, "a": make_jagged([[1], [2, 3]])}
        )


@pytest.mark.parametrize(
    ("text", "usage"),
    [
        ("hypot(pt)", "gives hypot 1 argument: it is hypot(x, y, ...)"),
        ("abs(pt, eta)", "gives abs 2 arguments: it is abs(x)"),
        ("where(flag, pt)", "gives where 2 arguments: it is where(condition, x, y)"),
        ("maximum(pt)", "gives maximum 1 argument: it is maximum(x, y, ...)"),
        ("members(flag, pt, flag)", "gives members 3 arguments: it is members(condition, x, ...)"),
        ("sum()", "gives sum 0 arguments: it is sum(x)"),
        ("arctan2(pt, eta, met)", "gives arctan2 3 arguments: it is arctan2(y, x)"),
        ("mass_from_energy(pt, eta)", "it is mass_from_energy(pt, eta, energy)"),
    ],
)
def test_every_function_has_its_number_of_arguments(text, usage):
    with pytest.raises(ValueError, match=re.escape(usage)):
        Expression(text)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_no_function_changes_what_it_is_given(name):
    """A surplus argument was once where NumPy put the result."""
    function = FUNCTIONS[name]
    arguments = ["pt", "eta", "pt", "eta", "flag"][: len(function.arguments)]
    if function.arguments[0] == "condition":
        arguments[0] = "flag"
    text = f"{name}({', '.join(arguments)})"
    if name == "with_length":
        text = "with_length(pt, 2)"
    if name == "members":
        arguments = ["met > 15", "met"]
        text = "members(met > 15, met)"
    values = {**VALUES, "pt": make_jagged([[1.0, 2.0]]), "eta": make_jagged([[0.5, -1.0]])}
    values["flag"] = make_jagged([[True, False]])
    kept = {key: to_list(column) for key, column in values.items()}
    Expression(text).evaluate(values)
    assert {key: to_list(column) for key, column in values.items()} == kept
    if function.more:
        again = ", ".join(arguments[-function.more :])
        Expression(f"{text[:-1]}, {again})").evaluate(values)
        assert {key: to_list(column) for key, column in values.items()} == kept


FLAGS = {
    "bits": np.array([1, 2, 6, 0], np.uint8),
    "other": np.array([2, 2, 1, 0], np.int32),
    "tags": Jagged(np.array([0, 2, 2, 3, 3]), np.array([0, 1, 3], np.uint32)),
    "pt": np.array([30.0, 10.0, 30.0, 30.0]),
}


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


@pytest.mark.parametrize("text", ["bits", "bits & 2", "pt", "bits + (pt > 20)", "1"])
def test_what_selects_must_be_a_condition(text):
    with pytest.raises(ValueError, match="what selects must be true or false, and is"):
        Expression(text).select(FLAGS)
    assert Expression("pt > 20").select(FLAGS).tolist() == [True, False, True, True]


@pytest.mark.parametrize(
    "text", ["bits > 1 & other > 0", "bits & 2 != 0", "flag & pt > 20", "0 == bits | 1"]
)
def test_comparisons_beside_bits_need_parentheses(text):
    """Python and C++ read them differently, and people a third way."""
    with pytest.raises(ValueError, match="put comparisons in parentheses"):
        Expression(text)


def test_parentheses_are_found_wherever_they_stand():
    spelled = "( pt > 1 ) & ((\t(bits) & 2 ) !=\t0) | (0 == ( bits & 4 ))"
    expression = Expression(spelled)
    assert expression.text == "(pt > 1) & ((bits & 2) != 0) | (0 == (bits & 4))"
    assert Expression(expression.text).text == expression.text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1 / 0", "1 / 0 cannot be computed: divide by zero"),
        ("pt + 3 % 0", "3 % 0 cannot be computed"),
        ("pt * 10 ** 400", "10 ** 400 cannot be computed: overflow"),
        ("9**9**9", "cannot be computed: overflow"),
        ("2 ** 64", "integers of about 1.84e+19 do not fit into 64 bits"),
        ("123456789012345678901234567890", "write 1e30 for a floating-point number"),
        ("pt < 1e999", "holds a number that is too large"),
        ("sqrt(-1)", "sqrt(-1) cannot be computed"),
        ("+".join(["pt"] * 151), "nested more than 150 levels deep"),
        ("+".join(["pt"] * 100_000), "at most 20000 are read"),
        ("(" * 5000 + "pt" + ")" * 5000, "nested more than 150"),
        ("-" * 5000 + "pt", "nested more than 150"),
        ("not " * 4000 + "pt", "nested more than 150"),
    ],
)
def test_what_no_file_can_mend_is_refused_at_once(text, reason):
    with pytest.raises(ValueError, match=re.escape(reason)):
        Expression(text)


def test_a_long_menu_is_read():
    text = " | ".join(f"HLT_{number}" for number in range(150))
    values = dict.fromkeys(Expression(text).names, np.array([False, True]))
    assert Expression(text).select(values).tolist() == [False, True]


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


def test_members_of_lists_are_taken_by_number():
    values = {
        "weights": make_jagged([[1.0, 1.1, 0.9], [2.0, 2.2, 1.8]]),
        "fired": Jagged(np.array([0, 2, 4]), np.array([True, False, False, True])),
        "few": make_jagged([[1.0, 2.0], [3.0]]),
    }
    assert Expression("weights[2] / weights[0]").evaluate(values).tolist() == [0.9, 0.9]
    assert Expression("fired[1]").select(values).tolist() == [False, True]
    assert Expression("with_length(weights, 3)[1]").evaluate(values).tolist() == [1.1, 2.2]
    assert Expression(" weights [ 2 ] ").text == "weights[2]"
    for text, reason in {
        "few[1]": "event 1 has 1 members, and so none with the number 1, counted from 0",
        "with_length(few, 2)[0]": "event 1 has 1 members, not 2",
        "with_length(few, few)": "the second argument of with_length is a number of members",
        "weights[0][0]": "[0] goes over the objects of an event",
    }.items():
        with pytest.raises(ValueError, match=re.escape(reason)):
            Expression(text).evaluate(values)


def test_picked_integers_stay_integers():
    large = 2**53 + 1
    full = {"id": Jagged(np.array([0, 2, 3]), np.array([large, 5, large + 2]))}
    for text in ("first(id)", "max(id)"):
        assert Expression(text).evaluate(full).tolist() == [large, large + 2]
    gap = {"id": Jagged(np.array([0, 1, 1]), np.array([large]))}
    for name in ("first", "max", "min"):
        with pytest.raises(ValueError, match="event 1 has no member and counts as NaN, beside"):
            Expression(f"{name}(id)").evaluate(gap)
    low = {"id": Jagged(np.array([0, 1, 1]), np.array([7]))}
    np.testing.assert_array_equal(Expression("min(id)").evaluate(low), [7, np.nan])


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
    try:
        plain = Expression(spellings[0])
    except ValueError:  # numbers alone, such as 0.5 & 20
        with pytest.raises(ValueError, match="cannot be computed"):
            Expression(spellings[1])
        return
    other = Expression(spellings[1])
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
    with pytest.raises(ValueError, match="first goes over the objects of an event"):
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
