"""Channel removal: which channels and networks, and the scores of each."""

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.keys import (
    describe_frame,
    get_floor,
    get_held_share,
    get_luminosity,
    get_scored_share,
    get_scorers_of,
)
from jobs.paths import fill


def list_networks(context: Context) -> list[str]:
    """List the networks that are trained without channels."""
    study = context.config.studies.channel_removal
    return study.list_networks(context.config) if study.enabled else []


def list_channels(context: Context, selection: str) -> list[str]:
    """List the channels of a selection that are left out in turn."""
    study = context.config.studies.channel_removal
    return study.list_channels(context.config, selection) if study.enabled else []


def list_all_channels(context: Context) -> list[str]:
    """List those of all selections."""
    return [channel for s in context.selections for channel in list_channels(context, s)]


def _describe(
    context: Context, model: str, channels: list[str], share: tuple[str, float]
) -> Settings:
    return {
        "removed": ("studies.channel_removal.channels", channels),
        "scorers": get_scorers_of(context, model),
        "luminosity": get_luminosity(context),
        "scored_share": share,
        "minimum_effective_events": get_floor(context),
    }


def describe_removal(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the search of a network for a channel."""
    return _describe(context, wildcards.architecture, [wildcards.channel], get_held_share(context))


def describe_baseline_removal(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the search of a baseline for all channels."""
    channels = list_channels(context, wildcards.selection)
    return _describe(context, wildcards.baseline, channels, get_scored_share(context))


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads."""
    return {
        "networks": [
            fill(paths.REMOVAL, selection=selection, architecture=network, channel=channel)
            for network in list_networks(context)
            for channel in list_channels(context, selection)
        ],
        "baselines": [
            fill(paths.BASELINE_REMOVAL, selection=selection, baseline=name)
            for name in context.config.baselines
        ],
    }


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    return {
        **describe_frame(context, selection),
        "removed": ("studies.channel_removal.channels", list_channels(context, selection)),
        "removal_networks": ("studies.channel_removal.networks", list_networks(context)),
        "baselines": ("baselines", list(context.config.baselines)),
        "minimum_effective_events": get_floor(context),
    }
