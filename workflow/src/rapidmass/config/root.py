"""The configuration file, block by block."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, PositiveFloat

from rapidmass.columnar.event_variables import ALL
from rapidmass.config.base import Luminosity, Section
from rapidmass.config.inputs.files import FileSettings
from rapidmass.config.inputs.generator import GeneratorSettings
from rapidmass.config.models.augmentation import Augmentation
from rapidmass.config.models.autoencoder import Autoencoder
from rapidmass.config.models.baseline import AnyBaseline, Combination, Variable
from rapidmass.config.models.classifier import Classifier
from rapidmass.config.models.convolutional import ConvolutionalClassifier
from rapidmass.config.models.convolutional_autoencoder import ConvolutionalAutoencoder
from rapidmass.config.models.discriminator import Discriminator
from rapidmass.config.models.flow import Flow
from rapidmass.config.models.masked_autoencoder import MaskedAutoencoder
from rapidmass.config.models.masked_objects import MaskedObjects
from rapidmass.config.models.network import NeuralNetwork
from rapidmass.config.models.one_class import OneClass
from rapidmass.config.models.parametrised import ParametrisedClassifier
from rapidmass.config.models.sequences import DeepSets, RecurrentClassifier
from rapidmass.config.models.student import Student
from rapidmass.config.models.training import Expand, ScalingSettings, TrainingSettings
from rapidmass.config.models.vae import VariationalAutoencoder
from rapidmass.config.models.xgboost import BoostedTrees
from rapidmass.config.names import Name, RepresentationName, SelectionName, UniqueNames
from rapidmass.config.report.plots import PlotSettings
from rapidmass.config.representations.image import ImageSettings
from rapidmass.config.representations.objects import ObjectsSettings
from rapidmass.config.representations.rmm import MatrixSettings
from rapidmass.config.representations.sequence import SequenceSettings
from rapidmass.config.representations.table import TableSettings
from rapidmass.config.search.scan import ScanSettings
from rapidmass.config.search.selection import MegasetSettings, Selection, Split
from rapidmass.config.search.unblinding import Unblinding
from rapidmass.config.studies.all import Studies
from rapidmass.representations.base import Representation
from rapidmass.representations.registry import make_representation

AnyArchitecture = Annotated[
    Autoencoder
    | VariationalAutoencoder
    | MaskedAutoencoder
    | MaskedObjects
    | Discriminator
    | OneClass
    | Flow
    | Student
    | Classifier
    | ConvolutionalClassifier
    | ConvolutionalAutoencoder
    | RecurrentClassifier
    | DeepSets
    | ParametrisedClassifier
    | BoostedTrees,
    Field(discriminator="family"),
]
AnyRepresentation = Annotated[
    MatrixSettings | TableSettings | ImageSettings | SequenceSettings | ObjectsSettings,
    Field(discriminator="kind"),
]


class Campaign(Section):
    """A period of data taking and the simulation that belongs to it."""

    luminosity: Luminosity = Field(description="Integrated luminosity in pb^-1.")


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
    expand: Expand = Field(
        "auto",
        description="Where events of which filled elements alone are stored are made dense and "
        "scaled: `device`, where the network is, so that a graphics processor is sent a tenth of "
        "the bytes; `host`, by the processor; `auto`, on the device if that is a graphics "
        "processor. Tables of features, and events of classifiers, are made dense by the "
        "processor in any case. Networks see the same numbers, bit for bit: changing it reruns "
        "nothing.",
    )
    frozen: bool = Field(
        default=False,
        description="Whether the networks and trees that are there stay as they are, whatever "
        "becomes of their settings, their code and the events that they were trained on. What "
        "follows from them is made again as ever. The report says it. A network that is not there "
        "is an error.",
    )


class Config(Section):
    """The configuration file."""

    title: str = Field("rapidmass", description="Heading of the report.")
    seed: int = Field(description="Everything random follows from it.", ge=0, le=2**63 - 1)
    samples: Path = Field(description="The sample sheet.")
    ntuple_formats: Path = Field(description="Folder of the ntuple formats, one YAML file each.")
    processes: Path | None = Field(
        None, description="What the embedded generator can make; needed if a sample is generated."
    )
    generator: GeneratorSettings = Field(
        GeneratorSettings(), description="How much is generated, and with what effort."
    )
    files: FileSettings = Field(
        FileSettings(), description="Where input files come from, and what happens to bad ones."
    )
    systematics: UniqueNames = Field(
        [],
        description="Systematic variations of simulation, by their names in the ntuple formats "
        "(`shifts`): each costs shards of its own, and widens bands and uncertainties.",
    )
    campaigns: Annotated[dict[Name, Campaign], Field(min_length=1)] = Field(
        description="Periods of data taking, with their luminosities."
    )
    selections: Annotated[dict[SelectionName, Selection], Field(min_length=1)] = Field(
        description="Final states, each a search of its own."
    )
    sqrt_s: PositiveFloat = Field(13000.0, description="Centre-of-mass energy in GeV.")
    representations: Annotated[dict[RepresentationName, AnyRepresentation], Field(min_length=1)] = (
        Field(
            {"rmm": MatrixSettings()},
            description="How events are shown to models, by name. `kind` says which keys one "
            "has. Each costs shards of its own. Left out: `rmm`, the matrix with its defaults.",
        )
    )
    split: Split = Field(Split(), description="Which background events train, validate and test.")
    megasets: MegasetSettings = Field(
        MegasetSettings(), description="How the training background is portioned."
    )
    scaling: ScalingSettings = Field(
        ScalingSettings(), description="How elements are scaled before a network sees them."
    )
    training: TrainingBlock = Field(TrainingBlock(), description="How training runs.")
    architectures: Annotated[dict[Name, AnyArchitecture], Field(min_length=1)] = Field(
        description="The networks and trees to train, by name. `family` says which keys one has."
    )
    baselines: dict[Name, AnyBaseline] = Field(
        {},
        description="Scores that need no network, by name, evaluated as the networks are. `kind` "
        "says which keys one has.",
    )
    scan: ScanSettings = Field(
        ScanSettings(), description="Cuts on the anomaly score and what is computed behind them."
    )
    augmentation: Augmentation = Field(
        Augmentation(),
        description="Copies of the background with wrong scales, from which networks of the family "
        "`discriminator` learn to tell it; made only if there is one.",
    )
    studies: Studies = Field(Studies(), description="What is done beside the scans.")
    unblinding: Unblinding | None = Field(
        None,
        description="Given once the search is ready: from then on data are looked at above the "
        "cuts on the score. Until then an event of data that passes the lowest cut on any score of "
        "a network or baseline is in no file of its scores.",
    )
    plots: PlotSettings = Field(PlotSettings(), description="How figures look.")

    @property
    def luminosity(self) -> float:
        """Luminosity of all campaigns in pb^-1."""
        return sum(campaign.luminosity for campaign in self.campaigns.values())

    def get_scaling(self, architecture: str) -> ScalingSettings:
        """Get how elements are scaled before a network sees them."""
        return self.architectures[architecture].scaling or self.scaling

    def get_network(self, architecture: str) -> NeuralNetwork:
        """Get the settings of a network, which is trained in batches.

        Raises
        ------
        ValueError
            If the architecture is of another kind.
        """
        found = self.architectures[architecture]
        if not isinstance(found, NeuralNetwork):
            raise ValueError(f"architectures.{architecture} is no network but {found.family}")
        return found

    @property
    def objects(self) -> dict[str, int]:
        """Objects that events consist of, leptons apart: those of all representations.

        With each, how many of them count at most: as many as a matrix has slots for.
        """
        found: dict[str, int] = {}
        for key, settings in self.representations.items():
            slots = settings.types if isinstance(settings, MatrixSettings) else {}
            for name in self.show(key).objects:
                found[name] = min(found.get(name, ALL), slots.get(name, ALL))
        return found

    def show(self, representation: str) -> Representation:
        """Make a representation from its settings."""
        return make_representation(self.representations[representation].describe(self.sqrt_s))

    def list_matrices(self) -> list[str]:
        """List the representations that are rapidity-mass matrices."""
        return [name for name, chosen in self.representations.items() if chosen.kind == "rmm"]

    def list_images(self) -> list[str]:
        """List the representations that are images."""
        return [name for name, chosen in self.representations.items() if chosen.kind == "image"]

    def get_representation(self, model: str) -> str:
        """Get the name of the representation that a network or baseline sees.

        Where nothing is fitted, it is the first: event variables are the same in all.
        """
        settings = {**self.architectures, **self.baselines}[model]
        if isinstance(settings, Variable | Combination):
            return next(iter(self.representations))
        return settings.representation or next(iter(self.representations))
