"""What autoencoders make of images of jets."""

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.keys import describe_frame, get_channels, get_signal_parts, get_signals
from jobs.paths import fill


def describe_measurement(context: Context, wildcards: Wildcards) -> Settings:
    """Describe what is measured of a network."""
    return {
        "channels": get_channels(context, wildcards.selection),
        "signals": get_signals(context, wildcards.selection),
        "signal_parts": get_signal_parts(context, wildcards.selection),
        "jets": ("studies.jet_images.jets", context.config.studies.jet_images.jets),
    }


def _list_networks(context: Context) -> list[str]:
    return context.config.studies.jet_images.list_networks(context.config)


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads."""
    names = _list_networks(context)
    return {
        "measured": [
            fill(paths.JET_IMAGES, selection=selection, architecture=name) for name in names
        ]
    }


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    return {
        **describe_frame(context, selection),
        "networks": ("studies.jet_images.networks", _list_networks(context)),
    }
