"""How much is measured."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.environment import CACHE, HERE

SEED = 20_231


@dataclass(frozen=True)
class Options:
    """What the command line asked for.

    Parameters
    ----------
    events, repeats
        As many instead of a section's own numbers.
    quick
        Whether to do as little as shows that all works; its numbers mean nothing.
    large
        Whether to do what takes long, too.
    cache
        Where inputs are kept from one run to the next.
    device
        What the section `gpu` measures: `cuda`, or `cpu` in its place.
    minutes
        After so many the section `memory` begins nothing more. None: it ends what it has begun.
    kinds
        The jobs that the section `memory` measures; empty: all. Its other rows stay as they are.
    output
        Folder of the pages, where earlier findings are.
    """

    events: int | None = None
    repeats: int | None = None
    quick: bool = False
    large: bool = False
    cache: Path = CACHE
    device: str = "cuda"
    minutes: float | None = None
    kinds: tuple[str, ...] = ()
    output: Path = HERE

    def choose_events(self, usual: int, quick: int) -> int:
        """Choose how many events to use."""
        return self.events or (quick if self.quick else usual)

    def choose_repeats(self, usual: int) -> int:
        """Choose how often to repeat."""
        return self.repeats or (2 if self.quick else usual)
