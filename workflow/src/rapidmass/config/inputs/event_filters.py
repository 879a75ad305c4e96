"""Which generated events are made in full, which more often, and which are kept."""

from typing import Self

from pydantic import Field, model_validator

from rapidmass.config.base import Section


class Filter(Section):
    """What an event must have before the rest of it is made."""

    charged_leptons: int = Field(
        default=0,
        ge=0,
        le=100,
        description="Least number of electrons, muons (transverse momentum above 6 GeV) and taus "
        "(above 12 GeV) within |eta| < 2.9 in the hard process.",
    )
    all_charged_leptons: int | None = Field(
        default=None,
        ge=0,
        le=100,
        description="Exact number of charged leptons of the hard process, wherever they go.",
    )
    bosons: int = Field(
        default=0,
        ge=0,
        le=100,
        description="Least number of W and Z bosons after the parton shower. It is a part of what "
        "the process is (its cross section counts such events only), not a part of the filter "
        "efficiency.",
    )


class Enrichment(Section):
    """Which events are generated more often than nature makes them.

    An event is made in full with the probability p and has 1 / p as weight. Each variable x that
    has a value `full` asks for (x / full)^2; p is the largest of these, within `floor` and 1.
    Yields and spectra do not depend on it: there are no slices, and so no seams. It is decided
    once the parton shower has come down to 40 GeV, so that the recoil of what the hard process
    makes is known. A second decision on the flavour of quarks follows the shower.
    """

    invisible: float | None = Field(
        default=None,
        gt=0,
        description="Transverse momentum of all invisible particles together, and of 60 % of each "
        "tau (which neutrinos take), from which on every event is made in full, GeV. Not "
        "considered if absent.",
    )
    bottom: float | None = Field(
        default=None,
        gt=0,
        description="The same for the hardest b quark, whose decay may have a neutrino, GeV.",
    )
    boson: float | None = Field(
        default=None,
        gt=0,
        description="The same for the W or Z bosons that the hard process makes, together, GeV.",
    )
    floor: float = Field(
        default=1,
        gt=0,
        le=1,
        description="Least probability that an event is made in full, by its momenta.",
    )
    light: float = Field(
        default=1,
        gt=0,
        le=1,
        description="Probability that an event without a b or c quark above 8 GeV in its finished "
        "parton shower is made in full, on top of that by momenta: for backgrounds with a lepton "
        "of a heavy hadron.",
    )

    @model_validator(mode="after")
    def _decided(self) -> Self:
        asked = any(full is not None for full in (self.invisible, self.bottom, self.boson))
        if asked and self.floor == 1:
            raise ValueError(
                "enrichment: with the floor 1 every event is made, whatever its momenta are; set "
                "a lower floor"
            )
        if not asked and self.floor < 1:
            raise ValueError(
                "enrichment: no momentum decides which events are made more often; give "
                "invisible, bottom or boson a value in GeV, or leave the floor out"
            )
        if not asked and self.light == 1:
            raise ValueError("enrichment: nothing is made more often; leave the block out")
        return self

    @property
    def by_momenta(self) -> bool:
        """Whether momenta decide, half-way through the shower."""
        return self.floor < 1


class KeptLeptons(Section):
    """How many baseline leptons a stored event has."""

    minimum: int = Field(default=2, ge=0, le=100, description="Least number of baseline leptons.")
    maximum: int | None = Field(
        default=None,
        ge=0,
        le=100,
        description="Largest number of baseline leptons; no limit if absent.",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.maximum is not None and self.maximum < self.minimum:
            raise ValueError(
                f"kept_leptons: maximum ({self.maximum}) is below minimum ({self.minimum}); "
                "no event could be stored"
            )
        return self


class JetSelection(Section):
    """Which jets are entries of a sample, where jets are what is classified."""

    radius: float = Field(gt=0, le=2, description="Radius of the anti-kt jets.")
    pt: tuple[float, float] = Field(
        description="Transverse momentum from and up to, GeV; 10 GeV are the least."
    )
    eta: float = Field(gt=0, le=4.5, description="Largest |eta| of the axis.")
    mass: tuple[float, float] | None = Field(
        default=None, description="Mass from and up to, GeV; any if absent."
    )
    leading: int = Field(
        default=1, ge=1, le=100, description="How many jets of an event count at most: the hardest."
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not 10 <= self.pt[0] < self.pt[1]:
            raise ValueError(f"jets.pt must rise, from 10 GeV or more (it is {list(self.pt)})")
        if self.mass is not None and not 0 <= self.mass[0] < self.mass[1]:
            raise ValueError(f"jets.mass must rise, from 0 or more (it is {list(self.mass)})")
        return self
