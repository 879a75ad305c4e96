"""Data against simulation in all features at once."""

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.blinded import BlindedScores
from jobs.context import Context, Settings
from jobs.inputs import list_corrections
from jobs.keys import (
    describe_frame,
    get_channels,
    get_data_luminosities,
    get_scored_share,
    get_seed,
)
from jobs.paths import fill
from jobs.systematics import get_background_shifts

SCORES = BlindedScores("two_sample")


def describe_test(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the test, without what concerns other selections."""
    selection = wildcards.selection
    studies = context.config.studies
    _, channels = get_channels(context, selection)
    stated = studies.data_comparison
    single = {name: size for name, size in stated.channel_systematics.items() if name in channels}
    block = studies.two_sample.model_dump(mode="json", exclude={"enabled", "scorer"})
    return {
        "selection": ("selection", selection),
        "two_sample": ("studies.two_sample", block),
        "whole": ("studies.data_comparison.systematics", stated.systematics),
        "single": ("studies.data_comparison.channel_systematics", single),
        "data_luminosities": get_data_luminosities(context, selection),
        "scored_share": get_scored_share(context),
        "shifts": get_background_shifts(context, selection),
        "seed": get_seed(context),
    }


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads."""
    return {
        "numbers": [fill(paths.TWO_SAMPLE, selection=selection)],
        "data_weights": list_corrections(context, selection),
    }


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    data = context.selections[selection].data
    study = context.config.studies.two_sample
    return {
        **describe_frame(context, selection),
        "data_luminosities": get_data_luminosities(context, selection),
        "normalisation": ("studies.two_sample.normalisation", study.normalisation),
        "pseudo": (f"selections.{selection}.data", any(name in context.drawn for name in data)),
    }
