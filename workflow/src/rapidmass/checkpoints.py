"""State of an unfinished training: written after every epoch, taken up where it still fits."""

import hashlib
import logging
import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch

from rapidmass.files import write_whole
from rapidmass.shards import open_shard

logger = logging.getLogger(__name__)

_TAIL = 8  # bytes at the end of a Parquet file: length of its footer, and a mark


class State(NamedTuple):
    """Where a training stands.

    Parameters
    ----------
    network, optimiser
        Their state dictionaries.
    history
        One record for each finished epoch of the schedule.
    """

    network: dict[str, Any]
    optimiser: dict[str, Any]
    history: list[dict[str, Any]]


def identify_megaset(path: Path) -> dict[str, Any]:
    """Describe a megaset so that another one is told from it, without reading its rows.

    Parameters
    ----------
    path
        The megaset.

    Returns
    -------
    dict
        File name, rows, size in bytes, and SHA-256 of the Parquet footer (schema, provenance, and
        place, size and key range of every row group).
    """
    with open_shard(path) as parquet:
        rows = parquet.metadata.num_rows
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(size - _TAIL)
        length = int.from_bytes(stream.read(4), "little")
        stream.seek(size - _TAIL - length)
        digest = hashlib.sha256(stream.read(length)).hexdigest()
    return {"name": path.name, "rows": rows, "size": size, "footer": digest}


def save_checkpoint(path: Path, fingerprint: Mapping[str, Any], state: State) -> None:
    """Write a checkpoint, whole or not at all.

    Parameters
    ----------
    path
        The file.
    fingerprint
        Everything that the training depends on.
    state
        Where it stands.
    """
    with write_whole(path) as temporary:
        torch.save({"fingerprint": dict(fingerprint), **state._asdict()}, temporary)


def load_checkpoint(path: Path, fingerprint: Mapping[str, Any]) -> State | None:
    """Read a checkpoint if it belongs to this training.

    Parameters
    ----------
    path
        The file.
    fingerprint
        Everything that the training depends on.

    Returns
    -------
    State or None
        None if there is no checkpoint, or it is unreadable or of another training; the log says
        which.
    """
    if not path.exists():
        return None
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        found = content.pop("fingerprint")
        state = State(**content)
    except (RuntimeError, pickle.UnpicklingError, EOFError, KeyError, TypeError) as error:
        logger.warning("%s is unreadable (%s): training starts anew", path, error)
        return None
    changed = sorted(k for k in {*found, *fingerprint} if found.get(k) != fingerprint.get(k))
    if changed:
        logger.warning(
            "%s is of another training (%s changed): training starts anew", path, ", ".join(changed)
        )
        return None
    return state


def remove_checkpoint(path: Path) -> None:
    """Remove a checkpoint, once everything that follows from the training is written.

    Parameters
    ----------
    path
        The file; it may be absent.
    """
    path.unlink(missing_ok=True)
