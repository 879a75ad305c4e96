"""The settings of a job: the name that its script reads, and the place in the configuration.

The record of a product keeps both, so that a change is told by the key that a user edits, as
`{"cuts": {"selections.2lep.cuts": [...]}}`. A name with dots, as `frame.channels`, is part of a
block for the script.
"""

import json
from collections.abc import Mapping
from typing import Any

from rapidmass.provenance.requests import write_canonical


def write_settings(settings: Mapping[str, tuple[str, Any]]) -> str:
    """Write the settings of a job in canonical form.

    Parameters
    ----------
    settings
        By name: dotted path in the configuration, and value; see `requests.write_canonical`.

    Returns
    -------
    str
        JSON: by name, value by path.
    """
    return write_canonical({name: {path: value} for name, (path, value) in settings.items()})


def read_settings(text: str) -> dict[str, Any]:
    """Read what `write_settings` wrote, as a script uses it.

    Parameters
    ----------
    text
        The settings.

    Returns
    -------
    dict
        Value by name; names with dots are blocks.
    """
    found: dict[str, Any] = {}
    for name, entry in json.loads(text).items():
        *blocks, last = name.split(".")
        place = found
        for block in blocks:
            place = place.setdefault(block, {})
        (place[last],) = entry.values()
    return found
