"""Cutflows: what each step of a selection left."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rapidmass.columnar.exact_sums import add_exactly
from rapidmass.config.inputs.samples import Role
from rapidmass.ntuples.format.certification import CERTIFIED
from rapidmass.ntuples.format.events import Tally
from rapidmass.provenance.atomic_files import read_json

logger = logging.getLogger(__name__)

SOUND = "sound numbers"


@dataclass
class Cutflow:
    """Events and weights that are left after each step.

    Parameters
    ----------
    steps
        Names: `all events`, then the cuts.
    raw
        Number of events after each step.
    weighted
        Sum of generator weight times scale factors after each step.
    squared
        Sum of the squares of these products.
    weighted_rest, squared_rest
        What rounding left out of each of these sums, as few numbers. With it, sums are the same
        however a file is cut into pieces. Nothing for each step, if absent.
    """

    steps: list[str]
    raw: list[int]
    weighted: list[float]
    squared: list[float]
    weighted_rest: list[list[float]] = field(default_factory=list)
    squared_rest: list[list[float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.weighted_rest = self.weighted_rest or [[] for _ in self.steps]
        self.squared_rest = self.squared_rest or [[] for _ in self.steps]

    @classmethod
    def start(cls, cuts: Sequence[str]) -> "Cutflow":
        """Begin an empty cutflow of some cuts."""
        steps = ["all events", *cuts]
        return cls(steps, [0] * len(steps), [0.0] * len(steps), [0.0] * len(steps))

    @classmethod
    def read(cls, path: Path) -> "Cutflow":
        """Read a cutflow from its JSON file."""
        content = read_json(path)
        return cls(**{name: content[name] for name in cls.__dataclass_fields__})

    @classmethod
    def add_up(cls, parts: Iterable["Cutflow"]) -> "Cutflow":
        """Add the cutflows of the parts of a sample, or of the pieces of a file."""
        first, *others = parts
        whole = cls(**asdict(first))
        for part in others:
            for step, raw in enumerate(part.raw):
                weighted = [part.weighted[step], *part.weighted_rest[step]]
                whole._add(step, raw, weighted, [part.squared[step], *part.squared_rest[step]])
        return whole

    @property
    def unsound(self) -> int:
        """Number of events that were left out for impossible numbers."""
        return self.raw[0] - self.raw[1] if self.steps[1:2] == [SOUND] else 0

    @property
    def is_uncertified(self) -> bool:
        """Whether there are events of data, and none of a certified section."""
        if CERTIFIED not in self.steps:
            return False
        step = self.steps.index(CERTIFIED)
        return self.raw[step - 1] > self.raw[step] == 0

    def describe(self) -> dict[str, Any]:
        """Describe this cutflow in JSON types."""
        return asdict(self)

    def add(self, step: int, tally: Tally) -> None:
        """Count events that are left after a step."""
        self._add(step, tally.raw, [tally.weighted], [tally.squared])

    def _add(
        self, step: int, raw: int, weighted: Sequence[float], squared: Sequence[float]
    ) -> None:
        self.raw[step] += raw
        for more, sums, rests in (
            (weighted, self.weighted, self.weighted_rest),
            (squared, self.squared, self.squared_rest),
        ):
            sums[step], *rests[step] = add_exactly([sums[step], *rests[step], *more])


def check_cutflow(cutflow: Cutflow, sample: str, role: Role, selection: str) -> None:
    """Make sure that a sample has something to contribute.

    Parameters
    ----------
    cutflow
        Of the whole sample.
    sample, role
        Its name and role.
    selection
        Name of the selection.

    Raises
    ------
    ValueError
        If no event of a signal or of data is left. A background may be empty: that is logged.
    """
    if cutflow.raw[-1]:
        return
    after = next(step for step, raw in zip(cutflow.steps, cutflow.raw, strict=True) if raw == 0)
    message = (
        f"no event of {role} sample {sample} passes selection {selection}: none after {after!r}"
    )
    if role != "background":
        raise ValueError(
            f"{message}: correct its files or the cut, or take it out of the selection"
        )
    logger.warning("%s", message)


def tell_outcome(cutflow: Cutflow, origin: str, sample: str) -> None:
    """Tell what was selected of a file, and warn if it is nothing.

    Parameters
    ----------
    cutflow
        Of the whole file.
    origin, sample
        What to call the file, and its sample.
    """
    if cutflow.is_uncertified:
        logger.warning("%s: no event is of a certified section", origin)
    logger.info("%s: %d of %d events selected", origin, cutflow.raw[-1], cutflow.raw[0])
    if cutflow.raw[-1] == 0:
        logger.warning("%s: no event of sample %s passes the selection", origin, sample)
