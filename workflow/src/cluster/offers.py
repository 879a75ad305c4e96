"""What a SLURM cluster has: partitions and their nodes, accounts of the user, a memory of jobs."""

import getpass
import math
import re
import subprocess
import time
from collections.abc import Iterable
from typing import NamedTuple

PATIENCE, PAUSE = 60.0, 3.0
"""Seconds in which the controller must answer once, and between two questions."""


class Node(NamedTuple):
    """A kind of node.

    Parameters
    ----------
    cpus, memory
        Number of CPUs, and memory in MB.
    devices
        Such as `gpu:a100:4`.
    """

    cpus: int
    memory: int
    devices: frozenset[str]


class Partition(NamedTuple):
    """A partition.

    Parameters
    ----------
    minutes
        The longest time that a job may ask for.
    nodes
        What kinds of nodes it has.
    is_up, is_default
        Whether jobs in it can start, and whether it takes those that name no partition.
    """

    minutes: float
    nodes: frozenset[Node]
    is_up: bool = True
    is_default: bool = False


class Controller(NamedTuple):
    """How the controller remembers jobs.

    Parameters
    ----------
    job_age
        Seconds for which an ended job is shown in the queue.
    has_accounts
        Whether jobs are kept in a database, which `sacct` asks.
    """

    job_age: float
    has_accounts: bool


def list_partitions() -> dict[str, Partition]:
    """List the partitions by name; nothing if SLURM does not answer."""
    columns = ("%P", "%a", "%l", "%c", "%m", "%G")
    lines = _ask("sinfo", "--all", "--exact", "--noheader", "--format", "|".join(columns))
    return read_partitions(lines)


def read_partitions(lines: Iterable[str]) -> dict[str, Partition]:
    """Read what `sinfo` says, one line for each partition and kind of node.

    Parameters
    ----------
    lines
        Name (with a star: the default one), availability, limit, CPUs, memory, devices.

    Returns
    -------
    dict
        Partitions by name.
    """
    found: dict[str, Partition] = {}
    for line in lines:
        name, state, limit, cpus, memory, devices = line.split("|")
        # sockets stand in brackets behind a device
        plain = re.sub(r"\([^)]*\)", "", devices)
        node = Node(_read_number(cpus), _read_number(memory), frozenset(plain.split(",")) - {""})
        plain_name = name.removesuffix("*")
        known = found.get(plain_name)
        found[plain_name] = Partition(
            read_minutes(limit),
            (known.nodes if known else frozenset()) | {node},
            state == "up",
            plain_name != name,
        )
    return found


def read_minutes(limit: str) -> float:
    """Read a time as SLURM writes it (`1-12:00:00`, `30:00`, `infinite`), in minutes."""
    match = re.fullmatch(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)", limit.strip())
    if match is None:
        return math.inf
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return days * 1440 + hours * 60 + minutes + seconds / 60


def list_accounts() -> set[str]:
    """List the accounts of the user; nothing where nobody counts."""
    who = f"user={getpass.getuser()}"
    found = _ask("sacctmgr", "--noheader", "--parsable2", "show", "assoc", who, "format=account")
    return {line.strip() for line in found} - {""}


def find_controller() -> Controller:
    """Ask the controller how it remembers jobs, for some time if it does not answer.

    Returns
    -------
    Controller
        What it says.

    Raises
    ------
    RuntimeError
        If there is no answer.
    """
    end = time.monotonic() + PATIENCE
    while True:
        try:
            answer = _run("scontrol", "show", "config")
        except OSError as error:
            raise RuntimeError(f"{error}: load SLURM's module") from None
        except subprocess.SubprocessError as error:
            if time.monotonic() > end:
                said = str(getattr(error, "stderr", None) or error).strip()
                raise RuntimeError(f"SLURM's controller does not answer: {said}") from None
            time.sleep(PAUSE)
        else:
            return read_controller(answer)


def read_controller(answer: str) -> Controller:
    """Read what `scontrol show config` says.

    Parameters
    ----------
    answer
        Its lines, such as `MinJobAge = 300 sec`.

    Returns
    -------
    Controller
        Where it says nothing, what is SLURM's default.
    """
    pairs = (line.split("=", 1) for line in answer.splitlines() if "=" in line)
    known = {name.strip(): value.strip() for name, value in pairs}
    age = _read_number(known.get("MinJobAge", "300"))
    accounts = known.get("AccountingStorageType", "").removeprefix("accounting_storage/")
    return Controller(age or math.inf, accounts not in ("", "none", "(null)"))


def _read_number(text: str) -> int:
    digits = re.match(r"\s*(\d+)", text)
    return int(digits[1]) if digits else 0


def _ask(*command: str) -> list[str]:
    try:
        return _run(*command).splitlines()
    except (OSError, subprocess.SubprocessError):
        return []


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    return done.stdout
