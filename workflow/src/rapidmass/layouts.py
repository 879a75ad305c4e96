"""Whether files, scalers and models mean the same matrices."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from rapidmass.rmm import Layout
from rapidmass.shards import get_layout


def describe_layout(layout: Layout) -> dict[str, Any]:
    """Describe a layout in JSON types.

    Parameters
    ----------
    layout
        What the cells mean.

    Returns
    -------
    dict
        The arguments of `Layout`.
    """
    return {
        "types": dict(layout.types),
        "convention": layout.convention,
        "sqrt_s": layout.sqrt_s,
        "angular_scale": layout.angular_scale,
    }


def check_layout(expected: Layout, schema: pa.Schema, path: Path) -> None:
    """Make sure that a file holds the matrices that a scaler or model was made for.

    Parameters
    ----------
    expected
        Layout of the scaler or model.
    schema
        Schema of the file.
    path
        The file, for the message.

    Raises
    ------
    ValueError
        If the layouts differ, be it in the order of the types.
    """
    found = get_layout(schema, str(path))
    if found != expected or list(found.types) != list(expected.types):
        raise ValueError(
            f"{path} holds matrices of the layout {describe_layout(found)}, but the scaler or "
            f"model was made for {describe_layout(expected)}: use files of one selection"
        )
