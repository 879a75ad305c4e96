"""Expressions are refused, or have one form."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.columnar.expressions import Expression


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "pt.sum()",
        "pt[-1]",
        "pt[eta]",
        "pt[0:2]",
        "pt[True]",
        "1[0]",
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
        ("**".join(["pt"] * 151), "nested more than 150 levels deep"),
        ("+".join(["pt"] * 1001), "one for up to 1000 terms: give names to parts"),
        ("+".join(["a"] * 9_999), "one for up to 1000 terms: give names to parts"),
        ("a" + ".a" * 9_999, "nested more than 150 levels deep"),
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
    text = " | ".join(f"HLT_{number}" for number in range(1000))
    expression = Expression(text)
    assert expression.text == text
    assert expression.names == {f"HLT_{number}" for number in range(1000)}
    values = dict.fromkeys(expression.names, np.array([False, True]))
    assert expression.select(values).tolist() == [False, True]


@pytest.mark.parametrize("symbols", ["+", "-", "+-", "*", "*/", "//*%", "&", "|", "^"])
def test_a_chain_is_computed_from_the_left_and_written_as_it_was(symbols):
    numbers = [7, 3, 5, 2, 9, 4, 1] * 40
    signs = re.findall(r"//|.", symbols)
    links = [f" {signs[k % len(signs)]} x{number}" for k, number in enumerate(numbers)]
    text = "x8" + "".join(links)
    values = {f"x{number}": number for number in range(10)}
    expression = Expression(f"({text}) * 1" if symbols in "&|^" else text)
    assert Expression(expression.text).text == expression.text
    assert expression.text.startswith(("x8", "(x8"))
    if "*" not in symbols:  # it would not fit into 64 bits
        assert expression.evaluate(values) == eval(text, values)  # noqa: S307
    assert len(Expression(f"({text}) * ({text})").text) == 2 * len(text) + 7 - 2 * (
        symbols.startswith(("*", "//"))
    )


@pytest.mark.parametrize("text", ["1 / 0 / pt", "9223372036854775807 * 4 + pt", "1 - 2 / 0 - pt"])
def test_the_numbers_that_a_chain_begins_with_are_computed_at_once(text):
    with pytest.raises(ValueError, match="cannot be computed"):
        Expression(text)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("'\u00b5_pt'", "'\u00b5_pt'"),
        ("'\u03bc_pt'", "\u03bc_pt"),
        ("'jet.\ufb01t' > 1", "'jet.\ufb01t' > 1"),
        ("u'my branch'", "'my branch'"),
        ("'my branch'[0]", "'my branch'[0]"),
        ("'pt'[0]", "pt[0]"),
        ("'class' + 'jet.pt'", "'class' + jet.pt"),
    ],
)
def test_quoted_names_stay_the_same_names(text, canonical):
    expression = Expression(text)
    assert expression.text == canonical
    again = Expression(expression.text)
    assert (again.text, again.names) == (expression.text, expression.names)


def test_a_name_that_would_be_read_as_another_needs_quotation_marks():
    with pytest.raises(ValueError, match="put '\u00b5_pt' in quotation marks"):
        Expression("2 * \u00b5_pt")
    assert Expression("'\u00b5_pt' * \u03bc").names == {"\u00b5_pt", "\u03bc"}


@given(st.text(min_size=1))
def test_any_quoted_name_stays_the_same_name(name):
    expression = Expression(repr(name))
    assert expression.names == {name}
    assert Expression(expression.text).names == {name}


def test_what_is_written_out_is_never_too_long_to_be_read_again():
    long = "+".join(["9e15"] * 900)
    assert Expression(Expression(f"pt+{long}").text)
    long = "*".join([f"({long})"] * 2)
    with pytest.raises(
        ValueError, match=r"'pt\+.* characters once it is written out evenly; at mo"
    ):
        Expression(f"pt+{long}")


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


@pytest.mark.parametrize(
    ("text", "hint"),
    [("x && y", "cannot be parsed: invalid syntax; use & and |"), ("(x", "was never closed")],
)
def test_what_cannot_be_parsed_comes_with_a_hint(text, hint):
    with pytest.raises(ValueError, match=re.escape(hint)):
        Expression(text)
