"""The `studies.event_displays` block: single events, differences of means, errors of cells."""

from typing import ClassVar

from pydantic import Field

from rapidmass.config.studies.base import Known, NetworkStudy


class EventDisplays(NetworkStudy):
    """Matrices of single simulated events, differences of mean matrices, and errors of cells."""

    key: ClassVar[str] = "studies.event_displays"
    without_labels: ClassVar[bool] = True

    events: int = Field(
        default=2,
        ge=1,
        le=20,
        description="How many of the most anomalous simulated events of the background and of each "
        "signal are drawn for each network, beside one of median score.",
    )
    cells: int = Field(
        default=10,
        ge=1,
        le=100,
        description="How many cells are listed that make signals and altered events anomalous.",
    )

    def check(self, config: Known) -> None:
        """Check that the networks exist and, where the study is made, see matrices.

        Parameters
        ----------
        config
            Where they must be.

        Raises
        ------
        ValueError
            If one does not; the message names the key.
        """
        super().check(config)
        for name in self.list_networks(config) if self.enabled else ():
            if config.get_representation(name) not in config.list_matrices():
                raise ValueError(
                    f"{self.key}: the network {name} does not see rapidity-mass matrices, of which "
                    f"cells are drawn: leave it out of {self.key}.networks"
                )
