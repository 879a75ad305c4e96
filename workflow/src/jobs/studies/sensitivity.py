"""Sensitivity: what all scores find of all signals."""

from snakemake.iocontainers import Wildcards

from jobs import inputs, paths
from jobs.context import Context, Settings
from jobs.inputs import name_scores
from jobs.keys import (
    describe_frame,
    get_channels,
    get_floor,
    get_luminosity,
    get_scored_share,
    get_seed,
    get_signals,
)
from jobs.model_settings import describe_unseen_trees
from jobs.paths import fill
from jobs.variants import list_combinations, list_rivals


def list_samples(context: Context, wildcards: Wildcards) -> list[str]:
    """List the events of all signals, and of the priors."""
    signals = context.selections[wildcards.selection].signals
    priors = context.config.architectures[wildcards.architecture].priors
    return inputs.list_told_events(context, wildcards, [*signals, *priors])


def describe_ceilings(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the trees that are grown on each signal, and from other seeds."""
    name = wildcards.architecture
    return {
        **describe_unseen_trees(context, wildcards),
        "priors": (f"architectures.{name}.target", context.config.architectures[name].priors),
        "seeds": ("studies.sensitivity.seeds", context.config.studies.sensitivity.seeds),
        "floor": get_floor(context),
    }


def list_backgrounds(context: Context, wildcards: Wildcards) -> list[str]:
    """List all scores of the background."""
    return [
        name_scores(wildcards.selection, scorer.model, "background")
        for scorer in context.scorers.values()
    ]


def list_signal_scores(context: Context, wildcards: Wildcards) -> list[str]:
    """List all scores of all signals, by score and signal."""
    return [
        name_scores(wildcards.selection, scorer.model, signal)
        for scorer in context.scorers.values()
        for signal in context.selections[wildcards.selection].signals
    ]


def describe_scores(context: Context, wildcards: Wildcards) -> Settings:
    """Describe what scores are judged by."""
    columns = [[name, scorer.column] for name, scorer in context.scorers.items()]
    return {
        "scorers": ("architectures.*.scores, baselines", columns),
        "signals": get_signals(context, wildcards.selection),
        "channels": get_channels(context, wildcards.selection),
        "luminosity": get_luminosity(context),
        "scored_share": get_scored_share(context),
        "followed": _get_followed(context),
        "tilts": ("studies.sensitivity.tilts", context.config.studies.sensitivity.tilts),
        "floor": get_floor(context),
        "seed": get_seed(context),
    }


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads: scans, by score and signal, and what was measured for it."""
    trees = context.config.studies.sensitivity.trees
    grown = [] if trees is None else [trees]
    return {
        "scans": [
            fill(paths.SCAN, selection=selection, scorer=scorer, signal=signal)
            for scorer in context.scorers
            for signal in context.selections[selection].signals
        ],
        "ceilings": [
            fill(paths.CEILINGS, selection=selection, architecture=name) for name in grown
        ],
        "scores": [fill(paths.JUDGED_SCORES, selection=selection)],
    }


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    config = context.config
    told = {
        name: context.list_told(selection, config.architectures[scorer.model].signals)
        for name, scorer in context.scorers.items()
        if scorer.model in config.architectures
    }
    return {
        **describe_frame(context, selection),
        "kinds": (
            "architectures.*.scores, baselines",
            [[name, _name_kind(context, scorer.model)] for name, scorer in context.scorers.items()],
        ),
        "told": ("architectures.*.target", told),
        "followed": _get_followed(context),
    }


def _get_followed(context: Context) -> tuple[str, dict[str, str]]:
    """Get the combination that each network follows, of those that do."""
    found = {
        name: architecture.followed
        for name, architecture in context.config.architectures.items()
        if architecture.followed is not None
    }
    return "architectures.*.follows", found


def _name_kind(context: Context, model: str) -> str:
    if model in list_rivals(context.config):
        return "baseline"
    if model in list_combinations(context.config):
        return "combination"
    settings = context.config.architectures[model]
    if settings.followed is not None:
        return "follows a combination"
    if settings.signals:
        return "trained on signals"
    return "trained on a prior" if settings.priors else "network"
