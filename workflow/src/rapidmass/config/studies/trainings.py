"""The `studies.trainings` block: which signals a training finds that it was not told of."""

from typing import ClassVar

from pydantic import Field
from typing_extensions import override

from rapidmass.config.studies.base import Known, NetworkStudy


class Trainings(NetworkStudy):
    """Every classifier against every signal, beside simple cuts and scores without labels."""

    key: ClassVar[str] = "studies.trainings"
    needs: ClassVar[tuple[str, ...]] = ("signals",)

    networks: tuple[str, ...] = Field(
        default=(),
        description="Classifiers that take part, by name; empty: all. Networks without labels and "
        "baselines always do.",
    )

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
        if self.enabled and not self.list_networks(config):
            raise ValueError(
                f"{self.key}: there is no classifier among the architectures; add one with a "
                "`target`, or disable it"
            )
