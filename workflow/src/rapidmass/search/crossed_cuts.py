"""Cuts that maximise a significance: chosen on one half of the events, evaluated on the other."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.search.scan import ScanSettings
from rapidmass.search.cuts import Sums, describe_sums, relate_uncertainty
from rapidmass.statistics.folds import FOLDS
from rapidmass.statistics.significance import correct_curvature, evaluate_significance
from rapidmass.statistics.weighted_events import count_effective


class FoldedSums(NamedTuple):
    """Sums of the two halves behind one cut on the score, at each cut on MET.

    Parameters
    ----------
    own
        Of each half, behind its own threshold: what it chooses cuts on.
    crossed
        Of each half, behind the threshold of the other: what cuts are evaluated on.
    """

    own: tuple[Sums, Sums]
    crossed: tuple[Sums, Sums]

    def add(self, other: "FoldedSums") -> "FoldedSums":
        """Add those of other events."""
        own, crossed = (
            tuple(a.add(b) for a, b in zip(mine, theirs, strict=True))
            for mine, theirs in zip(self, other, strict=True)
        )
        return FoldedSums((own[0], own[1]), (crossed[0], crossed[1]))


class _Choice(NamedTuple):
    """Places of cuts on the score and on MET that each half chose, and the sums behind them."""

    places: tuple[tuple[int, int], tuple[int, int]]
    halves: int
    sums: Sums


def cross_fit(
    cuts: Sequence[FoldedSums], settings: ScanSettings, sources: Sequence[str] = ()
) -> dict[str, Any] | None:
    """Choose a cut on the score and one on MET on each half; evaluate them on the other.

    Parameters
    ----------
    cuts
        The cuts on the score to choose from.
    settings
        MET cuts, and what defines the significance.
    sources
        What is uncertain, of each shift in the sums.

    Returns
    -------
    dict or None
        `choices` (places of the chosen cuts on the score) and `met`, each of the first and of the
        second half, `halves` (how many of them are evaluated), and yields and significances as in
        `rapidmass.search.cuts.describe_sums`, of these together.
        None where the first half has no defined significance to choose by, or there is no
        background behind what is chosen. Where the second half has none to choose by, the choice
        of the first one on the second half stands for all. So the first half alone decides whether
        anything is quoted, and what is quoted does not depend on what it happens to hold.
    """
    choice = _choose_crosswise(cuts, settings, sources)
    if choice is None:
        return None
    listed = describe_sums(choice.sums, settings, sources, quoted=np.array([True]))
    if listed["asimov"][0] is None:
        return None
    return {
        "choices": [place for place, _ in choice.places],
        "halves": choice.halves,
        "met": [float(settings.met.edges[place]) for _, place in choice.places],
        **{name: values[0] for name, values in listed.items()},
    }


def find_best_significance(
    cuts: Sequence[FoldedSums], settings: ScanSettings, sources: Sequence[str] = ()
) -> float | None:
    """Find the significance with uncertain background of `cross_fit`, and nothing else.

    Parameters
    ----------
    cuts, settings, sources
        As there.

    Returns
    -------
    float or None
        None where there is none.
    """
    choice = _choose_crosswise(cuts, settings, sources)
    if choice is None:
        return None
    variance = np.maximum(choice.sums.b_variance, choice.sums.predicted_variance)
    (best,) = _profile(choice.sums, variance, settings, sources)
    return float(best) if np.isfinite(best) else None


def _choose_crosswise(
    cuts: Sequence[FoldedSums], settings: ScanSettings, sources: Sequence[str]
) -> _Choice | None:
    first, second = (_choose([cut.own[fold] for cut in cuts], settings, sources) for fold in FOLDS)
    if first is None:
        return None
    # what was chosen on one half is evaluated on the other
    evaluated = cuts[first[0]].crossed[1].pick(first[1])
    if second is None:
        return _Choice((first, first), 1, evaluated.scale(2.0))
    other = cuts[second[0]].crossed[0].pick(second[1])
    return _Choice((first, second), 2, evaluated.add(other))


def _choose(
    cuts: Sequence[Sums], settings: ScanSettings, sources: Sequence[str]
) -> tuple[int, int] | None:
    """Choose a cut on the score and one on MET from the sums of one half."""
    if not cuts:
        return None
    # a half stands for all events, of which both halves together are a better measurement; each
    # is expected to keep the whole floor
    doubled = Sums.stack(cuts).scale(2.0)
    effective = count_effective(doubled.predicted, doubled.predicted_variance)
    variance = np.maximum(doubled.b_variance, doubled.predicted_variance) / 2
    z = _profile(doubled, variance, settings, sources)
    z[~np.isfinite(z) | (effective < settings.minimum_effective_events)] = -np.inf
    score, met = np.unravel_index(np.argmax(z), z.shape)
    return (int(score), int(met)) if np.isfinite(z[score, met]) else None


def _profile(
    sums: Sums, variance: NDArray[np.float64], settings: ScanSettings, sources: Sequence[str]
) -> NDArray[np.float64]:
    uncertainty = relate_uncertainty(sums, settings, sources)

    def evaluate(b: NDArray[np.float64]) -> NDArray[np.float64]:
        return evaluate_significance(sums.s, b, variance + (uncertainty * b) ** 2)

    return correct_curvature(evaluate, sums.b, variance)
