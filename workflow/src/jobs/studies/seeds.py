"""Seeds: the same networks with other seeds."""

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.inputs import name_scores
from jobs.keys import (
    describe_frame,
    get_held_share,
    get_luminosity,
    get_scorers_of,
    get_signals,
)
from jobs.paths import fill


def list_networks(context: Context) -> list[str]:
    """List the networks that have replicas."""
    study = context.config.studies.seeds
    return study.list_networks(context.config) if study.enabled else []


def _list_replicas(context: Context, network: str) -> list[str]:
    """List the network itself, and its replicas."""
    number = context.config.studies.seeds.number
    others = (f"{network}-seed-{replica}" for replica in range(1, number))
    return [context.name_one(network), *others]


def list_backgrounds(context: Context, wildcards: Wildcards) -> list[str]:
    """List the scores of all of them on background."""
    replicas = _list_replicas(context, wildcards.architecture)
    return [name_scores(wildcards.selection, model, "background") for model in replicas]


def list_signals(context: Context, wildcards: Wildcards) -> list[str]:
    """List the scores of all of them on signals."""
    return [
        name_scores(wildcards.selection, model, signal)
        for model in _list_replicas(context, wildcards.architecture)
        for signal in context.selections[wildcards.selection].signals
    ]


def describe_spread(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the spread of the results of a network."""
    used = {"score_quantiles", "minimum_effective_events", "background_uncertainty", "met"}
    return {
        "signals": get_signals(context, wildcards.selection),
        "scorers": get_scorers_of(context, wildcards.architecture),
        "scan": ("scan", context.config.scan.model_dump(mode="json", include=used)),
        "luminosity": get_luminosity(context),
        "scored_share": get_held_share(context),
    }


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads."""
    networks = list_networks(context)
    return {"networks": [fill(paths.SEEDS, selection=selection, architecture=n) for n in networks]}


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    return describe_frame(context, selection, scaled=True)
