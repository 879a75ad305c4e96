"""The `studies.seeds` block: the same networks with other seeds."""

from typing import ClassVar

from pydantic import Field

from rapidmass.config.studies.base import NetworkStudy


class Seeds(NetworkStudy):
    """Networks trained several times, with other initial weights, orders of events and noise."""

    key: ClassVar[str] = "studies.seeds"
    without_labels: ClassVar[bool] = True

    number: int = Field(
        default=5,
        ge=2,
        le=1000,
        description="How many there are of each network; the first is the network itself, so one "
        "less is trained. The relative uncertainty of a standard deviation from n of them is about "
        "1/√(2(n − 1)): 35 % from 5.",
    )
