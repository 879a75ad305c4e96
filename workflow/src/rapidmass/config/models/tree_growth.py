"""How boosted trees are grown, whatever they tell apart."""

from typing import Self

from pydantic import Field, model_validator

from rapidmass.config.base import Section


class TreeGrowth(Section):
    """Gradient-boosted trees of XGBoost."""

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
        "gave to the class 1 and w the weight of the training, of mean 1: 1 is four "
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

    @model_validator(mode="after")
    def _check_ensemble(self) -> Self:
        if self.ensemble > 1 and not self.depends_on_seed:
            raise ValueError(
                "ensemble: without subsample or colsample_bytree below 1 all seeds grow the same "
                "trees"
            )
        return self

    @property
    def depends_on_seed(self) -> bool:
        """Whether trees are grown on parts of the events or elements, which are drawn."""
        return self.subsample < 1 or self.colsample_bytree < 1
