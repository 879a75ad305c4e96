"""Every classifier against every signal: which scans are compared."""

from typing import Any

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.inputs import list_told_events, name_scores
from jobs.keys import describe_frame, get_signals
from jobs.model_settings import describe_unseen_trees
from jobs.paths import fill
from jobs.result_settings import describe_cuts
from rapidmass.config.models.fitted_baseline import FittedBaseline


def _list_rows(context: Context, selection: str) -> list[list[Any]]:
    """List name, kind and signals of each score."""
    config = context.config
    chosen = config.studies.trainings.list_networks(config)
    rows: list[list[Any]] = []
    for name, scorer in context.scorers.items():
        if scorer.model in config.baselines:
            baseline = config.baselines[scorer.model]
            told = baseline.signals if isinstance(baseline, FittedBaseline) else ()
            untold = "label_free" if isinstance(baseline, FittedBaseline) else "variable"
            kind = "fitted_cuts" if told else untold
        else:
            told = config.architectures[scorer.model].signals
            if told and scorer.model not in chosen:
                continue
            kind = "training" if told else "label_free"
        rows.append([name, kind, context.list_told(selection, told)])
    return rows


def list_scans(context: Context, wildcards: Wildcards) -> list[str]:
    """List the scans, by score and signal."""
    selection = wildcards.selection
    return [
        fill(paths.SCAN, selection=selection, scorer=name, signal=signal)
        for name, *_ in _list_rows(context, selection)
        for signal in context.selections[selection].signals
    ]


def list_combinations(context: Context, wildcards: Wildcards) -> list[str]:
    """List the scans of combinations, if there are any."""
    any_of_them = context.config.studies.trainings.combinations
    return [fill(paths.COMBINED_TRAININGS, selection=wildcards.selection)] if any_of_them else []


def _list_combined(context: Context, selection: str) -> list[str]:
    names = context.config.studies.trainings.list_combined(context.config)
    return [name for name in names if context.list_signals_of(selection, name)]


def list_backgrounds(context: Context, wildcards: Wildcards) -> list[str]:
    """List the scores of the background by the trainings that are combined."""
    names = _list_combined(context, wildcards.selection)
    return [name_scores(wildcards.selection, name, "background") for name in names]


def list_signals(context: Context, wildcards: Wildcards) -> list[str]:
    """List their scores of all signals, by signal and training."""
    return [
        name_scores(wildcards.selection, name, signal)
        for signal in context.selections[wildcards.selection].signals
        for name in _list_combined(context, wildcards.selection)
    ]


def describe_combination(context: Context, wildcards: Wildcards) -> Settings:
    """Describe how trainings are combined."""
    selection, study = wildcards.selection, context.config.studies.trainings
    names = _list_combined(context, selection)
    told = {s for name in names for s in context.list_signals_of(selection, name)}
    return {
        **describe_cuts(context, selection),
        "signals": get_signals(context, selection),
        "told": (
            "architectures.*.target",
            context.list_told(selection, sorted(told)),
        ),
        "combined": ("studies.trainings.combined", names),
        "combinations": ("studies.trainings.combinations", study.combinations),
        "folds": ("split.folds", context.config.split.folds),
    }


def describe_trainings(context: Context, wildcards: Wildcards) -> Settings:
    """Describe what is compared."""
    selection = wildcards.selection
    return {
        "signals": get_signals(context, selection),
        "rows": ("architectures.*.target, baselines", _list_rows(context, selection)),
    }


def list_samples(context: Context, wildcards: Wildcards) -> list[str]:
    """List the events of all signals, for the trees of categories."""
    signals = context.selections[wildcards.selection].signals
    return list_told_events(context, wildcards, signals)


def _list_categories(context: Context, selection: str) -> list[list[Any]]:
    """List values and signals of each category of a selection."""
    categories = context.config.studies.trainings.categories
    if categories is None:
        return []
    found = categories.list_categories(context.selections[selection].signals)
    return [[list(values.items()), told] for values, told in found]


def describe_categories(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the trees that are grown on each category of signals."""
    selection = wildcards.selection
    return {
        **describe_unseen_trees(context, wildcards),
        "categories": (
            "studies.trainings.categories.properties",
            _list_categories(context, selection),
        ),
        **{
            key: value
            for key, value in describe_cuts(context, selection).items()
            if key in ("scan", "luminosity", "channels")
        },
    }


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads."""
    categories = context.config.studies.trainings.categories
    grown = [categories.trees] if categories and _list_categories(context, selection) else []
    return {
        "trainings": [fill(paths.TRAININGS, selection=selection)],
        "categories": [
            fill(paths.CATEGORIES, selection=selection, architecture=name) for name in grown
        ],
    }


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    return describe_frame(context, selection, scaled=True)
