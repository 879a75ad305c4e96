"""Scores of events that a classifier was trained on, against those of events that it never saw."""

from typing import Any

import numpy as np

from rapidmass.search.histograms import fill_histogram
from rapidmass.search.separation import choose_axis
from rapidmass.statistics.roc import compute_auc
from rapidmass.statistics.weighted_ks import compare_distributions
from rapidmass.studies.classifier_checks.events import CheckedEvents
from rapidmass.studies.classifier_checks.groups import CLASSES, PARTS


def measure_overtraining(
    events: CheckedEvents, *, permutations: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Compare the score of trained and unseen events, class by class.

    Parameters
    ----------
    events
        Of both classes and parts.
    permutations
        Behind each p-value.
    rng
        Draws them.

    Returns
    -------
    dict
        `edges` of bins; by class `distance` and `p_value` of a weighted Kolmogorov-Smirnov test
        and by part the normalised histogram (`values`, `uncertainties`); and `auc`, by part `value`
        and `uncertainty`.
    """
    axis = choose_axis([events.logit])
    found: dict[str, Any] = {"edges": axis.edges.tolist(), "classes": {}, "auc": {}}
    for kind, label in CLASSES.items():
        mine = events.select(events.label == label)
        pair = [
            (mine.logit[mine.trained == trained], mine.weight[mine.trained == trained])
            for trained in PARTS.values()
        ]
        test = compare_distributions(*pair, permutations=permutations, rng=rng)
        found["classes"][kind] = {
            **test._asdict(),
            **{part: _normalise(axis, *one) for part, one in zip(PARTS, pair, strict=True)},
        }
    for part, trained in PARTS.items():
        some = events.select(events.trained == trained)
        groups = [
            values[some.label == label]
            for label in (False, True)
            for values in (some.logit, some.weight)
        ]
        found["auc"][part] = compute_auc(*groups)._asdict()
    return found


def _normalise(axis: Any, logit: Any, weight: Any) -> dict[str, list[float]]:  # noqa: ANN401
    filled = fill_histogram(axis, logit, weight)
    total = weight.sum()
    return {
        "values": (np.array(filled["values"]) / total).tolist(),
        "uncertainties": (np.sqrt(filled["variances"]) / total).tolist(),
    }
