"""Several trainings as one score, made out of fold where it is fitted."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from rapidmass.config.search.scan import ScanSettings
from rapidmass.config.studies.trainings import Combination
from rapidmass.datasets.folds import find_folds
from rapidmass.scores.ordered import View, open_ordered
from rapidmass.scores.read import ScoredEvents
from rapidmass.scores.survival import SurvivalCurve
from rapidmass.search.scan import scan_cuts
from rapidmass.search.thinning import draw_rows, find_rows
from rapidmass.studies.trainings.stacks import Numbers, Stack

NAMES: Final[Mapping[Combination, str]] = {
    "stacking": "stacking",
    "largest_quantile": "largest quantile",
    "mean_logit": "mean logit",
}
FITTED: Final = 1_000_000  # background events that a regression learns from, at most

Stacks = Callable[[], Iterable[Stack]]
Rating = Callable[[Stack], Numbers]


def combine(
    kind: Combination,
    iterate: Stacks,
    signals: Mapping[str, Stack],
    told: Sequence[str],
    *,
    folds: int,
    folder: Path,
) -> tuple[Callable[[], Iterator[ScoredEvents]], dict[str, ScoredEvents]]:
    """Combine the scores of trainings.

    Parameters
    ----------
    kind
        `mean_logit`: the mean. `stacking`: a logistic regression, of `FITTED` background events if
        there are more. `largest_quantile`: the largest of -log10(p), p being the share of the
        background above the score of a training, see `rapidmass.scores.survival.SurvivalCurve`.
    iterate
        Gives the background in pieces; it is asked several times.
    signals
        Events of all signals, by name.
    told
        Signals that a regression learns from, all with the same weight.
    folds
        Number of folds: what is fitted is applied to the fold that it did not see.
    folder
        Where the background may lie meanwhile, if it is too large for memory.

    Returns
    -------
    background : callable
        Gives the pieces with the combined score.
    signals : dict
        The same of signals.

    Raises
    ------
    ValueError
        If a class has no events to fit to.
    """
    rate: Rating = _average
    if kind == "stacking":
        rate = _rate_by_fold(_fit_regressions(iterate, {n: signals[n] for n in told}, folds))
    elif kind == "largest_quantile":
        rate = _rate_by_fold(_fit_curves(iterate, folds, folder))

    def turn() -> Iterator[ScoredEvents]:
        return (stack.rate(rate(stack)) for stack in iterate())

    return turn, {name: stack.rate(rate(stack)) for name, stack in signals.items()}


def scan_combination(
    kind: Combination,
    iterate: Stacks,
    signals: Mapping[str, Stack],
    told: Sequence[str],
    settings: ScanSettings,
    *,
    folds: int,
    channels: Sequence[str],
    spectra: Sequence[str],
    folder: Path,
) -> dict[str, Any]:
    """Combine the scores of trainings, and scan cuts on what comes of it.

    Parameters
    ----------
    kind, iterate, signals, told, folds
        As for `combine`.
    settings, channels, spectra
        As for `rapidmass.search.scan.scan_cuts`.
    folder
        Where files may lie meanwhile.

    Returns
    -------
    dict
        The scan of each signal.
    """
    rated, found = combine(kind, iterate, signals, told, folds=folds, folder=folder)
    with open_ordered(rated, folder) as pieces:
        return {
            name: scan_cuts(pieces, events, settings, channels=channels, spectra=spectra)
            for name, events in found.items()
        }


def _average(stack: Stack) -> Numbers:
    return np.asarray(stack.scores.mean(axis=1))


def _rate_by_fold(ratings: Sequence[Callable[[Numbers], Numbers]]) -> Rating:
    """Rate the events of each fold by what did not see them."""

    def rate(stack: Stack) -> Numbers:
        found = np.empty(len(stack.scores))
        own = find_folds(stack.events.key, len(ratings))
        for fold, measure in enumerate(ratings):
            if (mine := own == fold).any():
                found[mine] = measure(stack.scores[mine])
        return found

    return rate


def _fit_regressions(
    iterate: Stacks, told: Mapping[str, Stack], folds: int
) -> list[Callable[[Numbers], Numbers]]:
    groups = {"": _thin(iterate, FITTED), **told}
    own = {name: find_folds(one.events.key, folds) for name, one in groups.items()}
    return [
        _fit(groups, {name: places != fold for name, places in own.items()}).decision_function
        for fold in range(folds)
    ]


def _thin(iterate: Stacks, most: int) -> Stack:
    """Hold some events for all."""
    number = sum(len(stack.scores) for stack in iterate())
    rows, first = draw_rows(number, most, np.random.default_rng(1)), 0
    taken = []
    for stack in iterate():
        places = find_rows(rows, first, len(stack.scores))
        taken.append(stack.select(places))
        first += len(stack.scores)
    return Stack.join(taken)


def _fit(groups: Mapping[str, Stack], seen: Mapping[str, NDArray[np.bool_]]) -> LogisticRegression:
    """Fit a logistic regression; classes, and signals among each other, weigh the same."""
    x = np.concatenate([groups[name].scores[mine] for name, mine in seen.items()])
    label = np.concatenate([np.full(mine.sum(), name != "") for name, mine in seen.items()])
    weights = []
    for name, mine in seen.items():
        # negative weights would leave the likelihood without a maximum
        weight = np.maximum(groups[name].events.weight[mine], 0.0)
        share = 1.0 if name == "" else 1.0 / (len(seen) - 1)
        if not weight.sum() > 0:
            raise ValueError(f"no event of {name or 'the background'} to fit a stacking to")
        weights.append(weight * (share * len(x) / 2 / weight.sum()))
    spread = x.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    # scaled, so that the small penalty treats all trainings alike
    model = LogisticRegression(max_iter=1000).fit(x / scale, label, np.concatenate(weights))
    model.coef_ = model.coef_ / scale
    return model


def _fit_curves(iterate: Stacks, folds: int, folder: Path) -> list[Callable[[Numbers], Numbers]]:
    """Fit a curve to the background outside of each fold, for each training."""

    def turn(place: int) -> Iterator[ScoredEvents]:
        return (stack.rate(stack.scores[:, place]) for stack in iterate())

    def is_other(events: ScoredEvents, fold: int) -> NDArray[np.bool_]:
        return np.asarray(find_folds(events.key, folds) != fold)

    trainings = next(iter(iterate())).scores.shape[1]
    with ExitStack() as stack:
        ordered = [
            stack.enter_context(open_ordered(partial(turn, place), folder))
            for place in range(trainings)
        ]
        by_fold = [
            [
                SurvivalCurve.fit(View.select(pieces, partial(is_other, fold=fold)))
                for pieces in ordered
            ]
            for fold in range(folds)
        ]
    return [partial(_find_largest, curves) for curves in by_fold]


def _find_largest(curves: Sequence[SurvivalCurve], scores: Numbers) -> Numbers:
    """Find the largest of -log10(p), over trainings."""
    pairs = zip(curves, scores.T, strict=True)
    log_p = np.array([curve.measure(score) for curve, score in pairs])
    return np.asarray(-log_p.min(axis=0) / np.log(10))
