"""Every classifier against every signal: which scans are compared."""

from typing import Any

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.keys import describe_frame, get_signals
from jobs.paths import fill
from rapidmass.config.models.baseline import FittedBaseline


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


def describe_trainings(context: Context, wildcards: Wildcards) -> Settings:
    """Describe what is compared."""
    selection = wildcards.selection
    return {
        "signals": get_signals(context, selection),
        "rows": ("architectures.*.target, baselines", _list_rows(context, selection)),
    }


def list_section_inputs(_: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads."""
    return {"trainings": [fill(paths.TRAININGS, selection=selection)]}


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    return describe_frame(context, selection, scaled=True)
