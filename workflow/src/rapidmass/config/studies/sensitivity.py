"""The `studies.sensitivity` block: what each score finds of signals that it may not know."""

from typing import ClassVar

from pydantic import Field
from typing_extensions import override

from rapidmass.config.studies.base import Known, Study, check_names


class Sensitivity(Study):
    """Efficiencies of all scores for all signals, in sum: what a search finds of many models."""

    key: ClassVar[str] = "studies.sensitivity"
    needs: ClassVar[tuple[str, ...]] = ("signals",)

    trees: str | None = Field(
        default=None,
        description="Trees that are told priors, by name (family `xgboost`). With their settings "
        "trees are grown on each signal in turn, once (`ensemble` counts for nothing): what a "
        "search could find that knows the signal (if it has 200 events). And they are grown again "
        "from other seeds. Left out: neither is done.",
    )
    seeds: int = Field(
        default=3, ge=2, le=100, description="From how many seeds these trees are grown again."
    )
    tilts: int = Field(
        default=200,
        gt=0,
        le=100_000,
        description="How many made-up signals scores are held against: the background with weights "
        "that grow exponentially in some of its variables, drawn at random.",
    )

    @override
    def check(self, config: Known) -> None:
        if self.trees is None:
            return
        check_names((self.trees,), config.architectures, f"{self.key}.trees: architecture")
        settings = config.architectures[self.trees]
        if settings.family != "xgboost" or not settings.priors:
            raise ValueError(
                f"{self.key}.trees: {self.trees} must be of the family xgboost and told priors, "
                "not signals: choose another architecture, or leave the key out"
            )
