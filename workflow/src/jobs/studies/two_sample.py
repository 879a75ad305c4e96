"""Data against simulation in all features at once."""

from collections.abc import Sequence

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.blinded import BlindedScores
from jobs.context import Context, Settings
from jobs.inputs import list_corrections, list_parts
from jobs.keys import (
    describe_frame,
    get_channels,
    get_data_luminosities,
    get_scored_share,
    get_seed,
)
from jobs.paths import fill
from jobs.resources import digest_code
from jobs.systematics import get_background_shifts
from rapidmass.representations.registry import name_module

SCORES = BlindedScores("two_sample")


def get_stated(context: Context, selection: str) -> Settings:
    """Get what is stated of the simulation of a selection."""
    _, channels = get_channels(context, selection)
    stated = context.config.studies.data_comparison
    single = {name: size for name, size in stated.channel_systematics.items() if name in channels}
    return {
        "whole": ("studies.data_comparison.systematics", stated.systematics),
        "single": ("studies.data_comparison.channel_systematics", single),
    }


def describe_ratio(context: Context, methods: Sequence[str] = ()) -> Settings:
    """Describe how the ratio of data to simulation is fitted, for studies of some methods."""
    kept = {"variables", "methods", "normalisation", "kernel", "trees"}
    block = context.config.studies.two_sample.model_dump(mode="json", include=kept)
    return {"two_sample": ("studies.two_sample", {**block, "methods": methods or block["methods"]})}


def list_elements(context: Context, wildcards: Wildcards) -> list[str]:
    """List the shards with what trees see of the background beside the variables."""
    return _list_shards(context, wildcards.selection, ("background",))


def list_elements_of_data(context: Context, wildcards: Wildcards) -> list[str]:
    """List the same of data."""
    return _list_shards(context, wildcards.selection, ("data",))


def _list_shards(context: Context, selection: str, roles: tuple[str, ...]) -> list[str]:
    shown = context.config.studies.two_sample.representation
    samples = context.list_selected(selection, roles) if shown else []
    return list_parts(context, paths.SHARD, selection, samples, representation=shown or "")


def digest(context: Context, _: Wildcards) -> str:
    """Digest the code of the test, with the module of the representation."""
    shown = context.config.studies.two_sample.representation
    kinds = [context.config.representations[shown].kind] if shown else []
    return digest_code("compare_samples.py", tuple(map(name_module, kinds)))


def describe_test(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the test, without what concerns other selections."""
    selection = wildcards.selection
    study = context.config.studies.two_sample
    block = study.model_dump(mode="json", exclude={"enabled", "scorer"})
    return {
        "selection": ("selection", selection),
        "two_sample": ("studies.two_sample", block),
        **get_stated(context, selection),
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
