"""Systematic variations: the section that tells what they change."""

from jobs import paths
from jobs.context import Context, Settings
from jobs.keys import describe_frame
from jobs.paths import fill


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads."""
    scans = [
        fill(paths.SCAN, selection=selection, scorer=scorer, signal=signal)
        for name, scorer, signal in context.scans
        if name == selection
    ]
    return {"scans": scans}


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    scorers, baselines = context.scorers, context.config.baselines
    # the bins of the score are made for networks
    drawn = [name for name, scorer in scorers.items() if scorer.model not in baselines]
    return {
        **describe_frame(context, selection, scaled=True),
        "scorers": ("architectures.*.scores, baselines", list(scorers)),
        "drawn": ("architectures.*.scores", drawn),
        "known": ("systematics", context.shifted[selection]),
    }
