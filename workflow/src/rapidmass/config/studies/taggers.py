"""The `studies.taggers` block: how much background a tagger rejects, by momentum."""

from itertools import pairwise
from typing import Annotated, ClassVar

from pydantic import Field
from typing_extensions import override

from rapidmass.config.names import Name
from rapidmass.config.studies.base import Known, NetworkStudy, check_names


class Taggers(NetworkStudy):
    """Rejection of each background channel at an efficiency for a signal, by bins of a variable."""

    key: ClassVar[str] = "studies.taggers"
    needs: ClassVar[tuple[str, ...]] = ("signals",)

    networks: tuple[str, ...] = Field(
        default=(),
        description="Classifiers that take part, by name; empty: all. Baselines always do.",
    )
    efficiency: float = Field(
        default=0.7, gt=0, lt=1, description="Share of the signal that passes, in each bin."
    )
    variable: Name = Field(default="jet_pt", description="Event variable of the bins.")
    edges: Annotated[tuple[float, ...], Field(min_length=2)] = Field(
        default=(20.0, 50.0, 100.0, 200.0), description="Edges of the bins, rising."
    )
    reference: Name | None = Field(
        default=None,
        description="Network or baseline that the others are compared with, on the same jets. "
        "Default: the first baseline by name, or the first network.",
    )
    seeds: int = Field(
        default=1,
        ge=1,
        le=100,
        description="How often each network is trained, with other initial weights and orders of "
        "events; the first is the network itself. Bands show how numbers spread over them. Boosted "
        "trees that leave nothing to chance are grown once.",
    )
    across: tuple[str, ...] = Field(
        default=(),
        description="Selections whose networks score the jets of each other as well: of the same "
        "jets by two simulations, say. A tagger that was trained on the other one stands beside "
        "the own one, on the same jets.",
    )
    shown: int = Field(
        default=4,
        ge=1,
        le=10,
        description="Of taggers that see images: how many jets of the largest and of the smallest "
        "scores of each class are shown.",
    )
    replicas: int = Field(
        default=100,
        ge=10,
        le=10_000,
        description="Replicas of the bootstrap behind the intervals of these ratios.",
    )

    @override
    def list_networks(self, config: Known) -> list[str]:
        return [
            name for name in super().list_networks(config) if config.architectures[name].signals
        ]

    def get_reference(self, config: Known) -> str:
        """Get the name of what the others are compared with."""
        return self.reference or next(iter([*config.baselines, *self.list_networks(config)]))

    def list_others(self, selection: str) -> list[str]:
        """List the selections whose networks score the jets of one as well."""
        return [name for name in self.across if selection in self.across and name != selection]

    def list_seeing(self, config: Known) -> list[str]:
        """List the networks that see images."""
        images = config.list_images()
        return [n for n in self.list_networks(config) if config.get_representation(n) in images]

    def list_repeated(self, config: Known) -> list[str]:
        """List the networks that are trained with other seeds as well."""
        if not self.enabled or self.seeds == 1:
            return []
        names = self.list_networks(config)
        return [name for name in names if config.architectures[name].depends_on_seed]

    @override
    def check(self, config: Known) -> None:
        super().check(config)
        if not self.enabled:
            return
        if not all(low < high for low, high in pairwise(self.edges)):
            raise ValueError(f"{self.key}.edges must rise: {', '.join(map(str, self.edges))}")
        check_names(self.across, self.list_selections(config), f"{self.key}.across: selection")
        if len(self.across) == 1:
            raise ValueError(f"{self.key}.across: {self.across[0]} is alone; name two selections")
        taking_part = [*config.baselines, *self.list_networks(config)]
        if not taking_part:
            raise ValueError(
                f"{self.key}: there is no baseline and no classifier that is told a signal; add "
                "one, or disable it"
            )
        check_names([self.get_reference(config)], taking_part, f"{self.key}.reference: score")
