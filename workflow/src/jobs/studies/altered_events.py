"""Events of the test set that are altered before their matrices are built."""

from typing import Any

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.keys import (
    describe_frame,
    get_column,
    get_floor,
    get_luminosity,
    get_members,
    get_scored_share,
)
from jobs.paths import fill
from jobs.settings import describe_shard


def _get_alterations(context: Context) -> tuple[str, Any]:
    study = context.config.studies.altered_events
    return "studies.altered_events.alterations", study.alterations


def _get_share(context: Context) -> tuple[str, float]:
    return "studies.altered_events.share", context.config.studies.altered_events.share


def describe_altered_shard(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the altered events of a file."""
    return {
        **describe_altered_piece(context, wildcards),
        **describe_joined_pieces(context, wildcards),
    }


def describe_altered_piece(context: Context, wildcards: Wildcards) -> Settings:
    """Describe which events of a piece of a file are altered."""
    return {
        **describe_shard(context, wildcards),
        "test_fraction": get_scored_share(context),
        "share": _get_share(context),
    }


def describe_joined_pieces(context: Context, wildcards: Wildcards) -> Settings:
    """Describe what becomes of the events that were chosen of the pieces of a file."""
    return {**describe_shard(context, wildcards), "alterations": _get_alterations(context)}


def describe_altered(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the altered events of a selection."""
    return {"members": get_members(context, wildcards.selection), "share": _get_share(context)}


def describe_study(context: Context, wildcards: Wildcards) -> Settings:
    """Describe how a score sees altered events."""
    return {
        "scorer": ("scorer", wildcards.scorer),
        "column": get_column(context, wildcards.scorer),
        "alterations": _get_alterations(context),
        "luminosity": get_luminosity(context),
        "scored_share": get_scored_share(context),
        "minimum_effective_events": get_floor(context),
    }


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads."""
    networks = context.config.studies.altered_events.list_networks(context.config)
    scorers = context.list_scorers_of(networks)
    return {"studies": [fill(paths.ALTERED_EVENTS, selection=selection, scorer=s) for s in scorers]}


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    return {**describe_frame(context, selection), "share": _get_share(context)}
