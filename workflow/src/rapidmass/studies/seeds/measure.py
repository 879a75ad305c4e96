"""The same network with other seeds: how much of a result is the luck of a training."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.search.scan import Axis, ScanSettings
from rapidmass.scores.read import ScoredEvents, check_same_events, read_background, read_signal
from rapidmass.search.scan import scan_cuts
from rapidmass.search.separation import (
    choose_axis,
    fill_scores,
    make_curve,
    measure_separation,
)
from rapidmass.statistics.spread import summarise_values
from rapidmass.statistics.weighted_events import find_weighted_quantiles

ROC_EFFICIENCIES = tuple(float(share) for share in np.geomspace(1e-3, 1.0, 31))
MOST_ANOMALOUS = 0.01


@dataclass(frozen=True)
class Replica:
    """Scores by one of several trainings of a network.

    Parameters
    ----------
    background
        The scored test set.
    signals
        Scored signals, by name.
    """

    background: Path
    signals: Mapping[str, Path]


def measure_seeds(
    replicas: Sequence[Replica],
    column: str,
    weights: Mapping[str, float],
    settings: ScanSettings,
    *,
    luminosity: float,
    scored_share: float,
) -> dict[str, Any]:
    """Measure how results spread over trainings that differ in their seeds alone.

    Parameters
    ----------
    replicas
        At least two; the first is the network itself.
    column
        Which score.
    weights
        For each signal the factor from generator weight x scale factors to pb.
    settings
        Cuts that are scanned for the best significance.
    luminosity
        Luminosity of the search in pb^-1.
    scored_share
        Share of the background that has scores.

    Returns
    -------
    dict
        `signals`: for each signal `metrics` (`auc`, `efficiency_<share>`, `best_z`, each as
        `rapidmass.statistics.spread.summarise_values` gives it), `roc` and `shape`; `background`:
        its `shape`; `edges` of the bins; `roc_efficiencies`; `overlap`: share of the weight of the
        most anomalous background (`overlap_share` of it all) that two replicas have in common, over
        all pairs.

    Raises
    ------
    ValueError
        If there is one replica only, or they scored other events.
    """
    if len(replicas) < 2:
        raise ValueError(f"{len(replicas)} replica has no spread: give at least two")
    scaled: dict[str, Any] = {"luminosity": luminosity, "column": column}
    backgrounds = [
        read_background(r.background, scored_share=scored_share, **scaled) for r in replicas
    ]
    names = [str(number) for number in range(len(replicas))]
    check_same_events(
        dict(zip(names, backgrounds, strict=True)),
        {name: r.background for name, r in zip(names, replicas, strict=True)},
    )
    signals = {
        name: [read_signal(r.signals[name], name, weight=weight, **scaled) for r in replicas]
        for name, weight in weights.items()
    }
    axis = choose_axis([e.score for group in (backgrounds, *signals.values()) for e in group])
    return {
        "replicas": len(replicas),
        "edges": axis.edges.tolist(),
        "roc_efficiencies": list(ROC_EFFICIENCIES),
        "overlap_share": MOST_ANOMALOUS,
        "overlap": summarise_values(_find_overlaps(backgrounds)),
        "background": {"shape": _summarise_shapes(axis, backgrounds)},
        "signals": {
            name: {
                "metrics": _measure_signal(backgrounds, group, settings),
                "roc": _summarise_curves(backgrounds, group, settings.minimum_effective_events),
                "shape": _summarise_shapes(axis, group),
            }
            for name, group in signals.items()
        },
    }


def _measure_signal(
    backgrounds: Sequence[ScoredEvents], signals: Sequence[ScoredEvents], settings: ScanSettings
) -> dict[str, Any]:
    values: dict[str, list[float | None]] = {}
    uncertainties: dict[str, list[float | None]] = {}
    for background, signal in zip(backgrounds, signals, strict=True):
        for name, value, uncertainty in _list_metrics(background, signal, settings):
            values.setdefault(name, []).append(value)
            uncertainties.setdefault(name, []).append(uncertainty)
    return {name: summarise_values(values[name], uncertainties[name]) for name in values}


def _list_metrics(
    background: ScoredEvents, signal: ScoredEvents, settings: ScanSettings
) -> list[tuple[str, float | None, float | None]]:
    separation = measure_separation(background, signal, settings.minimum_effective_events)
    metrics = [("auc", separation["auc"], separation["auc_uncertainty"])]
    for found in separation["efficiencies"]:
        half = None if found["low"] is None else (found["high"] - found["low"]) / 2
        metrics.append(
            (f"efficiency_{found['background_efficiency']:g}", found["efficiency"], half)
        )
    best = find_best(background, signal, settings)
    return [*metrics, ("best_z", *best)]


def find_best(
    background: ScoredEvents, signal: ScoredEvents, settings: ScanSettings
) -> tuple[float | None, float | None]:
    """Find the largest expected significance of all cuts on the score and on MET.

    Parameters
    ----------
    background, signal
        Scored events.
    settings
        Which cuts; the scan without a cut on the score does not take part, as no network is in it.

    Returns
    -------
    value, uncertainty
        None where no significance is defined.
    """
    if background.score.size == 0 or not background.weight.sum() > 0:
        return None, None
    scan = scan_cuts(background, signal, settings, channels=(), spectra=())
    best = [cut["best"] for cut in scan["cuts"] if cut["quantile"] > 0 and cut["best"]]
    if not best:
        return None, None
    found = max(best, key=lambda cut: float(cut["asimov"]))
    return float(found["asimov"]), float(found["asimov_uncertainty"])


def _summarise_shapes(axis: Axis, group: Sequence[ScoredEvents]) -> list[dict[str, Any]]:
    """Summarise each bin of the normalised distribution of the score."""
    filled = []
    for events in group:
        values = np.array(fill_scores(axis, events)["values"])
        total = values.sum()
        filled.append(values / total if total > 0 else np.zeros_like(values))
    return [summarise_values(column.tolist()) for column in np.transpose(filled)]


def _summarise_curves(
    backgrounds: Sequence[ScoredEvents], signals: Sequence[ScoredEvents], minimum: float
) -> list[dict[str, Any]]:
    """Summarise the signal efficiency at each of `ROC_EFFICIENCIES`."""
    curves: list[list[float | None]] = []
    for background, signal in zip(backgrounds, signals, strict=True):
        curve = make_curve(background, signal)
        curves.append(
            [
                None if curve is None else curve.compute_efficiency(share, minimum).efficiency
                for share in ROC_EFFICIENCIES
            ]
        )
    return [summarise_values(values) for values in zip(*curves, strict=True)]


def _find_overlaps(backgrounds: Sequence[ScoredEvents]) -> list[float | None]:
    """Share of the most anomalous weight of one replica that another finds so too, by pair."""
    chosen = [_choose_most_anomalous(events) for events in backgrounds]
    overlaps: list[float | None] = []
    for (first, events), (second, _) in combinations(zip(chosen, backgrounds, strict=True), 2):
        if first is None or second is None:
            overlaps.append(None)
            continue
        weight = np.abs(events.weight)
        either = float(weight[first].sum() + weight[second].sum())
        overlaps.append(2 * float(weight[first & second].sum()) / either if either else None)
    return overlaps


def _choose_most_anomalous(events: ScoredEvents) -> NDArray[np.bool_] | None:
    if events.score.size == 0 or not events.weight.sum() > 0:
        return None
    (threshold,) = find_weighted_quantiles(events.score, events.weight, [1 - MOST_ANOMALOUS])
    return np.asarray(events.score > threshold)
