"""Settings of jobs that fit, train and score."""

from typing import Any

from snakemake.iocontainers import Wildcards

from jobs.context import Context, Settings
from jobs.inputs import is_blinded
from jobs.keys import (
    get_fold,
    get_luminosity,
    get_seed,
    get_signals,
    get_validation_fraction,
)
from jobs.variants import list_combinations
from rapidmass.config.models.training import TrainingSettings
from rapidmass.scores.blinding_thresholds import find_lowest_cut


def describe_scaler(context: Context, wildcards: Wildcards) -> Settings:
    """Describe a scaling."""
    place, scaling, excluded_channel, fold = context.scalers[wildcards.selection][wildcards.scaler]
    return {
        "scaling": (place, scaling),
        "validation_fraction": get_validation_fraction(context),
        "excluded_channel": ("studies.channel_removal.channels", excluded_channel),
        "fold": get_fold(fold),
    }


def get_training(context: Context, *, is_shared: bool = False) -> tuple[str, dict[str, Any]]:
    """Get how trainings run, with the processes that share one; the rest changes nothing."""
    used = set(TrainingSettings.model_fields) - (set() if is_shared else {"processes"})
    return "training", context.config.training.model_dump(mode="json", include=used)


def get_network(context: Context, name: str) -> tuple[str, dict[str, Any]]:
    """Get what is trained: scores say nothing of the weights, and the scaler is an input."""
    network = context.config.architectures[name]
    unused = {"representation", "scaling", "scores"}
    return f"architectures.{name}", network.model_dump(mode="json", exclude=unused)


def describe_training(context: Context, wildcards: Wildcards) -> Settings:
    """Describe a training; its scaler, which knows the fold, is an input."""
    variant = context.models[wildcards.selection][wildcards.model]
    stream: list[Any] = ["training", variant.architecture]
    if variant.replica:
        stream.append(variant.replica)
    told = context.config.architectures[variant.architecture].told
    study = "studies.taggers.seeds" if variant.replica and told else "studies.seeds.number"
    return {
        "name": ("model", wildcards.model),
        "selection": ("selection", wildcards.selection),
        "architecture": get_network(context, variant.architecture),
        "training": get_training(context, is_shared=True),
        "validation_fraction": get_validation_fraction(context),
        "excluded_channel": ("studies.channel_removal.channels", variant.excluded_channel),
        "signals": (
            f"architectures.{variant.architecture}.target",
            context.list_signals_of(wildcards.selection, variant.architecture),
        ),
        "seed": get_seed(context),
        "stream": (study, stream),
    }


def describe_growth(context: Context, wildcards: Wildcards) -> Settings:
    """Describe boosted trees; their scaler, which knows the fold, is an input."""
    training = describe_training(context, wildcards)
    del training["excluded_channel"]  # studies leave trees out
    return {**training, "training": get_training(context)}


def describe_unseen_trees(context: Context, wildcards: Wildcards) -> Settings:
    """Describe trees that a study grows for itself, with the settings of an architecture."""
    return {
        "architecture": get_network(context, wildcards.architecture),
        "training": get_training(context),
        "selection": ("selection", wildcards.selection),
        "signals": get_signals(context, wildcards.selection),
        "validation_fraction": get_validation_fraction(context),
        "seed": get_seed(context),
    }


def describe_baseline(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the fit of a baseline; its scaler, which knows the fold, is an input."""
    name, settings, _ = context.fits[wildcards.baseline]
    baseline = settings.model_dump(mode="json", exclude={"scaling"})
    signals = context.list_told(wildcards.selection, settings.signals)
    place, luminosity = get_luminosity(context)
    return {
        "name": ("baseline", name),
        "baseline": (f"baselines.{name}", baseline),
        "signals": (f"baselines.{name}.target.signals", signals),
        "luminosity": (place, luminosity if signals else None),
        "validation_fraction": get_validation_fraction(context),
        "seed": get_seed(context),
    }


def describe_scoring(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the scores of a network."""
    name = context.find_architecture(wildcards.selection, wildcards.model)
    scores = context.config.architectures[name].score_names
    return {"scores": (f"architectures.{name}.scores", scores)}


def describe_data_scoring(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the scores of a network on data, and which of them are left out."""
    return {
        **describe_scoring(context, wildcards),
        "blind_quantile": _get_blind_quantile(context, wildcards.dataset),
    }


def describe_baseline_scoring(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the scores of a baseline, and which of them are left out."""
    name = wildcards.baseline
    return {
        "kind": (f"baselines.{name}.kind", context.config.baselines[name].kind),
        "variable": (
            f"baselines.{name}.variable",
            getattr(context.config.baselines[name], "variable", None),
        ),
        "blind_quantile": _get_blind_quantile(context, wildcards.dataset),
    }


def describe_combination(context: Context, wildcards: Wildcards) -> Settings:
    """Describe a combination of scores, and which of them are left out."""
    name = wildcards.baseline
    return {
        "combination": (f"baselines.{name}", list_combinations(context.config)[name]),
        "folds": ("split.folds", context.config.split.folds),
        "blind_quantile": _get_blind_quantile(context, wildcards.dataset),
    }


def _get_blind_quantile(context: Context, dataset: str) -> tuple[str, float | None]:
    lowest = find_lowest_cut(context.config.scan.score_quantiles)
    if is_blinded(context, dataset):
        return "scan.score_quantiles", lowest
    return "unblinding", None
