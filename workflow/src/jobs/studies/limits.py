"""Expected upper limits on the cross sections of signals."""

from typing import Any

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.keys import (
    describe_frame,
    get_column,
    get_floor,
    get_luminosity,
    get_scored_share,
    get_shifts,
)
from jobs.paths import fill


def _list_scorers(context: Context) -> list[str]:
    return context.list_scorers_of(context.config.studies.limits.list_networks(context.config))


def _get_fit(context: Context) -> tuple[str, dict[str, Any]]:
    # what else the block holds says which limits there are, and the uncertainty is resolved
    used = {"observable", "quantile", "bins"}
    study = context.config.studies.limits
    return "studies.limits", study.model_dump(mode="json", include=used)


def _get_uncertainty(context: Context) -> tuple[str, float]:
    own = context.config.studies.limits.background_uncertainty
    if own is None:
        return "scan.background_uncertainty", context.config.scan.background_uncertainty
    return "studies.limits.background_uncertainty", own


def describe_limit(context: Context, wildcards: Wildcards) -> Settings:
    """Describe a limit."""
    selection = wildcards.selection
    return {
        "signal": (f"selections.{selection}.signals", wildcards.signal),
        "column": get_column(context, wildcards.scorer),
        "limits": _get_fit(context),
        "background_uncertainty": _get_uncertainty(context),
        "minimum_effective_events": get_floor(context),
        "luminosity": get_luminosity(context),
        "scored_share": get_scored_share(context),
        "shifts": get_shifts(context, selection),
    }


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads."""
    return {
        "limits": [
            fill(paths.LIMIT, selection=selection, scorer=scorer, signal=signal)
            for scorer in _list_scorers(context)
            for signal in context.selections[selection].signals
        ]
    }


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    return {
        **describe_frame(context, selection, scaled=True),
        "scorers": ("architectures.*.scores, baselines", _list_scorers(context)),
        "limits": _get_fit(context),
    }
