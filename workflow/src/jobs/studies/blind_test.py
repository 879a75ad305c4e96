"""The blind test: which simulated events signals are hidden among."""

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.inputs import list_corrections, name_scores
from jobs.keys import (
    describe_frame,
    get_data_luminosities,
    get_floor,
    get_scored_share,
    get_seed,
)
from jobs.paths import fill
from jobs.studies.two_sample import SCORES, describe_ratio, get_stated
from jobs.systematics import get_background_shifts, list_shifted_backgrounds


def _list_scorers(context: Context) -> list[str]:
    return context.list_scorers_of(context.config.studies.blind_test.list_networks(context.config))


def _list_models(context: Context) -> list[str]:
    """List what gives the scores, behind what the features are read with."""
    models = [context.scorers[name].model for name in _list_scorers(context)]
    return list(dict.fromkeys([SCORES.find_model(context), *models]))


def _list_signals(context: Context, selection: str) -> list[str]:
    return context.config.studies.blind_test.list_signals(context.config, selection)


def list_background(context: Context, wildcards: Wildcards) -> list[str]:
    """List all scores of background."""
    models = _list_models(context)
    return [name_scores(wildcards.selection, model, "background") for model in models]


def list_signals(context: Context, wildcards: Wildcards) -> list[str]:
    """List all scores of each signal."""
    return [
        name_scores(wildcards.selection, model, name)
        for name in _list_signals(context, wildcards.selection)
        for model in _list_models(context)
    ]


def list_weights(context: Context, wildcards: Wildcards) -> list[str]:
    """List the normalisation of each signal."""
    signals = _list_signals(context, wildcards.selection)
    return [fill(paths.SAMPLE, sample=name) for name in signals]


def list_shifted(context: Context, wildcards: Wildcards) -> list[str]:
    """List the features of the background in each variation."""
    return list_shifted_backgrounds(context, wildcards.selection, SCORES.find_model(context))


def describe_study(context: Context, wildcards: Wildcards) -> Settings:
    """Describe what is hidden, and what looks for it."""
    selection = wildcards.selection
    study, scan = context.config.studies.blind_test, context.config.scan
    scorers = {name: context.scorers[name][:2] for name in _list_scorers(context)}
    block = study.model_dump(mode="json", exclude={"enabled", "networks", "signals", "methods"})
    return {
        "selection": ("selection", selection),
        "blind_test": ("studies.blind_test", block),
        "models": ("studies.blind_test.networks", _list_models(context)),
        "scorers": ("architectures.*.scores, baselines", scorers),
        "signals": ("studies.blind_test.signals", _list_signals(context, selection)),
        **describe_ratio(context, study.methods),
        **get_stated(context, selection),
        "met_cuts": ("scan.met", scan.met.edges[:-1].tolist()),
        "background_uncertainty": ("scan.background_uncertainty", scan.background_uncertainty),
        "minimum_effective_events": get_floor(context),
        "data_luminosities": get_data_luminosities(context, selection),
        "scored_share": get_scored_share(context),
        "shifts": get_background_shifts(context, selection),
        "seed": get_seed(context),
    }


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads."""
    return {
        "power": [fill(paths.BLIND, selection=selection)],
        "data_weights": list_corrections(context, selection),
    }


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    return {
        **describe_frame(context, selection),
        "data_luminosities": get_data_luminosities(context, selection),
    }
