"""One window of a bump hunt: its classifiers, scores, and what they keep of simulation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rapidmass.config.studies.bump_hunt import BumpHunt
from rapidmass.provenance.atomic_files import write_whole
from rapidmass.search.bumps.hunt import (
    HuntEvents,
    check_events,
    count_window,
    draw_folds,
    make_spectrum,
    pass_cuts,
    place_windows,
)
from rapidmass.search.bumps.toys import SmoothSpectrum, draw_toy
from rapidmass.search.bumps.window_scores import WindowScores, score_window
from rapidmass.search.bumps.windows import SIGNAL, Window
from rapidmass.storage.event_keys import derive_seed
from rapidmass.studies.bump_hunt.events import Weighted, join_events, read_data, read_events

Array = NDArray[np.float64]
SHOWN_BINS = 20  # of a feature


@dataclass(frozen=True)
class HuntFiles:
    """Files of a bump hunt.

    Parameters
    ----------
    data
        Shards of data.
    signals
        Shards of each signal: what cuts keep of them is measured, and nothing learnt.
    """

    data: Sequence[Path]
    signals: Mapping[str, Sequence[Path]]


def hunt_window(
    files: HuntFiles,
    number: int,
    settings: BumpHunt,
    *,
    energy: float,
    seed: int,
    threads: int,
    output: Path,
) -> dict[str, Any]:
    """Grow the classifiers of a window, score data, and write the scores.

    Parameters
    ----------
    files
        Data and signals.
    number
        Which window.
    settings
        How the hunt is done.
    energy
        Energy of the collision, in the unit of the mass.
    seed
        What everything random follows from.
    threads
        Threads.
    output
        File of scores, with `key`, `mass` and `score` of each event of data in the range.

    Returns
    -------
    dict
        In JSON types: `window`, gates `before` and `after`, features `treated`, `signals` with
        their efficiencies, `features` with histograms, `retrained` significances by toy and cut.

    Raises
    ------
    ValueError
        If the window has too few events, or features know the mass and such are refused.
    """
    window = place_windows(settings)[number]
    data = read_data(files.data, settings)
    check_events(data, window, number, settings)
    signals = {name: read_events(paths, settings) for name, paths in files.signals.items()}
    everything = join_events([data, *(signal.events for signal in signals.values())])
    own = np.arange(len(everything.key)) < len(data.key)
    aside = derive_seed(seed, "bump hunt", number)
    found = score_window(everything, window, settings, seed=aside, threads=threads, own=own)
    score = found.score[own]
    _write_scores(data, score, output)
    fold = draw_folds(everything.key, settings.folds)
    region = window.divide(everything.mass)
    passing = pass_cuts(found.score, np.where(own, region, 0), fold, settings.efficiencies)
    return {
        "window": [window.outer_low, window.gap_low, window.low,
                   window.high, window.gap_high, window.outer_high],
        "before": found.before.describe(),
        "after": found.after.describe(),
        "efficiencies": list(settings.efficiencies),
        "treated": list(found.treated),
        "signals": _measure_signals(signals, passing[:, ~own], region[~own]),
        "features": _fill_features(data, region[own], passing[:, own]),
        "retrained": _retrain(data, window, found, settings, energy, seed, threads),
    }  # fmt: skip


def _write_scores(data: HuntEvents, score: NDArray[np.float32], output: Path) -> None:
    table = pa.table({"key": data.key, "mass": data.mass, "score": score})
    with write_whole(output) as path:
        pq.write_table(table, path, compression="zstd")


def _measure_signals(
    signals: Mapping[str, Weighted], passing: NDArray[np.bool_], region: NDArray[np.int8]
) -> dict[str, Any]:
    """Measure which share of each signal in the signal region cuts keep."""
    found, start = {}, 0
    for name, signal in signals.items():
        rows = slice(start, start + len(signal.weight))
        start = rows.stop
        inside = region[rows] == SIGNAL
        weight = signal.weight[inside]
        total = weight.sum()
        kept = passing[:, rows][:, inside] @ weight
        found[name] = {
            "events": int(inside.sum()),
            "efficiencies": (kept / total).tolist() if total > 0 else None,
        }
    return found


def _fill_features(
    data: HuntEvents, region: NDArray[np.int8], passing: NDArray[np.bool_]
) -> dict[str, Any]:
    """Fill what the tightest cut selects in the signal region, and sidebands without a cut."""
    hardest = passing[np.argmin(passing.sum(1))]
    sidebands = (region > 0) & (region != SIGNAL)
    found = {}
    for name, column in zip(data.names, data.features.T, strict=True):
        known = column[sidebands & np.isfinite(column)].astype(np.float64)
        if not len(known):
            continue
        low, high = np.quantile(known, [0.005, 0.995])
        edges = np.linspace(low, high if high > low else low + 1, SHOWN_BINS + 1)
        inside = np.clip(column, edges[0], edges[-1])
        found[name] = {
            "edges": edges.tolist(),
            "sidebands": np.histogram(known.clip(edges[0], edges[-1]), edges)[0].tolist(),
            "selected": np.histogram(inside[(region == SIGNAL) & hardest], edges)[0].tolist(),
        }
    return found


def _retrain(
    data: HuntEvents,
    window: Window,
    found: WindowScores,
    settings: BumpHunt,
    energy: float,
    seed: int,
    threads: int,
) -> list[list[float | None]]:
    if not settings.retrained_toys:
        return []
    smooth = SmoothSpectrum(data.mass, settings, energy)
    spectrum, fold = make_spectrum(settings, window, energy), draw_folds(data.key, settings.folds)
    found_toys = []
    for toy in range(settings.retrained_toys):
        # masses of a toy are the same in all windows: their smallest p-value is of one hunt
        drawn = data._replace(mass=draw_toy(smooth, len(data.mass), seed, toy))
        scored = score_window(
            drawn,
            window,
            settings,
            seed=derive_seed(seed, "bump hunt, toy trees", f"{window.centre:.6g}", toy),
            threads=threads,
            forced=found.treated,
        )
        counts = count_window(
            drawn.mass, scored.score, fold, window, spectrum, settings.efficiencies
        )
        found_toys.append(spectrum.measure(counts).significance)
    return [[float(z) if np.isfinite(z) else None for z in row] for row in found_toys]
