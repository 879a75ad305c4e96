"""The grammar of expressions: what is allowed, and the one form of whatever means the same.

An expression is parsed with Python's own grammar, but only names, numbers, arithmetic,
comparisons, logic, the functions of `FUNCTIONS` and members of lists are accepted.
"""

import ast
import keyword
import math
from collections.abc import Mapping

from rapidmass.columnar.arithmetic import LEAST, MOST_UNSIGNED
from rapidmass.columnar.functions import FUNCTIONS
from rapidmass.columnar.kinematics import VECTOR_FUNCTIONS

ALL_FUNCTIONS = {**FUNCTIONS, **VECTOR_FUNCTIONS}
LONGEST = 20_000  # characters
DEEPEST = 150  # levels: far from where Python's own stack ends

ARITHMETIC_SYMBOLS: Mapping[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
}
BIT_SYMBOLS: Mapping[type[ast.operator], str] = {ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^"}
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
        raise ValueError(
            f"expression {text[:60]!r}... has {len(text)} characters; at most {LONGEST} are read: "
            "give names to parts of it under 'aliases' or 'variables'"
        )
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        if isinstance(error, RecursionError | MemoryError) or "too many nested" in reason:
            raise ValueError(_refuse_depth(text)) from None
        hint = "; use & and |" if "&&" in text or "||" in text else ""
        hint += "; put names of branches that are no plain words in quotation marks" * (
            "[" in text or any(keyword.iskeyword(word) for word in text.split())
        )
        raise ValueError(f"expression {text!r} cannot be parsed: {reason}{hint}") from None
    _Checker(text).check(tree, 1)
    return tree


def _refuse_depth(text: str) -> str:
    return (
        f"expression {text[:60]!r}... is nested more than {DEEPEST} levels deep, where a + b + c "
        "is two: give names to parts of it under 'aliases' or 'variables'"
    )


def get_name(node: ast.expr) -> str | None:
    """Spell a name: a word, words with dots between them, or anything in quotation marks.

    Parameters
    ----------
    node
        A part of an expression.

    Returns
    -------
    str or None
        None if it is no name.
    """
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Attribute):
        owner = get_name(node.value) if not isinstance(node.value, ast.Constant) else None
        return None if owner is None else f"{owner}.{node.attr}"
    return None


def list_names(tree: ast.expr) -> frozenset[str]:
    """List the names that an expression uses.

    Parameters
    ----------
    tree
        What `parse` gave.

    Returns
    -------
    frozenset of str
        Names of branches, constants and variables; not those of functions.
    """
    name = get_name(tree)
    if name is not None:
        return frozenset({name})
    names: set[str] = set()
    for child in list_operands(tree):
        names |= list_names(child)
    return frozenset(names)


def list_operands(node: ast.expr) -> list[ast.expr]:
    """List what an operation of an expression is applied to.

    Parameters
    ----------
    node
        A part of an expression.

    Returns
    -------
    list of ast.expr
        Empty for names and numbers.
    """
    match node:
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.UnaryOp(operand=operand):
            return [operand]
        case ast.BoolOp(values=values):
            return values
        case ast.Compare(left=left, comparators=rest):
            return [left, *rest]
        case ast.Call(args=args):
            return args
        case ast.Subscript(value=value) | ast.Attribute(value=value):
            return [value]
    return []


def is_of_bits(node: ast.expr) -> bool:
    """Tell whether a part of an expression is `&`, `|` or `^`."""
    return isinstance(node, ast.BinOp) and type(node.op) in BIT_SYMBOLS


def _is_pick(node: ast.expr) -> bool:
    """Tell whether a part of an expression is a member of a list, or an attribute of a vector."""
    match node:
        case ast.Subscript(value=value, slice=ast.Constant(value=number)):
            return type(number) is int and not isinstance(value, ast.Constant)
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
            raise ValueError(_refuse_depth(self._text))
        self._check_one(node)
        if get_name(node) is None:
            for child in list_operands(node):
                self.check(child, depth + 1)

    def _check_one(self, node: ast.expr) -> None:
        match node:
            case ast.Name() | ast.Attribute() | ast.Constant() if get_name(node):
                return
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
                part = ast.unparse(operand)
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


def write_canonically(tree: ast.expr) -> str:
    """Write an expression in the one form that all of the same meaning share.

    Parameters
    ----------
    tree
        What `parse` gave, perhaps with parts replaced.

    Returns
    -------
    str
        Spaced evenly, without needless parentheses, with numbers as Python spells them: `1e3` is
        `1000.0`. It can be parsed again.
    """
    copy = ast.parse(ast.unparse(tree), mode="eval").body
    return ast.unparse(_Speller().visit(copy))


class _Speller(ast.NodeTransformer):
    """Writes what `ast.unparse` would spell in a way that is refused, or in two ways."""

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if isinstance(node.value, str) and all(
            word.isidentifier() and not keyword.iskeyword(word) for word in node.value.split(".")
        ):
            return ast.Name(node.value)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        node.left, *node.comparators = [
            ast.Name(f"({ast.unparse(operand)})") if is_of_bits(operand) else operand
            for operand in list_operands(node)
        ]
        return node
