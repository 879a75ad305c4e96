# Inputs and settings of the study of matrices: single events, differences, errors of cells.

DISPLAYS = CONFIG.studies.matrix_displays

WORDS.update(
    {
        "cells": "studies.matrix_displays.cells",
        "displays": "studies.matrix_displays.events",
    }
)


def altered_events(wildcards):
    """Altered events of a selection, where they are made."""
    enabled = CONFIG.studies.altered_events.enabled
    return f"results/{wildcards.selection}/altered.parquet" if enabled else []


def list_displays(folder):
    """Products of the networks that take part, for an input."""

    def displays(wildcards):
        return [
            f"results/{wildcards.selection}/{folder}/{name}.json"
            for name in DISPLAYS.list_networks(CONFIG)
        ]

    return displays


def count_signal_parts(selection):
    return [len(PARTS[name]) for name in SELECTIONS[selection].signals]


def comparison_settings(wildcards):
    return write_canonical(
        {
            "channels": list(SELECTIONS[wildcards.selection].channels),
            "signals": SELECTIONS[wildcards.selection].signals,
            "signal_parts": count_signal_parts(wildcards.selection),
            "representation": CONFIG.show(SHOWN).describe(),
        }
    )


def display_settings(wildcards):
    return write_canonical(
        {
            "signals": SELECTIONS[wildcards.selection].signals,
            "signal_parts": count_signal_parts(wildcards.selection),
            "displays": DISPLAYS.events,
        }
    )


def explanation_settings(wildcards):
    return write_canonical(
        {
            "signals": SELECTIONS[wildcards.selection].signals,
            "signal_parts": count_signal_parts(wildcards.selection),
        }
    )


def display_section_settings(wildcards):
    return write_canonical(
        {
            "frame": describe_frame(wildcards.selection),
            "networks": DISPLAYS.list_networks(CONFIG),
            "cells": DISPLAYS.cells,
        }
    )
