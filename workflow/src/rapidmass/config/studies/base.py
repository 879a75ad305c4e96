"""What every block of `studies` has in common."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any, ClassVar, Protocol

from pydantic import Field
from typing_extensions import override

from rapidmass.config.base import Section
from rapidmass.config.search.selection import MegasetSettings, Selection


class Known(Protocol):
    """The blocks of the configuration that a study names things from."""

    @property
    def architectures(self) -> Mapping[str, Any]:
        """The networks."""

    @property
    def baselines(self) -> Mapping[str, Any]:
        """The baselines."""

    @property
    def selections(self) -> Mapping[str, Selection]:
        """The final states."""

    @property
    def megasets(self) -> MegasetSettings:
        """How the background is portioned."""

    @property
    def objects(self) -> Mapping[str, int]:
        """Objects that events consist of, leptons apart."""

    @property
    def representations(self) -> Mapping[str, Any]:
        """How events are shown."""

    def list_matrices(self) -> list[str]:
        """List the representations that are rapidity-mass matrices."""

    def list_images(self) -> list[str]:
        """List the representations that are images."""

    def get_representation(self, model: str) -> str:
        """Get the name of the representation that a network or baseline sees."""


class Study(Section):
    """A study with a section in the report."""

    key: ClassVar[str]  # where its settings are in the configuration
    needs: ClassVar[tuple[str, ...]] = ()  # samples that a selection must have: signals, data

    enabled: bool = Field(default=False, description="Whether it is done and in the report.")

    def list_selections(self, config: Known) -> list[str]:
        """List the selections in which the study is done: those that have what it needs.

        Parameters
        ----------
        config
            Where the selections are.

        Returns
        -------
        list of str
            Their names, in the order of the configuration.
        """
        return [
            name
            for name, selection in config.selections.items()
            if all(getattr(selection, samples) for samples in self.needs)
        ]

    def check(self, config: Known) -> None:
        """Check that what is named exists.

        Parameters
        ----------
        config
            Where it must be.

        Raises
        ------
        ValueError
            If it is nowhere; the message names the key.
        """


class NetworkStudy(Study):
    """A study that is done for each of some networks."""

    without_labels: ClassVar[bool] = False
    """Whether those that are told which events are signal, or what scores to give, take no part."""

    networks: tuple[str, ...] = Field(
        default=(), description="Networks that take part, by name; empty: all."
    )

    def list_networks(self, config: Known) -> list[str]:
        """List the networks that take part, in the order of the configuration.

        Parameters
        ----------
        config
            Where the networks are.

        Returns
        -------
        list of str
            Their names.
        """
        return [
            name
            for name, architecture in config.architectures.items()
            if (not self.networks or name in self.networks)
            and not (self.without_labels and (architecture.told or architecture.followed))
        ]

    @override
    def check(self, config: Known) -> None:
        check_names(self.networks, config.architectures, f"{self.key}.networks: network")
        for name in self.networks if self.without_labels else ():
            if config.architectures[name].followed:
                raise ValueError(
                    f"{self.key}.networks: {name} follows a combination of scores, and this study "
                    "is of networks that learn from events alone: leave it out"
                )
            if config.architectures[name].told:
                raise ValueError(
                    f"{self.key}.networks: {name} is told which events are signal, and this study "
                    "is of architectures that are not: leave it out"
                )


class FamilyStudy(NetworkStudy):
    """A study of architectures of some families."""

    families: ClassVar[tuple[str, ...]]
    others: ClassVar[str]  # why those of other families take no part, for messages
    of_signals: ClassVar[bool] = False
    """Whether it is of those alone that are told signals, where these are."""

    @override
    def list_networks(self, config: Known) -> list[str]:
        return [
            name
            for name in super().list_networks(config)
            if config.architectures[name].family in self.families
            and (not self.of_signals or config.architectures[name].signals)
        ]

    @override
    def list_selections(self, config: Known) -> list[str]:
        if not self.of_signals:
            return super().list_selections(config)
        networks = [config.architectures[name] for name in self.list_networks(config)]
        told = {signal for network in networks for signal in network.signals}
        return [name for name, one in config.selections.items() if told & set(one.signals)]

    @override
    def check(self, config: Known) -> None:
        super().check(config)
        families = ", ".join(self.families)
        for name in self.networks:
            network = config.architectures[name]
            if network.family not in self.families:
                raise ValueError(
                    f"{self.key}.networks: {name} is of the family {network.family}, "
                    f"{self.others}; choose those of {families}"
                )
            if self.of_signals and not network.signals:
                raise ValueError(f"{self.key}.networks: {name} is told no signal: leave it out")
        if self.enabled and not self.list_networks(config):
            told = " that is told signals" if self.of_signals else ""
            raise ValueError(
                f"{self.key}: there is no architecture of the families {families}{told}; disable it"
            )


class DataStudy(Study):
    """A study of data, as far as the cuts of a score leave them open."""

    needs: ClassVar[tuple[str, ...]] = ("data",)

    scorer: str | None = Field(
        default=None,
        description="Score whose cuts blind the data: until the search is unblinded, only events "
        "below all cuts of its network are compared. Default: the first network by name.",
    )

    def get_scorer(self, config: Known) -> str:
        """Get the name of the score whose cuts blind the data.

        Parameters
        ----------
        config
            Where the scores are.

        Returns
        -------
        str
            The one that is set, or the first network by name.
        """
        return self.scorer or next(iter(config.architectures))

    @override
    def check(self, config: Known) -> None:
        scorers = [*config.architectures, *config.baselines]
        for name, architecture in config.architectures.items():
            scorers += [f"{name}-{kind}" for kind in architecture.score_names[1:]]
        check_names([self.get_scorer(config)], scorers, f"{self.key}.scorer: score")


def check_names(names: Collection[str], known: Collection[str], what: str) -> None:
    """Check that names are known, and none comes twice.

    Parameters
    ----------
    names
        What is asked for.
    known
        What there is.
    what
        Key and kind, for the message.

    Raises
    ------
    ValueError
        If a name is unknown or comes twice.
    """
    for name in names:
        if name not in known:
            near = get_close_matches(name, sorted(known), n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
            raise ValueError(f"{what} {name!r} does not exist; {hint}")
    twice = [name for name in names if list(names).count(name) > 1]
    if twice:
        raise ValueError(f"{what} {twice[0]!r} is listed twice")
