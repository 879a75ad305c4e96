"""The fit of one signal by one score: templates, workspace, significance and limits."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rapidmass.config.studies.fits import Fits
from rapidmass.scores.ordered import hold_few
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.fit_bins import NOWHERE, Bins, choose_bins
from rapidmass.search.fit_limits import (
    compute_expected_limits,
    compute_observed_limit,
    compute_significance,
    find_sensitive_background,
    rank_parameters,
)
from rapidmass.search.fit_model import Model, read_model
from rapidmass.search.fit_shifts import measure_changes
from rapidmass.search.fit_solver import fit, make_asimov
from rapidmass.search.fit_templates import Template, fill_channels, fill_signal
from rapidmass.search.fit_toys import judge_by_toys
from rapidmass.search.fit_workspace import make_workspace
from rapidmass.search.shift_effects import Pieces, ShiftedPieces

RANGE = 20.0  # the strength of the signal may be so many times its weakest expected limit


class Templates(NamedTuple):
    """What is fitted: bins, background by channel, and signal."""

    bins: Bins
    background: Mapping[str, Template]
    signal: Template


def fit_signal(
    background: Pieces,
    signal: ScoredEvents,
    settings: Fits,
    *,
    channels: Sequence[str],
    cross_section: float,
    background_uncertainty: float,
    seed: int,
    folder: Path,
    shifts: Sequence[ShiftedPieces] = (),
    data: Iterable[ScoredEvents] | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Fit the templates of one signal by one score.

    Parameters
    ----------
    background
        Gives scored events in pieces, with the variables of axes and regions.
    signal
        The same of the signal.
    settings
        Axes, regions, thresholds and numbers of pseudo-experiments.
    channels
        Names of the background channels.
    cross_section
        Of the signal as simulated, branching fractions included as in the sample sheet, in pb.
    background_uncertainty
        Relative.
    seed
        Of pseudo-experiments.
    folder
        Where events may lie meanwhile.
    shifts
        Systematic variations.
    data
        Scored data in pieces, after unblinding. None: what is expected alone.

    Returns
    -------
    result : dict
        `significance`, `strengths` (upper limits by band, in units of the cross section), `limits`
        (the same in pb), `cross_section`; each None where there is none, with a `reason`.
        `uses_toys`: whether these are from pseudo-experiments; `asymptotic` and `toys` hold both
        where they are, `sensitive_background` decides. `observed`: the same for data. `bins`: what
        is fitted. `ranking`: contributions to the uncertainty of the strength. `systematics`: what
        smoothing, symmetrising and pruning did.
    workspace : dict
        The fit in the format of pyhf; empty where there is none.

    Raises
    ------
    ValueError
        If an event is in two regions, or has no number for an axis.
    """
    result: dict[str, Any] = {
        "cross_section": cross_section,
        "background_uncertainty": background_uncertainty,
        **dict.fromkeys(("significance", "strengths", "limits", "observed", "reason")),
    }
    background = hold_few(background)
    bins, left_out = choose_bins(background, settings, folder)
    result["regions_left_out"] = left_out
    if not any(not region.control for region in bins.regions):
        wanted = f"{settings.minimum_effective_events:g} effective background events"
        reason = f"no region has {wanted}: simulate more, or lower the first edges of the axes"
        return {**result, "reason": reason}, {}
    templates = Templates(
        bins, fill_channels(background(), bins, channels), fill_signal(signal, bins)
    )
    if not templates.signal.values.any():
        return {**result, "reason": "no signal is in the bins of the fit"}, {}
    name = str(signal.channel[0])
    inside = list(templates.background)
    modifiers = measure_changes(shifts, background, signal, inside, bins, settings)
    seen = None if data is None else _count(data, bins)
    options: dict[str, Any] = {
        "background_uncertainty": background_uncertainty,
        "free_channels": settings.free_channels,
        "changes": modifiers.changes,
        "observed": seen,
    }
    parts = _slice(bins), (name, templates.signal), templates.background
    model = read_model(make_workspace(*parts, **options))
    result |= _evaluate(model, settings, seed, observed=data is not None)
    largest = RANGE * max(result["asymptotic"]["strengths"].values())
    for one in (result, result["observed"]):
        if one is not None:
            one["limits"] = {n: s and s * cross_section for n, s in one["strengths"].items()}
    total = sum(float(events.weight.sum()) for events in background())
    result["bins"] = _describe_bins(templates, total, channels, seen)
    result["systematics"] = {
        "one_sided": modifiers.one_sided,
        "smoothed": modifiers.smoothed,
        "pruned": modifiers.pruned,
    }
    return result, make_workspace(*parts, **options, largest_strength=largest)


def _slice(bins: Bins) -> dict[str, slice]:
    ends = np.cumsum([0, *bins.count_bins()]).tolist()
    pairs = zip(bins.regions, ends[:-1], ends[1:], strict=True)
    return {region.name: slice(start, end) for region, start, end in pairs}


def _count(data: Iterable[ScoredEvents], bins: Bins) -> list[float]:
    counts = np.zeros(bins.size)
    for events in data:
        place = bins.find(events)
        counts += np.bincount(place[place != NOWHERE], minlength=bins.size)
    return [float(count) for count in counts]


def _evaluate(model: Model, settings: Fits, seed: int, *, observed: bool) -> dict[str, Any]:
    """Find what is expected, and with data what was observed."""
    b = find_sensitive_background(model)
    uses_toys = b < settings.toys_below
    asymptotic: dict[str, Any] = {
        "significance": float(compute_significance(model, make_asimov(model, 1.0))[0]),
        "strengths": compute_expected_limits(model),
    }
    toys = None
    if uses_toys:
        toys = judge_by_toys(model, asymptotic["strengths"], settings.toys, seed)
    found = {
        "sensitive_background": b,
        "uses_toys": uses_toys,
        "asymptotic": asymptotic,
        "toys": toys,
        **_choose(asymptotic, toys),
        "ranking": rank_parameters(model),
    }
    if observed:
        found["observed"] = _observe(model, settings, seed, uses_toys=uses_toys)
    return found


def _choose(asymptotic: Mapping[str, Any], toys: Mapping[str, Any] | None) -> dict[str, Any]:
    if toys is None:
        return {name: asymptotic[name] for name in ("significance", "strengths")}
    # a significance that pseudo-experiments only bound is the asymptotic one, if it is beyond
    z = toys["significance"]
    if toys["is_bound"]:
        z = max(z, asymptotic["significance"])
    return {"significance": z, "strengths": toys["limits"]}


def _observe(model: Model, settings: Fits, seed: int, *, uses_toys: bool) -> dict[str, Any]:
    data = make_asimov(model, seen=model.observed)
    best = fit(model, data)
    asymptotic: dict[str, Any] = {
        "significance": float(compute_significance(model, data)[0]),
        "strengths": {"observed": compute_observed_limit(model)},
    }
    toys = None
    if uses_toys:
        limits = asymptotic["strengths"]
        toys = judge_by_toys(model, limits, settings.toys, seed, observed=True)
    errors = np.sqrt(np.diagonal(best.covariance[0]))
    rates = model.predict(best.parameters)
    return {
        "strength": float(best.strength[0]),
        "strength_uncertainty": float(errors[0]),
        "asymptotic": asymptotic,
        "toys": toys,
        **_choose(asymptotic, toys),
        "pulls": {
            name: {"value": float(value), "uncertainty": float(error), "free": bool(free)}
            for name, value, error, free in zip(
                model.names, best.parameters[0], errors[1:], model.free, strict=True
            )
        },
        "fitted_background": (best.gammas * rates.background)[0].tolist(),
        "fitted_signal": (best.strength[:, None] * rates.signal)[0].tolist(),
    }


def _describe_bins(
    templates: Templates,
    weight: float,
    channels: Sequence[str],
    seen: Sequence[float] | None,
) -> dict[str, Any]:
    bins, by_channel, signal = templates
    total = [np.sum(parts, axis=0) for parts in zip(*by_channel.values(), strict=True)]
    inside = set(by_channel)
    return {
        "regions": {
            region.name: {"bins": number, "control": region.control}
            for region, number in zip(bins.regions, bins.count_bins(), strict=True)
        },
        "axes": [
            {"variable": axis.variable, "shares": list(axis.shares), "edges": _list(edges)}
            for axis, edges in zip(bins.axes, bins.edges, strict=True)
        ],
        "cells": bins.list_cells(),
        "channels": {name: _list_template(one) for name, one in by_channel.items()},
        "absent_channels": [name for name in channels if name not in inside],
        "background": _list_template(Template(*total)),
        "signal": _list_template(signal),
        "observed": seen,
        "share": float(total[0].sum() / weight),
    }


def _list_template(template: Template) -> dict[str, list[float]]:
    return {name: values.tolist() for name, values in template._asdict().items()}


def _list(edges: Any) -> list[list[float | None]]:  # noqa: ANN401
    return [[float(e) if np.isfinite(e) else None for e in half] for half in edges]
