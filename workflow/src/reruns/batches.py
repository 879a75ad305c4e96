"""Which jobs go into one submission: not too many, and not too much to read."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

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
