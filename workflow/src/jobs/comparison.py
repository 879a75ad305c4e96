"""Figures of all scores beside each other."""

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.keys import describe_frame
from jobs.paths import fill
from jobs.studies.fits import list_scorers
from jobs.variants import list_rivals


def _list_fitted(context: Context) -> list[str]:
    return list_scorers(context) if context.config.studies.fits.enabled else []


def _fill(context: Context, selection: str, pattern: str, scorers: list[str]) -> list[str]:
    signals = context.selections[selection].signals
    return [
        fill(pattern, selection=selection, scorer=scorer, signal=signal)
        for signal in signals
        for scorer in scorers
    ]


def list_scans(context: Context, wildcards: Wildcards) -> list[str]:
    """List the scans of a selection, by signal and score."""
    return _fill(context, wildcards.selection, paths.SCAN, list(context.scorers))


def list_fits(context: Context, wildcards: Wildcards) -> list[str]:
    """List the fits of a selection, by signal and score; none where the study is off."""
    return _fill(context, wildcards.selection, paths.FIT, _list_fitted(context))


def describe(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the figures."""
    rivals = list_rivals(context.config)
    baselines = [name for name, s in context.scorers.items() if s.model in rivals]
    return {
        **describe_frame(context, wildcards.selection, scaled=True),
        "scorers": ("architectures.*.scores, baselines", list(context.scorers)),
        "fitted": ("studies.fits.networks", _list_fitted(context)),
        "baselines": ("baselines", baselines),
    }
