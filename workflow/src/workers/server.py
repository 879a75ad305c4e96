"""Run each script in a fork of this process: server.py DESCRIPTOR FOLDER MODULE...

What scripts import is imported here, once: the modules that are named, and those of the project as
scripts come that use them. If one of these was edited since, the script runs in an interpreter of
its own. FOLDER has the scripts. Requests come through the socket with that descriptor, each with a
socket of its own for the answers. The server ends with the process at the other end; scripts that
run then go on without it.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

REQUEST_SIZE = 1 << 20
GO = b"go"
NAME = "rapidmass-job"
"""What the system calls the process of a script, whose command line is that of the server."""

Load = Callable[[Sequence[str], Sequence[str]], None]


class Child:
    """A process that was forked, and the socket on which its end is told.

    Parameters
    ----------
    pid
        Its number.
    answers
        Closed with it.
    """

    def __init__(self, pid: int, answers: socket.socket) -> None:
        self.pid = pid
        self.answers = answers
        self.descriptor = os.pidfd_open(pid)

    def tell_end(self) -> None:
        """Tell the exit code, negative for a signal as `subprocess` has it."""
        _, status = os.waitpid(self.pid, 0)
        with contextlib.suppress(OSError):  # nobody listens any more
            self.answers.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
        self.close()

    def close(self) -> None:
        """Close what the server holds."""
        self.answers.close()
        os.close(self.descriptor)


def serve(requests: socket.socket, load: Load) -> dict[str, Any] | None:
    """Fork a process for each request.

    Parameters
    ----------
    requests
        Where they arrive.
    load
        Called with the names of the modules and packages that a script uses, before the fork.

    Returns
    -------
    dict or None
        In a forked process its request; in the server nothing, once the other end is closed.
    """
    with selectors.DefaultSelector() as events:
        events.register(requests, selectors.EVENT_READ)
        children: dict[int, Child] = {}
        while True:
            for key, _ in events.select():
                if key.data is not None:
                    events.unregister(key.fd)
                    children.pop(key.data).tell_end()
                    continue
                message, descriptors, _, _ = socket.recv_fds(requests, REQUEST_SIZE, 1)
                if not message:
                    return None
                answers = socket.socket(fileno=descriptors[0])
                request = dict(json.loads(message))
                load(request["modules"], request["packages"])
                pid = os.fork()
                if pid == 0:
                    requests.close()  # else it would seem that somebody still takes them
                    for child in children.values():
                        child.close()
                    _await_go(answers)
                    return request
                children[pid] = child = Child(pid, answers)
                events.register(child.descriptor, selectors.EVENT_READ, pid)
                with contextlib.suppress(OSError):
                    answers.sendall(b"%d\n" % pid)


def _await_go(answers: socket.socket) -> None:
    # whoever measures this process looks at it before it begins, and so before it may end
    with answers:
        answers.recv(len(GO))


def run_script(request: dict[str, Any], preparation: Any) -> int:  # noqa: ANN401 (a module)
    """Run a script as `python SCRIPT` does, in this process.

    Parameters
    ----------
    request
        Path of the `script`, `folder` to run in, the `environment`, and `modules` that it uses.
    preparation
        What was imported before, and how it is told.

    Returns
    -------
    int
        Exit code.
    """
    script = request["script"]
    Path("/proc/self/comm").write_text(NAME)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    if not preparation.is_current(request["modules"]):
        os.execv(sys.executable, [sys.executable, script])  # replaces this process
    preparation.forget_others(request["modules"])
    sys.argv = [script]
    sys.path.insert(0, str(Path(script).parent))
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)  # noqa: T201 (as Python does)
        return 1
    except BaseException:  # the hook is the last to be told of any
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def end_process(code: int) -> None:
    """End a forked process. Its modules are left as they are: taking them down takes long."""
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as Python does
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code & 0xFF)


def main() -> None:
    """Import modules and serve; in a forked process, run its script."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    # they are for scripts, also where a cluster sends them to all processes of a job
    former = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    gc.disable()  # for good: nothing is left behind here, and a fork should not touch what it has
    sys.path.append(sys.argv[2])
    preparation = importlib.import_module("_preparation")
    preparation.load(sys.argv[3:], [])
    request = serve(requests, preparation.load)
    if request is not None:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)
        sys.path.remove(sys.argv[2])
        end_process(run_script(request, preparation))


if __name__ == "__main__":
    main()
