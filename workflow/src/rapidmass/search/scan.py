"""Cuts on the anomaly score, and the search in missing transverse momentum behind each of them.

The cuts are quantiles of the weighted background, so they know nothing of any signal. Background
comes from the test set, scaled up by one over its share; signals come whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hist
import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rapidmass.config.scan import Axis, ScanSettings
from rapidmass.stats import (
    compute_asimov_significance,
    compute_simple_significance,
    count_effective,
    find_weighted_quantiles,
)

FORMULAS = {"asimov": compute_asimov_significance, "simple": compute_simple_significance}


@dataclass(frozen=True)
class ScoredEvents:
    """Events with scores and the number of events that each stands for.

    Parameters
    ----------
    channel
        Shape (events,): names of channels.
    score
        Shape (events,): anomaly score.
    weight
        Shape (events,): expected events at the luminosity of the search.
    variables
        Spectra: `met`, `m_ll`, `m_lll`, each of shape (events,), in GeV.
    """

    channel: NDArray[np.str_]
    score: NDArray[np.float64]
    weight: NDArray[np.float64]
    variables: Mapping[str, NDArray[np.float32]]


def read_background(path: Path, *, luminosity: float, test_fraction: float) -> ScoredEvents:
    """Read the scored test set.

    Parameters
    ----------
    path
        Scores with the columns `channel` and `weight` (pb).
    luminosity
        Luminosity of the search in pb^-1.
    test_fraction
        Share of the background that is in the test set: weights are divided by it.

    Returns
    -------
    ScoredEvents
        Standing for the whole background.
    """
    table = pq.read_table(path, use_threads=False)
    weight = table["weight"].to_numpy() * (luminosity / test_fraction)
    return _collect(table, np.array(table["channel"].to_pylist(), dtype=np.str_), weight)


def read_signal(path: Path, name: str, *, weight: float, luminosity: float) -> ScoredEvents:
    """Read a scored signal.

    Parameters
    ----------
    path
        Scores with the columns `generator_weight` and `scale_factor`.
    name
        Name of the signal.
    weight
        Factor from generator weight x scale factors to pb.
    luminosity
        Luminosity of the search in pb^-1.

    Returns
    -------
    ScoredEvents
        All events of the signal.
    """
    table = pq.read_table(path, use_threads=False)
    product = table["generator_weight"].to_numpy() * table["scale_factor"].to_numpy()
    channel = np.full(table.num_rows, name, dtype=np.str_)
    return _collect(table, channel, product * (weight * luminosity))


def _collect(
    table: Any,  # noqa: ANN401
    channel: NDArray[np.str_],
    weight: NDArray[np.float64],
) -> ScoredEvents:
    variables = {name: table[name].to_numpy() for name in ("met", "m_ll", "m_lll")}
    return ScoredEvents(channel, table["score"].to_numpy(), weight, variables)


def scan_cuts(
    background: ScoredEvents,
    signal: ScoredEvents,
    settings: ScanSettings,
    *,
    channels: Sequence[str],
    spectra: Sequence[str],
) -> dict[str, Any]:
    """Compute what every cut on the score leaves, and how significant the signal is behind it.

    Parameters
    ----------
    background, signal
        Scored events.
    settings
        Cuts and axes.
    channels
        Names of the background channels.
    spectra
        Variables whose distributions are kept.

    Returns
    -------
    dict
        `cuts`: a list, the first entry without a cut (`quantile` 0, `threshold` None), each with
        `background`, `signal` and `channels` (yields), `significance` (with no cut on MET),
        `spectra`, `met_scan`, and `best`: the MET cut with the largest expected significance (None
        where none is defined).
    """
    quantiles = sorted({0.0, *settings.score_quantiles})
    thresholds = find_weighted_quantiles(background.score, background.weight, quantiles)
    cuts = []
    for quantile, threshold in zip(quantiles, thresholds, strict=True):
        passed = background.score > threshold, signal.score > threshold
        b = _sum_yield(background.weight[passed[0]])
        s = _sum_yield(signal.weight[passed[1]])
        cuts.append(
            {
                "quantile": quantile,
                "threshold": None if np.isinf(threshold) else float(threshold),
                "background": b,
                "signal": s,
                "significance": _compute_significance(s, b, settings.minimum_effective_events),
                "channels": {
                    name: _sum_yield(background.weight[passed[0] & (background.channel == name)])
                    for name in channels
                },
                "spectra": {
                    name: _fill_spectrum(
                        name, getattr(settings, name), background, signal, passed, channels
                    )
                    for name in spectra
                },
                **_scan_met(background, signal, passed, settings),
            }
        )
    return {"cuts": cuts}


def _sum_yield(weights: NDArray[np.float64]) -> dict[str, float]:
    return {
        "events": len(weights),
        "expected": float(weights.sum()),
        "variance": float((weights**2).sum()),
        "effective": float(count_effective(weights.sum(), (weights**2).sum())),
        "largest": float(np.abs(weights).max(initial=0.0)),
    }


def _fill_spectrum(
    name: str,
    axis: Axis,
    background: ScoredEvents,
    signal: ScoredEvents,
    passed: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    channels: Sequence[str],
) -> dict[str, Any]:
    """Fill one histogram a channel; what lies above the axis is added to the last bin."""
    spectrum: dict[str, Any] = {"edges": axis.edges.tolist(), "channels": {}}
    for channel in channels:
        chosen = passed[0] & (background.channel == channel)
        spectrum["channels"][channel] = fill_histogram(
            axis, background.variables[name][chosen], background.weight[chosen]
        )
    spectrum["signal"] = fill_histogram(
        axis, signal.variables[name][passed[1]], signal.weight[passed[1]]
    )
    return spectrum


def fill_histogram(
    axis: Axis, values: NDArray[np.floating[Any]], weights: NDArray[np.float64]
) -> dict[str, list[float]]:
    """Fill a weighted histogram whose first and last bin take what lies outside.

    Parameters
    ----------
    axis
        The bins.
    values, weights
        Shape (events,). NaN is left out.

    Returns
    -------
    dict
        `values` and `variances`, one number a bin.
    """
    finite = np.isfinite(values)
    histogram = hist.Hist(
        hist.axis.Regular(axis.bins, axis.start, axis.stop), storage=hist.storage.Weight()
    )
    histogram.fill(values[finite], weight=weights[finite])
    folded = {}
    for kind, contents in (("values", "value"), ("variances", "variance")):
        bins = histogram.view(flow=True)[contents].copy()
        bins[1] += bins[0]
        bins[-2] += bins[-1]
        folded[kind] = bins[1:-1].tolist()
    return folded


def _scan_met(
    background: ScoredEvents,
    signal: ScoredEvents,
    passed: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    settings: ScanSettings,
) -> dict[str, Any]:
    b, b_variance = _sum_above(background, passed[0], settings.met)
    s, s_variance = _sum_above(signal, passed[1], settings.met)
    scan: dict[str, Any] = {
        "met": settings.met.edges[:-1].tolist(),
        **_list_significances(s, s_variance, b, b_variance, settings.minimum_effective_events),
    }
    return {"met_scan": scan, "best": _find_best(scan)}


def _compute_significance(
    s: Mapping[str, float], b: Mapping[str, float], minimum_effective: float
) -> dict[str, Any]:
    sums = [np.array([total[key]]) for total in (s, b) for key in ("expected", "variance")]
    listed = _list_significances(sums[0], sums[1], sums[2], sums[3], minimum_effective)
    return {name: values[0] for name, values in listed.items()}


def _list_significances(
    s: NDArray[np.float64],
    s_variance: NDArray[np.float64],
    b: NDArray[np.float64],
    b_variance: NDArray[np.float64],
    minimum_effective: float,
) -> dict[str, list[Any]]:
    """List yields and significances; None where too few effective events are left."""
    effective = count_effective(b, b_variance)
    enough = effective >= minimum_effective
    listed: dict[str, list[Any]] = {
        "s": s.tolist(),
        "s_variance": s_variance.tolist(),
        "b": b.tolist(),
        "b_variance": b_variance.tolist(),
        "effective": effective.tolist(),
    }
    for name, compute in FORMULAS.items():
        significance = compute(s, b, s_variance, b_variance)
        listed[name] = _list_defined(significance.value, enough)
        listed[f"{name}_uncertainty"] = _list_defined(significance.uncertainty, enough)
    return listed


def _sum_above(
    events: ScoredEvents, passed: NDArray[np.bool_], axis: Axis
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum weights and their squares at or above each lower edge of the axis."""
    met, weight = events.variables["met"][passed], events.weight[passed]
    place = np.searchsorted(axis.edges[:-1], met, side="right")
    sums = []
    for content in (weight, weight**2):
        binned = np.bincount(place, content, minlength=axis.bins + 1).astype(np.float64)
        sums.append(np.cumsum(binned[:0:-1])[::-1])
    return sums[0], sums[1]


def _list_defined(values: NDArray[np.float64], enough: NDArray[np.bool_]) -> list[float | None]:
    defined = enough & np.isfinite(values)
    return [float(v) if good else None for v, good in zip(values, defined, strict=True)]


def _pick(scan: Mapping[str, Sequence[Any]], index: int) -> dict[str, Any]:
    return {name: values[index] for name, values in scan.items()}


def _find_best(scan: Mapping[str, Sequence[Any]]) -> dict[str, Any] | None:
    defined = [k for k, value in enumerate(scan["asimov"]) if value is not None]
    if not defined:
        return None
    return _pick(scan, max(defined, key=lambda k: scan["asimov"][k]))
