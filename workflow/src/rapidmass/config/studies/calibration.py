"""The `studies.calibration` block: whether p-values and intervals mean what they say."""

from typing import Annotated, ClassVar

from pydantic import Field
from typing_extensions import override

from rapidmass.config.base import Count
from rapidmass.config.names import Name
from rapidmass.config.studies.base import Known, Study, check_names
from rapidmass.config.studies.two_sample import Method


class Calibration(Study):
    """P-values and intervals of experiments without a difference, drawn from simulation."""

    key: ClassVar[str] = "studies.calibration"
    needs: ClassVar[tuple[str, ...]] = ("signals", "data")

    scorer: str | None = Field(
        None,
        description="Score whose excess, yields, efficiency and fit are calibrated. Default: the "
        "first network by name.",
    )
    signals: tuple[str, ...] = Field(
        (),
        description="Signals of which the first that a selection has is fitted; empty: its first.",
    )
    variable: Name = Field(
        "met", description="Event variable whose chi-square and distance are calibrated."
    )
    experiments: Annotated[int, Field(ge=10, le=100_000)] = Field(
        100, description="Experiments, each with simulation and data of its own."
    )
    toys: Annotated[int, Field(ge=9, le=100_000)] = Field(
        19,
        description="Pseudo-experiments within each, for tests whose p-values come from such. Few "
        "are enough: these p-values are exact for any number.",
    )
    fit_toys: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        0,
        description="Pseudo-experiments of fits where they replace asymptotic formulas, which "
        "takes long: 0 has all fits use the formulas.",
    )
    simulated: Annotated[int, Field(ge=100, le=10_000_000)] = Field(
        2_000,
        description="Most simulated events of the background, and of the signal, that experiments "
        "are drawn from.",
    )
    fit_experiments: Count = Field(50, description="How many of the experiments are fitted.")
    methods: tuple[Method, ...] = Field(
        (),
        description="Fits of the ratio of data to simulation that take part, of those of "
        "`two_sample`, which says how they are done; empty: all. Trees take ten times longer than "
        "kernels.",
    )

    def get_scorer(self, config: Known) -> str:
        """Get the name of the score: the one that is set, or the first network by name."""
        return self.scorer or next(iter(config.architectures))

    def get_signal(self, config: Known, selection: str) -> str:
        """Get the signal that is fitted in a selection."""
        signals = config.selections[selection].signals
        return next((name for name in signals if not self.signals or name in self.signals), "")

    @override
    def list_selections(self, config: Known) -> list[str]:
        return [name for name in super().list_selections(config) if self.get_signal(config, name)]

    @override
    def check(self, config: Known) -> None:
        if not self.enabled:
            return
        scorers = [*config.architectures, *config.baselines]
        for name, architecture in config.architectures.items():
            scorers += [f"{name}-{kind}" for kind in architecture.score_names[1:]]
        check_names([self.get_scorer(config)], scorers, f"{self.key}.scorer: score")
        known = [name for one in config.selections.values() for name in one.signals]
        check_names(self.signals, known, f"{self.key}.signals: signal")
        if not self.list_selections(config):
            raise ValueError(
                f"{self.key}: no selection has signals and data; list samples in "
                "selections.<name>.signals and .data, or disable the study"
            )
