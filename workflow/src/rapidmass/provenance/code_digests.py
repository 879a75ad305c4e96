"""The code that a script reaches through imports, found without running it.

That is the script, what lies beside it, and this package.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from sys import stdlib_module_names
from types import MappingProxyType

from rapidmass.provenance.parsed_sources import Source, hash_source, open_memory, read_source

PACKAGE = Path(__file__).parents[1]
# They read settings, which are compared by themselves: another version computes nothing else.
READERS = frozenset({"pydantic", "typing_extensions", "yaml", "aiohttp", "fsspec", "XRootD"})
# Installed under another name than that which is imported.
DISTRIBUTIONS: Mapping[str, str] = MappingProxyType(
    {
        "PIL": "pillow",
        "sklearn": "scikit-learn",
        "umap": "umap-learn",
        "xgboost": "xgboost-cpu",
    }
)


def digest_modules(script: Path, modules: Iterable[str] = ()) -> dict[str, str]:
    """Digest a script and every module of this project that it reaches through imports.

    Comments, docstrings and formatting do not count.

    Parameters
    ----------
    script
        A Python file.
    modules
        Further modules (`rapidmass.models.networks.vae`) that it loads by name.

    Returns
    -------
    dict
        16 hexadecimal digits by name: that of the file of the script, and of what lies beside it,
        and of each module of the package.

    Raises
    ------
    ValueError
        If an import is relative.
    """
    reached = reach_sources(script, modules)
    digests = {_name_source(path): _parse(path).digest for path in reached}
    open_memory().keep()
    return dict(sorted(digests.items()))


def hash_sources(script: Path, modules: Iterable[str] = ()) -> dict[str, str]:
    """Hash the files that `digest_modules` digests, as they are: a hundredth of the work.

    Parameters
    ----------
    script, modules
        As for `digest_modules`.

    Returns
    -------
    dict
        16 hexadecimal digits by name.
    """
    reached = reach_sources(script, modules)
    return dict(sorted((_name_source(path), hash_source(read_source(path))) for path in reached))


def renew_digests(
    digests: Mapping[str, str], hashes: Mapping[str, str], sources: Mapping[Path, bytes]
) -> dict[str, str]:
    """Digest again the code that is another one than that which was digested.

    Parameters
    ----------
    digests, hashes
        From `digest_modules` and `hash_sources`.
    sources
        Code as it runs here, by file.

    Returns
    -------
    dict
        Digests of that code; of files that are not among the sources, those that are known.
    """
    now = dict(digests)
    for path, source in sources.items():
        name = _name_source(path)
        if hashes.get(name) != hash_source(source):
            now[name] = open_memory().parse(source, path).digest
    return dict(sorted(now.items()))


def find_sources(names: Iterable[str], script: Path) -> dict[str, Path]:
    """Find the files behind names in digests, as far as they are there.

    Parameters
    ----------
    names
        Keys of `digest_modules`.
    script
        The script.

    Returns
    -------
    dict
        Path by name.
    """
    found = {}
    for name in names:
        place = PACKAGE.parent.joinpath(*name.split("."))
        beside = script.with_name(name)
        for path in (beside, place / "__init__.py", place.with_suffix(".py")):
            if path.is_file():
                found[name] = path
                break
    return found


def list_packages(script: Path, modules: Iterable[str] = ()) -> list[str]:
    """List the installed packages that a script, or a module that it reaches, imports.

    Parameters
    ----------
    script, modules
        As for `digest_modules`.

    Returns
    -------
    list
        Their names in alphabetical order, without those that only read settings. What is installed
        here does not matter: the script may run in another environment.
    """
    names = {name for path in reach_sources(script, modules) for name in _find_packages(path)}
    return sorted(names - READERS)


def reach_sources(script: Path, modules: Iterable[str] = ()) -> set[Path]:
    """Follow the imports of a script through what lies beside it and through this package.

    Parameters
    ----------
    script, modules
        As for `digest_modules`.

    Returns
    -------
    set
        Paths of the script and of all modules that it reaches.
    """
    return set(_reach(script, tuple(modules)))


@cache
def _reach(script: Path, modules: tuple[str, ...]) -> frozenset[Path]:
    reached = {script, *(path for name in modules for path in _find_module(name))}
    waiting = list(reached)
    while waiting:
        for path in find_imports(waiting.pop()) - reached:
            reached.add(path)
            waiting.append(path)
    return frozenset(reached)


@cache
def find_imports(path: Path) -> frozenset[Path]:
    """Find the modules of this project that a source file imports by itself.

    Parameters
    ----------
    path
        A Python file.

    Returns
    -------
    frozenset
        Their paths.

    Raises
    ------
    ValueError
        If an import is relative.
    """
    names = [name for name, parts in _list_imports(path) for name in (name, *parts)]
    found = {found for name in names for found in _find_module(name)}
    if not path.is_relative_to(PACKAGE):
        found |= {beside for name in names if (beside := path.with_name(f"{name}.py")).is_file()}
    return frozenset(found)


def _find_packages(path: Path) -> set[str]:
    names = {name.split(".")[0] for name, _ in _list_imports(path)}
    beside = {source.stem for source in find_imports(path)}
    others = names - stdlib_module_names - beside - {PACKAGE.name}
    return {DISTRIBUTIONS.get(name, name) for name in others}


def _list_imports(path: Path) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found = _parse(path).imports
    if any(name.startswith(".") for name, _ in found):
        raise ValueError(f"{path} has a relative import, which code digests do not follow")
    return found


def _parse(path: Path) -> Source:
    return open_memory().parse(read_source(path), path)


def _name_source(path: Path) -> str:
    if not path.is_relative_to(PACKAGE):
        return path.name
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


@cache
def _find_module(name: str) -> frozenset[Path]:
    """Find the files that importing a module of this package runs: its own and its parents'."""
    first, *rest = name.split(".")
    if first != PACKAGE.name:
        return frozenset()
    found = {PACKAGE / "__init__.py"}
    place = PACKAGE
    for part in rest:
        place = place / part
        found.update(
            path for path in (place / "__init__.py", place.with_suffix(".py")) if path.is_file()
        )
    return frozenset(found)
