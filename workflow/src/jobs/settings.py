"""Which part of the configuration each job reads, and where a user finds it.

Each function gives settings by name, with their dotted path in the configuration. What no key of it
says, such as the name of a model, has its own name as path. Studies have modules of their own.
"""

from typing import Any

from snakemake.iocontainers import Wildcards

from jobs.context import Context, Settings
from jobs.files import identify_file, identify_files_with_weights
from jobs.keys import (
    get_channels,
    get_held_share,
    get_members,
    get_representation,
    get_scored_share,
    get_seed,
)
from jobs.origins import scale_events
from jobs.pieces import parse_piece
from rapidmass.config.inputs.constants import add_bookkeeping, keep_constants
from rapidmass.config.inputs.ntuple_format import EventWeights, NtupleFormat
from rapidmass.config.inputs.samples import Sample, SampleWeights
from rapidmass.config.search.variables import list_columns


def get_format(context: Context, sample: Sample) -> NtupleFormat:
    """Get the ntuple format of a sample, without what its jobs do not use."""
    settings = add_bookkeeping(sample, context.analysis.formats[sample.format])
    unused: dict[str, Any] = (
        {"weights": EventWeights(generator="1")} if sample.is_data else {"data_aliases": {}}
    )
    # of its variables, a job is told those that it uses
    return settings.model_copy(update={**unused, "in_file": None, "shifts": {}, "variables": {}})


def describe_generated(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the events of a file that is generated."""
    name = wildcards.sample
    size = context.config.generator.events_per_file
    first = int(wildcards.part) * size
    events = min(size, scale_events(context.config, context.samples[name]) - first)
    return _describe_generation(context, name, "nominal", events, first)


def describe_pseudo_source(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the events that pseudo-data are drawn from."""
    name, share = wildcards.sample, context.config.generator.pseudo_data_share
    events = scale_events(context.config, context.samples[name], share)
    return _describe_generation(context, name, "pseudo-data", events, 0)


def _describe_generation(
    context: Context, sample: str, purpose: str, events: int, first: int
) -> Settings:
    process = context.analysis.get_process(sample)
    # the other settings say how much is generated, which is in the number of events
    used = {"multi_parton_interactions", "batch_size"}
    return {
        "sample": ("samples", sample),
        # with its cross section pseudo-data are drawn, not events generated
        "process": (
            f"processes.{context.samples[sample].process}",
            process.model_dump(mode="json", exclude={"cross_section"}),
        ),
        "generator": ("generator", context.config.generator.model_dump(mode="json", include=used)),
        "events": (f"samples.{sample}.events, scaled", events),
        "first_event": ("first_event", first),
        "purpose": ("purpose", purpose),
        "seed": get_seed(context),
    }


def describe_pseudo_data(context: Context, wildcards: Wildcards) -> Settings:
    """Describe pseudo-data."""
    name, leptons = wildcards.sample, context.config.generator.pseudo_data_leptons
    sources = context.analysis.list_pseudo_sources()
    sections = [[source, context.analysis.get_process(source).cross_section] for source in sources]
    return {
        "sample": ("samples", name),
        "data_luminosity": (f"samples.{name}.luminosity", context.samples[name].luminosity),
        "min_signal_leptons": (f"generator.pseudo_data_leptons.{name}", leptons.get(name, 0)),
        "seed": get_seed(context),
        "sources": ("processes.*.cross_section", sections),
    }


def describe_shard(context: Context, wildcards: Wildcards) -> Settings:
    """Describe what the events of a file become, for jobs that make shards of them."""
    sample, selection = context.samples[wildcards.sample], wildcards.selection
    name, shown = sample.sample, context.find_representation(wildcards)
    variables = context.find_definitions(selection, sample.format, shown)
    settings: Settings = {
        "sample": ("samples", name),
        "part": ("part", wildcards.part),
        "selection": ("selection", selection),
        "is_data": (f"samples.{name}.role", sample.is_data),
        "format": (f"ntuple_formats.{sample.format}", get_format(context, sample)),
        "cuts": (f"selections.{selection}.cuts", context.selections[selection].cuts),
        "variables": (
            f"selections.{selection}.variables, ntuple_formats.{sample.format}.variables",
            variables,
        ),
        "columns": (
            f"selections.{selection}.spectra, baselines, variables of studies",
            list_columns(context.config, selection),
        ),
        "representation": get_representation(context, shown),
        "objects": ("representations", list(context.config.objects.items())),
        "sqrt_s": ("sqrt_s", context.config.sqrt_s),
        "seed": get_seed(context),
        "require": (f"samples.{name}.require", sample.require),
        "quarantine": ("files.bad_files", context.config.files.bad_files == "quarantine"),
        "file": (f"samples.{name}.files", identify_file(context, name, wildcards.part)),
        "piece": ("files.split_above", parse_piece(wildcards)),
    }
    return {f"shard.{key}": value for key, value in settings.items()}


def describe_augmented(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the augmented events of the events of a file."""
    augmentation = context.config.augmentation.select(context.config.objects)
    return {
        **describe_shard(context, wildcards),
        "augmentation": ("augmentation", augmentation),
    }


def describe_normalisation(context: Context, wildcards: Wildcards) -> Settings:
    """Describe what the weight of a sample follows from."""
    sample = context.samples[wildcards.sample]
    constants = keep_constants(sample, context.analysis.formats[sample.format])
    campaigns = [context.config.campaigns[name].luminosity for name in sample.campaign]
    # the rest of the row does not change a weight
    weights = sample.model_dump(mode="json", include=set(SampleWeights.model_fields))
    row = f"samples.{sample.sample}"
    return {
        "sample": ("samples", sample.sample),
        "weights": (row, weights),
        "format": (f"ntuple_formats.{sample.format}", constants),
        "files": (f"{row}.files", identify_files_with_weights(context, sample)),
        "luminosity_share": (
            "share of campaigns.*.luminosity",
            sum(campaigns) / context.config.luminosity,
        ),
    }


def describe_megaset(context: Context, wildcards: Wildcards) -> Settings:
    """Describe a megaset."""
    number = int(wildcards.get("number", context.config.megasets.number))
    return {
        "members": get_members(context, wildcards.selection),
        "index": ("megasets", int(wildcards.index)),
        "number": ("megasets.number", number),
        "test_fraction": get_held_share(context),
        "whole": ("split.folds", context.config.split.folds is not None),
    }


def describe_signal_events(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the events of a signal that classifiers are trained on: all, in one file."""
    name = wildcards.signal
    return {
        "members": ("samples", [[name, name, len(context.parts[name])]]),
        "index": ("megasets", 0),
        "number": ("megasets", 1),
        "test_fraction": get_held_share(context),
        "whole": ("split.folds", True),
    }


def describe_test_set(context: Context, wildcards: Wildcards) -> Settings:
    """Describe a test set."""
    return {
        "members": get_members(context, wildcards.selection),
        "test_fraction": get_scored_share(context),
    }


def describe_composition(context: Context, wildcards: Wildcards) -> Settings:
    """Describe whose shares of megasets are measured."""
    return {"channels": get_channels(context, wildcards.selection)}
