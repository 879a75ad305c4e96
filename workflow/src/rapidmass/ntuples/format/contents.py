"""What tells whether two files are copies: a digest of the events in them."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.four_vectors import KINEMATICS, FourVectors
from rapidmass.ntuples.format.events import Events
from rapidmass.storage.content_digests import SILENT, spell_digest
from rapidmass.storage.event_keys import mix

HALF = np.uint64(32)
ODD = np.uint64(0x9E3779B97F4A7C15)
MEASURED = ("met", "met_phi", "generator_weight")
NUMBERS = ("run", "event", "dataset")


class Contents:
    """Digests the events of a file, chunk by chunk and in any order.

    MET, generator weight and the four-momenta of all objects count, and the numbers of events where
    they have some; names do not. A copy of a file has the digest of the file, however it is called,
    packed, or cut into chunks. Files that differ in any of these numbers have the same digest in
    one of 2^64 cases.

    Parameters
    ----------
    has_numbers
        Whether events have numbers of their own: copies have equal ones then.
    """

    def __init__(self, *, has_numbers: bool) -> None:
        self._has_numbers = has_numbers
        self._events = self._measured = self._numbers = 0
        self._tells = False

    def add(self, events: Events) -> None:
        """Add the next events of the file."""
        members = map(_digest_members, events.objects.values())
        self._events += len(events)
        self._measured += _digest([*(getattr(events, name) for name in MEASURED), *members])
        if self._has_numbers:
            self._numbers += _digest(getattr(events, name) for name in NUMBERS)
        momenta = (vectors.pt for vectors in events.objects.values())
        self._tells |= bool(np.any(events.met)) or any(map(np.any, momenta))

    @property
    def text(self) -> str | None:
        """The digest, behind `/` that of the numbers; None if nothing tells events from others."""
        return self._write() if self._tells else None

    @property
    def piece_text(self) -> str:
        """The digest of a piece of a file, for `join_contents`: also where nothing tells."""
        return self._write() if self._tells else f"{SILENT}{self._write()}"

    def _write(self) -> str:
        numbers = self._numbers if self._has_numbers else None
        return spell_digest(self._events, self._measured, numbers)


def _digest(columns: Iterable[NDArray[Any]]) -> int:
    """Digest events, in any order, by columns of shape (events,)."""
    first, *others = (column.view(np.uint64) for column in columns)
    digests = mix(first)
    for column in others:
        digests = mix(digests ^ column)
    return int(digests.sum())


def _digest_members(vectors: FourVectors) -> NDArray[np.uint64]:
    """Digest the objects of each event, in any order: shape (events,)."""
    digests = np.zeros(len(vectors.pt), dtype=np.uint64)
    for key in KINEMATICS:
        column = getattr(vectors, key).view(np.uint64)
        digests ^= column
        digests ^= column >> HALF  # the lower half of what was stored in 32 bits is empty
        digests *= ODD
    sums = np.zeros(len(digests) + 1, dtype=np.uint64)
    np.cumsum(mix(digests), out=sums[1:])
    found: NDArray[np.uint64] = np.diff(sums[vectors.offsets])
    return found
