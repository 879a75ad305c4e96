"""Settings of scaling and training that belong to no architecture."""

from typing import Literal, Self

from pydantic import Field, model_validator

from rapidmass.config.base import Section

ScalingKind = Literal["minmax", "max", "standard"]


class ScalingSettings(Section):
    """How cells are scaled before a network sees them."""

    kind: ScalingKind = Field(
        default="minmax",
        description="`minmax`: the training part fills [0, 1]; `max`: divided by the largest "
        "magnitude; `standard`: mean 0 and variance 1. Absent cells count as 0.",
    )
    clip: bool = Field(
        default=True,
        description="Whether events beyond the training part are clipped to its range. Sigmoid "
        "outputs and binary cross-entropy need it; `standard` has no range and forbids it.",
    )

    @model_validator(mode="after")
    def _check_clip(self) -> Self:
        if self.kind == "standard" and self.clip:
            raise ValueError("scaling kind standard has no range to clip to: write clip: false")
        return self


class TrainingSettings(Section):
    """How training runs."""

    threads: int = Field(
        default=1,
        gt=0,
        description="Processor threads of a training job. Sums are split among threads, so the "
        "last bits of the weights depend on this number: it is part of the result.",
    )
