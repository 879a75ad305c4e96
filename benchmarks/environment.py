"""Processes in which things are measured: which interpreter, which cores, how much they used.

Nothing but the standard library is imported here: the peers have no other package in common with
the project.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
CACHE = HERE / ".cache"
PEERS = HERE / ".peers"
# compiled kernels are kept where the caller keeps them, else here
KERNELS = os.environ.get("NUMBA_CACHE_DIR") or str(CACHE / "numba")
PEER_PACKAGES = (
    "root==0.1a12",
    "tensorflow-cpu==2.21.0",
    "keras==3.15.1",
    "pandas",
    "pyarrow",
    "tables",
)
INSTALL = "python -m benchmarks --install-peers"
CORES = sorted(os.sched_getaffinity(0))


@dataclass(frozen=True)
class Answer:
    """What a process said, and what it cost from its start to its end.

    Parameters
    ----------
    result
        What it answered.
    wall, cpu
        Seconds of the whole process.
    peak
        Largest resident memory in bytes.
    """

    result: dict[str, Any]
    wall: float
    cpu: float
    peak: int


def install_peers() -> None:
    """Install the packages of the peers into an environment of their own."""
    if not has_peers():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
    pip = [str(PEERS / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    subprocess.run([*pip, *PEER_PACKAGES], check=True)


def has_peers() -> bool:
    """Tell whether the environment of the peers is there."""
    return (PEERS / "bin" / "python").exists()


def pin(number: int) -> None:
    """Keep this process and those that it starts on some cores, the last ones of the machine."""
    os.sched_setaffinity(0, CORES[-number:])
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(min(number, len(CORES)))


@contextmanager
def pinned(number: int) -> Iterator[None]:
    """Pin for a while, for processes that are started meanwhile."""
    before, variables = os.sched_getaffinity(0), dict(os.environ)
    pin(number)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
        os.environ.clear()
        os.environ.update(variables)


def run_worker(
    module: str, request: Mapping[str, Any], *, peer: bool = False, cores: int = 1
) -> Answer:
    """Let a fresh process work.

    Parameters
    ----------
    module
        Module of this package, which calls `serve`.
    request
        What it is asked, in JSON types.
    peer
        Whether it runs with the packages of the peers.
    cores
        How many cores it may use.

    Returns
    -------
    Answer
        What it said and what it cost.

    Raises
    ------
    RuntimeError
        If it failed; the message holds the end of what it wrote.
    """
    python = str(PEERS / "bin" / "python") if peer else sys.executable
    command = [python, "-m", f"benchmarks.{module}", json.dumps(request)]
    with pinned(cores):
        environment = {**os.environ, "NUMBA_CACHE_DIR": KERNELS}
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    lines = said.splitlines()
    if process.returncode != 0 or not lines or not lines[-1].startswith("{"):
        raise RuntimeError(f"{module} failed ({process.returncode}):\n{said[-3000:]}")
    result = json.loads(lines[-1])
    return Answer(result, wall, usage.ru_utime + usage.ru_stime, result.pop("peak"))


def serve(work: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Do what `run_worker` asks of this process, and answer."""
    result = work(json.loads(sys.argv[1]))
    print(flush=True)
    print(json.dumps({**result, "peak": measure_peak()}), flush=True)


def measure_peak() -> int:
    """Measure the largest resident memory that this process had, in bytes.

    Not `getrusage`: that remembers the memory of whoever started the process.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("this system does not tell the peak memory of a process")


def measure_read() -> int:
    """Measure how many bytes this process has read, from files or otherwise."""
    for line in Path("/proc/self/io").read_text().splitlines():
        if line.startswith("rchar"):
            return int(line.split()[1])
    raise RuntimeError("this system does not tell what a process has read")
