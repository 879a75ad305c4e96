"""Checks of classifiers: which files they are made of."""

from typing import Any

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.inputs import list_megasets, list_samples, name_scores
from jobs.keys import (
    describe_frame,
    get_channels,
    get_floor,
    get_luminosity,
    get_scored_share,
    get_seed,
    get_validation_fraction,
)
from jobs.model_settings import get_network
from jobs.paths import fill


def _list_networks(context: Context, selection: str) -> list[str]:
    names = context.config.studies.classifier_checks.list_networks(context.config)
    return [name for name in names if context.list_signals_of(selection, name)]


def _list_signals(context: Context, wildcards: Wildcards) -> list[str]:
    return context.list_signals_of(wildcards.selection, wildcards.architecture)


def list_booster(context: Context, wildcards: Wildcards) -> list[str]:
    """List the trees of a classifier as XGBoost keeps them; none of a network."""
    name = context.name_one(wildcards.architecture)
    trees = name in context.trees
    return [fill(paths.BOOSTER, selection=wildcards.selection, model=name)] if trees else []


def list_events(context: Context, wildcards: Wildcards) -> list[str]:
    """List the megasets that a classifier was trained on."""
    return list_megasets(context, wildcards)


def list_signals(context: Context, wildcards: Wildcards) -> list[str]:
    """List the events of the signals that it was told of."""
    values = {
        "selection": wildcards.selection,
        "representation": context.find_representation(wildcards),
    }
    return [
        fill(paths.SIGNAL_EVENTS, **values, signal=name)
        for name in _list_signals(context, wildcards)
    ]


def list_signal_scores(context: Context, wildcards: Wildcards) -> list[str]:
    """List its scores on these signals."""
    return [
        name_scores(wildcards.selection, wildcards.architecture, name)
        for name in _list_signals(context, wildcards)
    ]


def list_signal_weights(context: Context, wildcards: Wildcards) -> list[str]:
    """List the weights of these signals."""
    return list_samples(_list_signals(context, wildcards))


def _get_checks(context: Context) -> tuple[str, dict[str, Any]]:
    study = context.config.studies.classifier_checks
    return (
        "studies.classifier_checks",
        study.model_dump(mode="json", exclude={"enabled", "networks"}),
    )


def describe_checks(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the checks of a classifier."""
    name = wildcards.architecture
    return {
        "name": ("architecture", name),
        "architecture": get_network(context, name),
        "checks": _get_checks(context),
        "signals": (f"architectures.{name}.target.signals", _list_signals(context, wildcards)),
        "channels": get_channels(context, wildcards.selection),
        "luminosity": get_luminosity(context),
        "scored_share": get_scored_share(context),
        "validation_fraction": get_validation_fraction(context),
        "floor": get_floor(context),
        "seed": get_seed(context),
    }


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads."""
    return {
        "checks": [
            fill(paths.CLASSIFIER_CHECKS, selection=selection, architecture=name)
            for name in _list_networks(context, selection)
        ]
    }


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    networks = _list_networks(context, selection)
    return {
        **describe_frame(context, selection, scaled=True),
        "networks": ("studies.classifier_checks.networks", networks),
        "checks": _get_checks(context),
    }
