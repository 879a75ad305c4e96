"""The `augmentation` block: background events with wrong scales."""

from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import Field, model_validator

from rapidmass.config.base import Section
from rapidmass.config.studies.base import Known, check_names


class ScaleGroup(Section):
    """Objects that share a scale."""

    objects: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description="Objects of the representations."
    )
    width: Annotated[float, Field(ge=1)] = Field(
        default=3.0,
        description="The factor is between 1 / width and width (`log_uniform`), or ln(width) is "
        "the standard deviation of its logarithm (`lognormal`).",
    )


class Augmentation(Section):
    """Copies of background events with wrong scales, for networks that tell them from the rest."""

    shape: Literal["log_uniform", "lognormal"] = Field(
        default="log_uniform", description="Distribution of the logarithm of a factor."
    )
    groups: tuple[ScaleGroup, ...] = Field(
        default=(ScaleGroup(objects=("ele", "muo")), ScaleGroup(objects=("ljet", "bjet"))),
        description="Objects that are scaled together: in each event the four-momenta of all "
        "objects of a group are multiplied by one factor. Types in no group stay.",
    )
    met_width: Annotated[float, Field(ge=1)] = Field(
        default=3.0, description="The width for MET, which has a factor of its own."
    )

    @model_validator(mode="after")
    def _check_groups(self) -> "Augmentation":
        members = self._list_members()
        check_names(members, members, "type")
        return self

    def _list_members(self) -> list[str]:
        return [name for group in self.groups for name in group.objects]

    def select(self, types: Collection[str]) -> "Augmentation":
        """Keep what belongs to objects that there are: not every analysis has those of the default.

        Parameters
        ----------
        types
            Objects of the representations.

        Returns
        -------
        Augmentation
            With groups of these only.
        """
        kept = (
            group.model_copy(update={"objects": tuple(n for n in group.objects if n in types)})
            for group in self.groups
        )
        return self.model_copy(update={"groups": tuple(group for group in kept if group.objects)})

    def check(self, config: Known) -> None:
        """Check that the types exist which the configuration names.

        Parameters
        ----------
        config
            Where they must be.

        Raises
        ------
        ValueError
            If one does not; the message names the key.
        """
        if "groups" in self.model_fields_set:
            members = self._list_members()
            what = "augmentation.groups: object of the representations"
            check_names(members, config.objects, what)
