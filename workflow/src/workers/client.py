"""Scripts handed to servers that fork a process for each."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from workers.server import GO

SERVER = Path(__file__).with_name("server.py")
SCRIPTS = Path(__file__).parents[2] / "scripts"
MODULES = ("snakemake.logging", "snakemake.iocontainers", "snakemake.io")
"""What all scripts import before their own."""
THREADS = (
    "OMP_NUM_THREADS",
    "GOTO_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
"""What libraries read as they are imported."""


Measure = Callable[[int], AbstractContextManager[None]]


def can_serve() -> bool:
    """Tell whether this machine has what servers need: Linux, with a kernel of 5.3 or later."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True


@dataclass(frozen=True)
class Server:
    """A process that forks, and the socket for requests. With the socket closed, it ends."""

    process: subprocess.Popen[bytes]
    requests: socket.socket


@dataclass
class Pool:
    """Servers by what they may import, and with how many threads."""

    _servers: dict[tuple[str, ...], Server] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(
        self,
        script: str,
        threads: int,
        kind: Sequence[str],
        code: Mapping[str, Sequence[str]],
        environment: dict[str, str],
        measure: Measure,
    ) -> int | None:
        """Run a script, and wait for its end.

        Parameters
        ----------
        script
            Path.
        threads
            For libraries.
        kind
            Names of packages that only some scripts import: these have a server of their own.
        code
            Names of what the script uses: `modules` of this project, and other `packages`.
        environment
            In addition to that of this process.
        measure
            Makes the context in which a process of a given number runs.

        Returns
        -------
        int or None
            Exit code, negative for a signal; None if the script was not run.

        Raises
        ------
        RuntimeError
            If the server ended before the script did.
        """
        environment = {**os.environ, **dict.fromkeys(THREADS, str(threads)), **environment}
        request = {
            "script": str(Path(script).absolute()),
            "folder": str(Path.cwd()),
            "environment": environment,
            "modules": list(code["modules"]),
            "packages": list(code["packages"]),
        }
        ours, theirs = socket.socketpair()
        with ours, ours.makefile("rb") as answers:
            with theirs, self._lock:
                server = self._find((str(threads), *kind), environment)
                message = json.dumps(request).encode()
                try:
                    socket.send_fds(server.requests, [message], [theirs.fileno()])
                except OSError:  # the server has ended, or the environment is too long for it
                    return None
            with measure(_read(answers.readline())):
                ours.sendall(GO)
                return _read(answers.readline())

    def _find(self, kind: tuple[str, ...], environment: dict[str, str]) -> Server:
        if kind not in self._servers:
            self._servers[kind] = _start_server(environment)
        return self._servers[kind]


def _start_server(environment: dict[str, str]) -> Server:
    # of packets: each request arrives as a whole
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", SERVER, str(theirs.fileno()), SCRIPTS, *MODULES],
            env=environment,
            pass_fds=[theirs.fileno()],
        )
    return Server(process, ours)


def _read(answer: bytes) -> int:
    if not answer:
        raise RuntimeError(
            "the process that runs scripts has ended, killed perhaps for want of memory: start the "
            "run again, with fewer jobs at a time"
        )
    return int(answer)
