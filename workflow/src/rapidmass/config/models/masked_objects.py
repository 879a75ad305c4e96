"""Settings of transformers that tell hidden objects from those that they see."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from rapidmass.config.models.network import NeuralNetwork, check_whole
from rapidmass.config.models.training import ScalingSettings


class MaskedObjects(NeuralNetwork):
    """A transformer that is shown some objects of an event, and tells what the others are.

    Of each hidden slot it gives the probability that an object is in it, and of each feature of the
    object a normal distribution. Its layers are those of A. Vaswani et al., arXiv:1706.03762.
    """

    needs_mask: ClassVar[bool] = True  # absent objects are seen as absent
    takes: ClassVar[frozenset[str]] = frozenset({"objects", "sequence"})

    family: Literal["masked_objects"] = Field(
        default="masked_objects", description="Family of the network: the module that builds it."
    )
    scaling: ScalingSettings | None = Field(
        default=ScalingSettings(kind="present_standard", clip=False),
        description="How elements are scaled before this network sees them. The widths of its "
        "distributions are at least a tenth of the unit.",
    )
    layers: int = Field(default=2, gt=0, le=100, description="Layers of the transformer.")
    width: int = Field(
        default=32,
        gt=0,
        le=4096,
        description="Numbers by which it knows an object; a multiple of `heads`.",
    )
    heads: int = Field(default=4, gt=0, le=256, description="Heads of the attention of a layer.")
    units: int = Field(
        default=64, gt=0, le=100_000, description="Units between the two affine maps of a layer."
    )
    hidden_share: float = Field(
        default=0.25,
        gt=0,
        lt=1,
        description="Share of the slots of an event that training hides at once, drawn anew each "
        "time; one at least.",
    )
    maskings: int = Field(
        default=4,
        gt=1,
        le=4096,
        description="How many times an event is looked at when it is scored, each time with other "
        "slots hidden: each slot is hidden once. As many as there are slots, or more: each alone. "
        "The time that scoring takes is proportional to it.",
    )
    scores: tuple[Literal["mean_nll", "nll"], ...] = Field(
        default=("mean_nll",),
        description="Scores of an event, the first under the name of the network: minus the "
        "logarithm of the densities of the features of hidden objects, the mean over the features "
        "that the event has (`mean_nll`); or its sum, and that of the probabilities of the slots "
        "to be filled or not (`nll`), which knows how many objects of which types there are.",
    )

    @property
    def score_names(self) -> tuple[str, ...]:
        """Names of the scores."""
        return self.scores

    @model_validator(mode="after")
    def _check_sizes(self) -> Self:
        check_whole(self.exclude_features)
        if self.width % self.heads:
            raise ValueError(
                f"width ({self.width}) must be a multiple of heads ({self.heads}), among which it "
                "is shared"
            )
        return self
