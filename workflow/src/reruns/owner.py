"""Who holds the lock of a working folder, and what is left of a run that was killed."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from snakemake.logging import logger

from cluster.leftovers import list_leftovers, wait
from rapidmass.files import read_json, write_json

PAUSE = 1.0  # seconds between looks at the jobs of a killed run


def _find_owner(folder: Path) -> Path:
    return folder / "rapidmass-owner.json"


@contextmanager
def own_lock(folder: Path, executor: str) -> Iterator[None]:
    """Note which process holds the lock, for as long as it does.

    Parameters
    ----------
    folder
        Snakemake's own folder.
    executor
        Where it sends its jobs: `local`, `slurm`, ...
    """
    owner = _find_owner(folder)
    write_json(owner, {"host": socket.gethostname(), "pid": os.getpid(), "executor": executor})
    try:
        yield
    finally:
        owner.unlink(missing_ok=True)


def clear_lock(persistence: Any) -> None:
    """Clear the lock of a run that was killed on this machine, once its jobs have ended.

    A lock that another machine holds stays: whether that run lives cannot be known here.

    Parameters
    ----------
    persistence
        Snakemake's persistence.
    """
    try:
        owner = read_json(_find_owner(persistence.path))
    except (OSError, ValueError):
        return
    if owner.get("host") != socket.gethostname() or "pid" not in owner or _is_alive(owner):
        return
    _await_orphans(in_queue=owner.get("executor") == "slurm")
    logger.info("A run was killed here: its lock is cleared, and what it left unfinished runs.")
    persistence.cleanup_locks()
    (persistence.path / "locks").mkdir(exist_ok=True)  # it went with them, and is needed again
    _find_owner(persistence.path).unlink(missing_ok=True)


def _await_orphans(*, in_queue: bool) -> None:
    """Wait for the jobs of a killed run: they end with products, which are then not made twice."""
    here = Path.cwd()
    orphans = [f"process {number}" for number in _find_orphans()]
    if in_queue:
        orphans += [f"SLURM job {job.number}" for job in list_leftovers(here)]
    if orphans:
        logger.info(
            f"A run was killed, but its jobs still work ({', '.join(orphans)}): waiting for them. "
            "Stop this run with Ctrl-C to end them instead (kill; python -m cluster cancel)."
        )
    while _find_orphans():
        time.sleep(PAUSE)
    if in_queue:
        wait(here)


def _is_alive(owner: dict[str, Any]) -> bool:
    try:
        process = psutil.Process(owner["pid"])
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        # the number of a dead process is used again, but hardly by another run
        return any("snakemake" in word for word in process.cmdline())
    except psutil.NoSuchProcess:
        return False


def _find_orphans() -> list[int]:
    """Find scripts of this working folder that still run."""
    here, found = Path.cwd(), []
    for process in psutil.process_iter():
        try:
            line = process.cmdline()
            if any(".snakemake/scripts/" in word for word in line) and process.cwd() == str(here):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found
