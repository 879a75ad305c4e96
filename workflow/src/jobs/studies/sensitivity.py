"""Sensitivity: what all scores find of all signals."""

from jobs import paths
from jobs.context import Context, Settings
from jobs.keys import describe_frame
from jobs.paths import fill
from jobs.variants import list_combinations, list_rivals


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads: scans, by score and signal."""
    return {
        "scans": [
            fill(paths.SCAN, selection=selection, scorer=scorer, signal=signal)
            for scorer in context.scorers
            for signal in context.selections[selection].signals
        ]
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
    }


def _name_kind(context: Context, model: str) -> str:
    if model in list_rivals(context.config):
        return "baseline"
    if model in list_combinations(context.config):
        return "combination"
    settings = context.config.architectures[model]
    if settings.signals:
        return "trained on signals"
    return "trained on a prior" if settings.priors else "network"
