"""The blind test: data among which signal events were hidden, and whether they are seen.

Before labels may be read, the mixture is compared with simulated background. Afterwards the events
of data and of signals in it are looked at apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hist.intervals import poisson_interval
from numpy.typing import NDArray

from rapidmass.config.blind import BlindTest
from rapidmass.config.scan import Axis
from rapidmass.performance import compute_auc
from rapidmass.search.events import ScoredEvents
from rapidmass.search.excess import find_excess
from rapidmass.search.expectation import divide_background
from rapidmass.search.histograms import fill_histogram
from rapidmass.stats import find_weighted_quantiles

Values = NDArray[np.floating[Any]]
BINS = 50  # of the spectra, about


@dataclass(frozen=True)
class Mixture:
    """Scores of a mixture.

    Parameters
    ----------
    key
        Shape (events,): who an event is, in the mixture alone.
    score
        Shape (events,): anomaly score.
    """

    key: NDArray[np.uint64]
    score: Values


@dataclass(frozen=True)
class Answer:
    """What the mixture was made of.

    Parameters
    ----------
    label
        Shape (events,): the sample of each event of the mixture.
    signals
        Names of the signals; other samples are data.
    data
        Shape (events,): scores of all data, from before the mixing.
    """

    label: NDArray[np.str_]
    signals: Sequence[str]
    data: Values


def read_mixture(path: Path, column: str) -> Mixture:
    """Read the scores of a mixture.

    Parameters
    ----------
    path
        Scores of what `rapidmass.search.mixing.mix_events` wrote.
    column
        Which score.

    Returns
    -------
    Mixture
        In the order of the file.
    """
    table = pq.read_table(path, columns=["key", column], use_threads=False)
    return Mixture(table["key"].to_numpy(), table[column].to_numpy())


def read_answer(
    labels: Path, data: Sequence[Path], mixture: Mixture, signals: Sequence[str], column: str
) -> Answer:
    """Read what the mixture was made of.

    Parameters
    ----------
    labels
        From `rapidmass.search.mixing.mix_events`.
    data
        Scores of the data.
    mixture
        The mixture.
    signals
        Names of the signals in it.
    column
        Which score.

    Returns
    -------
    Answer
        In the order of the mixture.

    Raises
    ------
    ValueError
        If the labels are those of another mixture.
    """
    table = pq.read_table(labels, use_threads=False)
    if not np.array_equal(table["key"].to_numpy(), mixture.key):
        raise ValueError(f"{labels} belongs to another mixture; remove it to have it made again")
    scores = [pq.read_table(path, columns=[column], use_threads=False)[column] for path in data]
    label = np.asarray(table["label"].cast(pa.string()).to_pylist(), dtype=np.str_)
    return Answer(label, signals, np.concatenate([part.to_numpy() for part in scores]))


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

    Returns
    -------
    dict
        `events` of the mixture, `background` (`expected`, `uncertainty` from simulation),
        `spectrum` (`edges`, `channels`, `mixture` with Poisson intervals), `cuts` (events above
        each), `excess` (from `rapidmass.search.excess.find_excess`), and `answer`: None, or what
        `describe_answer` returns.
    """
    axis = choose_axis(background.score, mixture.score)
    spectrum = {
        "edges": axis.edges.tolist(),
        "channels": {
            name: fill_histogram(axis, background.score[chosen], background.weight[chosen])
            for name in channels
            for chosen in [background.channel == name]
        },
        "mixture": _count(axis, mixture.score),
    }
    expectation = divide_background(
        background.score,
        background.weight,
        bins=settings.bins,
        uncertainty=settings.uncertainty,
        minimum_effective_events=minimum_effective_events,
    )
    cuts = _count_above(background, mixture, quantiles)
    return {
        "events": len(mixture.score),
        "background": {
            "expected": float(background.weight.sum()),
            "uncertainty": float(np.sqrt((background.weight**2).sum())),
        },
        "spectrum": spectrum,
        "cuts": cuts,
        "excess": find_excess(
            mixture.score, expectation, widest=settings.widest, toys=settings.toys, seed=seed
        ),
        "answer": answer and describe_answer(axis, cuts, mixture, answer),
    }


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


def _count_above(
    background: ScoredEvents, mixture: Mixture, quantiles: Sequence[float]
) -> list[dict[str, Any]]:
    listed = []
    wanted = sorted(quantile for quantile in quantiles if quantile > 0)
    thresholds = find_weighted_quantiles(background.score, background.weight, wanted)
    for quantile, threshold in zip(wanted, thresholds, strict=True):
        passing = background.weight[background.score > threshold]
        listed.append(
            {
                "quantile": quantile,
                "threshold": float(threshold),
                "mixture": int(np.count_nonzero(mixture.score > threshold)),
                "expected": float(passing.sum()),
                "uncertainty": float(np.sqrt((passing**2).sum())),
            }
        )
    return listed


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
