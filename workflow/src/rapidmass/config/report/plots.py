"""The `plots` block: how figures look."""

from typing import Annotated

from pydantic import Field

from rapidmass.config.base import Section

Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class PlotSettings(Section):
    """How figures look."""

    experiment: str = Field("rapidmass", description="Name in the corner of each figure.")
    label: str = Field("Simulation", description="Status word behind it, without data.")
    data_status: str = Field(
        "", description="Status word on figures with data, such as `Preliminary` or `Pseudo-data`."
    )
    data_label: str = Field("Data", description="What the legend calls data samples.")
    channel_labels: dict[str, str] = Field(
        {},
        description="Names of channels, signals and other samples, networks and baselines in "
        "legends; LaTeX between `$`.",
    )
    variable_labels: dict[str, str] = Field(
        {},
        description="What axes call event variables, with the unit: "
        "`{mt2: '$m_{T2}$ [GeV]'}`. Those that every format has are known.",
    )
    channel_colours: dict[str, Colour] = Field(
        {},
        description="Colours of channels, `#rrggbb`. Others are chosen by the alphabetical order "
        "of the channels in their selection; name them here where selections differ.",
    )
