"""The `studies.altered_events` block: events altered on purpose, to see what a score finds."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, TypeAdapter, model_validator
from typing_extensions import override

from rapidmass.config.base import Section
from rapidmass.config.names import Name
from rapidmass.config.studies.base import Known, NetworkStudy, check_names

Factor = Annotated[float, Field(ge=1e-3, le=1e3)]


class ScalePt(Section):
    """Transverse momenta multiplied by a factor, masses kept."""

    kind: Literal["scale_pt"] = Field("scale_pt", description="`scale_pt`.")
    name: Name = Field(description="Its name; each factor is added to it: `<name>_x3`.")
    objects: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description="Objects of the representations that are scaled."
    )
    factors: Annotated[tuple[Factor, ...], Field(min_length=1)] = Field(
        default=(1.5, 3, 5, 7, 10), description="Factors, each an alteration of its own."
    )
    which: Literal["leading", "all"] = Field(
        "leading", description="Whether the hardest object of each type is scaled, or all are."
    )
    recoil_met: bool = Field(
        True,
        description="Whether what is added to the momenta is taken off the missing transverse "
        "momentum, as momentum conservation asks where nothing else that is visible recoils. "
        "Otherwise MET stays.",
    )

    @property
    def labels(self) -> list[str]:
        """Names of the alterations, one a factor."""
        return [f"{self.name}_x{factor:g}" for factor in self.factors]

    @property
    def types(self) -> tuple[str, ...]:
        """Objects that it names."""
        return self.objects


class Shuffle(Section):
    """Each feature of each object, and of MET, taken from another event of the same file."""

    kind: Literal["shuffle"] = Field("shuffle", description="`shuffle`.")
    name: Name = Field(description="Its name.")

    @property
    def labels(self) -> list[str]:
        """Its name."""
        return [self.name]

    @property
    def types(self) -> tuple[str, ...]:
        """Objects that it names: none, it is for all."""
        return ()


class Swap(Section):
    """Objects of one type taken for those of another, and the reverse."""

    kind: Literal["swap"] = Field("swap", description="`swap`.")
    name: Name = Field(description="Its name.")
    pairs: Annotated[tuple[tuple[str, str], ...], Field(min_length=1)] = Field(
        description="Pairs of objects of the representations: `[[ele, muo]]`. Each once."
    )

    @model_validator(mode="after")
    def _check_pairs(self) -> "Swap":
        check_names(self.types, self.types, "type")
        return self

    @property
    def labels(self) -> list[str]:
        """Its name."""
        return [self.name]

    @property
    def types(self) -> tuple[str, ...]:
        """Objects that it names."""
        return tuple(name for pair in self.pairs for name in pair)


class Noise(Section):
    """Each feature drawn by itself from all objects of that type in the same file."""

    kind: Literal["noise"] = Field("noise", description="`noise`.")
    name: Name = Field(description="Its name.")
    multiplicities: Literal["kept", "drawn"] = Field(
        "kept",
        description="Whether an event keeps its number of objects of each type, or has those of "
        "other events, drawn type by type.",
    )

    @property
    def labels(self) -> list[str]:
        """Its name."""
        return [self.name]

    @property
    def types(self) -> tuple[str, ...]:
        """Objects that it names: none, it is for all."""
        return ()


Alteration = Annotated[ScalePt | Shuffle | Swap | Noise, Field(discriminator="kind")]


class AlteredEvents(NetworkStudy):
    """Events of the test set, altered before they are shown to models, and how they score."""

    key: ClassVar[str] = "studies.altered_events"

    share: Annotated[float, Field(gt=0, le=1)] = Field(
        0.1,
        description="Share of the test set that is altered, by event identity. Where simulation is "
        "scarce take 1; with hundreds of millions of events 0.01 is enough.",
    )
    alterations: Annotated[tuple[Alteration, ...], Field(min_length=1)] = Field(
        default=(
            ScalePt(kind="scale_pt", name="lepton_pt", objects=("ele", "muo")),
            Shuffle(kind="shuffle", name="shuffled"),
            Swap(kind="swap", name="leptons_swapped", pairs=(("ele", "muo"),)),
            Noise(kind="noise", name="noise"),
        ),
        description="What is done to the events; `kind` says which keys an alteration has.",
    )

    @model_validator(mode="after")
    def _check_labels(self) -> "AlteredEvents":
        labels = [label for alteration in self.alterations for label in alteration.labels]
        check_names(labels, labels, "alteration")
        return self

    @override
    def check(self, config: Known) -> None:
        super().check(config)
        for alteration in self.alterations if self.enabled else ():
            what = f"{self.key}.alterations, {alteration.name}: object of the representations"
            check_names(alteration.types, config.objects, what)


def parse_alterations(blocks: list[dict[str, Any]]) -> list[Alteration]:
    """Read alterations from their settings in JSON types.

    Parameters
    ----------
    blocks
        One each.

    Returns
    -------
    list
        In the same order.
    """
    return TypeAdapter(list[Alteration]).validate_python(blocks)
