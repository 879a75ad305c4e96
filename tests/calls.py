"""A bound on the work of a command that no clock and no busy machine moves."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest


@contextmanager
def limit_calls(most: int) -> Iterator[None]:
    """Let a test fail, in the middle of it, once a block has called more functions than this.

    What a function of an extension does by itself, and a loop that calls nothing, are not seen.
    """
    made, before = count(1), sys.getprofile()

    def watch(_frame: object, event: str, _argument: object) -> None:
        if event in {"call", "c_call"} and next(made) > most:
            pytest.fail(f"more than {most} calls of functions")

    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(before)
