"""Masses of supersymmetric signals."""

from typing import Self

from pydantic import Field, model_validator

from rapidmass.config.base import Section


class SusyMasses(Section):
    """The masses of a supersymmetric signal with a simplified spectrum.

    Superpartners without a mass are out of reach.
    """

    chargino: float | None = Field(
        default=None,
        gt=0,
        description="Mass of the lightest chargino and the second neutralino (winos), GeV.",
    )
    stop: float | None = Field(
        default=None, gt=0, description="Mass of the lightest stop: to t and neutralino, GeV."
    )
    slepton: float | None = Field(
        default=None,
        gt=0,
        description="Mass of left-handed selectron and smuon: to lepton and neutralino, GeV.",
    )
    gluino: float | None = Field(
        default=None, gt=0, description="Mass of the gluino: to two quarks and chargino, GeV."
    )
    neutralino: float = Field(
        ge=0, description="Mass of the lightest neutralino (a bino, stable), GeV."
    )
    boson: int = Field(
        default=23,
        gt=0,
        le=9_999_999,
        description="Number (PDG) of the boson that the second neutralino decays to: the Z, or a "
        "boson that `cards` define, light enough for the decay.",
    )

    @model_validator(mode="after")
    def _open_decays(self) -> Self:
        if self.chargino is None:
            if self.stop is self.slepton is None:
                raise ValueError("give chargino, stop or slepton a mass")
            if self.gluino is not None:
                raise ValueError("the gluino decays to a chargino: give chargino a mass")
        elif self.chargino - self.neutralino < 92:
            raise ValueError(
                f"chargino ({self.chargino} GeV) must be at least 92 GeV heavier than neutralino "
                f"({self.neutralino} GeV): both winos decay through W and Z on their mass shells"
            )
        for name, mass, lightest in (
            ("stop", self.stop, self.neutralino + 180),
            ("slepton", self.slepton, self.neutralino + 1),
            ("gluino", self.gluino, (self.chargino or 0) + 10),
        ):
            if mass is not None and mass < lightest:
                raise ValueError(
                    f"{name} ({mass:g} GeV) is too light for what it decays to: at least "
                    f"{lightest:g} GeV are needed"
                )
        return self
