"""The grammar of expressions: what is allowed.

An expression is parsed with Python's own grammar, but only names, numbers, arithmetic,
comparisons, logic, the functions of `FUNCTIONS` and members of lists are accepted.
"""

import ast
import keyword
import math
import unicodedata

from rapidmass.columnar.arithmetic import LEAST, MOST_UNSIGNED
from rapidmass.columnar.functions import FUNCTIONS
from rapidmass.columnar.kinematics import VECTOR_FUNCTIONS
from rapidmass.columnar.syntax import (
    ARITHMETIC_SYMBOLS,
    BIT_SYMBOLS,
    DEEPEST,
    LONGEST,
    MOST_TERMS,
    get_name,
    is_of_bits,
    list_operands,
    refuse_depth,
    refuse_length,
    spell,
)

ALL_FUNCTIONS = {**FUNCTIONS, **VECTOR_FUNCTIONS}
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_UNARY = (ast.USub, ast.UAdd, ast.Invert, ast.Not)


def parse(text: str) -> ast.expr:
    """Parse an expression and check it.

    Parameters
    ----------
    text
        As a user wrote it.

    Returns
    -------
    ast.expr
        Its tree, in which every node is allowed.

    Raises
    ------
    ValueError
        If it is not valid, or holds anything beyond the allowed operations.
    """
    if len(text) > LONGEST:
        raise ValueError(refuse_length(text, len(text)))
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        if isinstance(error, RecursionError | MemoryError) or "too many nested" in reason:
            raise ValueError(refuse_depth(text)) from None
        hint = "; use & and |" if "&&" in text or "||" in text else ""
        hint += "; put names of branches that are no plain words in quotation marks" * (
            "[" in text or any(keyword.iskeyword(word) for word in text.split())
        )
        raise ValueError(f"expression {text!r} cannot be parsed: {reason}{hint}") from None
    _Checker(text).check(tree, 1)
    return tree


def _is_pick(node: ast.expr) -> bool:
    """Tell whether a part of an expression is a member of a list, or an attribute of a vector."""
    match node:
        case ast.Subscript(value=value, slice=ast.Constant(value=number)):
            is_list = bool(get_name(value)) or not isinstance(value, ast.Constant)
            return type(number) is int and is_list
        case ast.Attribute(value=ast.Subscript()):
            return True
        case ast.Attribute(value=ast.Call(func=ast.Name(id=name))):
            return name in VECTOR_FUNCTIONS
    return False


class _Checker:
    """Checks each node of a tree."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = text.strip().encode().splitlines()  # columns of nodes count bytes

    def check(self, node: ast.expr, depth: int) -> None:
        if depth > DEEPEST:
            raise ValueError(refuse_depth(self._text))
        self._check_one(node)
        if get_name(node) is not None:
            return
        operands = list_operands(node)
        if isinstance(node, ast.BinOp) and len(operands) > MOST_TERMS:
            raise ValueError(refuse_depth(self._text))
        for child in operands:
            self.check(child, depth + 1)

    def _check_one(self, node: ast.expr) -> None:
        match node:
            case ast.Constant() if get_name(node):
                return
            case ast.Name() | ast.Attribute() if get_name(node):
                self._check_name(node)
            case ast.Constant(value=value) if isinstance(value, bool | int | float):
                self._check_number(value)
            case ast.BinOp(op=op) if type(op) in ARITHMETIC_SYMBOLS or type(op) in BIT_SYMBOLS:
                return
            case ast.UnaryOp(op=op) if isinstance(op, _UNARY):
                return
            case ast.BoolOp():
                return
            case ast.Compare(ops=ops) if all(isinstance(op, _COMPARISONS) for op in ops):
                self._check_comparison(node)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                self._check_call(name, args)
            case ast.Subscript() | ast.Attribute() if _is_pick(node):
                return
            case _:
                raise ValueError(
                    f"expression {self._text!r} holds {ast.unparse(node)!r}, which is not allowed: "
                    "use names, numbers, arithmetic, comparisons, & | ~, functions, and x[2] for "
                    "the third member of a list; put names of branches that are no plain words in "
                    "quotation marks"
                )

    def _check_name(self, node: ast.Name | ast.Attribute) -> None:
        """Refuse what Python takes for a name of other characters, such as the micro sign."""
        if self._text.isascii():
            return
        name = ast.get_source_segment(self._text.strip(), node) or ""
        if not unicodedata.is_normalized("NFKC", name):
            raise ValueError(
                f"expression {self._text!r}: put {name!r} in quotation marks, as it has characters "
                "that are read as others without them"
            )

    def _check_number(self, value: float) -> None:
        if math.isinf(value):
            raise ValueError(f"expression {self._text!r} holds a number that is too large")
        if isinstance(value, int) and not LEAST <= value <= MOST_UNSIGNED:
            raise ValueError(
                f"expression {self._text!r} holds an integer that does not fit into 64 bits; write "
                "1e30 for a floating-point number"
            )

    def _check_call(self, name: str, args: list[ast.expr]) -> None:
        if name not in ALL_FUNCTIONS:
            raise ValueError(
                f"expression {self._text!r} calls {name!r}; the functions are "
                f"{', '.join(sorted(FUNCTIONS))}; and in event variables "
                f"{', '.join(sorted(VECTOR_FUNCTIONS))}"
            )
        wrong = ALL_FUNCTIONS[name].describe_wrong_number(name, len(args))
        if wrong is not None:
            raise ValueError(f"expression {self._text!r} {wrong}")

    def _check_comparison(self, node: ast.Compare) -> None:
        """Refuse `a > 1 & b > 2`, which is `a > (1 & b) > 2` here and another thing in C++."""
        for operand in list_operands(node):
            if is_of_bits(operand) and not self._is_in_parentheses(operand):
                part = spell(operand)
                raise ValueError(
                    f"expression {self._text!r} compares {part!r}, as & | ^ come before "
                    f"comparisons: put comparisons in parentheses, as in (x > 1) & (y > 2), or "
                    f"write ({part}) if that is meant"
                )

    def _is_in_parentheses(self, node: ast.expr) -> bool:
        after = b"".join(
            [
                self._lines[(node.end_lineno or 1) - 1][node.end_col_offset or 0 :],
                *self._lines[node.end_lineno or 1 :],
            ]
        )
        return after.lstrip().startswith(b")") and self._opens_before(node)

    def _opens_before(self, node: ast.expr) -> bool:
        before = b"".join([*self._lines[: node.lineno - 1], self._lines[node.lineno - 1]])
        length = sum(len(line) for line in self._lines[: node.lineno - 1]) + node.col_offset
        return before[:length].rstrip().endswith(b"(")
