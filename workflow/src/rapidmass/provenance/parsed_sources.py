"""What the text of a source file says: its digest, and what it imports.

Parsing takes a hundred times as long as reading. What was found is kept beside Python's own
compiled files, by the hash of the text, so that it can be neither out of date nor that of another
file.
"""

import ast
import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from rapidmass.provenance.atomic_files import write_whole

BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")  # where statements are in statements
MOST = 5000  # texts that are remembered, before only those that were asked for stay
PLACE = Path(__file__).with_name("__pycache__") / f"sources.{sys.implementation.cache_tag}.json"


class Source(NamedTuple):
    """What a source file says.

    Parameters
    ----------
    digest
        16 hexadecimal digits. Comments, docstrings and formatting do not count.
    imports
        Each imported module, dots in front where the import is relative, with what `from` takes out
        of it (perhaps modules as well).
    """

    digest: str
    imports: tuple[tuple[str, tuple[str, ...]], ...]


class Memory:
    """What texts of source files say, kept in a file.

    Parameters
    ----------
    path
        The file. If it is absent, damaged, or written by other code than this, nothing is known.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = self._read()
        self._kept = len(self._known)
        self._asked: set[str] = set()

    def parse(self, source: bytes, path: Path) -> Source:
        """Find what a source file says, or remember it.

        Parameters
        ----------
        source
            The text.
        path
            Where it is, for the message where it is no Python.

        Returns
        -------
        Source
            Its digest and imports.
        """
        key = hashlib.sha256(source).hexdigest()
        self._asked.add(key)
        if key not in self._known:
            tree = ast.parse(source, str(path))
            self._known[key] = Source(imports=tuple(_list_imports(tree)), digest=_digest(tree))
        return self._known[key]

    def keep(self) -> None:
        """Keep what is new for the next process; where nothing can be written, it parses again."""
        if len(self._known) == self._kept:
            return
        if len(self._known) > MOST:
            self._known = {key: self._known[key] for key in self._asked}
        self._kept = len(self._known)
        content = json.dumps(self._known)
        with suppress(OSError), write_whole(self._path) as path:
            path.write_text(json.dumps([_sign(content), content]), encoding="utf-8")

    def _read(self) -> dict[str, Source]:
        with suppress(OSError, ValueError, TypeError):
            signature, content = json.loads(self._path.read_text(encoding="utf-8"))
            if signature == _sign(content):
                return {key: _restore(*found) for key, found in json.loads(content).items()}
        return {}


@cache
def open_memory() -> Memory:
    """Open what this checkout remembers, once in a process."""
    return Memory(PLACE)


@cache
def read_source(path: Path) -> bytes:
    """Read a source file, once in a process."""
    return path.read_bytes()


def hash_source(source: bytes) -> str:
    """Hash what is in a file, as it is."""
    return hashlib.sha256(source).hexdigest()[:16]


def _restore(digest: str, imports: list[Any]) -> Source:
    return Source(digest, tuple((name, tuple(parts)) for name, parts in imports))


def _sign(content: str) -> str:
    """Sign with the code that found it, too."""
    own = read_source(Path(__file__))
    return hashlib.sha256(own + content.encode()).hexdigest()


def _list_imports(tree: ast.Module) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in _walk_statements(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield module, tuple(f"{module}.{alias.name}" for alias in node.names)


def _digest(tree: ast.Module) -> str:
    for node in _walk_statements(tree):
        for name in BLOCKS:
            if block := getattr(node, name, None):
                setattr(node, name, [part for part in block if not _is_docstring(part)])
    return hashlib.sha256(ast.unparse(tree).encode()).hexdigest()[:16]


def _walk_statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Go through the statements alone: a tenth of the nodes."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for name in BLOCKS:
            waiting += getattr(node, name, ())


def _is_docstring(node: object) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
