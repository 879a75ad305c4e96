"""The `studies.bump_hunt` block: bumps in a mass, found without labels."""

from math import exp, log
from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveFloat, model_validator
from typing_extensions import override

from rapidmass.config.base import Section
from rapidmass.config.inputs.expression import VariableText
from rapidmass.config.names import Name
from rapidmass.config.studies.base import Known, Study, check_names

Parameters = Annotated[int, Field(ge=2, le=5)]
Efficiency = Annotated[float, Field(gt=0, le=1)]


class MassRange(Section):
    """A range of masses."""

    start: PositiveFloat = Field(description="Lower end.")
    stop: PositiveFloat = Field(description="Upper end.")

    @model_validator(mode="after")
    def _check_order(self) -> "MassRange":
        if self.start >= self.stop:
            raise ValueError(
                f"range from {self.start:g} to {self.stop:g}: stop must be above start"
            )
        return self


class BumpHunt(Study):
    """Classifiers that tell a signal region in mass from its sidebands, and fits behind cuts."""

    key: ClassVar[str] = "studies.bump_hunt"
    needs: ClassVar[tuple[str, ...]] = ("data",)

    mass: Name = Field(default="m_ll", description="Event variable in which bumps are sought.")
    representation: Name | None = Field(
        default=None,
        description="Representation whose elements are the features: a table, or a matrix, of "
        "which cells that are masses are left out. Default: the first.",
    )
    exclude_features: list[str] = Field(
        default=[],
        description="Features to leave out, by name or pattern (`m_*`): all that are functions of "
        "the mass.",
    )
    where: VariableText | None = Field(
        default=None, description="Condition on event variables that events must meet."
    )
    validation: bool = Field(
        default=False,
        description="States that no signal is expected where `where` holds: a validation region, "
        "whose data may be looked at before the search is unblinded.",
    )
    range: MassRange = Field(
        default=MassRange(start=100, stop=400),
        description="Masses that take part, sidebands included, where the spectrum falls smoothly.",
    )
    resolution: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        default=0.03, description="Relative standard deviation of the mass of a narrow resonance."
    )
    half_width: PositiveFloat = Field(
        default=2.0, description="Half the width of a signal region, in resolutions."
    )
    sidebands: PositiveFloat = Field(
        default=2.0, description="Width of each sideband, in widths of the signal region."
    )
    gap: float = Field(
        default=0.0, description="Between signal region and sidebands, in resolutions.", ge=0
    )
    step: PositiveFloat = Field(
        default=2.0, description="From one window to the next, in resolutions."
    )
    bins: Annotated[int, Field(ge=1, le=100)] = Field(
        default=4, description="Bins in the width of a signal region."
    )
    efficiencies: Annotated[list[Efficiency], Field(min_length=1, max_length=10)] = Field(
        default=[1.0, 0.05, 0.01],
        description="Shares of the sidebands that cuts on the score keep; 1 is no cut. They are "
        "fixed beforehand, and all count as trials.",
    )
    method: Literal["cwola", "salad", "cathode", "lacathode", "idealised"] = Field(
        default="cwola",
        description="What the signal region is compared with: both sidebands (`cwola`), simulated "
        "background whose weights are corrected on the sidebands (`salad`), events drawn from the "
        "density of the sidebands at the masses of the signal region (`cathode`), the same in the "
        "latent space of that density, where cuts do not sculpt (`lacathode`), or simulated "
        "background as it is (`idealised`: pseudo-data only).",
    )
    folds: Annotated[int, Field(ge=2, le=20)] = Field(
        default=5, description="Folds of events: each is cut by trees that saw the others alone."
    )
    ensemble: Annotated[int, Field(ge=1, le=200)] = Field(
        default=20, description="Boosted trees a fold whose scores are averaged."
    )
    trees: Annotated[int, Field(ge=1, le=5000)] = Field(
        default=200, description="Most trees of each; half of the events decides when it ends."
    )
    leaves: Annotated[int, Field(ge=2, le=1024)] = Field(
        default=31, description="Most leaves of a tree."
    )
    learning_rate: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.1, description="Learning rate of the trees."
    )
    correlated: Literal["decorrelate", "drop", "refuse"] = Field(
        default="decorrelate",
        description="What happens to features that know the mass: replaced by their conditional "
        "quantiles, learnt from sidebands; left out; or an error.",
    )
    parameters: Annotated[list[Parameters], Field(min_length=2, max_length=2)] = Field(
        default=[3, 4],
        description="Fewest and most parameters of the falling function; a test of the likelihood "
        "ratio decides.",
    )
    minimum_events: Annotated[int, Field(ge=5, le=1_000_000_000)] = Field(
        default=20,
        description="Fewest events in the sidebands behind a cut: below, no p-value is given.",
    )
    minimum_training: Annotated[int, Field(ge=50, le=1_000_000_000)] = Field(
        default=200,
        description="Fewest events in each sideband of a window: below, it is an error.",
    )
    spurious_signal: bool = Field(
        default=True,
        description="Whether the fits are tried on simulated background behind the same cuts, and "
        "what they find there beyond its fluctuation is added to the uncertainty.",
    )
    toys: Annotated[int, Field(ge=0, le=100000)] = Field(
        default=200,
        description="Hunts with masses drawn from the smooth spectrum and the scores as they are, "
        "for the global p-value.",
    )
    retrained_toys: Annotated[int, Field(ge=0, le=10000)] = Field(
        default=10,
        description="The same with trees grown anew, as costly as so many hunts: they measure how "
        "far significances spread without a signal, which is by more than 1 as folds learn from "
        "each other, and local p-values take it into account. 0: nothing is known of it.",
    )

    @model_validator(mode="after")
    def _check_numbers(self) -> "BumpHunt":
        if self.parameters[0] > self.parameters[1]:
            raise ValueError("parameters: give the fewest first")
        half = self.half_width * self.resolution
        reach = half * (1 + 2 * self.sidebands) + self.gap * self.resolution
        if 2 * reach > log(self.range.stop / self.range.start) * (1 + 1e-9):
            raise ValueError(
                f"no window fits into the range from {self.range.start:g} to {self.range.stop:g}: "
                f"one with its sidebands goes from {exp(-reach):.3g} to {exp(reach):.3g} times its "
                "centre; widen range, or narrow sidebands"
            )
        if len(set(self.efficiencies)) < len(self.efficiencies):
            raise ValueError("efficiencies: one is listed twice")
        if self.validation and self.where is None:
            raise ValueError("validation is true, but where is missing: say which events")
        return self

    @property
    def needs_simulation(self) -> bool:
        """Whether simulated background is read."""
        return self.spurious_signal or self.method in ("salad", "idealised")

    def get_representation(self, config: Known) -> str:
        """Get the name of the representation whose elements are the features."""
        return self.representation or next(iter(config.representations))

    @override
    def check(self, config: Known) -> None:
        names = [] if self.representation is None else [self.representation]
        check_names(names, config.representations, f"{self.key}.representation: representation")
