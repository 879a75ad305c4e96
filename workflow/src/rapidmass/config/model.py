"""The whole configuration: `config.yaml`, the sample sheet, formats and processes together."""

from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, Field, PositiveFloat, model_validator

from rapidmass.config.autoencoder import Autoencoder
from rapidmass.config.base import Section
from rapidmass.config.baseline import AnyBaseline, FittedBaseline
from rapidmass.config.blind import Unblinding
from rapidmass.config.discriminator import Discriminator
from rapidmass.config.distortion import Distortions
from rapidmass.config.generator import GeneratorSettings, Process
from rapidmass.config.matrix import MatrixSettings
from rapidmass.config.ntuple import NtupleFormat
from rapidmass.config.plots import PlotSettings
from rapidmass.config.present_autoencoder import PresentAutoencoder
from rapidmass.config.sample import PSEUDO_DATA, Sample
from rapidmass.config.scan import ScanSettings
from rapidmass.config.selection import MegasetSettings, Selection, Split
from rapidmass.config.studies import Studies
from rapidmass.config.training import ScalingSettings, TrainingSettings
from rapidmass.config.vae import VariationalAutoencoder
from rapidmass.expressions import Expression

EVENT_VARIABLES = (
    "trigger", "met", "n_lep", "pt_lep1", "pt_lep2", "pt_lep3", "m_ll", "m_lll",
)  # fmt: skip
AnyArchitecture = Annotated[
    Autoencoder | VariationalAutoencoder | PresentAutoencoder | Discriminator,
    Field(discriminator="family"),
]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")]
DATASETS = frozenset({"background", "altered", "blind"})  # what is scored beside the samples


class Campaign(Section):
    """A period of data taking and the simulation that belongs to it."""

    luminosity: PositiveFloat = Field(
        description="Integrated luminosity in pb^-1.", allow_inf_nan=False
    )


class TrainingBlock(TrainingSettings):
    """How training runs."""

    # here, not among the settings that decide what is trained: it changes no result
    checkpoint_interval: PositiveFloat = Field(
        600,
        description="Seconds from one saving of an unfinished training to the next. It is also "
        "saved after each epoch, and at SIGTERM, which ends the job. Started again, the job goes "
        "on from there to the same weights, whatever this number: changing it reruns nothing.",
        allow_inf_nan=False,
    )


class Config(Section):
    """The configuration file."""

    title: str = Field("rapidmass", description="Heading of the report.")
    seed: int = Field(description="Everything random follows from it.", ge=0)
    samples: Path = Field(description="The sample sheet.")
    ntuple_formats: Path = Field(description="Folder of the ntuple formats, one YAML file each.")
    processes: Path | None = Field(
        None, description="What the embedded generator can make; needed if a sample is generated."
    )
    generator: GeneratorSettings = Field(
        GeneratorSettings(), description="How much is generated, and with what effort."
    )
    campaigns: Annotated[dict[Name, Campaign], Field(min_length=1)] = Field(
        description="Periods of data taking, with their luminosities."
    )
    selections: Annotated[dict[Name, Selection], Field(min_length=1)] = Field(
        description="Final states, each a search of its own."
    )
    rmm: MatrixSettings = Field(MatrixSettings(), description="Layout of the rapidity-mass matrix.")
    split: Split = Field(Split(), description="Which background events train, validate and test.")
    megasets: MegasetSettings = Field(
        MegasetSettings(), description="How the training background is portioned."
    )
    scaling: ScalingSettings = Field(
        ScalingSettings(), description="How cells are scaled before a network sees them."
    )
    training: TrainingBlock = Field(TrainingBlock(), description="How training runs.")
    architectures: Annotated[dict[Name, AnyArchitecture], Field(min_length=1)] = Field(
        description="The networks to train, by name. `family` says which keys a network has."
    )
    baselines: dict[Name, AnyBaseline] = Field(
        {},
        description="Scores that need no network, by name, evaluated as the networks are. `kind` "
        "says which keys one has.",
    )
    scan: ScanSettings = Field(
        ScanSettings(), description="Cuts on the anomaly score and what is computed behind them."
    )
    distortions: Distortions = Field(
        Distortions(),
        description="Copies of the background with wrong scales, from which networks of the family "
        "`discriminator` learn to tell it; made only if there is one.",
    )
    studies: Studies = Field(Studies(), description="What is done beside the scans.")
    unblinding: Unblinding | None = Field(
        None,
        description="Given once the search is ready: from then on data are looked at above the "
        "cuts on the score, and the labels of the blind test are read. Until then no product holds "
        "the score of an event of data that passes the lowest cut on any score of its network.",
    )
    plots: PlotSettings = Field(PlotSettings(), description="How figures look.")

    @property
    def luminosity(self) -> float:
        """Luminosity of all campaigns in pb^-1."""
        return sum(campaign.luminosity for campaign in self.campaigns.values())

    def get_scaling(self, architecture: str) -> ScalingSettings:
        """Get how cells are scaled before a network sees them."""
        return self.architectures[architecture].scaling or self.scaling


class Analysis(Section):
    """The configuration together with the files that it names, all consistent.

    Parameters
    ----------
    config
        The configuration file.
    samples
        Rows of the sample sheet, by sample.
    formats
        Ntuple formats, by name.
    processes
        Processes that can be generated, by name.
    """

    model_config = ConfigDict(ignored_types=(cached_property,))

    config: Config
    samples: dict[str, Sample]
    formats: dict[str, NtupleFormat]
    processes: dict[str, Process]

    @model_validator(mode="after")
    def _check_samples(self) -> "Analysis":
        for sample in self.samples.values():
            where = f"sample {sample.sample}"
            _check_known(sample.format, self.formats, f"{where}: ntuple format")
            _check_known(sample.campaign, self.config.campaigns, f"{where}: campaign")
            if sample.process not in (None, PSEUDO_DATA):
                _check_known(sample.process, self.processes, f"{where}: process")
        return self

    @model_validator(mode="after")
    def _check_selections(self) -> "Analysis":
        channels = {s.channel for s in self.samples.values() if s.role == "background"}
        for name, selection in self.config.selections.items():
            for group in selection.channels.values():
                for channel in group:
                    _check_known(channel, channels, f"selection {name}: background channel")
            for role, chosen in (("signal", selection.signals), ("data", selection.data)):
                known = {s.sample for s in self.samples.values() if s.role == role}
                for sample in chosen:
                    _check_known(sample, known, f"selection {name}: {role} sample")
        return self

    @model_validator(mode="after")
    def _check_cuts(self) -> "Analysis":
        for name, selection in self.config.selections.items():
            for settings in self.formats.values():
                known = {*EVENT_VARIABLES, *(f"n_{kind}" for kind in settings.objects)}
                for cut in selection.cuts:
                    for variable in sorted(Expression(cut.require).names):
                        _check_known(variable, known, f"selection {name}, cut {cut.name!r}: name")
        return self

    @model_validator(mode="after")
    def _check_data(self) -> "Analysis":
        for name, selection in self.config.selections.items():
            without = [s for s in selection.data if self.samples[s].luminosity is None]
            campaigns = [self.samples[s].campaign for s in selection.data]
            for sample in without:
                if campaigns.count(self.samples[sample].campaign) > 1:
                    raise ValueError(
                        f"selection {name}: data sample {sample} shares its campaign with another "
                        "one: give both a luminosity in the sample sheet"
                    )
        for sample in self.config.generator.pseudo_data_leptons:
            drawn = [s.sample for s in self.samples.values() if s.process == PSEUDO_DATA]
            _check_known(sample, drawn, "generator.pseudo_data_leptons: sample of pseudo-data")
        return self

    @model_validator(mode="after")
    def _check_pseudo_data(self) -> "Analysis":
        if any(sample.process == PSEUDO_DATA for sample in self.samples.values()):
            for sample in self.list_pseudo_sources():
                if self.get_process(sample).cross_section is None:
                    raise ValueError(
                        f"process {self.samples[sample].process} has no cross_section: "
                        f"pseudo-data cannot be drawn from sample {sample}"
                    )
        return self

    @model_validator(mode="after")
    def _check_studies(self) -> "Analysis":
        self.config.studies.check(self.config)
        if any(network.needs_copies for network in self.config.architectures.values()):
            self.config.distortions.check(self.config)
        return self

    @model_validator(mode="after")
    def _check_architectures(self) -> "Analysis":
        layout = self.config.rmm.make_layout()
        for name, architecture in self.config.architectures.items():
            where = f"architectures.{name}"
            try:
                layout.select_cells(architecture.exclude_cells)
            except ValueError as error:
                raise ValueError(f"{where}: {error}") from None
            scaling = self.config.get_scaling(name)
            if architecture.needs_unit_range and (scaling.kind != "minmax" or not scaling.clip):
                raise ValueError(
                    f"{where} ends in a sigmoid: it needs scaling with kind minmax and clip true"
                )
        return self

    @model_validator(mode="after")
    def _check_names(self) -> "Analysis":
        named = (("architectures", self.config.architectures), ("baselines", self.config.baselines))
        for block, names in (*named, ("samples", self.samples)):
            for name in DATASETS & set(names):
                raise ValueError(f"{block}.{name}: this name has a meaning already; give another")
        for name in set(self.config.architectures) & set(self.config.baselines):
            raise ValueError(f"baselines.{name}: a network has this name too; give another")
        return self

    @model_validator(mode="after")
    def _check_baselines(self) -> "Analysis":
        layout = self.config.rmm.make_layout()
        for name, baseline in self.config.baselines.items():
            if isinstance(baseline, FittedBaseline):
                try:
                    baseline.check_cells(layout)
                except ValueError as error:
                    raise ValueError(f"baselines.{name}: {error}") from None
        return self

    @model_validator(mode="after")
    def _check_matrix(self) -> "Analysis":
        for name, settings in self.formats.items():
            for kind in self.config.rmm.types:
                _check_known(kind, settings.objects, f"rmm.types: object of the format {name}")
        return self

    def get_process(self, sample: str) -> Process:
        """Get what generates a sample."""
        return self.processes[str(self.samples[sample].process)]

    def list_pseudo_sources(self) -> list[str]:
        """List the samples that pseudo-data are drawn from: all generated backgrounds."""
        return [
            sample.sample
            for sample in self.samples.values()
            if sample.role == "background" and sample.process not in (None, PSEUDO_DATA)
        ]

    def list_backgrounds(self, selection: str) -> dict[str, list[str]]:
        """List the background samples of a selection, by channel of the selection."""
        return {
            channel: [
                sample.sample
                for sample in self.samples.values()
                if sample.role == "background" and sample.channel in members
            ]
            for channel, members in self.config.selections[selection].channels.items()
        }


def _check_known(name: str, known: object, what: str) -> None:
    names = sorted(str(key) for key in known)  # type: ignore[attr-defined]
    if name not in names:
        near = get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names) or 'none'}"
        raise ValueError(f"{what} {name!r} does not exist; {hint}")
