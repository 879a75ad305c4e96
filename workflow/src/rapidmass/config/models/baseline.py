"""The `baselines` block: scores that need no network, evaluated as the networks are."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rapidmass.config.base import Section
from rapidmass.config.models.network import NegativeWeights
from rapidmass.config.models.training import ScalingSettings
from rapidmass.config.names import Name
from rapidmass.representations.base import Representation, select_elements

Share = Annotated[float, Field(gt=0, lt=1)]


class Variable(Section):
    """An event variable; nothing is fitted."""

    kind: Literal["variable", "met", "ht", "multiplicity"] = Field(
        description="The score of an event is a variable of it: the one that `variable` names, or "
        "`met`, `ht` or `multiplicity` (section *Event variables*).",
    )
    variable: Name = Field(
        "",
        validate_default=False,
        description="Of the kind `variable`: its name. It must be a finite number in every event: "
        "where there may be none, define one as in `where(isfinite(m_ll), m_ll, 0)`.",
    )

    @model_validator(mode="after")
    def _choose_variable(self) -> Self:
        if (self.kind == "variable") != bool(self.variable) and self.variable != self.kind:
            raise ValueError("the kind 'variable' needs the key 'variable', and no other has it")
        if not self.variable:
            object.__setattr__(self, "variable", self.kind)
        return self


class FittedBaseline(Section):
    """What kinds have in common that are fitted to the training part of the megasets."""

    kind: str = Field(description="Kind of the baseline: the module that fits it.")
    representation: Name | None = Field(
        default=None,
        description="Which of `representations` it sees; needed if there are several.",
    )
    scaling: ScalingSettings | None = Field(
        default=None,
        description="How elements are scaled before they are used; left out: as the block "
        "`scaling` says.",
    )
    exclude_features: tuple[str, ...] = Field(
        default=(),
        description="Elements of the representation (cells of a matrix, features of a table) that "
        "are not used, by name; `*` and `?` are wildcards.",
    )

    def check_features(self, representation: Representation) -> None:
        """Make sure that a representation has the elements that this baseline needs.

        Parameters
        ----------
        representation
            What it sees.

        Raises
        ------
        ValueError
            If it does not.
        """
        select_elements(representation, self.exclude_features)


class PrincipalComponents(FittedBaseline):
    """Reconstruction of the scaled elements from their principal components."""

    kind: Literal["pca"] = Field(
        default="pca",
        description="The score of an event: log10 of the sum over elements of the squared "
        "difference between scaled element and reconstruction, as for a network.",
    )
    components: Annotated[int, Field(gt=0, le=100_000)] | Share = Field(
        default=0.95,
        description="Number of principal components, or, below 1, the share of the weighted "
        "variance that they explain at least.",
    )
    negative_weights: NegativeWeights = Field(
        default="keep",
        description="What the fit does with events of negative weight: `fail`, refuse them; `keep` "
        "the sign; "
        "`absolute_rescaled`, take the absolute value, times the factor with which the event's "
        "channel keeps its share of the total weight; or `drop` the event, which enlarges the "
        "share of channels with negative weights.",
    )

    def check_features(self, representation: Representation) -> None:
        """Make sure that there are as many elements as components."""
        number = len(select_elements(representation, self.exclude_features))
        if self.components > number:
            raise ValueError(
                f"{self.components} principal components of {number} features: lower `components`"
            )


class IsolationForest(FittedBaseline):
    """Random trees that isolate events; few cuts isolate an anomaly."""

    kind: Literal["isolation_forest"] = Field(
        default="isolation_forest",
        description="The score of an event: 2^(-h/c), h the mean number of cuts that isolate it, "
        "c that of an event among `max_samples` random ones; between 0 and 1, 1 is anomalous.",
    )
    n_estimators: int = Field(default=100, gt=0, le=100_000, description="Number of trees.")
    max_samples: int = Field(
        default=256, gt=1, le=100_000_000, description="Events that each tree isolates."
    )
    max_events: int = Field(
        default=50000,
        gt=1,
        le=100_000_000,
        description="About how many events the trees draw theirs from: each event of the training "
        "part is taken as often as its weight asks for, chosen by its identity. Sets the memory of "
        "the fit, about 2 kB an event.",
    )
    negative_weights: Literal["absolute_rescaled", "drop"] = Field(
        default="absolute_rescaled",
        description="What the fit does with events of negative weight: `absolute_rescaled`, take "
        "the absolute value, times the factor with which the event's channel keeps its share of "
        "the total weight; or `drop` the event, which enlarges the share of channels with negative "
        "weights.",
    )


AnyBaseline = Annotated[
    Variable | PrincipalComponents | IsolationForest, Field(discriminator="kind")
]
