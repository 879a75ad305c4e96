"""The blind test: what is read before and after unblinding."""

from typing import Any

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.inputs import list_corrections, list_mixed_signals, list_parts_of_job, name_scores
from jobs.keys import (
    describe_frame,
    get_channels,
    get_column,
    get_data_luminosities,
    get_floor,
    get_scored_share,
    get_seed,
)
from jobs.paths import fill
from jobs.systematics import get_background_shifts, list_shifted_backgrounds


def _list_scorers(context: Context) -> list[str]:
    return context.list_scorers_of(context.config.studies.blind_test.list_networks(context.config))


def _get_block(context: Context, *keys: str) -> tuple[str, dict[str, Any]]:
    """Get the part of the block that a job reads."""
    study = context.config.studies.blind_test
    return "studies.blind_test", {key: getattr(study, key) for key in keys}


def _get_signals(context: Context, selection: str) -> tuple[str, list[str]]:
    return "studies.blind_test.signals", list_mixed_signals(context, selection)


def list_signals_to_mix(context: Context, wildcards: Wildcards) -> list[str]:
    """List the shards of the signals that are hidden."""
    signals = list_mixed_signals(context, wildcards.selection)
    return list_parts_of_job(context, paths.SHARD, wildcards, signals)


def describe_mixture(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the mixture."""
    selection = wildcards.selection
    place, signals = _get_signals(context, selection)
    data = context.selections[selection].data

    def count_parts(names: list[str]) -> list[list[Any]]:
        return [[name, len(context.parts[name])] for name in names]

    return {
        "data": (f"selections.{selection}.data", count_parts(list(data))),
        "signals": (place, count_parts(signals)),
        "blind_test": _get_block(context, "share", "events", "label"),
    }


def list_shifted(context: Context, wildcards: Wildcards) -> list[str]:
    """List a score of the background in each variation."""
    model = context.scorers[wildcards.scorer].model
    return list_shifted_backgrounds(context, wildcards.selection, model)


def list_labels(context: Context, wildcards: Wildcards) -> list[str]:
    """List what says what each event of the mixture is: nobody reads it before unblinding."""
    if context.config.unblinding is None:
        return []
    representation = context.find_representation(wildcards)
    return [fill(paths.LABELS, selection=wildcards.selection, representation=representation)]


def list_unmixed(context: Context, wildcards: Wildcards) -> list[str]:
    """List a score of all data, which is complete after unblinding only."""
    model = context.scorers[wildcards.scorer].model
    unblinded = context.config.unblinding is not None
    names = context.selections[wildcards.selection].data if unblinded else ()
    return [name_scores(wildcards.selection, model, name) for name in names]


def describe_study(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the search for an excess."""
    selection, scorer = wildcards.selection, wildcards.scorer
    return {
        "selection": ("selection", selection),
        "scorer": ("scorer", scorer),
        "column": get_column(context, scorer),
        "channels": get_channels(context, selection),
        "shifts": get_background_shifts(context, selection),
        "signals": _get_signals(context, selection),
        "data_luminosities": get_data_luminosities(context, selection),
        "scored_share": get_scored_share(context),
        "score_quantiles": ("scan.score_quantiles", context.config.scan.score_quantiles),
        "minimum_effective_events": get_floor(context),
        "blind_test": _get_block(context, "bins", "widest", "uncertainty", "toys"),
        "seed": get_seed(context),
    }


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads."""
    scorers = _list_scorers(context)
    return {
        "results": [fill(paths.BLIND, selection=selection, scorer=name) for name in scorers],
        "data_weights": list_corrections(context, selection),
    }


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    data, scorers = context.selections[selection].data, context.scorers
    kinds = [[name, scorers[name].kind] for name in _list_scorers(context)]
    place = f"selections.{selection}.data"
    return {
        **describe_frame(context, selection),
        "data_luminosities": get_data_luminosities(context, selection),
        "scorers": ("architectures.*.scores, baselines", kinds),
        "signals": _get_signals(context, selection),
        "blind_test": _get_block(context, "share", "events", "bins", "widest", "uncertainty"),
        "unblinding": ("unblinding", context.config.unblinding),
        "consent": ("studies.blind_test.consent", context.config.studies.blind_test.consent),
        "data": (place, data),
        "pseudo_data": (place, [name for name in data if name in context.drawn]),
    }
