"""The `studies.data_comparison` block: data against simulation, feature by feature."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveFloat, model_validator
from typing_extensions import override

from rapidmass.columnar.expressions import Expression
from rapidmass.config.base import Whole
from rapidmass.config.names import Name, UniqueNames, check_unique
from rapidmass.config.search.regions import Region
from rapidmass.config.studies.base import DataStudy, Known, check_names

Uncertainty = Annotated[float, Field(gt=0, lt=1)]


class ComparedRegion(Region):
    """Events that are compared by themselves; those of two regions may overlap."""

    control: bool = Field(
        default=False,
        description="Whether all events of data are read that the condition lets in, whatever "
        "their scores, while the search is blinded. Choose it so that no signal is expected there.",
    )


class DataComparison(DataStudy):
    """Data against simulation in every feature: cells of the matrix, masses, counts."""

    key: ClassVar[str] = "studies.data_comparison"

    representation: Name | None = Field(
        default=None,
        description="Which of `representations` has the cells, one of the kind `rmm`; can be left "
        "out if there is one.",
    )
    variables: UniqueNames = Field(
        default=[],
        description="Event variables that are compared beside cells, numbers of objects, flavours, "
        "`met`, `ht`, `m_ll` and `m_lll`; those that are NaN in an event are absent there.",
    )
    regions: tuple[ComparedRegion, ...] = Field(
        default=(),
        description="Parts of each selection in which event variables and flavours are compared "
        "and drawn once more. Those that are no control regions are blinded by the score.",
    )
    bins: Annotated[int, Field(ge=2, le=100)] = Field(
        default=25,
        description="Most bins of a figure and of a χ². They follow from the simulation alone.",
    )
    minimum_events: PositiveFloat = Field(
        default=10.0,
        description="Events that simulation must expect (for shapes, scaled to data), and "
        "effective simulated events, (sum w)^2 / sum w^2, that it must have, in each bin of a χ²: "
        "smaller bins are merged.",
    )
    systematics: dict[str, Uncertainty] = Field(
        default={"luminosity": 0.017},
        description="Relative uncertainties of the whole background, by name, each correlated "
        "between all bins and channels.",
    )
    channel_systematics: dict[str, Uncertainty] = Field(
        default={},
        description="Relative uncertainties of the normalisation of single background channels, "
        "by channel, each correlated between all bins.",
    )
    figures: Whole | Literal["all"] = Field(
        default=12,
        description="How many of the worst cells have figures, beside the standard features, "
        "which all have: or `all`. The report shows not more than 12 of them.",
    )

    @model_validator(mode="after")
    def _check_regions(self) -> "DataComparison":
        check_unique([region.name for region in self.regions])
        return self

    def list_used(self) -> set[str]:
        """List the event variables that are compared, or that conditions of regions name."""
        named = [Expression(region.where).names for region in self.regions]
        return {*self.variables}.union(*named)

    def get_representation(self, config: Known) -> str:
        """Get the name of the representation whose cells are compared.

        Parameters
        ----------
        config
            Where the representations are.

        Returns
        -------
        str
            The one that is set, or the only one that is a matrix.

        Raises
        ------
        ValueError
            If that is none, or one of several.
        """
        where, matrices = f"{self.key}.representation", config.list_matrices()
        if self.representation is not None:
            check_names([self.representation], matrices, f"{where}: representation of kind rmm")
            return self.representation
        if len(matrices) != 1:
            raise ValueError(
                f"{where}: say which one has the cells to compare; of the kind rmm there are "
                f"{', '.join(matrices) or 'none'}"
            )
        return matrices[0]

    @override
    def check(self, config: Known) -> None:
        if self.enabled:
            self.get_representation(config)
        channels = {name: None for s in config.selections.values() for name in s.channels}
        where = f"{self.key}.channel_systematics: background channel"
        check_names(list(self.channel_systematics), channels, where)
        super().check(config)
