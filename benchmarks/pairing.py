"""Timing of several ways in turn, so that a slow moment of the machine meets all of them."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.environment import Answer


@dataclass(frozen=True)
class Timing:
    """What one repetition took.

    Parameters
    ----------
    wall, cpu
        Seconds by the clock, and of all threads of the process.
    answer
        What the process said, where it was one of its own.
    """

    wall: float
    cpu: float
    answer: Answer | None = None


@dataclass(frozen=True)
class Spread:
    """Median, smallest and largest of some repetitions."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Summarise at least one value."""
        return cls(statistics.median(values), min(values), max(values))


Timings = Mapping[str, Sequence[Timing]]


def time_call(call: Callable[[], Any]) -> Timing:
    """Time a call in this process."""
    cpu, wall = time.process_time(), time.perf_counter()
    call()
    wall_end, cpu_end = time.perf_counter(), time.process_time()
    return Timing(wall_end - wall, cpu_end - cpu)


def time_loop(answer: Answer) -> Timing:
    """Take the time that a process measured itself: its loop, without start and end."""
    return Timing(answer.result["wall"], answer.result["cpu"], answer)


def run_calls(calls: Mapping[str, Callable[[], Any]], repeats: int) -> Timings:
    """Time calls in this process in turn, after one that does not count.

    Parameters
    ----------
    calls
        The ways, by name.
    repeats
        How often each is timed.

    Returns
    -------
    dict
        Timings of each way, in the order of the rounds.
    """
    for call in calls.values():
        call()
    return run_in_turn({name: partial(time_call, call) for name, call in calls.items()}, repeats)


def run_in_turn(ways: Mapping[str, Callable[[], Timing]], repeats: int) -> Timings:
    """Let ways that time themselves run in turn: A B C A B C ...

    Parameters
    ----------
    ways
        By name.
    repeats
        How often each runs.

    Returns
    -------
    dict
        Timings of each way, in the order of the rounds.
    """
    timings: dict[str, list[Timing]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, way in ways.items():
            timings[name].append(way())
    return timings


def get_wholes(timings: Sequence[Timing]) -> list[Timing]:
    """Take the times of whole processes instead of their loops."""
    answers = [timing.answer for timing in timings if timing.answer is not None]
    return [Timing(answer.wall, answer.cpu, answer) for answer in answers]


def get_rates(timings: Sequence[Timing], events: float) -> Spread:
    """Get the events of a second by the clock."""
    return Spread.of([events / timing.wall for timing in timings])


def get_ratios(
    ours: Sequence[Timing], peer: Sequence[Timing], work: float = 1.0
) -> tuple[Spread, Spread]:
    """Compare two ways round by round.

    Parameters
    ----------
    ours, peer
        Timings of the same rounds.
    work
        Our events over those of the peer, where it got fewer.

    Returns
    -------
    tuple of Spread
        How many times faster we are, by the clock and by the time of the processor.
    """
    rounds = list(zip(ours, peer, strict=True))
    return (
        Spread.of([work * other.wall / own.wall for own, other in rounds]),
        Spread.of([work * other.cpu / max(own.cpu, 1e-9) for own, other in rounds]),
    )
