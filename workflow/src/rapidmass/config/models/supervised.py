"""What architectures have in common that learn to tell signals from background."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from rapidmass.config.base import Section
from rapidmass.config.models.network import Architecture, NegativeWeights, Target
from rapidmass.config.names import Name

ClassWeighting = Literal[
    "unweighted", "physical", "balanced_counts", "balanced_yield", "sqrt", "per_mass"
]


class SignalTarget(Section):
    """What a classifier tells from the background."""

    signals: Annotated[tuple[Name, ...], Field(min_length=1)] = Field(
        description="Samples of signals whose events are 1; those of the background are 0. In a "
        "selection those take part that it has among its `signals`."
    )

    @field_validator("signals", mode="after")
    @classmethod
    def _check_signals(cls, signals: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({name for name in signals if signals.count(name) > 1})
        if twice:
            raise ValueError(f"signal {twice[0]} is listed twice")
        return signals


class ClassifierTarget(Section):
    """What a classifier tells from the background: signals, or events of no particular model."""

    signals: tuple[Name, ...] = Field(
        default=(),
        description="Samples of signals whose events are 1; those of the background are 0. In a "
        "selection those take part that it has among its `signals`.",
    )
    priors: tuple[Name, ...] = Field(
        default=(),
        description="Samples of the role `prior` whose events are 1, in every selection. A "
        "classifier of these alone is told no signal that is searched for.",
    )

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        told = (*self.signals, *self.priors)
        twice = sorted({name for name in told if told.count(name) > 1})
        if twice:
            raise ValueError(f"target: sample {twice[0]} is listed twice")
        if not told:
            raise ValueError("target.signals or target.priors must name samples")
        return self


class Supervised(Architecture):
    """A family that is told which events are signal."""

    target: ClassifierTarget = Field(description="What is told from the background.")
    class_weights: ClassWeighting = Field(
        default="balanced_yield",
        description="What an event counts in training, w its weight in pb. `unweighted`: 1. "
        "`physical`: w. `balanced_counts`: 1, both classes with the same sum. `balanced_yield`: w, "
        "each signal with a share in the signals as of its events, both classes with the same sum. "
        "`sqrt`: √w, both classes with the same sum. `per_mass`: w, each signal with the same sum, "
        "both classes with the same sum. The sum over both classes is always the number of events, "
        "so a factor on all weights changes nothing. Evaluation takes the weights as they are.",
    )
    negative_weights: NegativeWeights = Field(
        default="fail",
        description="What training does with events of negative weight: `fail`, refuse them, and "
        "say what they cost; `keep` the sign; `absolute_rescaled`, take the absolute value, times "
        "the factor with which the event's sample keeps its total weight; or `drop` the event, and "
        "rescale the others of its sample to its total weight. Evaluation keeps all signs.",
    )

    @property
    def labels(self) -> Target:
        """Events of signals and priors are 1."""
        return Target(kind="samples", signal=self.told)

    @property
    def signals(self) -> tuple[str, ...]:
        """Signals that training is shown."""
        return self.target.signals

    @property
    def priors(self) -> tuple[str, ...]:
        """Samples of the prior that training is shown."""
        return self.target.priors
