"""The largest cross section of a signal that the search would not exclude."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.studies.limits import Limits
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.shift_effects import compare_yields
from rapidmass.statistics.folds import draw_folds, find_thresholds, pass_thresholds
from rapidmass.statistics.limits import (
    BANDS,
    choose_edges,
    compute_expected_limits,
    fill_template,
    make_workspace,
)
from rapidmass.statistics.significance import combine_shifts


def fit_limit(
    background: ScoredEvents,
    signal: ScoredEvents,
    settings: Limits,
    *,
    cross_section: float,
    background_uncertainty: float,
    minimum_effective_events: float,
    shifts: Iterable[tuple[str, str, ScoredEvents]] = (),
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Compute the expected upper limit on the cross section of a signal.

    Each half of the events passes the cut on the score that was chosen on the other half of the
    background. Bins come from the background alone.

    Parameters
    ----------
    background, signal
        Scored events, with the variable that is fitted.
    settings
        Observable, cut and number of bins.
    cross_section
        Of the signal as simulated, in pb.
    background_uncertainty
        Relative systematic uncertainty.
    minimum_effective_events
        Effective background events that each bin needs.
    shifts
        Name, source and background of each systematic variation: how they change the yield behind
        the cut is added to the uncertainty in quadrature. As all of them scale all bins alike, one
        parameter stands for them.

    Returns
    -------
    result : dict
        `limits` (in pb, by standard deviations; None where there is none, with a `reason`),
        `strengths` (the same in units of the cross section), `cross_section`, `thresholds`, and
        `bins` with what is fitted. With shifts also `systematics`: `shifts`, the relative effect of
        each and its statistical uncertainty, and the combined `total`.
    workspace : dict
        The fit in the format of pyhf; empty where there is none.

    Raises
    ------
    ValueError
        If an event has no finite number for the observable.
    """
    thresholds, chosen = _choose(background, signal, settings.quantile)
    result: dict[str, Any] = {
        "cross_section": cross_section,
        "background_uncertainty": background_uncertainty,
        "thresholds": None if np.isinf(thresholds).any() else thresholds.tolist(),
        **dict.fromkeys(("limits", "strengths", "bins", "reason")),
    }
    systematics = _measure_shifts(chosen[0], thresholds, shifts)
    if systematics is not None:
        result["systematics"] = systematics
        # without a total there is no background, which the choice of bins reports
        changed = systematics["total"] or 0.0
        background_uncertainty = float(np.hypot(background_uncertainty, changed))
        if not background_uncertainty < 1:
            reason = "systematic variations change the background by as much as there is of it"
            return {**result, "reason": reason}, {}
    values = [_observe(events, settings.observable) for events in chosen]
    try:
        edges = choose_edges(values[0], chosen[0].weight, settings.bins, minimum_effective_events)
    except ValueError as error:
        return {**result, "reason": str(error)}, {}
    templates = [
        fill_template(observed, events.weight, edges)
        for observed, events in zip(values, chosen, strict=True)
    ]
    strengths = compute_expected_limits(templates[1], templates[0], background_uncertainty)
    if strengths is None:
        return {**result, "reason": "no signal is left behind the cut on the score"}, {}
    result |= {
        "strengths": dict(zip(map(str, BANDS), strengths, strict=True)),
        "limits": {
            str(n): strength * cross_section for n, strength in zip(BANDS, strengths, strict=True)
        },
        "bins": {
            "lower_edges": [None, *edges[1:-1].tolist()],
            "background": templates[0].values.tolist(),
            "background_variance": templates[0].variances.tolist(),
            "signal": templates[1].values.tolist(),
        },
    }
    return result, make_workspace(templates[1], templates[0], background_uncertainty)


def _choose(
    background: ScoredEvents, signal: ScoredEvents, quantile: float
) -> tuple[NDArray[np.float64], tuple[ScoredEvents, ScoredEvents]]:
    folds = draw_folds(background.key), draw_folds(signal.key)
    thresholds = find_thresholds(background.score, background.weight, folds[0], [quantile])[:, 0]
    return thresholds, (
        background.select(pass_thresholds(background.score, folds[0], thresholds)),
        signal.select(pass_thresholds(signal.score, folds[1], thresholds)),
    )


def _measure_shifts(
    nominal: ScoredEvents,
    thresholds: NDArray[np.float64],
    shifts: Iterable[tuple[str, str, ScoredEvents]],
) -> dict[str, Any] | None:
    """Measure how systematic variations change the background behind the cut; None without any."""
    effects, sources = {}, {}
    for name, source, events in shifts:
        passed = pass_thresholds(events.score, draw_folds(events.key), thresholds)
        effects[name] = compare_yields(nominal, events.select(passed))
        sources[name] = source
    if not effects:
        return None
    changes = np.array([effect.relative for effect in effects.values()], dtype=np.float64)
    total = float(combine_shifts(changes, list(sources.values())))
    return {
        "shifts": {name: effect._asdict() for name, effect in sorted(effects.items())},
        "total": total if np.isfinite(total) else None,
    }


def _observe(events: ScoredEvents, observable: str) -> NDArray[np.floating[Any]]:
    values = events.score if observable == "score" else events.variables[observable]
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        raise ValueError(
            f"studies.limits.observable: {observable} of event {events.key[bad[0]]} is "
            f"{values[bad[0]]} ({bad.size} such events), which no bin holds: define a variable "
            "that has a number there, as in where(isfinite(x), x, 0)"
        )
    return values
