"""Work that is done one thread ahead of whoever needs it."""

from collections import deque
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")

ITEMS_AHEAD = 2


def run_ahead(items: Generator[Item, None, None]) -> Generator[Item, None, None]:
    """Make items in a thread before they are asked for.

    Parameters
    ----------
    items
        What makes them; it runs in that thread, and is closed with this generator.

    Yields
    ------
    object
        The items in their order. What goes wrong there is raised here.
    """
    # one worker: the calls run one after the other, and an exception comes out of result()
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="loader")
    try:
        ahead = deque(pool.submit(next, items, None) for _ in range(ITEMS_AHEAD))
        while (item := ahead.popleft().result()) is not None:
            ahead.append(pool.submit(next, items, None))
            yield item
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        items.close()
