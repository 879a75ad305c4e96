"""One of the processes that train a network together; `processes` starts it, and talks to it."""

import copy
import logging
import os
import threading
import traceback
from logging.handlers import QueueHandler
from multiprocessing.connection import Connection
from typing import Any

import torch

from rapidmass.models.inputs.shares import Share
from rapidmass.models.training.course import follow
from rapidmass.models.training.process_group import ProcessGroup
from rapidmass.models.training.sigterm import Interrupted

STDIN = 0  # where the connection is


class _Line:
    """The way back to whoever started this process; a queue for messages of the log."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, kind: str, content: Any = None) -> None:  # noqa: ANN401
        """Send a message; of any thread, whole."""
        with self._lock:
            self._connection.send((kind, content))

    def put_nowait(self, record: logging.LogRecord) -> None:
        """Send a message of the log."""
        self.send("log", record)


def main() -> None:
    """Train as the message on standard input says, and end when its sender does."""
    connection = Connection(os.dup(STDIN))
    course, share, device_type, meeting = connection.recv()
    asked = threading.Event()
    threading.Thread(target=_listen, args=(connection, asked), daemon=True).start()
    line = _Line(connection)
    root = logging.getLogger()
    root.addHandler(QueueHandler(line))  # type: ignore[arg-type]
    root.setLevel(logging.INFO if share.rank == 0 else logging.WARNING)
    logging.captureWarnings(capture=True)
    word = "finished"
    try:
        device = _choose_device(device_type, share)
        group = ProcessGroup(share, device, meeting, asked.is_set)
        try:
            follow(course, device, group.is_asked_to_end, group)
        except Interrupted:  # as all others are
            word = "interrupted"
        group.leave()
    except Exception as error:
        line.send("failed", _make_portable(error))
        raise SystemExit(1) from None
    line.send(word)


def _listen(connection: Connection, asked: threading.Event) -> None:
    """Wait for the word to end; where nobody is left to say it, end at once."""
    try:
        while True:
            connection.recv()
            asked.set()
    except (EOFError, OSError):
        os._exit(1)


def _choose_device(kind: str, share: Share) -> torch.device:
    if kind == "cpu":
        return torch.device("cpu")
    torch.cuda.set_device(share.rank)
    return torch.device(kind, share.rank)


def _make_portable(error: Exception) -> Exception:
    """Make an error that can be raised in another process, with a note of where it was."""
    try:
        found = copy.copy(error)  # is made from its arguments, as it is there
    except Exception:  # some errors want other arguments
        found = RuntimeError(f"{type(error).__name__}: {error}")
    found.add_note("".join(traceback.format_exception(error)))
    return found


if __name__ == "__main__":
    main()
