"""Taggers: which scores are measured."""

from snakemake.iocontainers import Wildcards

from jobs.context import Context, Settings
from jobs.inputs import list_megasets, name_scored, name_scores
from jobs.keys import (
    describe_frame,
    get_channels,
    get_column,
    get_floor,
    get_luminosity,
    get_scored_share,
    get_signal_parts,
    get_signals,
)
from jobs.paths import TAGGER_IMAGES, TAGGERS, fill
from jobs.variants import list_replicas


def _list_taggers(context: Context) -> list[str]:
    """List the networks that are told signals, and all baselines."""
    study = context.config.studies.taggers
    return [*study.list_networks(context.config), *context.config.baselines]


def _list_trainings(context: Context, tagger: str) -> list[str]:
    """List a tagger, and its trainings with other seeds."""
    replicas = list_replicas(context.config).items()
    return [tagger, *(name for name, (architecture, _) in replicas if architecture == tagger)]


def list_backgrounds(context: Context, wildcards: Wildcards) -> list[str]:
    """List the scores of the background, by tagger and training."""
    return [
        name_scores(wildcards.selection, model, "background")
        for name in _list_taggers(context)
        for model in _list_trainings(context, name)
    ]


def list_signals(context: Context, wildcards: Wildcards) -> list[str]:
    """List the scores of all signals, by tagger, training and signal."""
    return [
        name_scores(wildcards.selection, model, signal)
        for name in _list_taggers(context)
        for model in _list_trainings(context, name)
        for signal in context.selections[wildcards.selection].signals
    ]


def describe_measurement(context: Context, wildcards: Wildcards) -> Settings:
    """Describe what is measured."""
    study = context.config.studies.taggers
    columns = [
        [name, get_column(context, name)[1], len(_list_trainings(context, name))]
        for name in _list_taggers(context)
    ]
    task = {
        "efficiency": study.efficiency,
        "variable": study.variable,
        "edges": list(study.edges),
        "reference": study.get_reference(context.config),
        "replicas": study.replicas,
    }
    return {
        "taggers": ("architectures.*.scores, baselines", columns),
        "task": ("studies.taggers", task),
        "channels": get_channels(context, wildcards.selection),
        "signals": get_signals(context, wildcards.selection),
        "luminosity": get_luminosity(context),
        "scored_share": get_scored_share(context),
        "floor": get_floor(context),
    }


def _list_seeing(context: Context) -> list[str]:
    return context.config.studies.taggers.list_seeing(context.config)


def find_background(_: Context, wildcards: Wildcards) -> str:
    """Find the scores of the background by the tagger of a job."""
    return name_scores(wildcards.selection, wildcards.architecture, "background")


def list_scored_jets(context: Context, wildcards: Wildcards) -> list[str]:
    """List the files with the jets of the background that have scores."""
    return list_megasets(context, wildcards, name_scored(context))


def describe_images(context: Context, wildcards: Wildcards) -> Settings:
    """Describe what is shown of the images that a tagger sees."""
    study = context.config.studies.taggers
    return {
        "column": get_column(context, wildcards.architecture),
        "variable": ("studies.taggers.variable", study.variable),
        "shown": ("studies.taggers.shown", study.shown),
        "signals": get_signals(context, wildcards.selection),
        "signal_parts": get_signal_parts(context, wildcards.selection),
        "luminosity": get_luminosity(context),
        "scored_share": get_scored_share(context),
    }


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads."""
    images = [
        fill(TAGGER_IMAGES, selection=selection, architecture=name)
        for name in _list_seeing(context)
    ]
    return {"taggers": [fill(TAGGERS, selection=selection)], "images": images}


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    return {
        **describe_frame(context, selection),
        "seeing": ("studies.taggers.networks", _list_seeing(context)),
    }
