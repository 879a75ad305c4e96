"""Tuning of boosted trees: which events it sees."""

from typing import Any

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.inputs import list_megasets
from jobs.keys import describe_frame, get_seed, get_validation_fraction
from jobs.model_settings import get_network, get_training
from jobs.paths import fill


def _list_networks(context: Context, selection: str) -> list[str]:
    names = context.config.studies.tree_tuning.list_networks(context.config)
    return [name for name in names if context.list_signals_of(selection, name)]


def list_events(context: Context, wildcards: Wildcards) -> list[str]:
    """List the megasets."""
    return list_megasets(context, wildcards)


def list_signals(context: Context, wildcards: Wildcards) -> list[str]:
    """List the events of the signals that the trees are told of."""
    representation = context.find_representation(wildcards)
    values = {"selection": wildcards.selection, "representation": representation}
    names = context.list_signals_of(wildcards.selection, wildcards.architecture)
    return [fill(paths.SIGNAL_EVENTS, **values, signal=name) for name in names]


def _get_tuning(context: Context) -> tuple[str, dict[str, Any]]:
    study = context.config.studies.tree_tuning
    return (
        "studies.tree_tuning",
        study.model_dump(mode="json", exclude={"enabled", "networks"}),
    )


def describe_tuning(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the search."""
    name = wildcards.architecture
    return {
        "name": ("architecture", name),
        "selection": ("selection", wildcards.selection),
        "architecture": get_network(context, name),
        "signals": (
            f"architectures.{name}.target.signals",
            context.list_signals_of(wildcards.selection, name),
        ),
        "tuning": _get_tuning(context),
        "training": get_training(context),
        "validation_fraction": get_validation_fraction(context),
        "seed": get_seed(context),
    }


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads."""
    return {
        "tunings": [
            fill(paths.TREE_TUNING, selection=selection, architecture=name)
            for name in _list_networks(context, selection)
        ]
    }


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    return {
        **describe_frame(context, selection, scaled=True),
        "networks": ("studies.tree_tuning.networks", _list_networks(context, selection)),
        "tuning": _get_tuning(context),
    }
