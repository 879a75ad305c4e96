"""Taggers: which scores are measured."""

from snakemake.iocontainers import Wildcards

from jobs import paths
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


def _list_rows(context: Context, selection: str) -> list[tuple[str, str, list[str]]]:
    """List name, column and trainings of each tagger, those of other selections beside the own."""
    study, rows = context.config.studies.taggers, []
    for name in _list_taggers(context):
        column = get_column(context, name)[1]
        own = [fill(paths.SCORES, model=model) for model in _list_trainings(context, name)]
        rows.append((name, column, own))
        if name in context.config.architectures:
            for other in study.list_others(selection):
                crossed = fill(paths.SCORES_ACROSS, model=name, other=other)
                rows.append((f"{name}@{other}", column, [crossed]))
    return rows


def list_networks_across(context: Context, wildcards: Wildcards) -> list[str]:
    """List the networks of another selection, one for each fold."""
    names = context.list_folds_of(wildcards.model)
    return [fill(paths.ONNX, selection=wildcards.other, model=name) for name in names]


def find_fold_map_across(_: Context, wildcards: Wildcards) -> str:
    """Find what brings the scores of all their folds to one scale."""
    values = {"model": wildcards.model, "dataset": "background"}
    return fill(paths.FOLD_MAP, selection=wildcards.other, **values)


def list_backgrounds(context: Context, wildcards: Wildcards) -> list[str]:
    """List the scores of the background, by tagger and training."""
    return [
        fill(pattern, selection=wildcards.selection, dataset="background")
        for *_, patterns in _list_rows(context, wildcards.selection)
        for pattern in patterns
    ]


def list_signals(context: Context, wildcards: Wildcards) -> list[str]:
    """List the scores of all signals, by tagger, training and signal."""
    return [
        fill(pattern, selection=wildcards.selection, dataset=signal)
        for *_, patterns in _list_rows(context, wildcards.selection)
        for pattern in patterns
        for signal in context.selections[wildcards.selection].signals
    ]


def describe_measurement(context: Context, wildcards: Wildcards) -> Settings:
    """Describe what is measured."""
    study = context.config.studies.taggers
    rows = _list_rows(context, wildcards.selection)
    columns = [[name, column, len(patterns)] for name, column, patterns in rows]
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
