"""Expressions over branches, as users write them in their ntuple formats and selections.

An expression is parsed with Python's own grammar, but only names, numbers, arithmetic,
comparisons, logic and the functions of `FUNCTIONS` are accepted, and nothing is ever passed to
`eval`. `a and b`, `a or b`, `not a` mean the element-wise `a & b`, `a | b`, `~a`.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from functools import partial, reduce

import numpy as np

from rapidmass.flat import gather_members
from rapidmass.jagged import Jagged, Values, apply, spread


def _in_double(function: np.ufunc) -> Callable[..., Values]:
    """Compute in double precision: momenta in the files have single, and masses are differences."""
    return lambda *operands: function(*(_widen(values) for values in operands))


def _widen(values: Values) -> Values:
    return np.multiply(values, np.float64(1.0))


# float32 momenta and energies miss the mass shell by 1e-6 E^2 at most; beyond this, energy and
# momentum are not of one particle
MASS_SHELL_TOLERANCE = 1e-3


def _mass_from_energy(pt: Values, eta: Values, energy: Values) -> Values:
    pt, eta, energy = (_widen(values) for values in (pt, eta, energy))
    square = energy**2 - (pt * np.cosh(eta)) ** 2
    # rounding can put a light particle just below its mass shell: it is massless
    mass = np.sqrt(np.maximum(square, 0.0))
    return apply(np.where, square < -MASS_SHELL_TOLERANCE * energy**2, np.nan, mass)


def _measure_distance(
    eta: Values, phi: Values, other_eta: Values, other_phi: Values, chosen: Values
) -> Values:
    if not isinstance(eta, Jagged) or not isinstance(other_eta, Jagged):
        raise TypeError("distance goes from the objects of an event to other objects of it")
    if len(eta) != len(other_eta):
        raise ValueError(f"there are {len(eta)} events on one side and {len(other_eta)} on another")
    chosen = spread(chosen, other_eta) != 0
    others = chosen.reduce(np.add, 0)
    # each object meets each chosen other one of its event
    meetings = np.repeat(others, eta.counts)
    offsets = np.concatenate([[0], np.cumsum(meetings)])
    first = np.repeat(np.cumsum(others) - others, eta.counts) - offsets[:-1]
    other = np.arange(offsets[-1]) + np.repeat(first, meetings)

    def subtract(ours: Values, theirs: Values) -> Values:
        picked = spread(theirs, other_eta).content[chosen.content].astype(np.float64)
        return np.repeat(spread(ours, eta).content, meetings) - picked[other]

    turn = subtract(phi, other_phi)
    turn -= 2 * np.pi * np.round(turn / (2 * np.pi))
    distances = Jagged(offsets, np.hypot(subtract(eta, other_eta), turn))
    return Jagged(eta.offsets, distances.reduce(np.minimum, np.inf))


def _reduce(values: Values, function: np.ufunc, empty: float) -> Values:
    if not isinstance(values, Jagged):
        raise TypeError("count, any, all, sum, prod, max and min go over the objects of an event")
    return values.reduce(function, empty)


def _take_first(values: Values) -> Values:
    if not isinstance(values, Jagged):
        raise TypeError("first is that of the objects of an event")
    content = values.content.astype(np.float64)
    filled = values.counts > 0
    first = np.full(len(values), np.nan)
    first[filled] = content[values.offsets[:-1][filled]]
    return first


FUNCTIONS: Mapping[str, Callable[..., Values]] = {
    "abs": np.abs,
    "sqrt": _in_double(np.sqrt),
    "exp": _in_double(np.exp),
    "log": _in_double(np.log),
    "sin": _in_double(np.sin),
    "cos": _in_double(np.cos),
    "sinh": _in_double(np.sinh),
    "cosh": _in_double(np.cosh),
    "arcsinh": _in_double(np.arcsinh),
    "hypot": _in_double(np.hypot),
    "arctan2": _in_double(np.arctan2),
    "minimum": np.minimum,
    "maximum": np.maximum,
    "where": partial(apply, np.where),
    "isfinite": np.isfinite,
    # over the objects of an event
    "count": lambda mask: _reduce(mask != 0, np.add, 0),
    "any": lambda mask: _reduce(mask != 0, np.add, 0) > 0,
    "all": lambda mask: _reduce(mask == 0, np.add, 0) == 0,
    "sum": lambda values: _reduce(values, np.add, 0),
    "prod": lambda values: _reduce(values, np.multiply, 1),
    "max": lambda values: _reduce(values, np.maximum, np.nan),
    "first": _take_first,
    "min": lambda values: _reduce(values, np.minimum, np.nan),
    # of objects, by position in the arguments: (pt, eta, energy), NaN where these contradict each
    # other; (eta, phi, other_eta, other_phi, chosen), the distance in eta and phi to the nearest
    # other object that is chosen, infinite where there is none
    "mass_from_energy": _mass_from_energy,
    "distance": _measure_distance,
    # of numbers an event: (present, value, present, value, ...), the list of those that are there
    "members": gather_members,
}

_BINARY: Mapping[type[ast.operator], Callable[[Values, Values], Values]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
}
_COMPARE: Mapping[type[ast.cmpop], Callable[[Values, Values], Values]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_UNARY: Mapping[type[ast.unaryop], Callable[[Values], Values]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
    ast.Not: np.logical_not,
}
_BOOLEAN: Mapping[type[ast.boolop], Callable[[Values, Values], Values]] = {
    ast.And: operator.and_,
    ast.Or: operator.or_,
}


def name_dotted(node: ast.expr) -> str | None:
    """Spell a name, perhaps with dots in it, as some branches have.

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
    if isinstance(node, ast.Attribute):
        owner = name_dotted(node.value)
        return None if owner is None else f"{owner}.{node.attr}"
    return None


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

    Raises
    ------
    ValueError
        If it is not valid, or uses anything beyond the allowed operations.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError) as error:
            reason = error.msg if isinstance(error, SyntaxError) else str(error)
            hint = "; use & and | " if "&&" in text or "||" in text else ""
            raise ValueError(
                f"expression {text!r} cannot be parsed: {reason}{hint.rstrip()}"
            ) from None
        self.names: frozenset[str] = frozenset(self._collect(self._tree))
        self.text = ast.unparse(self._tree)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def _collect(self, node: ast.expr) -> set[str]:
        """Check a node and everything below it; give the names it uses."""
        match node:
            case ast.Name() | ast.Attribute() if (name := name_dotted(node)) is not None:
                return {name}
            case ast.Constant(value=value) if isinstance(value, bool | int | float):
                return set()
            case ast.BinOp(op=op, left=left, right=right) if type(op) in _BINARY:
                children = [left, right]
            case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
                children = [operand]
            case ast.BoolOp(values=values):
                children = values
            case ast.Compare(left=left, ops=ops, comparators=rest) if all(
                type(op) in _COMPARE for op in ops
            ):
                children = [left, *rest]
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                if name not in FUNCTIONS:
                    raise ValueError(
                        f"expression {self.text!r} calls {name!r}; the functions are "
                        f"{', '.join(sorted(FUNCTIONS))}"
                    )
                children = args
            case _:
                raise ValueError(
                    f"expression {self.text!r} holds {ast.unparse(node)!r}, which is not allowed: "
                    "use names, numbers, arithmetic, comparisons, & | ~ and functions"
                )
        return set().union(*(self._collect(child) for child in children))

    def evaluate(self, values: Mapping[str, Values]) -> Values:
        """Compute the expression.

        Parameters
        ----------
        values
            What each name stands for: jagged arrays, arrays with one value an event, or numbers.

        Returns
        -------
        array
            Broadcast over the inputs.

        Raises
        ------
        ValueError
            If a name is unknown, or the shapes do not fit.
        """
        try:
            # what is not finite is judged where it is used, with the event that has it
            with np.errstate(all="ignore"):
                return self._compute(self._tree, values)
        except KeyError as error:
            raise ValueError(f"expression {self.text!r}: {error} is not defined") from None
        except (TypeError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
            if "bitwise" in reason:
                reason = "& and | need true or false on both sides: put comparisons in parentheses"
            raise ValueError(f"expression {self.text!r} cannot be computed: {reason}") from error

    def _compute(self, node: ast.expr, values: Mapping[str, Values]) -> Values:
        match node:
            case ast.Name() | ast.Attribute():
                return values[name_dotted(node) or ""]
            case ast.Constant(value=value):
                return value
            case ast.BinOp(op=op, left=left, right=right):
                return _BINARY[type(op)](self._compute(left, values), self._compute(right, values))
            case ast.UnaryOp(op=op, operand=operand):
                return _UNARY[type(op)](self._compute(operand, values))
            case ast.BoolOp(op=op, values=operands):
                return reduce(_BOOLEAN[type(op)], (self._compute(v, values) for v in operands))
            case ast.Compare(left=left, ops=ops, comparators=rest):
                terms = [self._compute(term, values) for term in (left, *rest)]
                pairs = zip(ops, terms[:-1], terms[1:], strict=True)
                return reduce(operator.and_, (_COMPARE[type(op)](a, b) for op, a, b in pairs))
            case ast.Call(func=ast.Name(id=name), args=args):
                return FUNCTIONS[name](*(self._compute(arg, values) for arg in args))
        raise AssertionError("unreachable: the parser checked every node")
