"""The phase-space prior: events of new particles that no model names."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rapidmass.config.base import Section

Daughter = Literal["lepton", "tau", "neutrino", "invisible", "light", "b", "W", "Z", "h", "t"]
Share = Annotated[float, Field(ge=0, le=1)]

DAUGHTERS: dict[Daughter, float] = {
    "lepton": 0.22, "tau": 0.05, "neutrino": 0.08, "invisible": 0.12, "light": 0.12, "b": 0.10,
    "W": 0.10, "Z": 0.09, "h": 0.05, "t": 0.07,
}  # fmt: skip


class Production(Section):
    """How new particles are made."""

    lowest_mass: float = Field(default=150, ge=50, le=6000, description="Least mass, GeV.")
    highest_mass: float = Field(
        default=2000,
        gt=50,
        le=6000,
        description="Largest mass, GeV; the logarithm of the mass is uniform between the two.",
    )
    single: Share = Field(
        default=0.4, description="Share of events with one new particle; others have a pair."
    )
    excess: float = Field(
        default=0.25,
        ge=0,
        le=10,
        description="Mean of the mass of a pair over that at threshold, less 1: exponential.",
    )
    recoil: float = Field(
        default=60,
        ge=0,
        le=2000,
        description="Mean pT of what is produced, GeV: exponential. A jet balances it.",
    )
    rapidity: float = Field(
        default=0.7, ge=0, le=5, description="Standard deviation of its rapidity: Gaussian."
    )
    soft_jets: float = Field(
        default=0.7,
        ge=0,
        le=10,
        description="Mean number of further jets, above 20 GeV with pT falling by e in 15 GeV.",
    )

    @model_validator(mode="after")
    def _order_masses(self) -> Self:
        if not self.lowest_mass < self.highest_mass:
            raise ValueError(
                f"lowest_mass ({self.lowest_mass:g} GeV) must be below highest_mass "
                f"({self.highest_mass:g} GeV)"
            )
        return self


class Decays(Section):
    """How new particles decay, and what they decay to."""

    three_body: Share = Field(
        default=0.35, description="Share of decays to three daughters; others have two."
    )
    alike: Share = Field(
        default=0.6,
        description="Share of pairs of which both particles decay to the same, with opposite "
        "charges.",
    )
    daughters: dict[Daughter, Annotated[float, Field(ge=0, le=1)]] = Field(
        default=DAUGHTERS,
        description="How often each daughter is drawn, relative to others: `lepton` (electron or "
        "muon), `tau`, `neutrino`, `invisible` (a new heavy particle that no detector sees), "
        "`light` (a jet), `b`, `W`, `Z`, `h`, `t`. Those that are left out are never drawn.",
    )
    invisible_mass: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.9,
        description="Largest mass of an invisible daughter over that of its mother; uniform "
        "from 0.",
    )
    leptonic_w: Share = Field(
        default=0.5, description="Share of W bosons that decay to e, mu or tau, each as often."
    )
    leptonic_z: Share = Field(
        default=0.5, description="Share of Z bosons that decay to ee, mumu or tautau."
    )
    invisible_z: Share = Field(default=0.2, description="Share of Z bosons that are not seen.")
    jet_mass: float = Field(
        default=0.12,
        ge=0,
        le=0.3,
        description="Mean mass of a quark's jet over half the mass of what the quark comes from: "
        "it is split in two, as by a gluon.",
    )

    @model_validator(mode="after")
    def _check_shares(self) -> Self:
        if not sum(self.daughters.values()) > 0:
            raise ValueError("daughters: give at least one daughter a share above 0")
        if self.leptonic_z + self.invisible_z > 1:
            raise ValueError("leptonic_z and invisible_z are shares of one whole: at most 1")
        return self


class Prior(Section):
    """Events of new particles by phase space alone: what a search without a model looks for."""

    production: Production = Field(default=Production(), description="How new particles are made.")
    decays: Decays = Field(default=Decays(), description="How they decay.")
