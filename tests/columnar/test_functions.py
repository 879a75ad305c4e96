"""Functions of expressions compute what they say, from as many arguments as they take."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from example_columns import VALUES, make_jagged, to_list
from rapidmass.columnar.expressions import Expression
from rapidmass.columnar.functions import FUNCTIONS
from rapidmass.columnar.jagged import Jagged


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


def test_the_first_of_a_list_is_that_of_the_file():
    values = Jagged(np.array([0, 2, 2, 3]), np.array([5.0, 7.0, 1.0]))
    found = Expression("first(x)").evaluate({"x": values})
    np.testing.assert_array_equal(found, [5.0, np.nan, 1.0])
    with pytest.raises(ValueError, match="first goes over the objects of an event"):
        Expression("first(x)").evaluate({"x": np.ones(3)})


BEYOND = 2**63 + 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"where(c, {BEYOND}, n)", [BEYOND, 2]),
        (f"where(c, {2**64 - 1}, 0)", [2**64 - 1, 0]),
        (f"maximum(n, {BEYOND})", [BEYOND, BEYOND]),
        (f"minimum({BEYOND}, n, 7)", [1, 2]),
        (f"where(n > 0, {BEYOND}, {BEYOND + 1})", [BEYOND, BEYOND]),
        (f"abs(1) + {BEYOND} + 0 * n", [BEYOND + 1, BEYOND + 1]),
        (f"minimum(0, 1) + where(n > 0, {BEYOND}, 0)", [BEYOND, BEYOND]),
    ],
)
def test_integers_beyond_63_bits_stay_what_they_are(text, expected):
    values = {"c": np.array([True, False]), "n": np.array([1, 2])}
    assert Expression(text).evaluate(values).tolist() == expected


def test_integers_that_no_type_holds_together_are_refused():
    with pytest.raises(ValueError, match="do not fit into 64 bits"):
        Expression(f"where(c, {2**64 - 1}, -1)").evaluate({"c": np.array([True, False])})


def test_no_number_of_a_member_is_too_large_for_no_events():
    empty = Jagged(np.array([0]), np.zeros(0))
    assert Expression(f"x[{2**70}]").evaluate({"x": empty}).tolist() == []


def test_numbers_of_16_bits_have_room():
    found = Expression("x * 1000").evaluate({"x": np.array([40_000], np.float16)})
    assert found.tolist() == [40_000_000]
