"""State of an unfinished training: written now and then, taken up where it still fits."""

import hashlib
import io
import logging
import os
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch

from rapidmass.models.training.sigterm import Interrupted
from rapidmass.provenance.atomic_files import write_whole
from rapidmass.storage.parquet import open_shard

logger = logging.getLogger(__name__)

_DIGEST = 32  # bytes of a SHA-256 before the content: torch would load damaged numbers as they are
_TAIL = 8  # bytes at the end of a Parquet file: length of its footer, and a mark


class State(NamedTuple):
    """Where a training stands.

    Parameters
    ----------
    network, optimiser
        Their state dictionaries.
    history
        One record for each finished epoch of the schedule.
    unfinished
        Of the epoch after them, as far as it goes: `megaset`, `epoch`, number of `batches` done,
        sums of their losses, and where the noise stands. None between two epochs.
    """

    network: dict[str, Any]
    optimiser: dict[str, Any]
    history: list[dict[str, Any]]
    unfinished: dict[str, Any] | None = None


class Keeper:
    """Saves a training now and then, and ends the process where that is asked for.

    Parameters
    ----------
    name
        Whose training it is.
    path
        Where to save it.
    fingerprint
        Everything that the training depends on.
    interval
        Seconds from one saving to the next within an epoch.
    is_asked_to_end
        Tells whether the process shall end.
    writes
        Whether this process writes; False if another one does, of the same training.
    """

    def __init__(
        self,
        name: str,
        path: Path,
        fingerprint: Mapping[str, Any],
        interval: float,
        is_asked_to_end: Callable[[], bool],
        *,
        writes: bool = True,
    ) -> None:
        self._name = name
        self._path = path
        self._fingerprint = fingerprint
        self._interval = interval
        self._is_asked_to_end = is_asked_to_end
        self._writes = writes
        self._last = time.monotonic()

    def load(self) -> State | None:
        """Read what was saved, if it belongs to this training, and tidy up after killed processes.

        Returns
        -------
        State or None
            As from `load_checkpoint`.
        """
        if self._writes:
            remove_leftovers(self._path)
        return load_checkpoint(self._path, self._fingerprint)

    def visit(self, get_state: Callable[[], State]) -> None:
        """Save the training if it is time to, or to end.

        Parameters
        ----------
        get_state
            Tells where the training stands.

        Raises
        ------
        Interrupted
            If the process was asked to end, once the training is saved.
        """
        if self._is_asked_to_end() or time.monotonic() - self._last >= self._interval:
            self.save(get_state())

    def save(self, state: State) -> None:
        """Save the training.

        Parameters
        ----------
        state
            Where it stands.

        Raises
        ------
        Interrupted
            If the process was asked to end, once the training is saved.
        """
        if self._writes:
            save_checkpoint(self._path, self._fingerprint, state)
        self._last = time.monotonic()
        if not self._is_asked_to_end():
            return
        if self._writes:
            logger.error(
                "%s: interrupted by SIGTERM: checkpoint written after %s; the next start goes on "
                "from there",
                self._name,
                _name_place(state),
            )
        raise Interrupted


def _name_place(state: State) -> str:
    at = state.unfinished or state.history[-1]
    batch = f", batch {at['batches']}" if state.unfinished else ""
    return f"megaset {at['megaset']}, epoch {at['epoch']}{batch}"


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
    buffer = io.BytesIO()
    torch.save({"fingerprint": dict(fingerprint), **state._asdict()}, buffer)
    content = buffer.getvalue()
    with write_whole(path) as temporary:
        temporary.write_bytes(hashlib.sha256(content).digest() + content)


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
        None if there is no checkpoint, or it is damaged or of another training; the log says
        which.
    """
    if not path.exists():
        return None
    data = path.read_bytes()
    if hashlib.sha256(data[_DIGEST:]).digest() != data[:_DIGEST]:
        logger.warning("%s is damaged or no checkpoint: training starts anew", path)
        return None
    content = torch.load(io.BytesIO(data[_DIGEST:]), map_location="cpu", weights_only=True)
    found = content.pop("fingerprint")
    changed = sorted(k for k in {*found, *fingerprint} if found.get(k) != fingerprint.get(k))
    if changed:
        logger.warning(
            "%s is of another training (%s changed): training starts anew", path, ", ".join(changed)
        )
        return None
    return State(**content)


def remove_leftovers(path: Path) -> None:
    """Remove what processes left beside a checkpoint that were killed while they wrote it.

    Parameters
    ----------
    path
        The checkpoint. No other process may write it now.
    """
    name = re.compile(rf"\.{re.escape(path.stem)}\.\d+{re.escape(path.suffix)}")  # of write_whole
    for leftover in path.parent.glob(".*"):
        if name.fullmatch(leftover.name):
            leftover.unlink()


def remove_checkpoint(path: Path) -> None:
    """Remove a checkpoint, once everything that follows from the training is written.

    Parameters
    ----------
    path
        The file; it may be absent.
    """
    path.unlink(missing_ok=True)
