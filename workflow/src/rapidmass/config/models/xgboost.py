"""Settings of boosted trees that tell signals from background."""

from typing import Literal, Self

from pydantic import Field, model_validator

from rapidmass.config.models.supervised import Supervised
from rapidmass.config.models.tree_growth import TreeGrowth


class BoostedTrees(TreeGrowth, Supervised):
    """Gradient-boosted trees of XGBoost, grown to tell named signals from the background.

    They see elements as they are: `scaling` does not change them, and an absent element is missing.
    """

    family: Literal["xgboost"] = Field(
        default="xgboost", description="Family of the architecture: what is trained."
    )
    refine_weights: bool = Field(
        default=False,
        description="With `negative_weights: keep`: first learn, in each class, how likely it is "
        "that an event like this one has a negative weight (p), and count it |w| (1 - 2p), not w. "
        "Expectations are the same, and nearly all weights positive (arXiv:2007.11586).",
    )
    cancel_weights: bool = Field(
        default=False,
        description="With `negative_weights: keep`, instead of `refine_weights`: each event of "
        "negative weight shares its weight with its nearest neighbours, as many as make the sum no "
        "less than 0 (arXiv:2109.07851). No weight is negative then.",
    )
    scores: tuple[Literal["logit"], ...] = Field(
        default=("logit",),
        description="Scores of an event: the logarithm of the odds that it is signal (`logit`).",
    )

    @model_validator(mode="after")
    def _check_refinement(self) -> Self:
        if self.refine_weights and self.negative_weights != "keep":
            raise ValueError("refine_weights needs negative_weights: keep, whose signs it averages")
        if self.cancel_weights and self.negative_weights != "keep":
            raise ValueError("cancel_weights needs negative_weights: keep, whose signs it cancels")
        if self.cancel_weights and self.refine_weights:
            raise ValueError("cancel_weights and refine_weights exclude each other: choose one")
        return self

    @property
    def score_names(self) -> tuple[str, ...]:
        """Names of the scores."""
        return self.scores
