"""The `studies.tuning` block: networks of other shapes, compared by their validation loss."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, PositiveFloat, model_validator
from typing_extensions import override

from rapidmass.config.base import Section
from rapidmass.config.models.network import Activation
from rapidmass.config.studies.base import FamilyStudy, Known, check_names

Size = Annotated[int, Field(ge=1, le=100_000)]
FAMILIES = ("autoencoder", "masked_autoencoder", "vae")


class NumberRange(Section):
    """Whole numbers from a smallest to a largest one."""

    low: Size = Field(description="The smallest that is tried.")
    high: Size = Field(description="The largest that is tried.")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}: exchange them")
        return self


class RateRange(Section):
    """Numbers from a smallest to a largest one, evenly in their logarithm."""

    low: PositiveFloat = Field(description="The smallest that is tried.", allow_inf_nan=False)
    high: PositiveFloat = Field(description="The largest that is tried.", allow_inf_nan=False)

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low {self.low:g} is above high {self.high:g}: exchange them")
        return self


class TuningSpace(Section):
    """What is varied. Loss, scaling and inputs are not: losses could not be compared then."""

    depth: NumberRange = Field(
        default=NumberRange(low=1, high=4),
        description="Hidden layers on each side of the narrowest layer.",
    )
    width: NumberRange = Field(
        default=NumberRange(low=150, high=500),
        description="Units of the first and of the last hidden layer. Those between have units in "
        "geometric progression towards the narrowest layer.",
    )
    latent: NumberRange = Field(
        default=NumberRange(low=10, high=150),
        description="Units of the narrowest layer; dimensions of the latent space of a `vae`. The "
        "widest one often has the smallest loss, because it can copy its inputs, and is not "
        "therefore the best to find anomalies: the upper end is a choice of yours.",
    )
    activations: Annotated[tuple[Activation, ...], Field(min_length=1)] = Field(
        default=("tanh", "relu", "leaky_relu", "elu"),
        description="Activation functions that are tried, the same in all hidden layers. That of "
        "the output stays as it is in the network.",
    )
    learning_rate: RateRange = Field(
        default=RateRange(low=0.0001, high=0.01), description="Step sizes that are tried."
    )
    batch_sizes: Annotated[
        tuple[Annotated[int, Field(ge=1, le=100_000_000)], ...], Field(min_length=1)
    ] = Field(
        default=(128, 512, 2048),
        description="Numbers of events in one step of the optimiser that are tried.",
    )

    @model_validator(mode="after")
    def _check_space(self) -> Self:
        if self.latent.high > self.width.low:
            raise ValueError(
                f"latent.high {self.latent.high} is above width.low {self.width.low}: the "
                "narrowest layer must not be wider than those around it"
            )
        for name in ("activations", "batch_sizes"):
            values = getattr(self, name)
            twice = [value for value in values if values.count(value) > 1]
            if twice:
                raise ValueError(f"{name}: {twice[0]} is listed twice")
        return self


class Tuning(FamilyStudy):
    """Networks of other shapes and step sizes, compared by their loss on background.

    The trials of a round know the results of all rounds before it (tree-structured Parzen
    estimator). The batches of a round are jobs side by side. No signal and no data take part.
    """

    key: ClassVar[str] = "studies.tuning"
    families: ClassVar[tuple[str, ...]] = FAMILIES
    others: ClassVar[str] = "which has no search space"

    enabled: bool = Field(
        default=False,
        description="Whether it is in the report. `snakemake tuning` does it in any case.",
    )
    networks: tuple[str, ...] = Field(
        default=(),
        description="Networks whose family, loss, output and scaling the trials have, by name; "
        f"empty: all of the families {', '.join(f'`{name}`' for name in FAMILIES)}.",
    )
    selections: tuple[str, ...] = Field(
        default=(), description="Selections in which it is done; empty: all."
    )
    rounds: int = Field(
        default=4,
        ge=1,
        le=100,
        description="Rounds, one after the other. More can be asked for later: those that are done "
        "stay.",
    )
    batches: int = Field(default=2, ge=1, le=1000, description="Jobs in a round, side by side.")
    trials: int = Field(default=5, ge=1, le=1000, description="Trials in a job, in turn.")
    random_trials: int = Field(
        default=10,
        ge=1,
        le=1_000_000,
        description="Until there are results of so many trials, the next are drawn at random.",
    )
    epochs: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        default=None,
        description="Passes over each megaset in a trial; left out: as many as the network has. "
        "The network that comes out keeps its own number.",
    )
    megasets: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=2, description="Megasets that a trial is trained on: the first of all there are."
    )
    space: TuningSpace = Field(default=TuningSpace(), description="What is varied.")

    @override
    def list_selections(self, config: Known) -> list[str]:
        return [
            name for name in config.selections if not self.selections or name in self.selections
        ]

    @override
    def check(self, config: Known) -> None:
        super().check(config)
        check_names(self.selections, config.selections, f"{self.key}.selections: selection")
