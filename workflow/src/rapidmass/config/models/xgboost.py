"""Settings of boosted trees that tell signals from background."""

from typing import Literal, Self

from pydantic import Field, model_validator

from rapidmass.config.models.supervised import Supervised


class BoostedTrees(Supervised):
    """Gradient-boosted trees of XGBoost, grown to tell named signals from the background.

    They see elements as they are: `scaling` does not change them, and an absent element is missing.
    """

    family: Literal["xgboost"] = Field(
        default="xgboost", description="Family of the architecture: what is trained."
    )
    max_trees: int = Field(
        default=1000,
        gt=0,
        le=100_000,
        description="Trees at most. Those are kept up to which the loss of the validation part "
        "falls.",
    )
    early_stopping: int = Field(
        default=30,
        gt=0,
        le=100_000,
        description="Trees after which growing ends if the loss of the validation part has not "
        "become smaller.",
    )
    max_depth: int = Field(default=4, gt=0, le=16, description="Cuts in a row, at most.")
    max_leaves: int | None = Field(
        default=None,
        ge=2,
        le=65_536,
        description="Leaves of a tree, at most: it grows where the loss falls most, to `max_depth` "
        "cuts in a row. Left out: it grows level by level.",
    )
    ensemble: int = Field(
        default=1,
        gt=0,
        le=100,
        description="How many times trees are grown, each from a seed of its own: the score is "
        "their mean. It needs `subsample` or `colsample_bytree` below 1.",
    )
    learning_rate: float = Field(
        default=0.1, gt=0, le=1, description="Factor on what each tree adds to the score."
    )
    min_child_weight: float = Field(
        default=1.0,
        ge=0,
        allow_inf_nan=False,
        description="Least sum of w p (1 - p) in a leaf, p the probability that the trees before "
        "gave to the class of signals and w the weight of the training, of mean 1: 1 is four "
        "events of about even odds, whatever the units of the weights.",
    )
    subsample: float = Field(
        default=1.0, gt=0, le=1, description="Share of the events that each tree is grown on."
    )
    colsample_bytree: float = Field(
        default=1.0, gt=0, le=1, description="Share of the elements that each tree sees."
    )
    reg_lambda: float = Field(
        default=1.0, ge=0, allow_inf_nan=False, description="L2 penalty on the values of leaves."
    )
    max_bin: int = Field(
        default=256, gt=1, le=65_536, description="Values of an element at which trees may cut."
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
    def _check_ensemble(self) -> Self:
        if self.ensemble > 1 and not self.depends_on_seed:
            raise ValueError(
                "ensemble: without subsample or colsample_bytree below 1 all seeds grow the same "
                "trees"
            )
        return self

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
    def depends_on_seed(self) -> bool:
        """Whether trees are grown on parts of the events or elements, which are drawn."""
        return self.subsample < 1 or self.colsample_bytree < 1

    @property
    def score_names(self) -> tuple[str, ...]:
        """Names of the scores."""
        return self.scores
