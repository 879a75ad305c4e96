"""What tells whether two files hold the same events, where these have no numbers."""

import numpy as np

from rapidmass.ntuples.format.events import Events
from rapidmass.storage.event_keys import KEY_SPAN, mix


class Contents:
    """Digests the events of a file, chunk by chunk and in any order.

    MET, weight and the momenta of objects count, names do not: a copy of a file has the digest of
    the file, however it is called, packed, or cut into chunks. By chance, two files of different
    events have the same digest in one of 2^64 cases.
    """

    def __init__(self) -> None:
        self._events = self._sum = 0
        self._tells = False

    def add(self, events: Events) -> None:
        """Add the next events of the file."""
        sums = [vectors.sum_pt() for vectors in events.objects.values()]
        digests = np.zeros(len(events), dtype=np.uint64)
        for column in (events.met, events.met_phi, events.generator_weight, *sums):
            digests = mix(digests ^ column.view(np.uint64))
        self._events += len(events)
        self._sum = (self._sum + int(digests.sum())) % KEY_SPAN
        self._tells |= bool(np.any(events.met)) or any(map(np.any, sums))

    @property
    def text(self) -> str | None:
        """The digest; None if nothing tells these events from others."""
        return f"{self._events}-{self._sum:016x}" if self._tells else None
