"""Representations: one folder a kind, found by name."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rapidmass.representations.base import Representation

if TYPE_CHECKING:
    import pyarrow as pa

METADATA = "rapidmass.representation"


def name_module(kind: str) -> str:
    """Name the module of a kind: what code digests must be told, since it is loaded by name.

    Parameters
    ----------
    kind
        As in the configuration.

    Returns
    -------
    str
        It has a function `make_representation`, which takes a description without its kind.
    """
    return f"{__package__}.{kind}.representation"


def make_representation(description: Mapping[str, Any]) -> Representation:
    """Make a representation, importing only the module of its kind.

    Parameters
    ----------
    description
        As `Representation.describe` gives it.

    Returns
    -------
    Representation
        Equal to the one that was described.

    Raises
    ------
    ValueError
        If there is no such kind, or the rest of the description is wrong.
    """
    settings = dict(description)
    kind = settings.pop("kind", None)
    name = name_module(str(kind))
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name not in (name, name.rpartition(".")[0]):
            raise
        raise ValueError(f"no representation of the kind {kind!r}: there is no {name}") from None
    representation: Representation = module.make_representation(**settings)
    return representation


def read_representation(schema: pa.Schema, origin: str = "this table") -> Representation:
    """Read from a table or file how it shows its events.

    Parameters
    ----------
    schema
        Schema of the table or file.
    origin
        What to call it in an error.

    Returns
    -------
    Representation
        Decodes its columns.

    Raises
    ------
    ValueError
        If it was not made by this version's format, or shows no events.
    """
    return make_representation(read_description(schema, origin))


def read_description(schema: pa.Schema, origin: str = "this table") -> dict[str, Any]:
    """Read the description of a representation, as `read_representation`; imports no module."""
    from rapidmass.storage.tables import check_format  # the configuration needs no tables

    check_format(schema, origin)
    text = schema.metadata.get(METADATA.encode())
    if text is None:
        raise ValueError(f"{origin} does not say how it shows its events; build it anew")
    description: dict[str, Any] = json.loads(text)
    return description


def check_representation(expected: Representation, schema: pa.Schema, path: Path) -> None:
    """Make sure that a file shows events as a scaler or model was made for.

    Parameters
    ----------
    expected
        Of the scaler or model.
    schema
        Schema of the file.
    path
        The file, for the message.

    Raises
    ------
    ValueError
        If the representations differ, be it in the order of their elements.
    """
    found = read_description(schema, str(path))
    if found != expected.describe():
        raise ValueError(
            f"{path} holds events as {found}, but the scaler or model was made for "
            f"{expected.describe()}: use files of one selection and representation"
        )
