"""Cutflows: what each step of a selection left."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

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
    """

    steps: list[str]
    raw: list[int]
    weighted: list[float]
    squared: list[float]

    @classmethod
    def start(cls, cuts: Sequence[str]) -> "Cutflow":
        """Begin an empty cutflow of some cuts."""
        steps = ["all events", *cuts]
        return cls(steps, [0] * len(steps), [0.0] * len(steps), [0.0] * len(steps))

    @classmethod
    def read(cls, path: Path) -> "Cutflow":
        """Read a cutflow from its JSON file."""
        content = read_json(path)
        return cls(content["steps"], content["raw"], content["weighted"], content["squared"])

    @classmethod
    def add_up(cls, parts: Iterable["Cutflow"]) -> "Cutflow":
        """Add the cutflows of the parts of a sample."""
        listed = list(parts)
        return cls(
            listed[0].steps,
            [sum(step) for step in zip(*(part.raw for part in listed), strict=True)],
            [sum(step) for step in zip(*(part.weighted for part in listed), strict=True)],
            [sum(step) for step in zip(*(part.squared for part in listed), strict=True)],
        )

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
        self.raw[step] += tally.raw
        self.weighted[step] += tally.weighted
        self.squared[step] += tally.squared


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
