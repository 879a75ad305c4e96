"""Maps of the latent spaces of networks."""

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.inputs import list_samples
from jobs.keys import (
    describe_frame,
    get_channels,
    get_held_share,
    get_seed,
    get_signal_parts,
    get_signals,
)
from jobs.paths import fill


def _list_networks(context: Context) -> list[str]:
    return context.config.studies.latent_space.list_networks(context.config)


def describe_map(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the map of a network."""
    study = context.config.studies.latent_space
    return {
        "channels": get_channels(context, wildcards.selection),
        "signals": get_signals(context, wildcards.selection),
        "signal_parts": get_signal_parts(context, wildcards.selection),
        "latent": (
            "studies.latent_space",
            study.model_dump(mode="json", include={"events", "umap"}),
        ),
        "seed": get_seed(context),
    }


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads."""

    def list_maps(pattern: str) -> list[str]:
        names = _list_networks(context)
        return [fill(pattern, selection=selection, architecture=name) for name in names]

    return {
        "events": list_maps(paths.LATENT_EVENTS),
        "summaries": list_maps(paths.LATENT_SUMMARY),
        "weights": list_samples(context.selections[selection].signals),
    }


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    networks, architectures = _list_networks(context), context.config.architectures
    # their latent vectors are pulled to the origin
    normal = [name for name in networks if architectures[name].family == "vae"]
    return {
        **describe_frame(context, selection, scaled=True),
        "networks": ("studies.latent_space.networks", networks),
        "normal": ("architectures.*.family", normal),
        "scored_share": get_held_share(context),
        "latent_events": (
            "studies.latent_space.events",
            context.config.studies.latent_space.events,
        ),
    }
