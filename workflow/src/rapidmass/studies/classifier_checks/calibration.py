"""Whether a logit is the logarithm of odds: probabilities against shares of signal."""

from typing import Any

import numpy as np

from rapidmass.studies.classifier_checks.events import CheckedEvents, Numbers


def measure_calibration(events: CheckedEvents, bins: int) -> dict[str, Any]:
    """Measure what share of the weight is signal, where a classifier gives a probability.

    Parameters
    ----------
    events
        Events that the classifier never saw, with the weights of its training.
    bins
        How many, of about equal weight, by rising probability.

    Returns
    -------
    dict
        `bins`, each with `predicted` (mean probability), `observed` (share of the signal in the
        weight), `uncertainty` (of that share, from squared weights) and `share` (of the whole
        weight); and `error`: the mean of |observed - predicted| with these shares (M. P. Naeini,
        G. F. Cooper, M. Hauskrecht, AAAI (2015) 2901). Bins without positive weight are left out.
    """
    order = np.argsort(events.logit, kind="stable")
    probability = 0.5 * (1 + np.tanh(0.5 * events.logit[order]))
    label, weight = events.label[order].astype(np.float64), events.weight[order]
    running = np.maximum.accumulate(np.cumsum(weight))
    edges = np.searchsorted(running, np.arange(1, bins) / bins * running[-1])
    found = [
        _measure_bin(*part)
        for part in zip(
            *(np.split(values, edges) for values in (probability, label, weight)), strict=True
        )
        if part[2].sum() > 0
    ]
    total = sum(entry["weight"] for entry in found)
    for entry in found:
        entry["share"] = entry.pop("weight") / total
    error = sum(e["share"] * abs(e["observed"] - e["predicted"]) for e in found)
    return {"bins": found, "error": error}


def _measure_bin(probability: Numbers, label: Numbers, weight: Numbers) -> dict[str, float]:
    total = float(weight.sum())
    observed = float(weight @ label) / total
    return {
        "predicted": float(weight @ probability) / total,
        "observed": observed,
        "uncertainty": float(np.sqrt(np.sum((weight * (label - observed)) ** 2))) / total,
        "weight": total,
    }
