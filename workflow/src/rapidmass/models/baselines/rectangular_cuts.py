"""Rectangular cuts, chosen for the expected significance of signals: the rival of classifiers."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.config.models.baseline import RectangularCuts
from rapidmass.models.baselines.base import FittedModel
from rapidmass.models.baselines.training_events import TrainingEvents

LOGGER = logging.getLogger(__name__)
ABSENT = -1e3  # distance of an element that is absent
FAR = 1e3  # distance to a cut that there is none of
SWEEPS = 3  # over all elements, one at a time, after the best draw
STEPS = 40  # cuts that are tried on an element in a sweep
BLOCK = 64  # sets of cuts that are held against all events at once

Numbers = NDArray[np.float64]


class _Events(NamedTuple):
    """Elements that are cut on, with the sign that makes each cut a lower one, and weights."""

    x: Numbers
    weight: Numbers


def score(model: FittedModel, table: pa.Table) -> NDArray[np.float32]:
    """Compute how far inside all cuts each event is.

    This is the smallest distance to a cut in units of the spread of the background.
    """
    arrays = model.arrays
    found = np.empty(table.num_rows, dtype=np.float32)
    for rows, some in model.scaler.representation.decode(table).iterate_blocks():
        x = some.fill(features=arrays["columns"], padding=np.nan) * arrays["signs"]
        distances = (x - arrays["cuts"]) / arrays["spreads"]
        distances = np.where(np.isnan(distances), ABSENT, distances)
        found[rows] = np.where(np.isinf(arrays["cuts"]), FAR, distances).min(axis=1)
    return found


def fit(settings: RectangularCuts, training: TrainingEvents) -> dict[str, NDArray[Any]]:
    """Choose cuts on the training part.

    Sets of cuts are drawn at quantiles of the signal; the best one is then improved element by
    element.

    Parameters
    ----------
    settings
        What is cut on, and how long to look.
    training
        The events. The seed decides which cuts are drawn.

    Returns
    -------
    dict
        `columns`, `signs`, `cuts` and `spreads`, shape (cuts,): flat indices; 1, or -1 where cuts
        are upper ones; cuts on element times sign, minus infinity where none helps; standard
        deviations of the background.

    Raises
    ------
    ValueError
        If there is no signal, or too little background for any cut.
    """
    names = list(training.scaler.representation.element_names)
    columns = np.array([names.index(name) for name in settings.cuts], dtype=np.int64)
    signs = np.array([1.0 if side == "above" else -1.0 for side in settings.cuts.values()])
    scale = _scale_to_yields(training)
    background, signal = (
        _read(paths, training, columns, signs, scale)
        for paths in (training.megasets, list(training.signals.values()))
    )
    _require_events(settings, background, signal)
    cuts = _choose(settings, background, signal, np.random.default_rng(training.seed))
    found = dict(zip(settings.cuts, cuts * signs, strict=True))
    LOGGER.info("cuts: %s", ", ".join(f"{name} {value:.4g}" for name, value in found.items()))
    spreads = np.nanstd(background.x, axis=0)
    spreads = np.where(spreads > 0, spreads, 1.0)
    return {"columns": columns, "signs": signs, "cuts": cuts, "spreads": spreads}


def _scale_to_yields(training: TrainingEvents) -> float:
    """From weights of the training part in pb to yields of all events."""
    if training.luminosity is None:
        raise ValueError("rectangular cuts are chosen for yields: give the luminosity")
    fold = training.scaler.fold
    seen = 1.0 if fold is None else 1.0 - 1.0 / fold.number
    return training.luminosity / (seen * (1 - training.validation_fraction))


def _read(
    paths: Sequence[Path],
    training: TrainingEvents,
    columns: NDArray[np.int64],
    signs: Numbers,
    scale: float,
) -> _Events:
    pieces = [
        (piece.encoded.fill(features=columns, padding=np.nan) * signs, piece.weight * scale)
        for piece in training.iterate("keep", paths)
    ]
    if not pieces:
        return _Events(np.empty((0, len(columns))), np.empty(0))
    x, weight = map(np.concatenate, zip(*pieces, strict=True))
    return _Events(x.astype(np.float64), weight)


def _require_events(settings: RectangularCuts, background: _Events, signal: _Events) -> None:
    if not signal.weight.sum() > 0:
        raise ValueError(
            f"rectangular cuts: no event of {', '.join(settings.signals)} with positive total "
            "weight to choose cuts for; generate more, or name other signals"
        )
    if _measure(background, np.full((1, background.x.shape[1]), -np.inf))[2][0] < (
        settings.minimum_effective_events
    ):
        raise ValueError(
            "rectangular cuts: fewer effective background events than "
            f"minimum_effective_events: {settings.minimum_effective_events:g} before any cut; "
            "lower it, or simulate more"
        )


def _choose(
    settings: RectangularCuts, background: _Events, signal: _Events, rng: np.random.Generator
) -> Numbers:
    """Draw cuts, and improve the best ones; infinite at first, where every event passes."""
    n = signal.x.shape[1]
    quantiles = np.linspace(0, 1, 101)
    grid = np.stack(
        [np.nanquantile(signal.x[:, k], quantiles) if (~np.isnan(signal.x[:, k])).any()
         else np.full(101, -np.inf) for k in range(n)]
    )  # fmt: skip
    open_cuts = np.full((1, n), -np.inf)
    drawn = rng.integers(0, 96, size=(settings.trials, n))
    best = _find_best(
        settings, background, signal, np.vstack([open_cuts, grid[np.arange(n), drawn]])
    )
    for _ in range(SWEEPS):
        for k in range(n):
            # no cut comes first: where it is as good, it is taken
            tried = np.repeat(best[None], STEPS + 2, axis=0)
            tried[0, k] = -np.inf
            tried[2:, k] = grid[k][np.linspace(0, 99, STEPS).astype(int)]
            best = _find_best(settings, background, signal, tried)
    return best


def _find_best(
    settings: RectangularCuts, background: _Events, signal: _Events, cuts: Numbers
) -> Numbers:
    """Find the set of cuts with the largest s / sqrt(b + variance of b)."""
    significances = []
    for start in range(0, len(cuts), BLOCK):
        some = cuts[start : start + BLOCK]
        b, variance, effective = _measure(background, some)
        s, _, _ = _measure(signal, some)
        spread = np.maximum(b, 0) + variance + (settings.background_uncertainty * b) ** 2
        z = np.where(spread > 0, s / np.sqrt(np.where(spread > 0, spread, 1)), 0)
        enough = effective >= settings.minimum_effective_events
        significances.append(np.where(enough & (b > 0), z, -np.inf))
    found: Numbers = cuts[int(np.argmax(np.concatenate(significances)))]
    return found


def _measure(events: _Events, cuts: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Sum weights, their squares, and effective events behind each set of cuts."""
    passed = np.ones((len(events.weight), len(cuts)), dtype=np.bool_)
    for k in range(cuts.shape[1]):
        # an absent element passes where there is no cut
        passed &= (events.x[:, k, None] >= cuts[None, :, k]) | np.isinf(cuts[None, :, k])
    total, squares = events.weight @ passed, events.weight**2 @ passed
    effective = np.where(squares > 0, total**2 / np.where(squares > 0, squares, 1), 0.0)
    return total, squares, effective
