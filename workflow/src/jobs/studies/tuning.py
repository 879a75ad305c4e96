"""Tuning: batches of trials, in rounds."""

from collections.abc import Iterable

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.inputs import list_megasets
from jobs.keys import describe_frame, get_seed, get_validation_fraction
from jobs.model_settings import get_network, get_training
from jobs.paths import fill


def list_networks(context: Context) -> list[str]:
    """List the networks that are tuned."""
    return context.config.studies.tuning.list_networks(context.config)


def list_trained_megasets(context: Context, wildcards: Wildcards) -> list[str]:
    """List the megasets that trials are trained on."""
    return list_megasets(context, wildcards)[: context.config.studies.tuning.megasets]


def _list_batches(context: Context, wildcards: Wildcards, rounds: Iterable[int]) -> list[str]:
    values = {"selection": wildcards.selection, "architecture": wildcards.architecture}
    return [
        fill(paths.TRIAL_BATCH, **values, round=number, batch=batch)
        for number in rounds
        for batch in range(context.config.studies.tuning.batches)
    ]


def list_earlier_batches(context: Context, wildcards: Wildcards) -> list[str]:
    """List all batches of the rounds before."""
    return _list_batches(context, wildcards, range(int(wildcards.round)))


def list_all_batches(context: Context, wildcards: Wildcards) -> list[str]:
    """List the batches of all rounds."""
    return _list_batches(context, wildcards, range(context.config.studies.tuning.rounds))


def list_targets(context: Context) -> list[str]:
    """List the best networks, ready to paste, and the sections."""
    networks = list_networks(context)
    selections = context.config.studies.tuning.list_selections(context.config)
    best = [
        fill(paths.BEST_TRIAL, selection=selection, architecture=name)
        for selection in selections
        for name in networks
    ]
    sections = [fill(paths.SECTION, selection=s, study="tuning") for s in selections if networks]
    return [*best, *sections]


def _describe_tuned(context: Context, wildcards: Wildcards) -> Settings:
    return {
        "name": ("architecture", wildcards.architecture),
        "selection": ("selection", wildcards.selection),
        "space": ("studies.tuning.space", context.config.studies.tuning.space),
    }


def describe_batch(context: Context, wildcards: Wildcards) -> Settings:
    """Describe a batch of trials; more rounds or batches change no trial that is done."""
    tuning, name = context.config.studies.tuning, wildcards.architecture
    place, network = get_network(context, name)
    epochs = tuning.epochs or context.config.get_network(name).epochs
    return {
        **_describe_tuned(context, wildcards),
        "network": (place, {**network, "epochs": epochs}),
        "round": ("round", int(wildcards.round)),
        "batch": ("batch", int(wildcards.batch)),
        "trials": ("studies.tuning.trials", tuning.trials),
        "random_trials": ("studies.tuning.random_trials", tuning.random_trials),
        "training": get_training(context),
        "validation_fraction": get_validation_fraction(context),
        "seed": get_seed(context),
    }


def describe_trials(context: Context, wildcards: Wildcards) -> Settings:
    """Describe all trials of a network."""
    name = wildcards.architecture
    return {
        **_describe_tuned(context, wildcards),
        "network": (f"architectures.{name}", context.config.architectures[name]),
    }


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads."""
    networks = list_networks(context)
    return {"trials": [fill(paths.TRIALS, selection=selection, architecture=n) for n in networks]}


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    tuning = context.config.studies.tuning
    used = ("rounds", "batches", "trials", "random_trials")
    megasets = min(tuning.megasets, context.config.megasets.number)
    return {
        **describe_frame(context, selection, scaled=True),
        "tuned": ("studies.tuning.networks", list_networks(context)),
        "tuning": (
            "studies.tuning",
            {**{key: getattr(tuning, key) for key in used}, "megasets": megasets},
        ),
    }
