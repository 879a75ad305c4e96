"""The `studies.tree_tuning` block: boosted trees with other settings, compared in inner folds."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, PositiveFloat, model_validator

from rapidmass.config.base import Count, Section
from rapidmass.config.studies.base import FamilyStudy

FAMILY = "xgboost"
Share = Annotated[float, Field(gt=0, le=1)]
Depth = Annotated[int, Field(ge=1, le=16)]


class TreeSpace(Section):
    """Ranges that are tried, each a smallest and a largest number."""

    max_depth: tuple[Depth, Depth] = Field(default=(2, 8), description="Cuts in a row.")
    learning_rate: tuple[Share, Share] = Field(
        default=(0.02, 0.5), description="Factors on what each tree adds, even in the logarithm."
    )
    min_child_weight: tuple[PositiveFloat, PositiveFloat] = Field(
        default=(0.1, 100.0), description="Least weights in a leaf, even in the logarithm."
    )
    subsample: tuple[Share, Share] = Field(
        default=(0.5, 1.0), description="Shares of the events that each tree is grown on."
    )
    colsample_bytree: tuple[Share, Share] = Field(
        default=(0.5, 1.0), description="Shares of the elements that each tree sees."
    )
    reg_lambda: tuple[PositiveFloat, PositiveFloat] = Field(
        default=(0.1, 10.0), description="L2 penalties, even in the logarithm."
    )

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        for name in type(self).model_fields:
            low, high = getattr(self, name)
            if low > high:
                raise ValueError(f"{name}: {low:g} is above {high:g}: exchange them")
        return self


class TreeTuning(FamilyStudy):
    """Settings of boosted trees, searched in the events that the training of the first fold sees.

    These are divided into inner folds. The number of trees follows from early stopping in each, and
    the loss is that of the events that did not grow them.
    """

    key: ClassVar[str] = "studies.tree_tuning"
    families: ClassVar[tuple[str, ...]] = (FAMILY,)
    others: ClassVar[str] = "which this study does not tune: networks are in studies.tuning"
    of_signals: ClassVar[bool] = True

    networks: tuple[str, ...] = Field(
        default=(),
        description=f"Architectures of the family `{FAMILY}` that are tuned; empty: all.",
    )
    trials: Count = Field(default=20, description="Settings that are tried.")
    random_trials: int = Field(
        default=6,
        ge=1,
        le=1_000_000,
        description="Until so many are done, the next are drawn at random, and none is given up.",
    )
    inner_folds: int = Field(
        default=3,
        ge=2,
        le=20,
        description="Parts of the events, each of which measures the loss of trees grown on the "
        "others. Settings are given up once their mean loss is above the median of the others.",
    )
    space: TreeSpace = Field(default=TreeSpace(), description="What is varied.")
