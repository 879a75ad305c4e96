"""One training a category of signals, each against all signals, and all of them together."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rapidmass.config.search.scan import ScanSettings
from rapidmass.config.studies.trainings import Combination
from rapidmass.scores.read import ScoredEvents, join_events
from rapidmass.scores.unseen_trees import TreeMaterial, score_unseen
from rapidmass.search.scan import scan_cuts
from rapidmass.statistics.weighted_ecdf import WeightedEcdf
from rapidmass.studies.trainings.combinations import NAMES, combine
from rapidmass.studies.trainings.measure import Row, compare_trainings
from rapidmass.studies.trainings.stacks import Stack
from rapidmass.studies.trainings.transfer import Category, measure_together, measure_transfer

KINDS: tuple[Combination, ...] = ("stacking", "largest_quantile")
SHARES = (0.1, 0.01)  # of the background, at which trials are counted
Scored = tuple[ScoredEvents, dict[str, ScoredEvents]]


def compare_categories(
    material: TreeMaterial,
    categories: Sequence[Category],
    signals: Sequence[str],
    settings: ScanSettings,
    *,
    channels: Sequence[str],
    folder: Path,
) -> dict[str, Any]:
    """Grow trees for each category, and for each signal of those that have several.

    Parameters
    ----------
    material
        What they are grown on; scored events have MET.
    categories
        Which signals are told together.
    signals
        All that are scored, in the order of columns.
    settings
        Cuts and axes. Nothing is resampled, whatever it says.
    channels
        Names of the background channels.
    folder
        Where files may lie meanwhile.

    Returns
    -------
    dict
        From `rapidmass.studies.trainings.measure.compare_trainings`, and `categories` (`values` and
        `signals` of each), `transfer` and `together`, see
        `rapidmass.studies.trainings.transfer`, and `trials`, from `count_trials`.

    Raises
    ------
    ValueError
        As `rapidmass.scores.unseen_trees.score_unseen`.
    """
    quick = settings.model_copy(update={"bootstrap_replicas": 0})
    rows = [Row(category.name, "training", category.signals) for category in categories]
    alone = [
        Row(f"{signal} alone", "training", (signal,))
        for category in categories if len(category.signals) > 1
        for signal in category.signals
    ]  # fmt: skip
    scans: dict[str, Any] = {}
    scored: list[Scored] = []
    for row in (*rows, *alone):
        found = score_unseen(material, row.told, signals)
        scans[row.name] = _scan(found, quick, channels)
        if len(scored) < len(rows):
            scored.append(found)
    told = sorted({signal for category in categories for signal in category.signals})
    stack, stacks = _stack(scored, signals)
    for kind in KINDS:
        rated, of_signals = combine(
            kind, lambda: [stack], stacks, told, folds=len(material.scalers), folder=folder
        )
        found = join_events(list(rated())), of_signals
        scans[NAMES[kind]] = _scan(found, quick, channels)
    together = [Row(NAMES[kind], "combination", tuple(told)) for kind in KINDS]
    compared = compare_trainings([*rows, *alone, *together], scans, signals)
    return {
        **compared,
        "categories": [category._asdict() for category in categories],
        "transfer": measure_transfer(compared, categories),
        "together": measure_together(compared),
        "trials": count_trials(found[0], settings.minimum_effective_events),
    }


def _scan(found: Scored, settings: ScanSettings, channels: Sequence[str]) -> dict[str, Any]:
    # in single precision, where equal scores are told apart
    background, *others = (
        replace(events, score=events.score.astype(np.float32))
        for events in (found[0], *found[1].values())
    )
    return {
        name: scan_cuts(background, signal, settings, channels=channels, spectra=())
        for name, signal in zip(found[1], others, strict=True)
    }


def _stack(scored: Sequence[Scored], signals: Sequence[str]) -> tuple[Stack, dict[str, Stack]]:
    """Put the scores of all categories beside each other, as logits of their shares."""
    background, *others = (
        Stack.make([_spread_out(events) for events in by_category])
        for by_category in (
            [one for one, _ in scored],
            *([of_signals[name] for _, of_signals in scored] for name in signals),
        )
    )
    return background, dict(zip(signals, others, strict=True))


def _spread_out(events: ScoredEvents) -> ScoredEvents:
    """Give shares of background the logistic scale, on which a regression adds scores up."""
    least = 1e-5  # beyond, shares of a simulated background say nothing
    share = np.clip(events.score, least, 1 - least)
    return replace(events, score=np.log(share / (1 - share)))


def count_trials(background: ScoredEvents, floor: float) -> list[dict[str, Any]]:
    """Count how many independent scores the largest quantile of several stands for.

    Of n independent scores the largest quantile is below 1 - q with the probability (1 - q)^n.
    Where the share p of the background passes a cut at q = 10^-score, n = ln(1 - p) / ln(1 - q).

    Parameters
    ----------
    background
        Events with the score of `combine` for `largest_quantile`.
    floor
        Effective events that have to pass.

    Returns
    -------
    list of dict
        `background_efficiency` and `number`, for each of `SHARES`; None where too few effective
        events pass.
    """
    ecdf = WeightedEcdf(background.score, background.weight, "background")
    trials = []
    for share in SHARES:
        cut = ecdf.cut(share)
        enough = ecdf.expect_effective(cut) >= floor
        number = float(np.log1p(-share) / np.log1p(-(10.0**-cut.threshold))) if enough else None
        trials.append({"background_efficiency": share, "number": number})
    return trials
