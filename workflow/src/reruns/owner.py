"""Who holds the lock of a working folder, and what is left of a run that was killed."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

from cluster.leftovers import QueuedJob, list_leftovers, wait
from cluster.offers import find_controller
from rapidmass.provenance.atomic_files import read_json, write_json
from workers.server import NAME

PAUSE = 1.0  # seconds between looks at the jobs of a killed run


def _find_owners(folder: Path) -> list[Path]:
    return sorted(folder.glob("rapidmass-owner-*.json"))


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
    host, number = socket.gethostname(), os.getpid()
    owner = folder / f"rapidmass-owner-{host}-{number}.json"
    noted = {"host": host, "pid": number, "user": os.getuid(), "executor": executor}
    write_json(owner, {**noted, "numbers": _name_numbers()})
    try:
        yield
    finally:
        owner.unlink(missing_ok=True)


def clear_lock(persistence: Any, executor: str) -> None:
    """Clear the lock of a run that was killed on this machine, once its jobs have ended.

    A lock that another machine or user holds stays: whether that run lives cannot be known here.
    Jobs in SLURM's queue are awaited also where nobody holds the lock any more.

    Parameters
    ----------
    persistence
        Snakemake's persistence.
    executor
        Where this run will send its jobs.
    """
    owners = {path: _read_owner(path) for path in _find_owners(persistence.path)}
    if not all(map(_is_dead, owners.values())):
        return
    if not owners and any((persistence.path / "locks").glob("*.lock")):
        return
    used = {executor, *(owner["executor"] for owner in owners.values())}
    _await_orphans(in_queue="slurm" in used)
    if owners:
        logger.info("A run was killed here: its lock is cleared, and what it left unfinished runs.")
        persistence.cleanup_locks()
        (persistence.path / "locks").mkdir(exist_ok=True)  # it went with them, and is needed again
    for path in owners:
        path.unlink(missing_ok=True)


def _read_owner(path: Path) -> dict[str, Any]:
    """Read who owns a lock; nothing where the file does not say, so that the lock stays."""
    try:
        owner = read_json(path)
    except (OSError, ValueError):
        return {}
    numbers = all(type(owner.get(name)) is int for name in ("pid", "user"))
    texts = all(isinstance(owner.get(name), str) for name in ("host", "executor"))
    return owner if numbers and texts else {}


def _await_orphans(*, in_queue: bool) -> None:
    """Wait for the jobs of a killed run: they end with products, which are then not made twice."""
    here = Path.cwd()
    orphans = [f"process {number}" for number in _find_orphans()]
    if in_queue:
        orphans += [f"SLURM job {job.number}" for job in _list_queued(here)]
    if orphans:
        logger.info(
            f"A run is gone, but its jobs still work ({', '.join(orphans)}): waiting for them. "
            "Stop this run with Ctrl-C to end them instead (kill; python -m cluster cancel)."
        )
    while _find_orphans():
        time.sleep(PAUSE)
    if in_queue:
        wait(here)


def _list_queued(folder: Path) -> list[QueuedJob]:
    try:
        find_controller()  # one that restarts answers soon
        return list_leftovers(folder)
    except RuntimeError as error:
        raise WorkflowError(
            f"{error}; nothing was submitted, as jobs of an earlier run may be in the queue: start "
            "again when SLURM answers"
        ) from None


def _name_numbers() -> str:
    """Name what process numbers are valid in: two containers may call themselves alike."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:  # no Linux
        return ""


def _is_dead(owner: dict[str, Any]) -> bool:
    """Tell whether the process that an owner's file names is known to be gone."""
    if (owner.get("host"), owner.get("user")) != (socket.gethostname(), os.getuid()):
        return False
    # notes of earlier versions do not say what their numbers are valid in
    if owner.get("numbers", _name_numbers()) != _name_numbers():
        return False
    try:
        process = psutil.Process(owner["pid"])
        # the number of a dead process is used again, but hardly by another run; or by this one
        other = process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE
        return not (other and any("snakemake" in word for word in process.cmdline()))
    except psutil.NoSuchProcess:
        return True


def is_script(process: psutil.Process) -> bool:
    """Tell whether a process runs a script, as an interpreter of its own or in a fork."""
    line = process.cmdline()
    return process.name() == NAME or any(".snakemake/scripts/" in word for word in line)


def _find_orphans() -> list[int]:
    """Find scripts of this working folder that still run."""
    here, found = Path.cwd(), []
    for process in psutil.process_iter():
        try:
            if is_script(process) and process.cwd() == str(here):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found
