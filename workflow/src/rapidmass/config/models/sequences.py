"""Settings of networks that tell sequences of signals from those of the background."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from rapidmass.config.models.classifier import AnyClassifier
from rapidmass.config.models.network import Layer, check_whole


class SequenceClassifier(AnyClassifier):
    """What networks have in common that go over the members of a sequence."""

    takes: ClassVar[frozenset[str]] = frozenset({"sequence"})

    scores: tuple[Literal["logit"], ...] = Field(
        default=("logit",),
        description="Scores of an event: the logarithm of the odds that it is signal (`logit`).",
    )

    @property
    def score_names(self) -> tuple[str, ...]:
        """Names of the scores."""
        return self.scores

    @model_validator(mode="after")
    def _check_elements(self) -> Self:
        check_whole(self.exclude_features)
        return self


class RecurrentClassifier(SequenceClassifier):
    """A network that reads the members of a sequence one after the other.

    What it knows behind the last member goes to the layers.
    """

    family: Literal["recurrent"] = Field(
        default="recurrent", description="Family of the network: the module that builds it."
    )
    cell: Literal["lstm", "gru"] = Field(
        default="lstm", description="What reads a member: `lstm` or `gru`."
    )
    units: int = Field(
        default=25, gt=0, le=4096, description="Numbers that it keeps from member to member."
    )


class DeepSets(SequenceClassifier):
    """A network that sees the members of a sequence without any order.

    The same layers look at each member; their outputs are added up.
    """

    family: Literal["deep_sets"] = Field(
        default="deep_sets", description="Family of the network: the module that builds it."
    )
    member_layers: Annotated[tuple[Layer, ...], Field(min_length=1)] = Field(
        description="Layers that each member goes through, before the sum over members."
    )
