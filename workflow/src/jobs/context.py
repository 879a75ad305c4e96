"""What every input and setting follows from: the validated configuration, files and variants."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from snakemake.exceptions import WorkflowError
from snakemake.iocontainers import Wildcards

from jobs.origins import Origin, list_origins, refuse_shared_files
from jobs.paths import FETCHED, fill, find_beside
from jobs.shifts import list_shifts
from jobs.signatures import show_signature
from jobs.variants import (
    Fit,
    Scaler,
    Scorer,
    Variant,
    list_fits,
    list_fitted,
    list_folds,
    list_models,
    list_networks,
    list_scalers,
    list_scorers,
    list_trees,
    name_fold,
)
from rapidmass.config.consistency import Analysis
from rapidmass.config.inputs.samples import PSEUDO_DATA, Sample
from rapidmass.config.load import ConfigError, load_analysis
from rapidmass.config.root import Config
from rapidmass.config.search.selection import Selection
from rapidmass.config.search.variables import keep_variables
from rapidmass.provenance.addresses import is_address
from rapidmass.provenance.settings import write_settings

ROLES = ("background", "signal", "data")
Settings = dict[str, tuple[str, Any]]
"""Settings of a job by name: dotted path in the configuration, and value."""

P = ParamSpec("P")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Context:
    """The configuration, and what follows from it for all jobs.

    Parameters
    ----------
    analysis
        The validated configuration with the files that it names.
    checkout, origin
        Where this project lies, and what to call the configuration.
    """

    analysis: Analysis
    checkout: Path
    origin: str

    @property
    def config(self) -> Config:
        """The configuration file."""
        return self.analysis.config

    @property
    def samples(self) -> Mapping[str, Sample]:
        """Rows of the sample sheet."""
        return self.analysis.samples

    @property
    def selections(self) -> Mapping[str, Selection]:
        """Selections, by name."""
        return self.config.selections

    @property
    def first_representation(self) -> str:
        """Name of the representation whose shards count events: all hold the same events."""
        return next(iter(self.config.representations))

    def find_representation(self, wildcards: Wildcards) -> str:
        """Find which representation a job reads: its own, that of its model, or the first."""
        own, model = wildcards.get("representation"), self._find_model(wildcards)
        return own or (
            self.config.get_representation(model) if model else self.first_representation
        )

    def _find_model(self, wildcards: Wildcards) -> str | None:
        """Find the network or baseline of a job, by its key in the configuration."""
        if scorer := wildcards.get("scorer"):
            return self.scorers[scorer].model
        if model := wildcards.get("model"):
            return self.find_architecture(wildcards.selection, model)
        name: str | None = wildcards.get("architecture") or wildcards.get("baseline")
        return self.fits[name].baseline if name in self.fits else name

    def list_selected(self, selection: str, roles: Sequence[str] = ROLES) -> list[str]:
        """List the samples of some roles that take part in a selection."""
        chosen = self.selections[selection]
        channels = self.analysis.list_backgrounds(selection).values()
        groups = {
            "background": [sample for samples in channels for sample in samples],
            "signal": list(chosen.signals),
            "data": list(chosen.data),
        }
        return [sample for role in roles for sample in groups[role]]

    @cached_property
    def find_definitions(self) -> Callable[[str, str, str], dict[str, str]]:
        """Definitions of event variables, by selection, ntuple format and representation."""
        return cache(lambda a, b, c: keep_variables(self.config, a, self.analysis.formats[b], c))

    @cached_property
    def used(self) -> list[str]:
        """Samples that some selection uses; the files of others need not be there."""
        found = [sample for name in self.selections for sample in self.list_selected(name)]
        told = [name for one in self.config.architectures.values() for name in one.priors]
        return list(dict.fromkeys([*found, *told]))

    @property
    def signals(self) -> list[str]:
        """All samples of signals."""
        return [name for name, sample in self.samples.items() if sample.role == "signal"]

    @property
    def data(self) -> list[str]:
        """All samples of data."""
        return [name for name, sample in self.samples.items() if sample.is_data]

    @property
    def generated(self) -> list[str]:
        """Samples that the workflow makes by itself."""
        own = (None, PSEUDO_DATA)
        return [name for name, sample in self.samples.items() if sample.process not in own]

    @property
    def drawn(self) -> list[str]:
        """Samples that are drawn from generated ones."""
        return [name for name, s in self.samples.items() if s.process == PSEUDO_DATA]

    @cached_property
    def origins(self) -> dict[str, dict[str, Origin]]:
        """Files of samples by part: where each comes from."""
        origins = {name: list_origins(self.config, self.samples[name]) for name in self.used}
        for selection in self.selections:
            samples = [self.samples[name] for name in self.list_selected(selection)]
            refuse_shared_files(selection, samples, origins)
        return origins

    @property
    def fetch_folder(self) -> str:
        """Folder of whole copies of files on servers. Without a cache nothing is copied there."""
        return str(self.config.files.cache or "resources/fetched")

    @cached_property
    def parts(self) -> dict[str, dict[str, str]]:
        """Files of samples by part: what a job reads, an address where nothing keeps copies."""
        return {
            sample: {
                part: self._place_file(sample, part, origin["location"])
                for part, origin in origins.items()
            }
            for sample, origins in self.origins.items()
        }

    def _place_file(self, sample: str, part: str, location: str) -> str:
        if is_address(location) and self.config.files.cache is not None:
            return fill(FETCHED, folder=self.fetch_folder, sample=sample, part=part)
        return location

    @property
    def fetched(self) -> list[str]:
        """Samples with files that are copied from a server before they are read."""
        return [
            name
            for name, origins in self.origins.items()
            if self.config.files.cache is not None
            and any(is_address(origin["location"]) for origin in origins.values())
        ]

    def count_parts(self, samples: Sequence[str]) -> list[int]:
        """Count the files of samples."""
        return [len(self.parts[name]) for name in samples]

    @cached_property
    def models(self) -> dict[str, dict[str, Variant]]:
        """All networks, by selection and name."""
        return {name: list_models(self.config, name) for name in self.selections}

    @property
    def trained(self) -> list[str]:
        """Names of all networks and trees that are trained, for whatever selection."""
        return list(dict.fromkeys(name for models in self.models.values() for name in models))

    @property
    def trees(self) -> list[str]:
        """Names of all boosted trees that are grown, for whatever selection."""
        found = self.models.values()
        return [name for models in found for name in list_trees(self.config, models)]

    def list_trained(self, *, trees: bool) -> list[str]:
        """List what jobs train, networks or trees: nothing where all stays as it is."""
        if self.config.training.frozen:
            return []
        return [name for name in self.trained if (name in self.trees) == trees]

    def list_signals_of(self, selection: str, architecture: str) -> list[str]:
        """List the signals of a selection, and the priors, that an architecture is trained on."""
        settings = self.config.architectures[architecture]
        return [*self.list_told(selection, settings.signals), *settings.priors]

    def list_told(self, selection: str, signals: Sequence[str]) -> list[str]:
        """List those of some signals that a selection has."""
        return [name for name in self.selections[selection].signals if name in signals]

    @cached_property
    def networks(self) -> dict[str, str]:
        """Architecture of each network that scores all of the background, by name."""
        return list_networks(self.config)

    @property
    def scoring(self) -> list[str]:
        """Names of all that gives scores of networks: single ones, and those of all folds."""
        return list(dict.fromkeys([*self.networks, *self.trained]))

    @cached_property
    def fits(self) -> dict[str, Fit]:
        """All baselines that are fitted, by the names of their models."""
        return list_fits(self.config)

    def list_folds_of(self, name: str) -> list[str]:
        """List the models behind the scores of a network or baseline: one for each fold."""
        trained = name in self.networks or name in list_fitted(self.config)
        folds = list_folds(self.config) if trained else [None]
        return [name_fold(name, fold) for fold in folds]

    def find_architecture(self, selection: str, model: str) -> str:
        """Find what kind of network gives scores: by its own name, or that of a variant."""
        return self.networks.get(model) or self.models[selection][model].architecture

    def name_one(self, network: str) -> str:
        """Name the network that a study looks into: with folds, that of the first one."""
        return self.list_folds_of(network)[0]

    def list_folded(self, names: Iterable[str]) -> list[str]:
        """List the networks and baselines whose scores are those of several folds."""
        return [name for name in names if len(self.list_folds_of(name)) > 1]

    @cached_property
    def scalers(self) -> dict[str, dict[str, Scaler]]:
        """All scalings, by selection and name."""
        return {name: list_scalers(self.config, name) for name in self.selections}

    @cached_property
    def scorers(self) -> dict[str, Scorer]:
        """All scores to cut on, by name."""
        return list_scorers(self.config)

    def list_scorers_of(self, models: Sequence[str]) -> list[str]:
        """List the scores of some networks, and of all baselines."""
        return [
            name
            for name, scorer in self.scorers.items()
            if scorer.model in (*models, *self.config.baselines)
        ]

    @cached_property
    def shifts(self) -> dict[str, str]:
        """Systematic variations: what is uncertain, by name."""
        return list_shifts(self.analysis)

    @cached_property
    def shifted(self) -> dict[str, dict[str, list[str]]]:
        """Simulated samples that each variation changes, by selection and variation."""
        found = {}
        for selection in self.selections:
            samples = self.list_selected(selection, ("background", "signal"))
            changed = {s: [n for n in samples if self.knows_shift(n, s)] for s in self.shifts}
            found[selection] = {shift: names for shift, names in changed.items() if names}
        return found

    def knows_shift(self, sample: str, shift: str) -> bool:
        """Tell whether a variation changes a sample."""
        return shift in self.analysis.formats[self.samples[sample].format].shifts

    @property
    def runs(self) -> list[tuple[str, str]]:
        """Selection and name of each network of the configuration."""
        return [(s, name) for s in self.selections for name in self.config.architectures]

    @property
    def scans(self) -> list[tuple[str, str, str]]:
        """Selection, score and signal of each scan."""
        return [
            (selection, scorer, signal)
            for selection, chosen in self.selections.items()
            for scorer in self.scorers
            for signal in chosen.signals
        ]

    @property
    def sections(self) -> list[tuple[str, str]]:
        """Selection and study of each section of the report: variations before studies."""
        return [
            (selection, study)
            for selection in self.selections
            for study in (
                *(["systematics"] if self.shifted[selection] else []),
                *self.config.studies.list_enabled(self.config, selection),
            )
        ]

    @property
    def notes(self) -> list[str]:
        """What a plan ends with."""
        unused = self.analysis.list_unused_backgrounds()
        if not unused:
            return []
        names = ", ".join(unused[:12] + ["..."] * (len(unused) > 12))
        return [f"No selection uses {len(unused)} backgrounds of {self.config.samples}: {names}"]

    def find_beside(self, path: str) -> str:
        """Find a path of the configuration: from the working folder, else from the checkout."""
        return find_beside(path, self.checkout)

    def given(
        self,
        function: "Callable[Concatenate[Context, Wildcards, P], Answer]",
        *arguments: P.args,
        **named: P.kwargs,
    ) -> Callable[[Wildcards], Answer]:
        """Make a function of wildcards, as Snakemake calls it for inputs and params.

        Parameters
        ----------
        function
            Takes this context, wildcards and the arguments.
        arguments, named
            What else it takes.

        Returns
        -------
        Callable
            A function of wildcards alone.
        """

        def answer(wildcards: Wildcards) -> Answer:
            return function(self, wildcards, *arguments, **named)

        return show_signature(answer)

    def asked(
        self,
        function: "Callable[Concatenate[Context, Wildcards, P], Settings]",
        *arguments: P.args,
        **named: P.kwargs,
    ) -> Callable[[Wildcards], str]:
        """Make the param `settings`, in canonical form, of a function as for `given`."""

        def answer(wildcards: Wildcards) -> str:
            return write_settings(function(self, wildcards, *arguments, **named))

        return show_signature(answer)


def make_context(config: Mapping[str, Any], checkout: Path, origin: str) -> Context:
    """Validate the configuration, and find what follows from it.

    Parameters
    ----------
    config
        What the configuration files say, merged.
    checkout, origin
        Where this project lies, and its files with " + " between them, for errors.

    Returns
    -------
    Context
        For all functions of rules.

    Raises
    ------
    WorkflowError
        If something is missing, misspelt or inconsistent; the message says what to correct.
    """
    paths = {
        key: find_beside(config[key], checkout)
        for key in ("samples", "ntuple_formats", "processes")
        if isinstance(config.get(key), str)
    }
    try:
        context = Context(load_analysis({**config, **paths}, origin=origin), checkout, origin)
    except ConfigError as error:
        raise WorkflowError(str(error)) from None
    _ = context.origins, context.shifts  # what is wrong with them is told before all else
    return context
