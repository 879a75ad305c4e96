"""Settings of scaling and training that belong to no architecture."""

from typing import Literal, Self

from pydantic import Field, model_validator

from rapidmass.config.base import Section

ScalingKind = Literal["minmax", "max", "standard", "present_standard", "log_standard"]
Expand = Literal["auto", "device", "host"]


class ScalingSettings(Section):
    """How elements are scaled before a network sees them: cells of a matrix, features."""

    kind: ScalingKind = Field(
        default="minmax",
        description="`minmax`: the training part fills [0, 1]; `max`: divided by the largest "
        "magnitude; `standard`: mean 0 and variance 1. Absent elements count as 0 in all three. "
        "`present_standard`: mean 0 and variance 1 over the events that have the element; where it "
        "is absent, its mean. `log_standard`: the same of the logarithm of the element.",
    )
    clip: bool = Field(
        default=True,
        description="Whether events beyond the training part are clipped to its range. Sigmoid "
        "outputs and binary cross-entropy need it; `standard`, `present_standard` and "
        "`log_standard` have no range and forbid it.",
    )

    @property
    def name(self) -> str:
        """Name of this scaling, for files."""
        return f"{self.kind}-clipped" if self.clip else self.kind

    @model_validator(mode="after")
    def _check_clip(self) -> Self:
        if self.kind not in ("minmax", "max") and self.clip:
            raise ValueError(f"scaling kind {self.kind} has no range to clip to: write clip: false")
        return self


class TrainingSettings(Section):
    """How training runs."""

    threads: int = Field(
        default=1,
        gt=0,
        le=1024,
        description="Processor threads of a training job. Sums are split among threads, so the "
        "last bits of the weights depend on this number: it is part of the result.",
    )
    processes: int = Field(
        default=1,
        gt=0,
        le=64,
        description="Processes that train one network together, on one machine. With graphics "
        "processors each has one of its own; without, `threads` are divided among them, and each "
        "has one at least. Every process takes its share of each batch, so that batches, steps "
        "and rates are those of one process. Sums are split, so the last digits of the weights "
        "depend on this number: it is part of the result. Tuning trains in one process.",
    )

    @property
    def cores(self) -> int:
        """Processor cores that a training uses."""
        return max(self.threads, self.processes)

    @property
    def threads_each(self) -> int:
        """Threads of each of its processes."""
        return max(self.threads // self.processes, 1)
