"""What a report is made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.inputs.samples import PSEUDO_DATA, Sample
from rapidmass.config.search.scan import ScanSettings
from rapidmass.config.search.selection import Selection, Split
from rapidmass.config.search.unblinding import Unblinding
from rapidmass.ntuples.format.cutflow import Cutflow
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.formatting import name_data


@dataclass(frozen=True)
class NetworkProducts:
    """Products of one network in one selection.

    Parameters
    ----------
    name
        Name of the architecture.
    cards
        JSON files that describe the trained network; with folds, that of each.
    scans
        JSON files of the scans, by signal.
    figures
        Folder of its figures.
    """

    name: str
    cards: Sequence[Path]
    scans: Mapping[str, Path]
    figures: Path

    @cached_property
    def card_contents(self) -> list[dict[str, Any]]:
        """Content of the cards."""
        return [read_json(path) for path in self.cards]

    @property
    def told(self) -> list[str]:
        """Signals that it was trained to tell from the background; of most networks none."""
        return list(self.card_contents[0].get("classes", {}).get("signal", ()))

    @cached_property
    def scan_contents(self) -> dict[str, dict[str, Any]]:
        """Content of the scans, by signal."""
        return {signal: read_json(path) for signal, path in self.scans.items()}


@dataclass(frozen=True)
class ScorerProducts:
    """What was found with one score: of a network, a further one of a network, or a baseline.

    Parameters
    ----------
    name
        Name of the scorer.
    model
        Name of the network or baseline that gives the score.
    kind
        Which score of the network this is, or the kind of the baseline.
    is_baseline
        Whether no network was trained for it.
    scans
        JSON files of the scans, by signal.
    """

    name: str
    model: str
    kind: str
    is_baseline: bool
    scans: Mapping[str, Path]

    @cached_property
    def scan_contents(self) -> dict[str, dict[str, Any]]:
        """Content of the scans, by signal."""
        return {signal: read_json(path) for signal, path in self.scans.items()}


@dataclass(frozen=True)
class SelectionProducts:
    """Products of one selection.

    Parameters
    ----------
    name
        Name of the selection.
    settings
        Its block of the configuration.
    cutflows
        JSON files of the cutflows, one a part, by sample.
    composition
        JSON file from `rapidmass.datasets.composition.measure_composition`.
    matrices
        Folder of its mean matrices, by name of the representation.
    networks
        Its networks.
    scorers
        All scores: those of the networks, and the baselines.
    sections
        Folders of the studies' sections, in the order of the report.
    losses
        JSON file on events that it and its variations leave out for their numbers; None if such
        events end a run.
    comparison
        Folder of the figures of all scores; None without signals.
    """

    name: str
    settings: Selection
    cutflows: Mapping[str, Sequence[Path]]
    composition: Path
    matrices: Mapping[str, Path]
    networks: Sequence[NetworkProducts]
    scorers: Sequence[ScorerProducts] = ()
    sections: Sequence[Path] = ()
    losses: Path | None = None
    comparison: Path | None = None

    @cached_property
    def shares(self) -> dict[str, dict[str, Any]]:
        """Composition of the megasets, by channel."""
        return dict(read_json(self.composition)["channels"])

    @property
    def channels(self) -> list[str]:
        """Background channels, in the order of the products."""
        return list(self.shares)

    @cached_property
    def cutflow(self) -> dict[str, dict[str, Any]]:
        """Cutflow of each sample: `steps`, `raw` and `weighted`, its parts added."""
        return {sample: Cutflow.add_up(parts).describe() for sample, parts in self._parts.items()}

    @property
    def uncertified(self) -> dict[str, int]:
        """Number of files without an event of a certified section, of samples that have some."""
        counts = {
            sample: sum(part.is_uncertified for part in parts)
            for sample, parts in self._parts.items()
        }
        return {sample: count for sample, count in counts.items() if count}

    @cached_property
    def _parts(self) -> dict[str, list[Cutflow]]:
        return {
            sample: [Cutflow.read(path) for path in paths]
            for sample, paths in self.cutflows.items()
        }


@dataclass(frozen=True)
class RunProducts:
    """Everything that a report tells.

    Parameters
    ----------
    title
        Heading of the page.
    seed
        Seed of the analysis.
    luminosity
        In pb^-1.
    sqrt_s
        Centre-of-mass energy in GeV.
    split
        Which background events train, validate and test.
    samples
        Rows of the sample sheet, by sample: those that some selection uses.
    normalisations
        JSON files of the samples' normalisations, by sample.
    formats
        Ntuple formats, by name.
    scan
        Cuts and axes.
    versions
        Versions of packages, by name.
    start
        How the run was started: commit, date, command, configuration.
    selections
        The searches.
    frozen
        Whether networks were kept as they had been trained.
    unblinding
        Who allowed data to be looked at, and why; None: nobody.
    quarantine_records
        JSON files on the samples' files, by sample; empty if bad files end a run.
    unused
        Background samples of the sheet that no selection uses.
    drawings
        JSON files from `rapidmass.generator.pseudodata.draw_pseudo_data`, by sample of pseudo-data.
    """

    title: str
    seed: int
    luminosity: float
    sqrt_s: float
    split: Split
    samples: Mapping[str, Sample]
    normalisations: Mapping[str, Path]
    formats: Mapping[str, NtupleFormat]
    scan: ScanSettings
    versions: Mapping[str, str]
    start: Mapping[str, str]
    selections: Sequence[SelectionProducts]
    unblinding: Unblinding | None = None
    frozen: bool = False
    quarantine_records: Mapping[str, Path] = field(default_factory=dict)
    unused: Sequence[str] = ()
    drawings: Mapping[str, Path] = field(default_factory=dict)

    @cached_property
    def weights(self) -> dict[str, dict[str, Any]]:
        """Content of the normalisations, by sample."""
        return {sample: read_json(path) for sample, path in self.normalisations.items()}

    @cached_property
    def drawing_contents(self) -> dict[str, dict[str, Any]]:
        """How pseudo-data were drawn, by sample."""
        return {sample: read_json(path) for sample, path in self.drawings.items()}

    @cached_property
    def files(self) -> dict[str, dict[str, Any]]:
        """What was found of the files of each sample."""
        return {sample: read_json(path) for sample, path in self.quarantine_records.items()}

    @property
    def generated(self) -> list[str]:
        """Samples that the embedded generator made."""
        return [
            name
            for name, sample in self.samples.items()
            if sample.process not in (None, PSEUDO_DATA)
        ]

    def list_pseudo_data(self, selection: SelectionProducts) -> list[str]:
        """List the data samples of a selection that were drawn from simulation."""
        return [n for n in selection.settings.data if self.samples[n].process == PSEUDO_DATA]

    def name_data(self, *selections: SelectionProducts) -> str:
        """Name what selections use as data: data, pseudo-data, or both; empty without any."""
        used = sum(len(selection.settings.data) for selection in selections)
        pseudo = sum(len(self.list_pseudo_data(selection)) for selection in selections)
        return name_data(used, pseudo)

    def get_yields(self, selection: SelectionProducts, sample: str) -> list[float]:
        """Get the expected events of a sample after each step of a selection; data as counted."""
        flow = selection.cutflow[sample]
        if self.samples[sample].is_data:
            return [float(count) for count in flow["raw"]]
        factor = self.weights[sample]["weight"] * self.luminosity
        return [total * factor for total in flow["weighted"]]

    def get_variances(self, selection: SelectionProducts, sample: str) -> list[float]:
        """Get the variances of the same from the finite simulation; 0 for data."""
        flow = selection.cutflow[sample]
        if self.samples[sample].is_data:
            return [0.0] * len(flow["raw"])
        factor = self.weights[sample]["weight"] * self.luminosity
        return [total * factor**2 for total in flow["squared"]]

    def list_members(self, selection: SelectionProducts, channel: str) -> list[str]:
        """List the background samples of a selection's channel."""
        groups = selection.settings.channels[channel]
        return [
            name
            for name in selection.cutflows
            if self.samples[name].role == "background" and self.samples[name].channel in groups
        ]
