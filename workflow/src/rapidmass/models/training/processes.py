"""Processes that train one network together: started, listened to, and ended as one."""

import logging
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import torch

from rapidmass.models.inputs.shares import Share
from rapidmass.models.training import rank
from rapidmass.models.training.course import Course
from rapidmass.models.training.process_group import LostPeerError
from rapidmass.models.training.sigterm import Interrupted

PAUSE = 0.05  # seconds between two looks at whether to end
GRACE = 10.0  # seconds in which a process must say why others lost it


def check_processes(name: str, number: int, batch_size: int, device_type: str) -> None:
    """Check that each process has events of a batch and, if there are any, a graphics processor.

    Parameters
    ----------
    name
        Name of the architecture.
    number
        Number of processes.
    batch_size
        Events in a batch.
    device_type
        `cpu` or `cuda`.

    Raises
    ------
    ValueError
        If there are too few.
    """
    if number > 1 and batch_size < 2 * number:  # half of a batch of classifiers are signals
        raise ValueError(
            f"{name}: a batch of {batch_size} events cannot be shared by {number} processes: raise "
            "batch_size, or lower training.processes"
        )
    there = torch.cuda.device_count() if device_type == "cuda" else number
    if there < number:
        raise ValueError(
            f"{name}: training.processes is {number}, and each process needs a graphics processor "
            f"of its own, but this job has {there}: ask for {number} in the profile (gres: "
            f"gpu:{number}), or set training.processes to {there}"
        )


def train_together(
    course: Course, number: int, device_type: str, is_asked_to_end: Callable[[], bool]
) -> None:
    """Train a network in several processes, until its checkpoint holds the end.

    Parameters
    ----------
    course
        What to train.
    number
        Number of processes.
    device_type
        `cpu` or `cuda`.
    is_asked_to_end
        Tells whether to end before.

    Raises
    ------
    Interrupted
        If it was asked to end, once the state is saved.
    Exception
        What one of the processes ended with. None of them is left then.
    """
    with tempfile.TemporaryDirectory(prefix="rapidmass-") as folder:
        meeting = Path(folder, "meeting")
        ranks: list[_Rank] = []
        try:
            ranks.extend(map(_start, range(number)))
            for one in ranks:
                one.tell((course, Share(one.number, number), device_type, meeting))
            _Listener(course.name, ranks).run(is_asked_to_end)
        finally:
            for one in ranks:
                one.end()


@dataclass(frozen=True, eq=False)
class _Rank:
    number: int
    process: subprocess.Popen[bytes]
    connection: Connection

    def tell(self, message: object) -> None:
        """Tell the process something, if it is still there."""
        try:
            self.connection.send(message)
        except OSError:
            return  # why it is gone is found where it is listened to

    def hear(self) -> tuple[str, Any]:
        """Hear what the process says next; `gone` if it will say no more."""
        try:
            kind, content = self.connection.recv()
        except (EOFError, OSError):
            return "gone", None
        return kind, content

    def describe_end(self) -> str:
        """Describe how the process ended, which did not say it."""
        try:
            status = self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            return f"process {self.number} of the training fell silent"
        if status < 0:
            return (
                f"process {self.number} of the training was killed by "
                f"{signal.Signals(-status).name}: if there was too little memory, ask for more "
                "(mem_mb)"
            )
        return f"process {self.number} of the training ended with status {status}"

    def end(self) -> None:
        """End the process at once, if it is still there."""
        self.process.kill()
        self.process.wait()
        self.connection.close()


def _start(number: int) -> _Rank:
    ours, theirs = Pipe()
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        # they are on one machine, whose name need not lead to it
        **({"GLOO_SOCKET_IFNAME": "lo"} if sys.platform == "linux" else {}),
    }
    command = [sys.executable, "-P", "-m", rank.__name__]
    with theirs, _hold_signals():
        process = subprocess.Popen(command, stdin=theirs.fileno(), env=environment)
    return _Rank(number, process, ours)


@contextmanager
def _hold_signals() -> Generator[None, None, None]:
    """Let processes that are started within it never see signals that this one handles for all."""
    former = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


class _Listener:
    """Passes on what processes say, until all have finished or one of them failed."""

    def __init__(self, name: str, ranks: Sequence[_Rank]) -> None:
        self._name = name
        self._ranks = ranks
        self._words: dict[_Rank, str] = {}
        self._lost: LostPeerError | None = None
        self._deadline = math.inf

    def run(self, is_asked_to_end: Callable[[], bool]) -> None:
        talking: dict[object, _Rank] = {one.connection: one for one in self._ranks}
        was_told = False
        while talking and time.monotonic() < self._deadline:
            if is_asked_to_end() and not was_told:
                was_told = True
                for one in self._ranks:
                    one.tell("end")
            for connection in wait([one.connection for one in talking.values()], PAUSE):
                if not self._hear(talking[connection]):
                    del talking[connection]
        if self._lost is not None:
            raise self._lost
        if "interrupted" in self._words.values():
            raise Interrupted

    def _hear(self, one: _Rank) -> bool:
        """Hear a process, and tell whether it may say more."""
        kind, content = one.hear()
        if kind == "log":
            logging.getLogger(content.name).handle(content)
        elif kind != "gone":
            self._words[one] = kind
            self._judge(content)
        elif one not in self._words:
            raise RuntimeError(f"{self._name}: {one.describe_end()}")
        return kind != "gone"

    def _judge(self, error: Exception | None) -> None:
        if isinstance(error, LostPeerError):  # whoever is gone may still say why
            self._lost, self._deadline = error, time.monotonic() + GRACE
        elif error is not None:
            raise error
