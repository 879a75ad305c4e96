"""A request to end the process that waits until stopping does no harm."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Interrupted(SystemExit):
    """The process was asked to end, and ends in order, with the status that SIGTERM means.

    No error: nothing that handles errors shall hold it up, and there is no traceback to show.
    """

    def __init__(self) -> None:
        super().__init__(128 + int(signal.SIGTERM))


@contextmanager
def notice_sigterm() -> Iterator[Callable[[], bool]]:
    """Take SIGTERM as a request, for the time of a block.

    Signals can be handled in the main thread alone. In another one SIGTERM does what it did before.

    Yields
    ------
    Callable
        Tells whether SIGTERM came.
    """
    came: list[int] = []  # no threading.Event: a second signal could meet its lock held
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    former = signal.signal(signal.SIGTERM, lambda number, _: came.append(number))
    try:
        yield lambda: bool(came)
    finally:
        signal.signal(signal.SIGTERM, former or signal.SIG_DFL)
