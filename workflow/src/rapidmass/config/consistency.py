"""The configuration together with the files that it names: what must be consistent."""

from functools import cached_property
from itertools import chain

from pydantic import ConfigDict, model_validator

from rapidmass.config.base import Section
from rapidmass.config.inputs.consistency import (
    check_columns,
    check_cuts,
    check_generation,
    check_known,
    check_plots,
    check_row,
)
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.inputs.processes import Process
from rapidmass.config.inputs.samples import PSEUDO_DATA, Sample
from rapidmass.config.models.consistency import check_combinations, check_signals
from rapidmass.config.representations.consistency import check_representations
from rapidmass.config.root import Config

DATASETS = frozenset({"background", "altered"})  # what is scored beside the samples


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
            check_known(sample.format, self.formats, f"{where}: ntuple format")
            for campaign in sample.campaign:
                check_known(campaign, self.config.campaigns, f"{where}: campaign")
                if sample.campaign.count(campaign) > 1:
                    raise ValueError(f"{where}: campaign {campaign} is listed twice")
            if sample.process not in (None, PSEUDO_DATA):
                check_known(sample.process, self.processes, f"{where}: process")
                if self.get_process(sample.sample).prior is not None and sample.role != "prior":
                    raise ValueError(
                        f"{where}: process {sample.process} is a prior, of no cross section: give "
                        "the sample the role prior"
                    )
        return self

    @model_validator(mode="after")
    def _check_rows(self) -> "Analysis":
        check_generation(self.config, self.samples.values())
        for sample in self.samples.values():
            check_row(sample, self.formats[sample.format])
        return self

    @model_validator(mode="after")
    def _check_cuts(self) -> "Analysis":
        for name, selection in self.config.selections.items():
            for label, settings in self.formats.items():
                where = f"selection {name}"
                check = check_cuts(where, selection, settings)
                check_columns(f"{where}, format {label}", self.config, name, check)
            for used in selection.spectra:
                try:
                    self.config.scan.get_axis(used)
                except ValueError as error:
                    raise ValueError(f"selections.{name}.spectra: {error}") from None
        return self

    @model_validator(mode="after")
    def _check_systematics(self) -> "Analysis":
        known = {name for settings in self.formats.values() for name in settings.shifts}
        for name in self.config.systematics:
            check_known(name, known, "systematics: shift of an ntuple format")
        return self

    @model_validator(mode="after")
    def _check_selections(self) -> "Analysis":
        channels = {s.channel for s in self.samples.values() if s.role == "background"}
        for name, selection in self.config.selections.items():
            for group in selection.channels.values():
                for channel in group:
                    check_known(channel, channels, f"selection {name}: background channel")
            for role, chosen in (("signal", selection.signals), ("data", selection.data)):
                known = {s.sample for s in self.samples.values() if s.role == role}
                for sample in chosen:
                    check_known(sample, known, f"selection {name}: {role} sample")
        return self

    @model_validator(mode="after")
    def _check_replacements(self) -> "Analysis":
        for name, sample in self.samples.items():
            others = self.samples.keys() - {name}
            for other in sample.replaces:
                check_known(other, others, f"sample {name}: replaced sample")
        for name in self.config.selections:
            used = self._list_used(name)
            for sample in used:
                twice = [other.sample for other in used if other.sample in sample.replaces]
                if twice:
                    raise ValueError(
                        f"selection {name} uses sample {sample.sample} and {twice[0]}, which it "
                        "replaces: the same events would count twice; give one of them a channel "
                        "that the selection does not use"
                    )
        return self

    @model_validator(mode="after")
    def _check_campaigns(self) -> "Analysis":
        """Check that each channel and signal has simulation of every campaign.

        Of channels that several processes make up, only the column `simulates` tells whether each
        of them has.
        """
        for name in self.config.selections:
            covered: dict[str, set[str]] = {}
            for sample in self._list_used(name):
                if sample.role == "background":
                    what = f"channel {sample.channel}"
                    if sample.simulates is not None:
                        what = f"{sample.simulates} of {what}"
                    covered.setdefault(what, set()).update(sample.campaign)
                elif sample.role == "signal":
                    covered[f"signal {sample.sample}"] = set(sample.campaign)
            for what, campaigns in covered.items():
                missing = sorted(self.config.campaigns.keys() - campaigns)
                if missing:
                    raise ValueError(
                        f"selection {name}: {what} has samples of {', '.join(sorted(campaigns))} "
                        f"only, and would lack the luminosity of {', '.join(missing)}: add samples "
                        "of it, or, where these stand for several campaigns, name them all in the "
                        "column 'campaign', separated by blanks"
                    )
        return self

    @model_validator(mode="after")
    def _check_data(self) -> "Analysis":
        for name, selection in self.config.selections.items():
            without = [s for s in selection.data if self.samples[s].luminosity is None]
            campaigns = [self.samples[s].campaign[0] for s in selection.data]
            for sample in without:
                if campaigns.count(self.samples[sample].campaign[0]) > 1:
                    raise ValueError(
                        f"selection {name}: data sample {sample} shares its campaign with another "
                        "one: give both a luminosity in the sample sheet"
                    )
        for sample in self.config.generator.pseudo_data_leptons:
            drawn = [s.sample for s in self.samples.values() if s.process == PSEUDO_DATA]
            check_known(sample, drawn, "generator.pseudo_data_leptons: sample of pseudo-data")
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
        if any(network.needs_augmented for network in self.config.architectures.values()):
            self.config.augmentation.check(self.config)
        return self

    @model_validator(mode="after")
    def _check_bump_hunt(self) -> "Analysis":
        """Check that a bump hunt, which looks at all data, may do so."""
        study = self.config.studies.bump_hunt
        allowed = study.validation or self.config.unblinding is not None
        for name in study.list_selections(self.config) if study.enabled else ():
            for sample in self.config.selections[name].data:
                if self.samples[sample].process == PSEUDO_DATA:
                    continue
                if study.method == "idealised":
                    raise ValueError(
                        "studies.bump_hunt.method idealised takes simulation as it is, and the "
                        f"data of the selection {name} are no pseudo-data ({sample}): choose "
                        "salad, which corrects it on the sidebands, or another method"
                    )
                if not allowed:
                    raise ValueError(
                        f"studies.bump_hunt looks at all data of the selection {name}, and the "
                        f"search is blinded: {sample} is no pseudo-data. Give the block "
                        "'unblinding' (by whom, and why), hunt in pseudo-data, or in a validation "
                        "region: studies.bump_hunt.where with validation: true"
                    )
        return self

    @model_validator(mode="after")
    def _check_representations(self) -> "Analysis":
        check_representations(self.config, self.formats)
        return self

    @model_validator(mode="after")
    def _check_architectures(self) -> "Analysis":
        for name, architecture in self.config.architectures.items():
            where = f"architectures.{name}"
            scaling = self.config.get_scaling(name)
            if architecture.needs_unit_range and (scaling.kind != "minmax" or not scaling.clip):
                raise ValueError(
                    f"{where} ends in a sigmoid: it needs scaling with kind minmax and clip true"
                )
        return self

    @model_validator(mode="after")
    def _check_signals(self) -> "Analysis":
        check_signals(self.config, self.samples)
        check_combinations(self.config)
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
    def _check_plots(self) -> "Analysis":
        check_plots(self.config, self.samples.values())
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

    def list_unused_backgrounds(self) -> list[str]:
        """List the background samples that no selection uses, in the order of the sheet.

        Those that stand for the same events as one that is used (`replaces`) are left out.
        """
        used = {
            sample.sample for name in self.config.selections for sample in self._list_used(name)
        }
        replaced = {other for name in used for other in self.samples[name].replaces}
        return [
            name
            for name, sample in self.samples.items()
            if sample.role == "background"
            and name not in used | replaced
            and used.isdisjoint(sample.replaces)
        ]

    def _list_used(self, selection: str) -> list[Sample]:
        """List all samples of a selection, whatever their role."""
        backgrounds = chain.from_iterable(self.list_backgrounds(selection).values())
        chosen = self.config.selections[selection]
        return [self.samples[name] for name in (*backgrounds, *chosen.signals, *chosen.data)]
