"""The `baselines` block: scores that need no network, evaluated as the networks are."""

from difflib import get_close_matches
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from rapidmass.config.base import Section
from rapidmass.config.models.fitted_baseline import (
    Density,
    FittedBaseline,
    IsolationForest,
    Neighbours,
    PrincipalComponents,
    Shuffled,
)
from rapidmass.config.models.supervised import SignalTarget
from rapidmass.config.names import Name
from rapidmass.representations.base import Representation

CombinationRule = Literal["sum_log_p", "min_p"]

MOST_BINS = 1_000_000  # of densities of several features


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


class RectangularCuts(FittedBaseline):
    """Cuts on some elements, chosen for the largest expected significance of named signals.

    It is what a classifier has to beat. It needs folds: the cuts that an event is held against are
    chosen without its fold.
    """

    kind: Literal["rectangular_cuts"] = Field(
        default="rectangular_cuts",
        description="The score of an event: the smallest distance to a cut, in units of the spread "
        "of the background in that element; above 0 if all cuts are passed. An element that is "
        "absent passes none.",
    )
    target: SignalTarget = Field(description="Whose significance the cuts are chosen for.")
    cuts: Annotated[dict[Name, Literal["above", "below"]], Field(min_length=1)] = Field(
        description="Elements of the representation that are cut on, by name: `{met: above, "
        "n_bjet: below}`. What lies at the cut passes."
    )
    trials: int = Field(
        default=2000, gt=0, le=10_000_000, description="Sets of cuts that are drawn and compared."
    )
    background_uncertainty: float = Field(
        default=0.1,
        ge=0,
        allow_inf_nan=False,
        description="Relative systematic uncertainty of the background in the significance that "
        "the cuts are chosen for.",
    )
    minimum_effective_events: float = Field(
        default=10.0,
        gt=0,
        allow_inf_nan=False,
        description="Effective background events of the training part that cuts must leave.",
    )

    @property
    def signals(self) -> tuple[str, ...]:
        """Those of `target`."""
        return self.target.signals

    def check_features(self, representation: Representation) -> None:
        """Make sure that there are the elements that are cut on."""
        super().check_features(representation)
        known = representation.element_names
        for name in self.cuts:
            if name not in known:
                near = get_close_matches(name, known) or known[:5]
                raise ValueError(f"`cuts`: no element {name!r}; there are {', '.join(near)}")


class LikelihoodRatio(FittedBaseline):
    """Ratio of the binned densities of few features, of named signals and of the background.

    It is what a network of the same features has to beat. It needs folds: the densities that an
    event is held against are those without its fold.
    """

    kind: Literal["likelihood_ratio"] = Field(
        default="likelihood_ratio",
        description="The score of an event: the logarithm of the ratio of the densities of signals "
        "and background, of a sequence added up over its members. Bins hold equal numbers of "
        "events or members; a feature that is absent has a bin of its own.",
    )
    target: SignalTarget = Field(description="Whose densities are held against the background's.")
    features: Annotated[tuple[Name, ...], Field(min_length=1)] = Field(
        description="Features of a table, or of the members of a sequence, by name."
    )
    together: bool = Field(
        default=False,
        description="Whether there is one density of all features, which knows their correlations, "
        "and not the product of one density each.",
    )
    bins: int = Field(default=30, ge=2, le=10_000, description="Bins of each feature.")

    @property
    def signals(self) -> tuple[str, ...]:
        """Those of `target`."""
        return self.target.signals

    def check_features(self, representation: Representation) -> None:
        """Make sure that there are these features, and not too many bins of them."""
        super().check_features(representation)
        if representation.kind not in ("table", "sequence"):
            raise ValueError(
                f"densities are of a table or a sequence, and this is of the kind "
                f"{representation.kind}"
            )
        twice = sorted({name for name in self.features if self.features.count(name) > 1})
        if twice:
            raise ValueError(f"`features`: {twice[0]} is listed twice")
        # a feature of a sequence is that of its first member, too
        ending = "_0" if representation.kind == "sequence" else ""
        for name in self.features:
            if f"{name}{ending}" not in representation.element_names:
                known = representation.element_names[: representation.shape[-1]]
                names = ", ".join(one.removesuffix(ending) for one in known)
                raise ValueError(f"`features`: no feature {name!r}; there are {names}")
        if self.together and (self.bins + 1) ** len(self.features) > MOST_BINS:
            raise ValueError(
                f"{self.bins} bins of each of {len(self.features)} features together are more than "
                f"{MOST_BINS}: take fewer bins, or fewer features"
            )


class Combination(Section):
    """One score of several, by the p-values of an event among the background.

    It needs folds: the background that an event is compared with is that of other folds.
    """

    kind: Literal["combination"] = Field(
        description="The score of an event: -log10 of the p-value of what the p-values of several "
        "scores are combined to."
    )
    of: Annotated[tuple[Name, ...], Field(min_length=2)] = Field(
        description="Networks, trees and other baselines whose scores are combined, by name; of "
        "each its first score."
    )
    by: CombinationRule = Field(
        default="sum_log_p",
        description="`sum_log_p`: the sum of the logarithms of the p-values (Fisher's test): an "
        "event that all find strange comes first. `min_p`: the smallest (Tippett's): one that any "
        "finds strange.",
    )
    classes: Name | None = Field(
        default=None,
        description="A baseline of few values, such as one of the kind `multiplicity`: the p-value "
        "of an event is that among background with the same value. Values with too little "
        "background (200 effective events) are joined to the next lower ones.",
    )

    @field_validator("of", mode="after")
    @classmethod
    def _check_names(cls, of: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({name for name in of if of.count(name) > 1})
        if twice:
            raise ValueError(f"score {twice[0]} is listed twice")
        return of

    @property
    def read(self) -> tuple[str, ...]:
        """All whose scores are read: last, if there are any, the classes."""
        return self.of if self.classes is None else (*self.of, self.classes)


AnyBaseline = Annotated[
    Combination
    | Variable
    | PrincipalComponents
    | IsolationForest
    | Density
    | Neighbours
    | Shuffled
    | RectangularCuts
    | LikelihoodRatio,
    Field(discriminator="kind"),
]
