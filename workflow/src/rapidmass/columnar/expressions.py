"""Expressions over branches or objects, as users write them in ntuple formats and selections.

Nothing is ever passed to `eval`: `grammar` says what is allowed, and each operation is computed
here. `a & b`, `a | b`, `~a` of conditions and `a and b`, `a or b`, `not a` mean the same.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from functools import reduce
from itertools import takewhile

import numpy as np

from rapidmass.columnar.arithmetic import calculate, count_flags, negate, tell_kind, widen
from rapidmass.columnar.conditions import check_condition, combine, take_logically
from rapidmass.columnar.functions import FUNCTIONS, take_member
from rapidmass.columnar.grammar import parse
from rapidmass.columnar.jagged import Values
from rapidmass.columnar.kinematics import VECTOR_FUNCTIONS
from rapidmass.columnar.syntax import (
    ARITHMETIC_SYMBOLS,
    BIT_SYMBOLS,
    get_name,
    is_of_bits,
    list_links,
    list_names,
    list_operands,
    spell,
    write_canonically,
)
from rapidmass.columnar.vectors import Vectors

_COMPARE: Mapping[type[ast.cmpop], Callable[[Values, Values], Values]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


class Expression:
    """A checked expression.

    Parameters
    ----------
    text
        For instance `"(lepFlavor == 1) & (abs(lepEta) <= 2.47)"`.

    Attributes
    ----------
    text : str
        The expression in canonical form: alike however it was spaced, put in parentheses or its
        numbers were spelled (`1e3` is `1000.0`; `1000` is another number).
    names : frozenset of str
        The names that it uses.
    attributes : frozenset of str
        What it takes of vectors, if it is over objects: `pt` of `ele.pt`, `charge` of
        `ele[0].charge`.
    vector_functions : frozenset of str
        Functions of vectors that it calls: over branches there are none.

    Raises
    ------
    ValueError
        If it is not valid, uses anything beyond the allowed operations, or has a part without
        names that cannot be computed.

    Examples
    --------
    >>> cut = Expression("(pt>25)&(abs(eta)<2.5)")
    >>> cut, sorted(cut.names)
    (Expression('(pt > 25) & (abs(eta) < 2.5)'), ['eta', 'pt'])
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._tree = parse(text)
        self.names: frozenset[str] = list_names(self._tree)
        nodes = list(ast.walk(self._tree))
        self.attributes = frozenset(
            {node.attr for node in nodes if isinstance(node, ast.Attribute)}
            | {name.rpartition(".")[2] for name in self.names if "." in name}
        )
        self.vector_functions = frozenset(
            node.func.id
            for node in nodes
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if node.func.id in VECTOR_FUNCTIONS
        )
        self._check_constants(self._tree)
        self.text = write_canonically(self._tree, text)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def _check_constants(self, node: ast.expr) -> None:
        """Compute the parts without names: 1 / 0 is a mistake that no file can mend."""
        # ~4 is right beside bits alone, where it is computed with them
        is_mask = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert)
        if list_names(node) or is_mask:
            for child in _list_checked(node):
                self._check_constants(child)
            return
        try:
            with np.errstate(divide="raise", over="raise", invalid="raise"):
                self._compute(node, {})
        except ArithmeticError as error:
            raise ValueError(
                f"expression {self.text!r}: {spell(node)} cannot be computed: {error}"
            ) from None
        except (TypeError, ValueError) as error:
            raise ValueError(f"expression {self.text!r} cannot be computed: {error}") from None

    def evaluate(self, values: Mapping[str, Values]) -> Values:
        """Compute the expression.

        Parameters
        ----------
        values
            What each name stands for: jagged arrays, arrays with one value an event, numbers, or
            vectors.

        Returns
        -------
        array or Vectors
            Broadcast over the inputs.

        Raises
        ------
        ValueError
            If a name is unknown, or the shapes or types do not fit.
        """
        try:
            # what is not finite is judged where it is used, with the event that has it
            with np.errstate(all="ignore"):
                return self._find(self._tree, values)
        except KeyError as error:
            raise ValueError(f"expression {self.text!r}: {error} is not defined") from None
        except (TypeError, ValueError, OverflowError) as error:
            reason = str(error).strip().splitlines()[0]
            raise ValueError(f"expression {self.text!r} cannot be computed: {reason}") from error

    def select(self, values: Mapping[str, Values]) -> Values:
        """Compute the expression, which must be a condition.

        Parameters
        ----------
        values
            As for `evaluate`.

        Returns
        -------
        array of bool
            Broadcast over the inputs.

        Raises
        ------
        ValueError
            As `evaluate`, and if the result is a number.
        """
        found = self.evaluate(values)
        try:
            return check_condition(take_numbers(found), "what selects")
        except TypeError as error:
            raise ValueError(f"expression {self.text!r} cannot be used: {error}") from None

    def _compute(self, node: ast.expr, values: Mapping[str, Values]) -> Values:
        """Compute what must be numbers or conditions."""
        return take_numbers(self._find(node, values), node)

    def _find(self, node: ast.expr, values: Mapping[str, Values]) -> Values:
        """Compute numbers, conditions or vectors."""
        if (name := get_name(node)) is not None:
            return widen(values[name])
        operands = list_operands(node)
        match node:
            case ast.Constant(value=value):
                return value
            case ast.BinOp() if is_of_bits(node):
                return self._compute_bits(node, values, compared=False)
            case ast.BinOp():
                return self._calculate(node, values)
            case ast.UnaryOp(op=op):
                return _change(op, self._compute(operands[0], values))
            case ast.BoolOp(op=op):
                symbol = "&" if isinstance(op, ast.And) else "|"
                terms = (take_logically(self._compute(term, values)) for term in operands)
                return reduce(lambda a, b: combine(symbol, a, b), terms)
            case ast.Compare(ops=ops):
                return self._compare(operands, ops, values)
            case ast.Call(func=ast.Name(id=name)) if name in VECTOR_FUNCTIONS:
                return VECTOR_FUNCTIONS[name].call(*(self._find(arg, values) for arg in operands))
            case ast.Call(func=ast.Name(id=name)):
                return widen(FUNCTIONS[name].call(*(self._compute(x, values) for x in operands)))
        return _pick(node, self._find(operands[0], values))

    def _calculate(self, node: ast.BinOp, values: Mapping[str, Values]) -> Values:
        links = list_links(node)
        found = self._compute(links[0].left, values)
        for link in links:
            right = self._compute(link.right, values)
            found = calculate(ARITHMETIC_SYMBOLS[type(link.op)], found, right)
        return found

    def _compare(
        self, operands: list[ast.expr], ops: list[ast.cmpop], values: Mapping[str, Values]
    ) -> Values:
        terms = [
            self._compute_bits(term, values, compared=True)
            if is_of_bits(term)
            else self._compute(term, values)
            for term in operands
        ]
        pairs = zip(ops, terms[:-1], terms[1:], strict=True)
        return reduce(operator.and_, (_COMPARE[type(op)](a, b) for op, a, b in pairs))

    def _compute_bits(
        self, node: ast.expr, values: Mapping[str, Values], *, compared: bool
    ) -> Values:
        """Compute `&`, `|` or `^`, of conditions or of integers."""
        if not isinstance(node, ast.BinOp):
            raise AssertionError("unreachable: only operations of bits come here")

        def compute_side(side: ast.expr) -> Values:
            if is_of_bits(side):
                return self._compute_bits(side, values, compared=compared)
            if isinstance(side, ast.UnaryOp) and isinstance(side.op, ast.Invert):
                inner = self._compute(side.operand, values)
                return ~inner if tell_kind(inner) == "integer" else _change(side.op, inner)
            return self._compute(side, values)

        links = list_links(node)
        found = compute_side(links[0].left)
        for link in links:
            sides = found, compute_side(link.right)
            found = combine(BIT_SYMBOLS[type(link.op)], *sides)
            if tell_kind(found) == "integer" and not compared and all(np.ndim(x) for x in sides):
                raise TypeError(_refuse_bits(link))
        return found


def _list_checked(node: ast.expr) -> list[ast.expr]:
    """List what an operation is applied to, with the numbers that a chain begins with as one."""
    operands = list_operands(node)
    if not isinstance(node, ast.BinOp) or list_names(operands[0]):
        return operands
    numbers = list(takewhile(lambda link: not list_names(link.right), list_links(node)))
    return [*numbers[-1:], *operands[len(numbers) + 1 :]] if numbers else operands


def _refuse_bits(node: ast.BinOp) -> str:
    symbol, part = BIT_SYMBOLS[type(node.op)], spell(node)
    conditions = []
    for side in (node.left, node.right):
        inner, sign = side, "!="
        if isinstance(side, ast.UnaryOp) and isinstance(side.op, ast.Invert):
            inner, sign = side.operand, "=="
        text = f"({spell(inner)})" if is_of_bits(inner) else spell(inner)
        conditions.append(f"({text} {sign} 0)")
    return (
        f"{part} combines the bits of integers, 1 {symbol} 2 is {combine(symbol, 1, 2)}: write "
        f"{f' {symbol} '.join(conditions)} for conditions, or ({part}) != 0 if bits are meant"
    )


def _pick(node: ast.expr, owner: Values) -> Values:
    """Take a member of a list, or an attribute of vectors."""
    match node:
        case ast.Subscript(slice=ast.Constant(value=int(number))):
            is_list = isinstance(owner, Vectors)
            return owner.take_member(number) if is_list else widen(take_member(owner, number))
        case ast.Attribute(attr=attribute, value=value):
            if not isinstance(owner, Vectors):
                raise TypeError(f".{attribute} is of a vector, and {spell(value)} is none")
            return widen(owner.give(attribute))
    raise AssertionError("unreachable: the grammar allows no other node")


def take_numbers(values: Values, node: ast.expr | None = None) -> Values:
    """Take values as numbers or conditions, which vectors are not.

    Parameters
    ----------
    values
        What an expression gave.
    node
        The part of it that gave them, for the error.

    Returns
    -------
    values
        The same; of the missing transverse momentum its magnitude.

    Raises
    ------
    TypeError
        If they are vectors.
    """
    if not isinstance(values, Vectors):
        return values
    if values.is_number:
        return values.give("pt")
    what = "it" if node is None else spell(node)
    raise TypeError(
        f"{what} is {values.describe()} where a number is needed: take a number of it, as in .pt, "
        "or m(...), dphi(...), or count its members, as in n_ele"
    )


def _change(op: ast.unaryop, values: Values) -> Values:
    match op:
        case ast.USub():
            return negate(values)
        case ast.UAdd():
            return count_flags(values)
        case ast.Not():
            return np.logical_not(take_logically(values))
    if tell_kind(values) != "bool":
        raise TypeError(
            "~ of a number is not its opposite: ~0 is -1 and ~1 is -2. Write x == 0, or not x"
        )
    return np.logical_not(values)
