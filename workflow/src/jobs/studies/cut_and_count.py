"""Cuts by hand: what is counted, and the scans that it stands beside."""

from typing import Any

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.inputs import name_scores
from jobs.keys import (
    describe_frame,
    get_floor,
    get_luminosity,
    get_scored_share,
    get_signals,
)
from jobs.paths import fill
from rapidmass.config.models.fitted_baseline import FittedBaseline


def _find_model(context: Context) -> str:
    """Find a score whose files are read: all hold the same events and variables."""
    return next(iter(context.scorers.values())).model


def list_background(context: Context, wildcards: Wildcards) -> list[str]:
    """List the files with the events of the background."""
    return [name_scores(wildcards.selection, _find_model(context), "background")]


def list_signals(context: Context, wildcards: Wildcards) -> list[str]:
    """List the files with the events of all signals."""
    model, signals = _find_model(context), context.selections[wildcards.selection].signals
    return [name_scores(wildcards.selection, model, signal) for signal in signals]


def _get_counting(context: Context) -> tuple[str, dict[str, Any]]:
    study = context.config.studies.cut_and_count
    return "studies.cut_and_count", study.model_dump(mode="json", exclude={"enabled"})


def _get_uncertainty(context: Context) -> tuple[str, float]:
    return "scan.background_uncertainty", context.config.scan.background_uncertainty


def describe_counts(context: Context, wildcards: Wildcards) -> Settings:
    """Describe what is counted."""
    return {
        "counting": _get_counting(context),
        "signals": get_signals(context, wildcards.selection),
        "luminosity": get_luminosity(context),
        "scored_share": get_scored_share(context),
        "background_uncertainty": _get_uncertainty(context),
        "floor": get_floor(context),
    }


def _list_pairs(context: Context, selection: str) -> list[list[str]]:
    """List signal and score of the scans of all that was fitted to signals."""
    config = context.config
    told = []
    for name, scorer in context.scorers.items():
        if scorer.model in config.architectures:
            signals = config.architectures[scorer.model].signals
        else:
            baseline = config.baselines[scorer.model]
            signals = baseline.signals if isinstance(baseline, FittedBaseline) else ()
        if signals:
            told.append(name)
    return [[s, name] for s in context.selections[selection].signals for name in told]


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads."""
    return {
        "counts": [fill(paths.CUT_AND_COUNT, selection=selection)],
        "scans": [
            fill(paths.SCAN, selection=selection, scorer=scorer, signal=signal)
            for signal, scorer in _list_pairs(context, selection)
        ],
    }


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    return {
        **describe_frame(context, selection, scaled=True),
        "counting": _get_counting(context),
        "pairs": ("architectures.*.target, baselines", _list_pairs(context, selection)),
        "background_uncertainty": _get_uncertainty(context),
        "floor": get_floor(context),
    }
