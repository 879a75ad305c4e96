"""Where a product comes from: settings in one canonical form, code, versions."""

import ast
import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from rapidmass import __version__

PACKAGE = Path(__file__).parent


def write_canonical(settings: Any) -> str:  # noqa: ANN401
    """Write settings in the one form in which equal settings are equal texts.

    Parameters
    ----------
    settings
        A pydantic model, or JSON-like data that may hold such models.

    Returns
    -------
    str
        JSON with sorted keys, where 1e-3 and 0.001 look alike. The order of lists counts.
    """
    return json.dumps(settings, sort_keys=True, default=_dump, allow_nan=False)


def _dump(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} has no canonical form")


def digest_code(script: Path, modules: Iterable[str] = ()) -> str:
    """Digest a script and every module of this package that it reaches through imports.

    Comments, docstrings and formatting do not count.

    Parameters
    ----------
    script
        A Python file.
    modules
        Further modules (`rapidmass.architectures.vae`) that it loads by name.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    reached = {script, *(path for name in modules for path in _find_module(name))}
    waiting = list(reached)
    while waiting:
        for path in _find_imports(waiting.pop()) - reached:
            reached.add(path)
            waiting.append(path)
    parts = sorted(f"{_name_source(path, script)} {_digest_source(path)}" for path in reached)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _name_source(path: Path, script: Path) -> str:
    return path.name if path == script else str(path.relative_to(PACKAGE))


@cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def _digest_source(path: Path) -> str:
    tree = _parse(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


@cache
def _find_imports(path: Path) -> frozenset[Path]:
    found: set[Path] = set()
    for node in ast.walk(_parse(path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            if node.level or not node.module:
                raise ValueError(f"{path} has a relative import, which code digests do not follow")
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            found.update(_find_module(name))
    return frozenset(found)


def _find_module(name: str) -> set[Path]:
    """Find the files that importing a module of this package runs: its own and its parents'."""
    first, *rest = name.split(".")
    if first != PACKAGE.name:
        return set()
    found = {PACKAGE / "__init__.py"}
    place = PACKAGE
    for part in rest:
        place = place / part
        found.update(
            path for path in (place / "__init__.py", place.with_suffix(".py")) if path.is_file()
        )
    return found


def list_versions(packages: Iterable[str]) -> dict[str, str]:
    """List versions of packages, this one first.

    Parameters
    ----------
    packages
        Names of installed packages.

    Returns
    -------
    dict
        Version by name.
    """
    # this package may run from its folder, without being installed
    return {PACKAGE.name: __version__, **{name: version(name) for name in packages}}


def describe(settings: Mapping[str, Any], code: str, packages: Iterable[str]) -> dict[str, Any]:
    """Describe where a product comes from.

    Nothing in it depends on the time or the machine: equal inputs give equal bytes.

    Parameters
    ----------
    settings
        The block of the configuration that the job read.
    code
        Digest of the code that ran, from `digest_code`.
    packages
        Names of the packages whose versions matter.

    Returns
    -------
    dict
        JSON-like: `settings`, `code`, `versions`.
    """
    return {
        "settings": dict(settings),
        "code": code,
        "versions": list_versions(packages),
    }
