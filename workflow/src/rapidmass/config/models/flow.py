"""Settings of normalising flows."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from rapidmass.config.models.network import NeuralNetwork
from rapidmass.config.models.training import ScalingSettings


class Flow(NeuralNetwork):
    """Density of the features of a table, given which of them an event has.

    A neural spline flow (C. Durkan et al., NeurIPS 2019): the distribution of each feature is a
    spline that depends on those before it. Which features are present is the class of an event by
    its multiplicity, and the density is that within the class.
    """

    needs_mask: ClassVar[bool] = True  # the density is that of present features
    takes: ClassVar[frozenset[str]] = frozenset({"table"})

    family: Literal["flow"] = Field(
        default="flow", description="Family of the network: the module that builds it."
    )
    scaling: ScalingSettings | None = Field(
        default=ScalingSettings(kind="log_standard", clip=False),
        description="How elements are scaled before this network sees them. Splines reach from -5 "
        "to 5, and the density beyond is that of a normal distribution: logarithms of momenta and "
        "masses stay within, they themselves do not.",
    )
    exclude_features: tuple[str, ...] = Field(
        default=(),
        description="Features that the flow does not see, by name; `*` and `?` are wildcards. "
        "Leave out those of few values (charges, numbers of objects): they have no density.",
    )
    hidden: Annotated[
        tuple[Annotated[int, Field(gt=0, le=100_000)], ...], Field(min_length=1, max_length=20)
    ] = Field(default=(64, 64), description="Units of the hidden layers that make the splines.")
    bins: int = Field(default=8, gt=1, le=1000, description="Bins of a spline.")
    scores: tuple[Literal["nll", "mean_nll"], ...] = Field(
        default=("nll",),
        description="Scores of an event, the first under the name of the network: minus the "
        "logarithm of the density of the features that it has (`nll`), or its mean over them "
        "(`mean_nll`).",
    )

    @property
    def score_names(self) -> tuple[str, ...]:
        """Names of the scores."""
        return self.scores
