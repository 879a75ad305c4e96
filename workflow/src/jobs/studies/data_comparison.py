"""The comparison of data with simulation."""

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.blinded import BlindedScores
from jobs.context import Context, Settings
from jobs.inputs import list_corrections, list_parts, name_scored
from jobs.keys import (
    describe_frame,
    get_channels,
    get_data_luminosities,
    get_scored_share,
    get_seed,
)
from jobs.paths import fill
from jobs.systematics import get_background_shifts, list_shifted_tests

SCORES = BlindedScores("data_comparison")


def _find_representation(context: Context) -> str:
    """Find the representation whose features are compared."""
    return context.config.studies.data_comparison.get_representation(context.config)


def list_tests(context: Context, wildcards: Wildcards) -> list[str]:
    """List the files with the background that has scores."""
    values = {"selection": wildcards.selection, "representation": _find_representation(context)}
    numbers = range(context.config.megasets.number)
    return [fill(name_scored(context), **values, index=index) for index in numbers]


def list_shifted(context: Context, wildcards: Wildcards) -> list[str]:
    """List the test set in each variation."""
    return list_shifted_tests(context, wildcards.selection, _find_representation(context))


def list_data(context: Context, wildcards: Wildcards) -> list[str]:
    """List the shards of all data."""
    selection, shown = wildcards.selection, _find_representation(context)
    names = context.selections[selection].data
    return list_parts(context, paths.SHARD, selection, names, representation=shown)


def describe_comparison(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the comparison, without what concerns other selections, or figures."""
    selection = wildcards.selection
    place, channels = get_channels(context, selection)
    study = context.config.studies.data_comparison
    block = {
        **study.model_dump(
            mode="json", include={"variables", "regions", "bins", "minimum_events", "systematics"}
        ),
        "channel_systematics": {
            name: size for name, size in study.channel_systematics.items() if name in channels
        },
    }
    data = context.selections[selection].data
    return {
        "comparison": ("studies.data_comparison", block),
        "channels": (place, channels),
        "data_luminosities": get_data_luminosities(context, selection),
        "scored_share": get_scored_share(context),
        "data_parts": ("samples.*.files", context.count_parts(data)),
        "shifts": get_background_shifts(context, selection),
        "seed": get_seed(context),
    }


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads."""
    return {
        "numbers": [fill(paths.COMPARISON, selection=selection)],
        "histograms": [fill(paths.COMPARED_HISTOGRAMS, selection=selection)],
        "data_weights": list_corrections(context, selection),
    }


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    data = context.selections[selection].data
    pseudo = any(name in context.drawn for name in data)
    return {
        **describe_frame(context, selection),
        "data_luminosities": get_data_luminosities(context, selection),
        "figures": (
            "studies.data_comparison.figures",
            context.config.studies.data_comparison.figures,
        ),
        "pseudo": (f"selections.{selection}.data", pseudo),
    }
