"""Jobs that are left in SLURM's queue when the Snakemake that submitted them is gone."""

import logging
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rapidmass.storage.event_keys import hash_text

logger = logging.getLogger(__name__)

PAUSE = 5.0
"""Seconds between looks at the queue."""
FIELDS = ("%i", "%T", "%M", "%j", "%k")  # number, state, time, name, comment


@dataclass(frozen=True)
class QueuedJob:
    """A job in the queue.

    Parameters
    ----------
    number
        SLURM's number of the job.
    state
        `RUNNING`, `PENDING`, ...
    time
        How long it has run, as SLURM writes it.
    name
        Rule and wildcards, as Snakemake's executor writes them.
    """

    number: str
    state: str
    time: str
    name: str

    def __str__(self) -> str:
        return f"{self.number:>9}  {self.state:<10}  {self.time:>11}  {self.name}"


def name_jobs(folder: Path) -> str:
    """Name the jobs of a working folder, so that they can be told from others.

    Parameters
    ----------
    folder
        The working folder.

    Returns
    -------
    str
        What their names in the queue begin with.
    """
    return f"rapidmass-{hash_text(str(folder.resolve())):016x}"


def list_leftovers(folder: Path) -> list[QueuedJob]:
    """List the user's jobs that Snakemake submitted from a working folder.

    Parameters
    ----------
    folder
        The working folder.

    Returns
    -------
    list of QueuedJob
        In the order of the queue.

    Raises
    ------
    RuntimeError
        If there is no SLURM, or it does not answer.
    """
    command = ["squeue", "--me", "--noheader", "--format", "|".join(FIELDS)]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise RuntimeError("there is no squeue on the path: load SLURM's module") from None
    except subprocess.CalledProcessError as error:
        raise RuntimeError(f"squeue failed: {error.stderr.strip()}") from None
    found = []
    for line in answer.stdout.splitlines():
        number, state, ran, name, comment = line.split("|", 4)
        if name_jobs(folder) in name:
            what = comment.removeprefix("rule_").replace("_wildcards_", " ")
            found.append(QueuedJob(number, state, ran, what))
    return found


def wait(folder: Path) -> None:
    """Wait until the queue holds no job of a working folder any more.

    Parameters
    ----------
    folder
        The working folder.
    """
    while _is_waiting(folder):
        time.sleep(PAUSE)


def _is_waiting(folder: Path) -> bool:
    try:
        return bool(list_leftovers(folder))
    except RuntimeError as error:  # a controller that does not answer does so later
        logger.warning("%s; asking again", error)
        return True


def cancel(jobs: Iterable[QueuedJob]) -> None:
    """Cancel jobs.

    Parameters
    ----------
    jobs
        Jobs in the queue.

    Raises
    ------
    RuntimeError
        If SLURM refuses that, or does not answer.
    """
    command = ["scancel", *(job.number for job in jobs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # a job that has ended meanwhile is no fault
    lines = [line for line in done.stderr.splitlines() if "Invalid job id" not in line]
    if done.returncode and lines:
        raise RuntimeError(f"scancel failed: {' '.join(lines)}")
