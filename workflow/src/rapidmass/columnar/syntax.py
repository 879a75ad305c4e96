"""Trees of expressions: their parts, their names, and the one form of whatever means the same."""

import ast
import keyword
import unicodedata
from collections.abc import Mapping

LONGEST = 20_000  # characters
DEEPEST = 150  # levels: far from where Python's own stack ends
MOST_TERMS = 1_000  # of a chain, which Python's parser goes down

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
# operators of one number stand beside each other without parentheses, computed from the left
_CHAINS: Mapping[type[ast.operator], int] = {
    ast.Add: 1, ast.Sub: 1,
    ast.Mult: 2, ast.Div: 2, ast.FloorDiv: 2, ast.Mod: 2,
    ast.BitAnd: 3, ast.BitXor: 4, ast.BitOr: 5,
}  # fmt: skip


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
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    words = []
    while isinstance(node, ast.Attribute):
        words.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([node.id, *reversed(words)])


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
    return frozenset().union(*(list_names(child) for child in list_operands(tree)))


def list_operands(node: ast.expr) -> list[ast.expr]:
    """List what an operation of an expression is applied to.

    Parameters
    ----------
    node
        A part of an expression.

    Returns
    -------
    list of ast.expr
        All terms of a chain, such as a + b - c; empty for names and numbers.
    """
    match node:
        case ast.BinOp():
            links = list_links(node)
            return [links[0].left, *(link.right for link in links)]
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


def list_links(node: ast.BinOp) -> list[ast.BinOp]:
    """List the operations of a chain, such as a + b - c, as they follow each other.

    Parameters
    ----------
    node
        The last operation.

    Returns
    -------
    list of ast.BinOp
        From the first to the last; each is the left side of the next.
    """
    links = [node]
    chain = _CHAINS.get(type(node.op))
    while chain and isinstance(node.left, ast.BinOp) and _CHAINS.get(type(node.left.op)) == chain:
        node = node.left
        links.append(node)
    return links[::-1]


def rebuild(node: ast.expr, operands: list[ast.expr]) -> ast.expr:
    """Make an operation of an expression with other operands.

    Parameters
    ----------
    node
        The operation.
    operands
        As many as `list_operands` gives.

    Returns
    -------
    ast.expr
        The operation with them; names and numbers are themselves.
    """
    match node:
        case ast.BinOp():
            built, *rest = operands
            for link, operand in zip(list_links(node), rest, strict=True):
                built = ast.BinOp(built, link.op, operand)
            return built
        case ast.UnaryOp(op=op):
            return ast.UnaryOp(op, operands[0])
        case ast.BoolOp(op=junction):
            return ast.BoolOp(junction, operands)
        case ast.Compare(ops=ops):
            return ast.Compare(operands[0], ops, operands[1:])
        case ast.Call(func=function):
            return ast.Call(function, operands, [])
        case ast.Subscript(slice=number):
            return ast.Subscript(operands[0], number)
        case ast.Attribute(attr=attribute):
            return ast.Attribute(operands[0], attribute)
    return node


def is_of_bits(node: ast.expr) -> bool:
    """Tell whether a part of an expression is `&`, `|` or `^`."""
    return isinstance(node, ast.BinOp) and type(node.op) in BIT_SYMBOLS


def write_canonically(tree: ast.expr, text: str) -> str:
    """Write an expression in the one form that all of the same meaning share.

    Parameters
    ----------
    tree
        What `parse` gave, perhaps with parts replaced.
    text
        As a user wrote it.

    Returns
    -------
    str
        Spaced evenly, without needless parentheses, with numbers as Python spells them: `1e3` is
        `1000.0`. It can be parsed again.

    Raises
    ------
    ValueError
        If it is too long or too deep for that.
    """
    try:
        written = spell(tree)
    except RecursionError:  # of parts in parts
        raise ValueError(refuse_depth(text)) from None
    if len(written) > LONGEST:
        raise ValueError(refuse_length(text, len(written), " once it is written out evenly"))
    return written


def spell(node: ast.expr) -> str:
    """Write a part of an expression as it can be parsed, for an error."""
    return ast.unparse(_spell(node))


def refuse_length(text: str, length: int, when: str = "") -> str:
    """Say that an expression is too long."""
    return (
        f"expression {text[:60]!r}... has {length} characters{when}; at most {LONGEST} are read: "
        "give names to parts of it under 'aliases' or 'variables'"
    )


def refuse_depth(text: str) -> str:
    """Say that an expression is nested too deep."""
    return (
        f"expression {text[:60]!r}... is nested more than {DEEPEST} levels deep, where a + b + c "
        f"is one for up to {MOST_TERMS} terms: give names to parts of it under 'aliases' or "
        "'variables'"
    )


def _spell(node: ast.expr) -> ast.expr:
    """Make a tree that `ast.unparse` writes in one way, which is not refused."""
    name = get_name(node)
    if name is not None:
        return ast.Name(name) if _is_word(name) else ast.Constant(name)
    parts = [_spell(part) for part in list_operands(node)]
    match node:
        case ast.BinOp():
            return _spell_chain(list_links(node), parts)
        case ast.Compare():
            parts = [
                ast.Name(f"({ast.unparse(part)})") if is_of_bits(part) else part for part in parts
            ]
    return rebuild(node, parts)


def _spell_chain(links: list[ast.BinOp], parts: list[ast.expr]) -> ast.expr:
    """Write all of a chain but its last operation, as `ast.unparse` would go down each of them."""
    first, *others = parts
    pieces: list[str] = []
    for link, part in zip(links[:-1], others[:-1], strict=True):
        before = ast.Name("_") if pieces else first
        pieces.append(
            ast.unparse(ast.BinOp(before, link.op, part)).removeprefix("_" * bool(pieces))
        )
    start = ast.Name("".join(pieces)) if pieces else first
    return ast.BinOp(start, links[-1].op, others[-1])


def _is_word(name: str) -> bool:
    """Tell whether a name can stand without quotation marks, where Python normalises it."""
    return unicodedata.is_normalized("NFKC", name) and all(
        word.isidentifier() and not keyword.iskeyword(word) for word in name.split(".")
    )
