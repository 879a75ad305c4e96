"""The `studies.limits` block: how large a signal the search can exclude."""

from typing import Annotated, ClassVar

from pydantic import Field

from rapidmass.config.names import Name
from rapidmass.config.studies.base import NetworkStudy


class Limits(NetworkStudy):
    """Expected upper limits on the cross sections of the signals, by each score."""

    key: ClassVar[str] = "studies.limits"
    needs: ClassVar[tuple[str, ...]] = ("signals",)

    networks: tuple[str, ...] = Field(
        default=(),
        description="Networks whose scores take part, by name; empty: all. Baselines always do.",
    )
    observable: Name = Field(
        default="met",
        description="What is fitted behind the cut on the score: an event variable, which must be "
        "a finite number in every event, or the `score` itself.",
    )
    quantile: float = Field(
        default=0.9,
        ge=0,
        lt=1,
        description="Share of the weighted background that the cut on the score removes; 0 is no "
        "cut.",
    )
    bins: Annotated[int, Field(ge=1, le=40)] = Field(
        default=10,
        description="Most bins. Each holds half of the background of the one below, until fewer "
        "effective background events would be left in a bin than `scan.minimum_effective_events`.",
    )
    background_uncertainty: float | None = Field(
        default=None,
        ge=0,
        lt=1,
        description="Relative systematic uncertainty of the background in all bins together. "
        "Default: that of the scan.",
    )
