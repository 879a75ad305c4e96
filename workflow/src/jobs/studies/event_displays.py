"""Matrices: single events, differences of means, errors of cells."""

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.keys import (
    describe_frame,
    get_channels,
    get_representation,
    get_signal_parts,
    get_signals,
)
from jobs.paths import fill


def _list_networks(context: Context) -> list[str]:
    return context.config.studies.event_displays.list_networks(context.config)


def list_altered(context: Context, wildcards: Wildcards) -> list[str]:
    """List the altered events of a selection, where they are made."""
    if not context.config.studies.altered_events.enabled:
        return []
    representation = context.find_representation(wildcards)
    return [fill(paths.ALTERED, selection=wildcards.selection, representation=representation)]


def describe_differences(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the comparison of mean matrices."""
    return {
        "channels": get_channels(context, wildcards.selection),
        **describe_explanation(context, wildcards),
        "representation": get_representation(context, wildcards.representation),
    }


def describe_displays(context: Context, wildcards: Wildcards) -> Settings:
    """Describe which events are shown."""
    events = context.config.studies.event_displays.events
    return {
        **describe_explanation(context, wildcards),
        "displays": ("studies.event_displays.events", events),
    }


def describe_explanation(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the signals whose errors of cells are computed."""
    return {
        "signals": get_signals(context, wildcards.selection),
        "signal_parts": get_signal_parts(context, wildcards.selection),
    }


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads."""
    networks, matrices = _list_networks(context), context.config.list_matrices()[0]

    def list_products(pattern: str) -> list[str]:
        return [fill(pattern, selection=selection, architecture=name) for name in networks]

    return {
        "differences": [fill(paths.DIFFERENCES, selection=selection, representation=matrices)],
        "displays": list_products(paths.DISPLAYS),
        "explanations": list_products(paths.EXPLANATIONS),
    }


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    cells = context.config.studies.event_displays.cells
    return {
        **describe_frame(context, selection),
        "networks": ("studies.event_displays.networks", _list_networks(context)),
        "cells": ("studies.event_displays.cells", cells),
    }
