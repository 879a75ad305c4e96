"""The `studies.two_sample` block: data against simulation in all features at once."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveFloat
from typing_extensions import override

from rapidmass.config.base import Section
from rapidmass.config.names import Name, UniqueNames
from rapidmass.config.studies.base import DataStudy, Known, check_names

Method = Literal["kernel", "trees"]


class KernelSettings(Section):
    """A sum of Gaussian kernels, for a few features."""

    centres: Annotated[int, Field(ge=1, le=10000)] = Field(
        default=100, description="Most kernels, each around a simulated event."
    )
    ridge: PositiveFloat = Field(
        default=1e-5, description="Penalty of large coefficients, a unit of weight."
    )


class TreeSettings(Section):
    """Boosted trees, each event judged by those that have not seen it."""

    folds: Annotated[int, Field(ge=2, le=20)] = Field(
        default=3, description="In how many parts the events are divided."
    )
    trees: Annotated[int, Field(ge=1, le=1000)] = Field(default=30, description="Trees a fold.")
    leaves: Annotated[int, Field(ge=2, le=256)] = Field(
        default=6, description="Most leaves of a tree."
    )
    minimum_rows: Annotated[int, Field(ge=1, le=1000000)] = Field(
        default=50, description="Fewest events in a leaf."
    )


class TwoSample(DataStudy):
    """A fit of the ratio of data to simulation, with a p-value from pseudo-experiments."""

    key: ClassVar[str] = "studies.two_sample"

    variables: UniqueNames = Field(
        default=[],
        description="Features: columns of the files of scores, as event variables, numbers of "
        "objects (`n_ele`) or `score` itself. Empty: `met`, `ht`, `m_ll`, `m_lll` and all numbers "
        "of objects. Undefined values count as absent.",
    )
    representation: Name | None = Field(
        default=None,
        description="Trees see all elements of this representation beside the variables. "
        "Systematic variations are learnt from the variables alone.",
    )
    methods: Annotated[list[Method], Field(min_length=1)] = Field(
        default=["kernel", "trees"],
        description="How the ratio is fitted. Several give one p-value together as well.",
    )
    toys: Annotated[int, Field(ge=9, le=1000000)] = Field(
        default=99, description="Pseudo-experiments: the smallest p-value is 1 / (toys + 1)."
    )
    normalisation: bool = Field(
        default=False,
        description="Whether the number of events counts as well: else simulation is scaled to it.",
    )
    simulated: Annotated[int, Field(ge=100, le=10000000)] = Field(
        default=20000,
        description="Most simulated events that take part: of more, some are drawn at random.",
    )
    events: Annotated[int, Field(ge=1, le=100)] = Field(
        default=10, description="How many of the events of data that fit least are listed."
    )
    kernel: KernelSettings = Field(KernelSettings(), description="How kernels are fitted.")
    trees: TreeSettings = Field(TreeSettings(), description="How trees are fitted.")

    @override
    def check(self, config: Known) -> None:
        super().check(config)
        shown = [] if self.representation is None else [self.representation]
        check_names(shown, config.representations, f"{self.key}.representation: representation")
        if shown and "trees" not in self.methods:
            raise ValueError(f"{self.key}.representation is for trees: add trees to the methods")
        check_names(self.methods, ("kernel", "trees"), f"{self.key}.methods: method")
