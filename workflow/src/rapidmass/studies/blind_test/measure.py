"""The blind test: data among which signal events were hidden, and whether they are seen.

Before labels may be read, the mixture is compared with simulated background. Afterwards the events
of data and of signals in it are looked at apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from hist.intervals import poisson_interval
from numpy.typing import NDArray

from rapidmass.config.search.scan import Axis
from rapidmass.config.studies.blind_test import BlindTest
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.excess_test import find_excess
from rapidmass.search.expected_background import Expectation, divide_background, vary_expectation
from rapidmass.search.histograms import SCORE, compare_bins, fill_histogram
from rapidmass.search.shift_effects import describe_differences
from rapidmass.statistics.roc import compute_auc
from rapidmass.statistics.significance import combine_shifts
from rapidmass.statistics.weighted_events import find_weighted_quantiles
from rapidmass.studies.blind_test.labels import Answer, Mixture, Values

BINS = 50  # of the spectra, about


class ShiftedScores(NamedTuple):
    """The background in a systematic variation.

    Parameters
    ----------
    name
        Name of the shift.
    source
        What is uncertain: of several shifts of one source the larger counts.
    background
        Scored events, with weights as the nominal ones.
    """

    name: str
    source: str
    background: ScoredEvents


class _Variation(NamedTuple):
    """What is kept of a variation: its events would fill the memory.

    `bins` are shifted minus nominal events in the bins of the spectrum; `contents` are expected in
    the bins of the test, `yields` in all and above each cut.
    """

    name: str
    source: str
    bins: NDArray[np.float64]
    contents: NDArray[np.float64]
    yields: NDArray[np.float64]


def study_mixture(
    background: ScoredEvents,
    mixture: Mixture,
    settings: BlindTest,
    *,
    channels: Sequence[str],
    quantiles: Sequence[float],
    minimum_effective_events: float,
    seed: int,
    answer: Answer | None = None,
    shifts: Iterable[ShiftedScores] = (),
) -> dict[str, Any]:
    """Compare a mixture with the background.

    Parameters
    ----------
    background
        Scored test set, scaled to the whole background at the luminosity of the data.
    mixture
        Scores of the mixture.
    settings
        How an excess is sought.
    channels
        Names of the background channels.
    quantiles
        Cuts on the score: shares of the background that they remove.
    minimum_effective_events
        Fewest effective background events in a bin.
    seed
        Of the pseudo-experiments.
    answer
        What the mixture was made of; None while that must not be known.
    shifts
        Systematic variations of the background; one after the other is held in memory, and their
        order changes nothing.

    Returns
    -------
    dict
        `events` of the mixture, `background` (`expected`, `uncertainty` from simulation),
        `spectrum` (`edges`, `channels`, `mixture` with Poisson intervals), `cuts` (events above
        each), `excess` (from `rapidmass.search.excess_test.find_excess`), and `answer`: None, or
        what `describe_answer` returns. With variations the spectrum has `systematics`, as from
        `rapidmass.search.shift_effects.describe_differences`, and each yield of the background
        `systematic`, the absolute uncertainty by all of them.
    """
    axis = choose_axis(background.score, mixture.score)
    wanted = sorted(quantile for quantile in quantiles if quantile > 0)
    thresholds = find_weighted_quantiles(background.score, background.weight, wanted)
    expectation = divide_background(
        background.score,
        background.weight,
        bins=settings.bins,
        uncertainty=settings.uncertainty,
        minimum_effective_events=minimum_effective_events,
    )
    varied = [_measure(shift, background, axis, expectation, thresholds) for shift in shifts]
    varied.sort(key=lambda variation: variation.name)
    expectation = vary_expectation(
        expectation, [some.contents for some in varied], [some.source for some in varied]
    )
    everything, *above = _describe_yields(background, thresholds, varied)
    cuts = [
        {
            "quantile": quantile,
            "threshold": float(threshold),
            "mixture": int(np.count_nonzero(mixture.score > threshold)),
            **yields,
        }
        for quantile, threshold, yields in zip(wanted, thresholds, above, strict=True)
    ]
    return {
        "events": len(mixture.score),
        "background": everything,
        "spectrum": {
            "edges": axis.edges.tolist(),
            "channels": {
                name: fill_histogram(axis, background.score[chosen], background.weight[chosen])
                for name in channels
                for chosen in [background.channel == name]
            },
            "mixture": _count(axis, mixture.score),
            **_describe_bins(varied),
        },
        "cuts": cuts,
        "excess": find_excess(
            mixture.score, expectation, widest=settings.widest, toys=settings.toys, seed=seed
        ),
        "answer": answer and describe_answer(axis, cuts, mixture, answer),
    }


def _measure(
    shift: ShiftedScores,
    background: ScoredEvents,
    axis: Axis,
    expectation: Expectation,
    thresholds: NDArray[np.float64],
) -> _Variation:
    events = shift.background
    return _Variation(
        shift.name,
        shift.source,
        compare_bins(axis, SCORE, background, events),
        expectation.fill(events.score, events.weight),
        np.array([weights.sum() for weights in _cut_weights(events, thresholds)]),
    )


def _cut_weights(
    events: ScoredEvents, thresholds: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """List the weights of all events, and of those above each cut."""
    return [events.weight, *(events.weight[events.score > cut] for cut in thresholds)]


def _describe_bins(varied: Sequence[_Variation]) -> dict[str, Any]:
    if not varied:
        return {}
    changes = {some.name: some.bins for some in varied}
    sources = {some.name: some.source for some in varied}
    return {"systematics": describe_differences(changes, sources)}


def _describe_yields(
    background: ScoredEvents, thresholds: NDArray[np.float64], varied: Sequence[_Variation]
) -> list[dict[str, float]]:
    """Describe all of the background, and what is above each cut."""
    chosen = _cut_weights(background, thresholds)
    yields: list[dict[str, float]] = [
        {"expected": float(w.sum()), "uncertainty": float(np.sqrt((w**2).sum()))} for w in chosen
    ]
    if varied:
        changes = np.array([some.yields for some in varied]) - [w.sum() for w in chosen]
        totals = combine_shifts(changes, [some.source for some in varied])
        for described, total in zip(yields, totals, strict=True):
            described["systematic"] = float(total)
    return yields


def choose_axis(*scores: Values) -> Axis:
    """Choose bins that show the range of some scores, but for a few outliers.

    Parameters
    ----------
    scores
        Arrays of scores of any unit; at least one is not empty.

    Returns
    -------
    Axis
        About `BINS` bins with a step of 1, 2 or 5 times a power of ten.
    """
    filled = [values for values in scores if len(values)]
    low = min(float(np.quantile(values, 0.001)) for values in filled)
    high = max(float(np.quantile(values, 0.999)) for values in filled)
    wanted = max(high - low, 1e-6 * max(abs(high), 1.0)) / BINS
    power = 10.0 ** np.floor(np.log10(wanted))
    step = float(min(factor * power for factor in (1, 2, 5, 10) if factor * power >= wanted))
    first, last = np.floor(low / step), np.floor(high / step) + 1
    return Axis(start=float(first * step), stop=float(last * step), step=step)


def _count(axis: Axis, scores: Values) -> dict[str, Any]:
    """Count events in bins, with 68.3 % intervals of the Poisson mean (F. Garwood, 1936)."""
    values = np.array(fill_histogram(axis, scores, np.ones(len(scores)))["values"])
    low, high = poisson_interval(values)
    return {"values": values.tolist(), "low": low.tolist(), "high": high.tolist()}


def describe_answer(
    axis: Axis, cuts: Sequence[Mapping[str, Any]], mixture: Mixture, answer: Answer
) -> dict[str, Any]:
    """Look at data and signals of a mixture apart.

    Parameters
    ----------
    axis
        Bins of the score.
    cuts
        With their `threshold`.
    mixture
        The mixture.
    answer
        What it was made of.

    Returns
    -------
    dict
        `data` and, by name, `signals`: each with `events`, `spectrum` and `above`, how many events
        are above each cut. Signals have `auc`, the area under the curve against the data of the
        mixture, with its uncertainty; `auc` beside them is that of all signals together.
        `unmixed`: spectrum of the data as they were before the mixing.
    """
    hidden = np.isin(answer.label, answer.signals)

    def describe(chosen: NDArray[np.bool_]) -> dict[str, Any]:
        score = mixture.score[chosen]
        return {
            "events": len(score),
            "spectrum": _count(axis, score),
            "above": [int(np.count_nonzero(score > cut["threshold"])) for cut in cuts],
        }

    def measure(chosen: NDArray[np.bool_]) -> dict[str, float]:
        data, signal = mixture.score[~hidden], mixture.score[chosen]
        auc = compute_auc(data, np.ones(len(data)), signal, np.ones(len(signal)))
        return {"value": auc.value, "uncertainty": auc.uncertainty}

    members = {name: answer.label == name for name in answer.signals}
    return {
        "data": describe(~hidden),
        "signals": {
            name: {**describe(chosen), "auc": measure(chosen)}
            for name, chosen in members.items()
            if chosen.any()
        },
        "auc": measure(hidden),
        "unmixed": _count(axis, answer.data),
    }
