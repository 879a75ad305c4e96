"""Methods by name: only the module of one is imported, as some need what takes long to import."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rapidmass.search.bumps.methods.base import Method


def name_module(method: str) -> str:
    """Name the module of a method: what code digests must be told, since it is loaded by name."""
    return f"{__package__}.{method}"


def load_method(method: str) -> Method:
    """Load the module of a method."""
    module: Method = importlib.import_module(name_module(method))
    return module
