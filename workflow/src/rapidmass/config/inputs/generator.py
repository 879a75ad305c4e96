"""How much is generated."""

from typing import Annotated

from pydantic import Field

from rapidmass.config.base import Section


class GeneratorSettings(Section):
    """How much is generated, and with what effort."""

    multi_parton_interactions: bool = Field(
        default=False,
        description="Whether several partons of a proton interact. More realistic jets and "
        "isolation, 5 to 15 times slower.",
    )
    scale: float = Field(
        default=1,
        gt=0,
        le=1_000_000,
        description="Multiplies the number of events of every sample.",
    )
    sample_scales: dict[str, Annotated[float, Field(gt=0, le=1_000_000)]] = Field(
        default={},
        description="Multiplies the number of events of single samples once more, by name: more of "
        "what a selection has too little of.",
    )
    events_per_file: int = Field(
        default=50_000,
        ge=1,
        le=1_000_000_000,
        description="Largest number of events (accepted by the filter) that one job generates "
        "into one file.",
    )
    pseudo_data_share: float = Field(
        default=0.4,
        gt=0,
        le=1000,
        description="Size of the independent sample that pseudo-data are drawn from, relative to "
        "the nominal one.",
    )
    pseudo_data_leptons: dict[str, Annotated[int, Field(ge=0, le=100)]] = Field(
        default={},
        description="Least number of signal leptons in the events of a sample of pseudo-data, by "
        "the sample's name; 0 for others. Selections of three leptons can have a higher "
        "luminosity than there are simulated events with two.",
    )
    batch_size: int = Field(
        default=200,
        ge=1,
        le=10_000,
        description="Events that Pythia hands over at once. Larger ones take more memory.",
    )

    def find_scale(self, sample: str) -> float:
        """Find what the number of events of a sample is multiplied by.

        Parameters
        ----------
        sample
            Its name.

        Returns
        -------
        float
            `scale`, times the sample's own one if it has any.
        """
        return self.scale * self.sample_scales.get(sample, 1.0)
