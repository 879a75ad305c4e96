"""One window of a bump hunt: its classifiers, scores, and what they keep of simulation."""

from collections.abc import Mapping
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
    describe_number,
    draw_folds,
    make_spectrum,
    pass_cuts,
)
from rapidmass.search.bumps.spectra import Spectrum
from rapidmass.search.bumps.spurious import measure_spurious
from rapidmass.search.bumps.toys import SmoothSpectrum, draw_toy
from rapidmass.search.bumps.window_scores import WindowScores, score_window
from rapidmass.search.bumps.windows import SIGNAL, Window, place_windows
from rapidmass.storage.event_keys import derive_seed
from rapidmass.studies.bump_hunt.events import HuntFiles, HuntInputs, Weighted, read_inputs

Array = NDArray[np.float64]
SHOWN_BINS = 20  # of a feature


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
        their efficiencies, `features` with histograms, `retrained` significances by toy and cut,
        `spurious` signals and their errors by cut, empty without simulation.

    Raises
    ------
    ValueError
        If the window has too few events, or features know the mass and such are refused.
    """
    window = place_windows(settings)[number]
    inputs = read_inputs(files, settings)
    data, own = inputs.data, inputs.own
    check_events(data, window, number, settings)
    aside = derive_seed(seed, "bump hunt", number)
    found = score_window(
        inputs.events, window, settings, seed=aside, threads=threads, own=own,
        simulated=inputs.simulated,
    )  # fmt: skip
    _write_scores(data, found.score[own], output)
    region = window.divide(inputs.events.mass)
    fold = draw_folds(inputs.events.key, settings.folds)
    passing = pass_cuts(found.score, np.where(own, region, 0), fold, settings.efficiencies)
    spectrum = make_spectrum(settings, window, energy)
    of_signal = inputs.of_signal
    return {
        "window": [window.outer_low, window.gap_low, window.low,
                   window.high, window.gap_high, window.outer_high],
        "before": found.before.describe(),
        "after": found.after.describe(),
        "efficiencies": list(settings.efficiencies),
        "treated": list(found.treated),
        "signals": _measure_signals(inputs.signals, passing[:, of_signal], region[of_signal]),
        "features": _fill_features(data, region[own], passing[:, own]),
        "spurious": _measure_spurious(inputs, passing, spectrum, settings),
        "retrained": _retrain(inputs, window, spectrum, found, settings, energy, seed, threads),
    }  # fmt: skip


def _measure_spurious(
    inputs: HuntInputs, passing: NDArray[np.bool_], spectrum: Spectrum, settings: BumpHunt
) -> list[list[float | None]]:
    """Measure the spurious signal behind each cut, and its error."""
    if not settings.spurious_signal or not inputs.simulated.any():
        return []
    mass = inputs.events.mass

    def fill(weight: Array) -> Array:
        return np.array(
            [np.histogram(mass[cut], spectrum.edges, weights=weight[cut])[0] for cut in passing]
        )

    weight = inputs.simulated
    found = measure_spurious(
        spectrum, fill(weight), fill(weight**2), fill(inputs.own.astype(np.float64))
    )
    return [[describe_number(one) for one in pair] for pair in zip(*found, strict=True)]


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
    inputs: HuntInputs,
    window: Window,
    spectrum: Spectrum,
    found: WindowScores,
    settings: BumpHunt,
    energy: float,
    seed: int,
    threads: int,
) -> list[list[float | None]]:
    if not settings.retrained_toys:
        return []
    smooth = SmoothSpectrum(inputs.data.mass, settings, energy)
    kept = ~inputs.of_signal
    events, own, simulated = inputs.events.take(kept), inputs.own[kept], inputs.simulated[kept]
    fold = draw_folds(inputs.data.key, settings.folds)
    found_toys = []
    for toy in range(settings.retrained_toys):
        # masses of a toy are the same in all windows: their smallest p-value is of one hunt
        mass = events.mass.copy()
        mass[own] = draw_toy(smooth, len(fold), seed, toy)
        scored = score_window(
            events._replace(mass=mass),
            window,
            settings,
            seed=derive_seed(seed, "bump hunt, toy trees", f"{window.centre:.6g}", toy),
            threads=threads,
            own=own,
            simulated=simulated,
            forced=found.treated,
        )
        counts = count_window(
            mass[own], scored.score[own], fold, window, spectrum, settings.efficiencies
        )
        found_toys.append(spectrum.measure(counts).significance)
    return [[describe_number(z) for z in row] for row in found_toys]
