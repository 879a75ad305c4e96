"""What jobs cost, from the benchmarks of earlier runs."""

import json
import math
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Cost:
    """Cost of some jobs.

    Parameters
    ----------
    jobs, known
        How many they are, and of how many the time is known.
    seconds, gpu_seconds
        Time of the latter, one after the other; and the same for each GPU that they ask for.
    """

    jobs: int = 0
    known: int = 0
    seconds: float = 0.0
    gpu_seconds: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.jobs + other.jobs,
            self.known + other.known,
            self.seconds + other.seconds,
            self.gpu_seconds + other.gpu_seconds,
        )

    def write(self) -> str:
        """Write number of jobs, time and GPU time in three columns."""
        time = write_time(self.seconds) if self.known else "?"
        gpu = write_time(self.gpu_seconds) if self.gpu_seconds else "-"
        return f"{self.jobs:>6}  {time:>9}  {gpu:>9}"


def write_time(seconds: float) -> str:
    """Write a time in the unit that suits it.

    Parameters
    ----------
    seconds
        The time.

    Returns
    -------
    str
        For example `45 s`, `12 min` or `3.4 h`.
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def estimate_costs(jobs: Iterable[Any], waiting: set[Any]) -> dict[str, Cost]:
    """Estimate what jobs cost.

    Parameters
    ----------
    jobs
        All jobs.
    waiting
        Those that will run.

    Returns
    -------
    dict
        Cost of those that will run, by rule. A job costs what it did in its last run; where there
        is none, what jobs of its rule did on average.
    """
    times = {job: _read_time(job) for job in jobs}
    known: dict[str, list[float]] = {}
    for job, seconds in times.items():
        if seconds is not None:
            known.setdefault(job.rule.name, []).append(seconds)
    costs: dict[str, Cost] = {}
    for job in waiting:
        rule, seconds = job.rule.name, times[job]
        if seconds is None and rule in known:
            seconds = sum(known[rule]) / len(known[rule])
        cost = Cost(1) if seconds is None else Cost(1, 1, seconds, seconds * _count_gpus(job))
        costs[rule] = costs.get(rule, Cost()) + cost
    return costs


def _read_time(job: Any) -> float | None:
    if not job.benchmark:
        return None
    with suppress(OSError, ValueError, KeyError, IndexError, TypeError, RecursionError):
        last = Path(str(job.benchmark)).read_text(encoding="utf-8").splitlines()[-1]
        seconds = float(json.loads(last)["s"])
        return seconds if math.isfinite(seconds) else None
    return None


def _count_gpus(job: Any) -> int:
    """Count the GPUs that a job asks for: as a number, or in SLURM's words (`gpu:h100:2`)."""
    number = job.resources.get("gpu", 0)
    if number:
        return int(number)
    request = str(job.resources.get("gres", ""))
    if not request.startswith("gpu"):
        return 0
    last = request.rsplit(":", 1)[-1]
    return int(last) if last.isdigit() else 1
