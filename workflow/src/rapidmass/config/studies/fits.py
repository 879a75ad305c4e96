"""The `studies.fits` block: binned likelihood fits instead of cuts."""

from itertools import pairwise
from typing import Annotated, ClassVar

from pydantic import Field, PositiveFloat, model_validator
from typing_extensions import override

from rapidmass.columnar.expressions import Expression
from rapidmass.config.base import Count, Section
from rapidmass.config.names import Name, check_unique
from rapidmass.config.search.regions import Region
from rapidmass.config.studies.base import Known, NetworkStudy, check_names


class FitAxis(Section):
    """One variable of the templates, with its bins."""

    variable: Name = Field(
        description="The `score`, or an event variable, which must be a finite number in every "
        "event."
    )
    shares: tuple[Annotated[float, Field(ge=0, lt=1)], ...] = Field(
        (),
        description="Lower edges of the bins, as shares of the weighted background below them. "
        "Each half of the events has the edges that the other half of the background chose. "
        "0 begins with all events; with a larger first one, what lies below takes no part.",
    )
    edges: tuple[float, ...] = Field(
        (),
        description="Instead of `shares`: lower edges of the bins, in the unit of the variable. "
        "The last bin has no upper end; what lies below the first edge takes no part.",
    )

    @model_validator(mode="after")
    def _check_edges(self) -> "FitAxis":
        if bool(self.shares) == bool(self.edges):
            raise ValueError(f"axis {self.variable}: give either shares or edges")
        if any(low >= high for low, high in pairwise(self.shares or self.edges)):
            raise ValueError(f"axis {self.variable}: the lower edges of its bins must rise")
        return self


class FitRegion(Region):
    """Events with templates of their own; no event may be in two regions."""

    control: bool = Field(
        False,
        description="Whether it only fixes normalisations: it is one bin, whatever the axes say.",
    )


class Fits(NetworkStudy):
    """Binned likelihood fits of the signals, by each score: significances and upper limits."""

    key: ClassVar[str] = "studies.fits"
    needs: ClassVar[tuple[str, ...]] = ("signals",)

    networks: tuple[str, ...] = Field(
        default=(),
        description="Networks whose scores take part, by name; empty: all.",
    )
    baselines: tuple[str, ...] | None = Field(
        default=None,
        description="Baselines that take part, by name; left out: all.",
    )
    axes: Annotated[tuple[FitAxis, ...], Field(min_length=1, max_length=2)] = Field(
        (
            FitAxis(variable="score", shares=(0.0, 0.5, 0.9, 0.99)),
            FitAxis(variable="met", edges=(0.0, 50.0, 100.0, 150.0, 200.0, 300.0)),
        ),
        description="One or two variables whose bins are fitted.",
    )
    regions: tuple[FitRegion, ...] = Field(
        (),
        description="Categories and control regions. None: all events are one region.",
    )
    free_channels: tuple[str, ...] = Field(
        (),
        description="Background channels whose normalisation is free in the fit, in all regions "
        "alike. They have no part in `background_uncertainty`.",
    )
    background_uncertainty: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="Relative systematic uncertainty of the background in all bins together. "
        "Default: that of the scan.",
    )
    minimum_effective_events: float = Field(
        3.0,
        gt=0,
        description="Effective background events that each bin needs. Bins with fewer are merged. "
        "What is left of the uncertainty of the simulation is in the fit.",
    )
    smoothing: float = Field(
        0.05,
        gt=0,
        description="Neighbouring bins are taken together until the statistical uncertainty of "
        "what a systematic variation changes, relative to the yield, is at most this.",
    )
    prune_norm: float = Field(
        0.005,
        ge=0,
        description="A variation that changes the yield of a channel in a region by less is left "
        "out there, if its shape is left out too.",
    )
    prune_shape: float = Field(
        0.01,
        ge=0,
        description="A variation whose largest change of any bin, beside that of the yield, is "
        "smaller counts as a change of the yield alone.",
    )
    toys: Count = Field(
        1000, description="Pseudo-experiments for each hypothesis, where they replace asymptotics."
    )
    toys_below: float = Field(
        10.0,
        ge=0,
        description="Asymptotic formulas are replaced by pseudo-experiments where the sensitive "
        "bins together expect fewer background events: those with the largest signal over "
        "background that hold half of the sum of s^2 / b. 0: never.",
    )

    mass_series: dict[Name, Annotated[dict[Name, PositiveFloat], Field(min_length=2)]] = Field(
        {},
        description="Signals that differ in a mass, by the name of the series: `{Zp: {Zp_200: 200, "
        "Zp_400: 400}}`, in GeV. Limits of each series are drawn against it.",
    )

    @model_validator(mode="after")
    def _check_regions(self) -> "Fits":
        check_unique([region.name for region in self.regions])
        check_unique([axis.variable for axis in self.axes])
        for name, masses in self.mass_series.items():
            if len(set(masses.values())) < len(masses):
                raise ValueError(f"mass_series.{name}: two of its signals have the same mass")
        if self.regions and all(region.control for region in self.regions):
            raise ValueError("regions: all of them are control regions; one must be searched")
        return self

    @property
    def variables(self) -> list[str]:
        """Event variables that the fits need, sorted."""
        found = {axis.variable for axis in self.axes} - {"score"}
        for region in self.regions:
            found |= Expression(region.where).names
        return sorted(found)

    def list_baselines(self, config: Known) -> list[str]:
        """List the baselines that take part, in the order of the configuration."""
        chosen = self.baselines
        return [name for name in config.baselines if chosen is None or name in chosen]

    @override
    def check(self, config: Known) -> None:
        super().check(config)
        check_names(self.baselines or (), config.baselines, f"{self.key}.baselines: baseline")
        signals = {name for one in config.selections.values() for name in one.signals}
        for series, masses in self.mass_series.items():
            place = f"{self.key}.mass_series.{series}: signal"
            check_names(list(masses), sorted(signals), place)
        channels = {name for one in config.selections.values() for name in one.channels}
        unknown = sorted(set(self.free_channels) - channels)
        if unknown:
            raise ValueError(
                f"{self.key}.free_channels: no selection has the channel {unknown[0]!r}; there are "
                f"{', '.join(sorted(channels))}"
            )
