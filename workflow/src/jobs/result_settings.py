"""Settings of jobs that scan, count and draw."""

from collections.abc import Sequence
from typing import Any

from snakemake.iocontainers import Wildcards

from jobs.context import Context, Settings
from jobs.keys import (
    describe_frame,
    get_channels,
    get_column,
    get_data_luminosities,
    get_luminosity,
    get_representation,
    get_scored_share,
    get_shifts,
    get_signal_parts,
)


def describe_scan(context: Context, wildcards: Wildcards) -> Settings:
    """Describe a scan of cuts on a score."""
    return {
        "signal": (f"selections.{wildcards.selection}.signals", wildcards.signal),
        "column": get_column(context, wildcards.scorer),
        "shifts": get_shifts(context, wildcards.selection),
        **describe_cuts(context, wildcards.selection),
    }


def describe_cuts(context: Context, name: str) -> Settings:
    """Describe what the scans of a selection have in common."""
    selection = context.selections[name]
    used = {
        "score_quantiles",
        "background_uncertainty",
        "minimum_effective_events",
        "met",
        *(axis for axis in selection.spectra if axis in context.config.scan.own_axes),
        # bins of the score are filled to compare shifts alone
        *(["score"] if context.shifted[name] else []),
    }
    return {
        "scan": ("scan", _describe_scan(context, used, selection.spectra)),
        "luminosity": get_luminosity(context),
        "scored_share": get_scored_share(context),
        "channels": get_channels(context, name),
        "spectra": (f"selections.{name}.spectra", selection.spectra),
    }


def _describe_scan(context: Context, keys: set[str], spectra: Sequence[str]) -> dict[str, Any]:
    """Describe what a scan reads of the block, without how its axes are called in figures."""
    scan = context.config.scan
    axes = {
        name: axis.model_dump(mode="json", exclude={"label", "unit"})
        for name, axis in scan.variables.items()
        if name in spectra
    }
    return {**scan.model_dump(mode="json", include=keys), "variables": axes}


def describe_summary(context: Context, _: Wildcards) -> Settings:
    """Describe the table of all scans."""
    return {"scans": ("scans", ["/".join(scan) for scan in context.scans])}


def describe_cutflow(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the samples whose cutflows are added up."""
    selection = wildcards.selection
    samples = [
        [name, context.samples[name].role, len(context.parts[name])]
        for name in context.list_selected(selection)
    ]
    return {"selection": ("selection", selection), "samples": ("samples", samples)}


def describe_figures(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the figures of a network."""
    name = wildcards.selection
    # figures know nothing of other analyses
    unused = {"reference_significances"}
    return {
        **describe_frame(context, name, scaled=True),
        "frame.architecture": ("architectures", wildcards.architecture),
        "scan": ("scan", context.config.scan.model_dump(mode="json", exclude=unused)),
        "spectra": (f"selections.{name}.spectra", context.selections[name].spectra),
        "scored_share": get_scored_share(context),
        "data_luminosities": get_data_luminosities(context, name),
        "shifts": get_shifts(context, name),
    }


def describe_matrices(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the figures of mean matrices."""
    return {
        **describe_frame(context, wildcards.selection),
        "representation": get_representation(context, wildcards.representation),
        "signal_parts": get_signal_parts(context, wildcards.selection),
    }
