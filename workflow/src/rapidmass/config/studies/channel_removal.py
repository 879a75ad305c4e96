"""The `studies.channel_removal` block: a background channel as if it were a signal."""

from typing import ClassVar

from pydantic import Field
from typing_extensions import override

from rapidmass.config.studies.base import Known, NetworkStudy, check_names


class ChannelRemoval(NetworkStudy):
    """Networks trained without one background channel, which is then sought like a signal."""

    key: ClassVar[str] = "studies.channel_removal"
    without_labels: ClassVar[bool] = True

    channels: tuple[str, ...] = Field(
        default=(),
        description="Background channels that are left out, one at a time, in each selection that "
        "has them; empty: every channel. Each costs one training per network and selection.",
    )

    @override
    def list_selections(self, config: Known) -> list[str]:
        return [name for name in config.selections if self.list_channels(config, name)]

    def list_channels(self, config: Known, selection: str) -> list[str]:
        """List the channels of a selection that are left out in turn.

        Parameters
        ----------
        config
            Where the selections are.
        selection
            Which.

        Returns
        -------
        list of str
            In the order of the configuration.
        """
        names = config.selections[selection].channels
        return [name for name in names if not self.channels or name in self.channels]

    @override
    def check(self, config: Known) -> None:
        super().check(config)
        known = {name: None for s in config.selections.values() for name in s.channels}
        check_names(self.channels, known, f"{self.key}.channels: background channel")
        for name, selection in config.selections.items():
            if self.enabled and len(selection.channels) == 1 and self.list_channels(config, name):
                raise ValueError(
                    f"{self.key}.channels: selection {name} has the channel "
                    f"{next(iter(selection.channels))} alone, without which there is nothing to "
                    "train on; name channels of other selections, or disable the study"
                )
