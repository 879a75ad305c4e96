"""The `studies.classifier_checks` block: what people look at before they trust a classifier."""

from typing import ClassVar

from pydantic import Field

from rapidmass.config.base import Count
from rapidmass.config.names import UniqueNames
from rapidmass.config.studies.base import FamilyStudy

FAMILIES = ("xgboost", "classifier")


class ClassifierChecks(FamilyStudy):
    """Overtraining, calibration, importance of features, and what cuts on the score leave."""

    key: ClassVar[str] = "studies.classifier_checks"
    families: ClassVar[tuple[str, ...]] = FAMILIES
    others: ClassVar[str] = "whose score is no probability of one signal"
    of_signals: ClassVar[bool] = True

    networks: tuple[str, ...] = Field(
        default=(),
        description="Classifiers that take part, by name; empty: all of the families "
        f"{', '.join(f'`{name}`' for name in FAMILIES)}.",
    )
    events: int = Field(
        default=20_000,
        ge=100,
        le=10_000_000,
        description="About how many events of each class take part where a model is run again, "
        "chosen by event identity.",
    )
    permutations: Count = Field(
        default=200,
        description="Permutations behind each p-value: the smallest is 1 / (permutations + 1).",
    )
    repetitions: int = Field(
        default=3, ge=2, le=1000, description="How often the values of a feature are shuffled."
    )
    features: Count = Field(
        default=40,
        description="Most features whose importance is measured: of more, those that tell the "
        "classes apart best by themselves.",
    )
    bins: int = Field(
        default=10, ge=2, le=100, description="Bins of equal weight of the calibration curve."
    )
    variables: UniqueNames = Field(
        default=["met", "m_ll"],
        description="Event variables whose distribution is compared before and behind cuts on the "
        "score: those that the files of scores hold.",
    )
