"""Processes that can be generated, by name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from rapidmass.config.base import Section, sort_keys
from rapidmass.config.inputs.event_filters import Enrichment, Filter, JetSelection, KeptLeptons
from rapidmass.config.inputs.prior import Prior
from rapidmass.config.inputs.susy_masses import SusyMasses
from rapidmass.provenance.yaml_files import read_yaml


class Process(Section):
    """A physics process, as Pythia and the detector parametrisation need it."""

    cards: tuple[str, ...] = Field(
        default=(), description="Pythia settings that switch the process and its decays on."
    )
    prior: Prior | None = Field(
        default=None,
        description="Instead of cards: new particles of no particular model, for samples of the "
        "role `prior`. `prior: {}` takes all defaults.",
    )
    dataset_number: int = Field(
        ge=0, le=2**31 - 1, description="DatasetNumber of its events, one number a process."
    )
    cross_section: float | None = Field(
        default=None,
        gt=0,
        description="Cross section in pb, with k-factor and filter efficiency, with which "
        "pseudo-data are drawn: nature's, whatever the sample sheet says that simulation has.",
    )
    filter: Filter = Field(
        default=Filter(), description="What is demanded of an event before it is made in full."
    )
    enrichment: Enrichment | None = Field(
        default=None,
        description="Which events are generated more often than nature makes them; genWeight "
        "makes up for it. None if absent.",
    )
    kept_leptons: KeptLeptons = Field(
        default=KeptLeptons(), description="How many baseline leptons a stored event has."
    )
    jets: JetSelection | None = Field(
        default=None,
        description="Which jets are the entries, each with its constituents, in the place of "
        "events with leptons and jets. None if absent.",
    )
    fake_boost: float = Field(
        default=1,
        ge=1,
        le=500,
        description="Factor on the probability that a jet is taken for an electron; eventWeight "
        "makes up for it.",
    )
    nonprompt_share: float = Field(
        default=0.054,
        ge=0,
        le=1,
        description="Probability that a baseline lepton of a heavy hadron is isolated and points "
        "to the collision. Cones around the leptons give 0.054 in top pairs, and 0.13 where a "
        "gluon splits beside a Z boson.",
    )
    nonprompt_boost: float = Field(
        default=1,
        ge=1,
        le=100,
        description="Factor on this probability, which becomes 3/4 at most; eventWeight makes up "
        "for it.",
    )
    nonprompt_limit: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="Events with this many baseline leptons or more are left out if one of them "
        "comes from a hadron: their boost is small, and a few of them would outweigh all "
        "boosted fakes. All are kept if absent.",
    )
    emission_enhancement: float = Field(
        default=1, ge=1, description="WeakShower:enhancement of processes with a weak shower."
    )
    shower: Literal["simple", "vincia"] = Field(
        default="simple",
        description="Shower of partons: `simple`, Pythia's own, or `vincia`, of antennae "
        "(arXiv:2003.00702), about four times slower: the same process by another simulation. It "
        "is without sectors; the card `Vincia:sectorShower = on` brings them, and takes three "
        "times as long again.",
    )
    born_mass: bool = Field(
        default=False, description="Whether bornMass holds the mass of the hard process's Z, MeV."
    )
    slha: SusyMasses | None = Field(
        default=None, description="Masses of a supersymmetric signal; none for other processes."
    )

    @model_validator(mode="after")
    def _check_maker(self) -> Self:
        if bool(self.cards) == (self.prior is not None):
            raise ValueError("give `cards` for Pythia, or `prior`, and not both")
        if self.shower != "simple" and self.emission_enhancement > 1:
            raise ValueError(
                f"shower {self.shower} knows no emission_enhancement: leave one of them out"
            )
        if self.prior is not None and self.shower != "simple":
            raise ValueError("a prior has no shower of Pythia: leave shower out")
        if self.prior is not None:
            plain = Filter(charged_leptons=self.filter.charged_leptons)
            if self.filter != plain or self.enrichment is not None or self.slha is not None:
                raise ValueError(
                    "a prior takes filter.charged_leptons, but no other filter, no enrichment and "
                    "no slha: these are for Pythia"
                )
            if self.jets is not None:
                raise ValueError("a prior makes no jets of particles: give `cards` for Pythia")
        return self


def read_processes(path: Path) -> Mapping[str, Process]:
    """Read the processes that can be generated.

    Parameters
    ----------
    path
        A YAML file that maps the name of a process to its settings.

    Returns
    -------
    Mapping
        The processes, in the order of their names.

    Raises
    ------
    ValueError
        If the file does not describe processes, or two of them share a dataset number.
    """
    content = sort_keys(read_yaml(path))
    try:
        processes = TypeAdapter(dict[str, Process]).validate_python(content)
    except ValidationError as error:
        raise ValueError(f"{path} does not describe processes: {error}") from error
    owners: dict[int, str] = {}
    for name, process in processes.items():
        other = owners.setdefault(process.dataset_number, name)
        if other != name:
            raise ValueError(
                f"{path}: {other} and {name} share dataset_number {process.dataset_number}; "
                "give each its own"
            )
    return processes
