"""The `studies.trainings` block: which signals a training finds that it was not told of."""

from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from rapidmass.config.studies.base import Known, NetworkStudy, check_names
from rapidmass.config.studies.categories import Categories

Combination = Literal["stacking", "largest_quantile", "mean_logit"]


class Trainings(NetworkStudy):
    """Every classifier against every signal, beside simple cuts and scores without labels."""

    key: ClassVar[str] = "studies.trainings"
    needs: ClassVar[tuple[str, ...]] = ("signals",)

    networks: tuple[str, ...] = Field(
        default=(),
        description="Classifiers that take part, by name; empty: all. Networks without labels and "
        "baselines always do.",
    )

    combinations: tuple[Combination, ...] = Field(
        default=(),
        description="How several trainings become one score: `stacking`, a logistic regression on "
        "their scores, each event by coefficients that its fold had no part in; "
        "`largest_quantile`, the largest of the shares of the background that they put below the "
        "event; `mean_logit`, the mean of their logits. Each is held against all signals as well, "
        "without systematic variations.",
    )
    combined: tuple[str, ...] = Field(
        default=(),
        description="Trainings that are combined, by name; empty: all that take part. Of those "
        "with several scores, the first.",
    )

    categories: Categories | None = Field(
        default=None,
        description="Signals in categories, with one training each, in a job of its own. Left out: "
        "there is none.",
    )

    def list_combined(self, config: Known) -> list[str]:
        """List the trainings that are combined."""
        return list(self.combined) or self.list_networks(config)

    @override
    def list_networks(self, config: Known) -> list[str]:
        return [
            name for name in super().list_networks(config) if config.architectures[name].signals
        ]

    @override
    def check(self, config: Known) -> None:
        super().check(config)
        for name in self.networks:
            if not config.architectures[name].signals:
                raise ValueError(
                    f"{self.key}.networks: {name} is not told which events are signal; it takes "
                    "part in any case: leave it out"
                )
        check_names(self.combined, self.list_networks(config), f"{self.key}.combined: training")
        if self.enabled and self.combinations and len(self.list_combined(config)) < 2:
            raise ValueError(f"{self.key}.combined: it takes two trainings to combine them")
        if self.enabled and not self.list_networks(config):
            raise ValueError(
                f"{self.key}: there is no classifier among the architectures; add one with a "
                "`target`, or disable it"
            )
        if self.categories is not None:
            self.categories.check(config, f"{self.key}.categories")
