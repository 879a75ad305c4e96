"""Calibration of p-values and intervals: what experiments are drawn from."""

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.inputs import name_scores
from jobs.keys import (
    describe_frame,
    get_channels,
    get_data_luminosities,
    get_scored_share,
    get_seed,
)
from jobs.paths import fill
from jobs.studies.fits import get_fit, get_uncertainty
from jobs.studies.two_sample import SCORES, describe_ratio, get_stated
from jobs.systematics import get_background_shifts, list_shifted_backgrounds

WHAT = {"enabled", "scorer", "signals", "methods"}  # which say where numbers come from
SCAN = {"score_quantiles", "minimum_effective_events", "background_uncertainty", "met"}


def _list_models(context: Context) -> list[str]:
    """List what the features are read with, and what gives the score."""
    scorer = context.config.studies.calibration.get_scorer(context.config)
    return list(dict.fromkeys([SCORES.find_model(context), context.scorers[scorer].model]))


def _get_signal(context: Context, selection: str) -> str:
    return context.config.studies.calibration.get_signal(context.config, selection)


def list_background(context: Context, wildcards: Wildcards) -> list[str]:
    """List scores of background."""
    models = _list_models(context)
    return [name_scores(wildcards.selection, model, "background") for model in models]


def list_signal(context: Context, wildcards: Wildcards) -> list[str]:
    """List scores of the signal."""
    signal = _get_signal(context, wildcards.selection)
    return [name_scores(wildcards.selection, model, signal) for model in _list_models(context)]


def find_weight(context: Context, wildcards: Wildcards) -> str:
    """Find the normalisation of the signal."""
    return fill(paths.SAMPLE, sample=_get_signal(context, wildcards.selection))


def list_shifted(context: Context, wildcards: Wildcards) -> list[str]:
    """List the features of the background in each variation."""
    return list_shifted_backgrounds(context, wildcards.selection, SCORES.find_model(context))


def describe_study(context: Context, wildcards: Wildcards) -> Settings:
    """Describe what is drawn, and what judges it."""
    selection, config = wildcards.selection, context.config
    study, comparison = config.studies.calibration, config.studies.data_comparison
    scorer = study.get_scorer(config)
    return {
        "selection": ("selection", selection),
        "calibration": (study.key, study.model_dump(mode="json", exclude=WHAT)),
        "models": (f"{study.key}.scorer", _list_models(context)),
        "scorers": (f"{study.key}.scorer", {scorer: context.scorers[scorer][:2]}),
        "signal": (f"{study.key}.signals", _get_signal(context, selection)),
        **describe_ratio(context, study.methods),
        **get_stated(context, selection),
        "blind_test": (
            "studies.blind_test",
            config.studies.blind_test.model_dump(include={"bins", "widest", "uncertainty"}),
        ),
        "data_comparison": (
            "studies.data_comparison",
            comparison.model_dump(include={"bins", "minimum_events"}),
        ),
        "fits": get_fit(context, selection),
        "fit_uncertainty": get_uncertainty(context),
        "channels": get_channels(context, selection),
        "scan": ("scan", config.scan.model_dump(mode="json", include=SCAN)),
        "data_luminosities": get_data_luminosities(context, selection),
        "scored_share": get_scored_share(context),
        "shifts": get_background_shifts(context, selection),
        "seed": get_seed(context),
    }


def list_section_inputs(_: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads."""
    return {"numbers": [fill(paths.CALIBRATION, selection=selection)]}


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    study = context.config.studies.calibration
    told = {
        "scorer": study.get_scorer(context.config),
        "signal": _get_signal(context, selection),
        "variable": study.variable,
        "asymptotic": study.fit_toys == 0,
    }
    return {**describe_frame(context, selection), "what": (study.key, told)}
