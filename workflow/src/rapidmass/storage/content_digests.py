"""How the digest of the events of a file is written, and those of its pieces joined."""

from collections.abc import Iterable
from typing import Final

from rapidmass.storage.event_keys import KEY_SPAN

SILENT: Final = "?"
"""Before the digest of a piece of a file in which nothing tells events from others."""


def spell_digest(events: int, measured: int, numbers: int | None) -> str:
    """Spell the digest of events.

    Parameters
    ----------
    events
        How many there are.
    measured, numbers
        Sums, over events, of digests of what was measured, and of run and event numbers; None
        where events have no numbers.

    Returns
    -------
    str
        Behind `/` the digest of the numbers.
    """
    tail = "" if numbers is None else f"/{numbers % KEY_SPAN:016x}"
    return f"{events}-{measured % KEY_SPAN:016x}{tail}"


def join_contents(pieces: Iterable[str]) -> str | None:
    """Join the digests of all pieces of a file.

    Parameters
    ----------
    pieces
        `Contents.piece_text` of each; at least one.

    Returns
    -------
    str or None
        `Contents.text` of the file.
    """
    texts = list(pieces)
    if all(text.startswith(SILENT) for text in texts):
        return None
    split = [text.removeprefix(SILENT).partition("/") for text in texts]
    heads = [head.partition("-") for head, _, _ in split]
    numbers = [int(digest, 16) for _, _, digest in split if digest]
    return spell_digest(
        sum(int(count) for count, _, _ in heads),
        sum(int(digest, 16) for _, _, digest in heads),
        sum(numbers) if numbers else None,
    )
