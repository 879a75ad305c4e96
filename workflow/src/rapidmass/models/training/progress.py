"""Progress of long work, told to the log."""

import logging
import time

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_MESSAGES = 30.0


class Progress:
    """Tells the log how fast training goes and how long it will take.

    Parameters
    ----------
    name
        Whose progress it is.
    events
        About how many events there are to train on, all epochs together.
    """

    def __init__(self, name: str, events: float) -> None:
        self._name = name
        self._events = events
        self._done = 0
        self._start = self._last = time.monotonic()

    def add(self, events: int) -> None:
        """Count events, and say so now and then."""
        self._done += events
        if time.monotonic() - self._last > SECONDS_BETWEEN_MESSAGES:
            self.report("training")

    def report(self, what: str) -> None:
        """Say what was reached, and the pace."""
        self._last = time.monotonic()
        rate = self._done / max(self._last - self._start, 1e-9)
        left = max(self._events - self._done, 0.0) / rate if rate else 0.0
        logger.info("%s: %s; %.3g events/s, %.0f s left", self._name, what, rate, left)
