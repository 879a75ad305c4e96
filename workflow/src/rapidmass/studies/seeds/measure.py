"""The same network with other seeds: how much of a result is the luck of a training."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rapidmass.config.search.scan import Axis, ScanSettings
from rapidmass.scores.alike import check_same_keys
from rapidmass.scores.ordered import open_ordered
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.scan import scan_cuts
from rapidmass.search.scored_pairs import PairReader
from rapidmass.search.separation import (
    count_events,
    describe_separation,
    fill_scores,
    find_ends,
    join_ends,
    make_curve,
)
from rapidmass.statistics.running_quantiles import find_ordered_quantiles
from rapidmass.statistics.spread import summarise_values

ROC_EFFICIENCIES = tuple(float(share) for share in np.geomspace(1e-3, 1.0, 31))
MOST_ANOMALOUS = 0.01

Metric = tuple[str, float | None, float | None]
"""Name, value and uncertainty."""


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
    folder: Path,
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
    folder
        Where events may lie meanwhile.

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
    check_same_keys([replica.background for replica in replicas])
    reader = PairReader.of_background(luminosity, scored_share, column, ["met"])
    readers = {name: reader.of(name, weight) for name, weight in weights.items()}
    measured = [_measure_replica(one, reader, readers, settings, folder) for one in replicas]
    axis = join_ends(pair for one in measured for pair in one.ends)
    shapes = [
        [reader.iterate(one.background) for one in replicas],
        *(
            [own.iterate_signal(one.signals[name]) for one in replicas]
            for name, own in readers.items()
        ),
    ]
    background, *signals = (_summarise_shapes(axis, group) for group in shapes)
    thresholds = [one.threshold for one in measured]
    return {
        "replicas": len(replicas),
        "edges": axis.edges.tolist(),
        "roc_efficiencies": list(ROC_EFFICIENCIES),
        "overlap_share": MOST_ANOMALOUS,
        "overlap": summarise_values(_find_overlaps(replicas, reader, thresholds)),
        "background": {"shape": background},
        "signals": {
            name: {
                "metrics": _summarise_metrics([one.metrics[name] for one in measured]),
                "roc": [
                    summarise_values(values)
                    for values in zip(*(one.curves[name] for one in measured), strict=True)
                ],
                "shape": shape,
            }
            for name, shape in zip(readers, signals, strict=True)
        },
    }


class _Measured(NamedTuple):
    """What one replica says: ends of its scores, its most anomalous events, and of each signal."""

    ends: Sequence[tuple[float, float] | None]
    threshold: float | None
    metrics: Mapping[str, Sequence[Metric]]
    curves: Mapping[str, Sequence[float | None]]


def _measure_replica(
    replica: Replica,
    reader: PairReader,
    readers: Mapping[str, PairReader],
    settings: ScanSettings,
    folder: Path,
) -> _Measured:
    floor = settings.minimum_effective_events
    metrics: dict[str, list[Metric]] = {}
    curves: dict[str, list[float | None]] = {}
    with reader.open_exact(replica.background, folder) as pieces:
        ends, threshold = [find_ends(pieces)], _find_most_anomalous(pieces)
        for name, own in readers.items():
            signal = own.order_exactly(replica.signals[name])
            ends.append(find_ends(signal))
            curve = make_curve(pieces, signal)
            metrics[name] = _list_metrics(describe_separation(curve, floor))
            curves[name] = [
                None if curve is None else curve.compute_efficiency(share, floor).efficiency
                for share in ROC_EFFICIENCIES
            ]
    # a scan has no ties
    with open_ordered(partial(reader.iterate, replica.background), folder) as pieces:
        for name, own in readers.items():
            best = find_best(pieces, own.read_signal(replica.signals[name]), settings)
            metrics[name].append(("best_z", *best))
    return _Measured(ends, threshold, metrics, curves)


def _list_metrics(separation: Mapping[str, Any]) -> list[Metric]:
    metrics: list[Metric] = [("auc", separation["auc"], separation["auc_uncertainty"])]
    for found in separation["efficiencies"]:
        half = None if found["low"] is None else (found["high"] - found["low"]) / 2
        metrics.append(
            (f"efficiency_{found['background_efficiency']:g}", found["efficiency"], half)
        )
    return metrics


def _summarise_metrics(by_replica: Sequence[Sequence[Metric]]) -> dict[str, Any]:
    found = {}
    for same in zip(*by_replica, strict=True):
        (name, *_), *_ = same
        found[name] = summarise_values([value for _, value, _ in same], [u for _, _, u in same])
    return found


def find_best(
    background: Sequence[ScoredEvents], signal: ScoredEvents, settings: ScanSettings
) -> tuple[float | None, float | None]:
    """Find the largest expected significance of all cuts on the score and on MET.

    Parameters
    ----------
    background
        Scored events, in pieces in the order of their scores.
    signal
        Scored events.
    settings
        Which cuts; the scan without a cut on the score does not take part, as no network is in it.

    Returns
    -------
    value, uncertainty
        None where no significance is defined.
    """
    if not count_events(background)["expected"] > 0:
        return None, None
    # nobody asks for its replicas
    settings = settings.model_copy(update={"bootstrap_replicas": 0})
    scan = scan_cuts(background, signal, settings, channels=(), spectra=())
    best = [cut["best"] for cut in scan["cuts"] if cut["quantile"] > 0 and cut["best"]]
    if not best:
        return None, None
    found = max(best, key=lambda cut: float(cut["asimov"]))
    return float(found["asimov"]), float(found["asimov_uncertainty"])


def _summarise_shapes(axis: Axis, group: Iterable[Iterable[ScoredEvents]]) -> list[dict[str, Any]]:
    """Summarise each bin of the normalised distribution of the score."""
    filled = []
    for events in group:
        values = np.array(fill_scores(axis, events)["values"])
        total = values.sum()
        filled.append(values / total if total > 0 else np.zeros_like(values))
    return [summarise_values(column.tolist()) for column in np.transpose(filled)]


def _find_overlaps(
    replicas: Sequence[Replica], reader: PairReader, thresholds: Sequence[float | None]
) -> list[float | None]:
    """Share of the most anomalous weight of one replica that another finds so too, by pair."""
    shared = np.zeros((len(replicas),) * 2)
    cuts = np.array([np.inf if cut is None else cut for cut in thresholds])
    for parts in zip(*(reader.iterate(one.background) for one in replicas), strict=True):
        chosen = np.array([part.score for part in parts]) > cuts[:, None]
        shared += (chosen * np.abs(parts[0].weight)) @ chosen.T
    overlaps: list[float | None] = []
    for first, second in combinations(range(len(replicas)), 2):
        either = float(shared[first, first] + shared[second, second])
        both = 2 * float(shared[first, second])
        undefined = thresholds[first] is None or thresholds[second] is None or not either
        overlaps.append(None if undefined else both / either)
    return overlaps


def _find_most_anomalous(events: Sequence[ScoredEvents]) -> float | None:
    """Find the score above which the most anomalous background lies."""
    if not count_events(events)["expected"] > 0:
        return None
    return float(find_ordered_quantiles(events, [1 - MOST_ANOMALOUS])[0])
