"""Where a product comes from: what was asked for, in one form in which equal is equal."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any


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
    dump = getattr(value, "model_dump", None)  # of a pydantic model: few jobs need the package
    if callable(dump):
        return dump(mode="json")
    raise TypeError(f"{type(value).__name__} has no canonical form")


def list_versions(packages: Iterable[str]) -> dict[str, str]:
    """List versions of installed packages.

    Parameters
    ----------
    packages
        Their names.

    Returns
    -------
    dict
        Version by name.

    Raises
    ------
    ValueError
        If one is not installed.
    """
    found = {}
    for name in packages:
        try:
            found[name] = _find_version(name)
        except PackageNotFoundError:
            raise ValueError(
                f"package {name} is not installed; install what requirements.lock lists"
            ) from None
    return found


@cache
def _find_version(name: str) -> str:
    return version(name)


def _digest(content: object) -> str:
    return hashlib.sha256(write_canonical(content).encode()).hexdigest()


@dataclass(frozen=True)
class Request:
    """All that decides what a job makes. Two jobs with equal requests make equal products.

    Parameters
    ----------
    settings
        The part of the configuration that the job reads, from `write_canonical`.
    modules
        Digest of the script and of each module that it reaches, from `code_digests.digest_modules`.
    versions
        Version of each package that this code imports.
    products
        Digest of the request behind each input that is itself a product, by path.
    files
        Identity of each other input, from `fingerprints.identify_file`, by file name: where a
        file lies does not matter.
    """

    settings: str
    modules: Mapping[str, str]
    versions: Mapping[str, str]
    products: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all of it, in hexadecimal digits."""
        return _digest(asdict(self))

    @property
    def code(self) -> str:
        """SHA-256 of the code alone."""
        return _digest(dict(self.modules))

    def describe(self) -> dict[str, Any]:
        """Describe it in JSON types, for a product. Nothing in it depends on time or machine."""
        return {**asdict(self), "settings": json.loads(self.settings), "request": self.digest}
