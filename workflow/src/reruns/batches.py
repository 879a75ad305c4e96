"""Which jobs go into one submission: not too many, and not too much to read."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")


def fill_batches(
    items: Iterable[Item], number: int, most: float, measure: Callable[[Item], float]
) -> Iterator[Sequence[Item]]:
    """Put the largest together first, then what is smaller.

    Parameters
    ----------
    items
        What to put into batches.
    number
        How many a batch holds at most.
    most
        How large they are together at most; what is larger by itself is alone.
    measure
        Tells how large one is.

    Yields
    ------
    sequence
        The items of a batch. Those of one size stay in their order.
    """
    batch: list[Item] = []
    filled = 0.0
    for size, item in sorted(
        ((measure(item), item) for item in items), key=lambda pair: pair[0], reverse=True
    ):
        if batch and (len(batch) == number or filled + size > most):
            yield batch
            batch, filled = [], 0.0
        batch.append(item)
        filled += size
    if batch:
        yield batch


def find_depth(job: Any, depths: dict[Any, int]) -> int:
    """Find how many jobs a job waits for, one after the other.

    Parameters
    ----------
    job
        Of Snakemake.
    depths
        What was found of other jobs; this one and all before it are added.

    Returns
    -------
    int
        The length of the longest chain; jobs of equal depth do not wait for each other.
    """
    if job not in depths:
        before = [find_depth(other, depths) for other in job.dag.dependencies[job]]
        depths[job] = 1 + max(before, default=-1)
    return depths[job]
