"""What is generated, and how much of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from rapidmass.config.base import Section, sort_keys
from rapidmass.config.inputs.prior import Prior
from rapidmass.provenance.yaml_files import read_yaml


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
