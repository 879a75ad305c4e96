"""Binned fits of signals: templates, and data after unblinding."""

from typing import Any

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.inputs import list_corrections, name_scores
from jobs.keys import (
    describe_frame,
    get_channels,
    get_column,
    get_data_luminosities,
    get_luminosity,
    get_scored_share,
    get_seed,
    get_shifts,
)
from jobs.paths import fill


def list_scorers(context: Context) -> list[str]:
    """List the scores that signals are fitted by."""
    study = context.config.studies.fits
    models = {*study.list_networks(context.config), *study.list_baselines(context.config)}
    return [name for name, scorer in context.scorers.items() if scorer.model in models]


def get_fit(context: Context, selection: str) -> tuple[str, dict[str, Any]]:
    """Get what is fitted in a selection."""
    # what else the block holds says which fits there are, and the uncertainty is resolved
    study = context.config.studies.fits
    others = {"enabled", "networks", "baselines", "mass_series", "background_uncertainty"}
    block = study.model_dump(mode="json", exclude=others)
    channels = context.selections[selection].channels
    free = [name for name in study.free_channels if name in channels]
    return "studies.fits", {**block, "free_channels": free}


def get_uncertainty(context: Context) -> tuple[str, float]:
    """Get the uncertainty of the background in fits."""
    own = context.config.studies.fits.background_uncertainty
    if own is None:
        return "scan.background_uncertainty", context.config.scan.background_uncertainty
    return "studies.fits.background_uncertainty", own


def _list_seen(context: Context, selection: str) -> list[str]:
    """List the data that are fitted: none before unblinding."""
    return [] if context.config.unblinding is None else context.selections[selection].data


def list_data(context: Context, wildcards: Wildcards) -> list[str]:
    """List a score of all data, after unblinding."""
    model, selection = context.scorers[wildcards.scorer].model, wildcards.selection
    return [name_scores(selection, model, name) for name in _list_seen(context, selection)]


def list_data_weights(context: Context, wildcards: Wildcards) -> list[str]:
    """List what the luminosities of these data are corrected by."""
    selection = wildcards.selection
    return list_corrections(context, selection) if _list_seen(context, selection) else []


def describe_fit(context: Context, wildcards: Wildcards) -> Settings:
    """Describe a fit."""
    selection, scorer = wildcards.selection, wildcards.scorer
    seen = _list_seen(context, selection)
    place, luminosities = get_data_luminosities(context, selection)
    return {
        "selection": ("selection", selection),
        "scorer": ("scorer", scorer),
        "signal": (f"selections.{selection}.signals", wildcards.signal),
        "column": get_column(context, scorer),
        "channels": get_channels(context, selection),
        "fits": get_fit(context, selection),
        "background_uncertainty": get_uncertainty(context),
        "luminosity": get_luminosity(context),
        "data_luminosities": (place, luminosities if seen else []),
        "scored_share": get_scored_share(context),
        "shifts": get_shifts(context, selection),
        "seed": get_seed(context),
    }


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads: fits and scans, in the same order."""
    pairs = [
        {"selection": selection, "scorer": scorer, "signal": signal}
        for scorer in list_scorers(context)
        for signal in context.selections[selection].signals
    ]
    return {
        "fits": [fill(paths.FIT, **pair) for pair in pairs],
        "scans": [fill(paths.SCAN, **pair) for pair in pairs],
    }


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    return {
        **describe_frame(context, selection, scaled=True),
        "scorers": ("architectures.*.scores, baselines", list_scorers(context)),
        "fits": get_fit(context, selection),
        "mass_series": (
            "studies.fits.mass_series",
            context.config.studies.fits.mass_series,
        ),
    }
