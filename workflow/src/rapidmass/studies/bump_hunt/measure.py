"""All windows of a bump hunt together: spectra behind cuts, fits, and p-values."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.stats import norm

from rapidmass.config.studies.bump_hunt import BumpHunt
from rapidmass.search.bumps.hunt import (
    count_window,
    describe_excess,
    describe_number,
    draw_folds,
    make_spectrum,
)
from rapidmass.search.bumps.p_values import (
    compute_bonferroni,
    compute_global,
    find_smallest,
    measure_spread,
)
from rapidmass.search.bumps.spectra import Spectrum
from rapidmass.search.bumps.spurious import Spurious, shrink
from rapidmass.search.bumps.toys import SmoothSpectrum, run_toys
from rapidmass.search.bumps.windows import place_windows
from rapidmass.storage.event_keys import derive_seed

Array = NDArray[np.float64]
GOODNESS_TOYS = 200


def measure_hunt(
    scores: Sequence[Path],
    found: Sequence[Mapping[str, Any]],
    settings: BumpHunt,
    *,
    energy: float,
    seed: int,
) -> dict[str, Any]:
    """Fit the spectra of all windows behind all cuts, and find the p-value of the whole hunt.

    Parameters
    ----------
    scores
        File of scores of each window.
    found
        What `rapidmass.studies.bump_hunt.window.hunt_window` gave for each.
    settings
        How the hunt is done.
    energy
        Energy of the collision, in the unit of the mass.
    seed
        What everything random follows from.

    Returns
    -------
    dict
        In JSON types: `windows`, each as found, with `cuts`; `events`; `smallest` local p-value;
        `bonferroni`, and `fixed` and `retrained` global p-values with the number of toys;
        `spread` of significances without a signal, by which they were divided, of each cut. Cuts
        have `spurious` signals with their errors, what of it is beyond fluctuation, and by what it
        `shrinks` significances.

    Raises
    ------
    ValueError
        If windows hold other events.
    """
    first = pq.read_table(scores[0], columns=["key", "mass"])
    key, mass = first["key"].to_numpy(), first["mass"].to_numpy()
    fold = draw_folds(key, settings.folds).astype(np.int8)
    smooth = SmoothSpectrum(mass, settings, energy)
    rng = np.random.default_rng(derive_seed(seed, "bump hunt, goodness"))
    windows, toys = [], []
    # the scores of one window at a time: there may be many events
    for path, window, one in zip(scores, place_windows(settings), found, strict=True):
        score = _read_scores(path, key)
        spectrum = make_spectrum(settings, window, energy)
        counts = count_window(mass, score, fold, window, spectrum, settings.efficiencies)
        windows.append({
            **{name: value for name, value in one.items() if name != "provenance"},
            "centre": window.centre,
            "edges": spectrum.edges.tolist(),
            "region": spectrum.region.tolist(),
            "cuts": _fit_cuts(spectrum, counts, one["spurious"], settings, rng),
        })  # fmt: skip
        toys.append(run_toys(fold, score, window, smooth, settings, energy=energy, seed=seed))
    return {"events": len(key), "windows": windows, **_judge(windows, np.array(toys))}


def _fit_cuts(
    spectrum: Spectrum,
    counts: Array,
    spurious: Sequence[Sequence[float | None]],
    settings: BumpHunt,
    rng: np.random.Generator,
) -> list[dict[str, Any]]:
    """Fit the spectra of a window behind all cuts."""
    excess = spectrum.measure(counts)
    pairs = _gather(spurious) if spurious else np.full((len(counts), 2), np.nan)
    beyond = Spurious(*pairs.T).find_excess()
    smaller = shrink(excess.background, excess.error, beyond)
    return [
        {
            "efficiency": share,
            "counts": counts[k].tolist(),
            **describe_excess(excess, k),
            "goodness": spectrum.test_goodness(counts[k], toys=GOODNESS_TOYS, rng=rng)
            if np.isfinite(excess.p_value[k])
            else None,
            "spurious": describe_number(pairs[k, 0]),
            "spurious_error": describe_number(pairs[k, 1]),
            "spurious_beyond": float(beyond[k]),
            "shrinks": float(smaller[k]),
        }
        for k, share in enumerate(settings.efficiencies)
    ]


def _judge(windows: Sequence[dict[str, Any]], fixed: Array) -> dict[str, Any]:
    """Find the p-values of a hunt; local ones of its windows are corrected in place.

    Parameters
    ----------
    windows
        With `cuts`.
    fixed
        Shape (windows, toys, cuts): significances of hunts with the scores as they are.
    """
    # where gates stay shut after all, features know the mass: no p-value is of a signal
    shut = ~np.array([one["after"]["passed"] for one in windows])
    again = _read_toys(windows)
    spread = measure_spread(again[:, ~shut])
    shrinks = np.array([[cut["shrinks"] for cut in one["cuts"]] for one in windows])
    for one in windows:
        for cut, wide in zip(one["cuts"], spread.tolist(), strict=True):
            _correct(cut, cut["shrinks"] / wide)
    p_values = _gather([[cut["p_value"] for cut in one["cuts"]] for one in windows])
    toys = norm.sf(fixed.transpose(1, 0, 2) * shrinks)
    anew = norm.sf(again / spread * shrinks)
    for values in (p_values[None], toys, anew):
        values[:, shut] = np.nan
    smallest = float(find_smallest(p_values))
    return {
        "smallest": smallest,
        "trials": int(np.count_nonzero(np.isfinite(p_values))),
        "bonferroni": compute_bonferroni(p_values),
        "fixed": compute_global(smallest, find_smallest(toys)),
        "retrained": compute_global(smallest, find_smallest(anew)),
        "spread": spread.tolist(),
        "toys": len(toys),
        "retrained_toys": len(again),
    }


def _read_toys(found: Sequence[Mapping[str, Any]]) -> Array:
    """Read significances of hunts with trees grown anew, shape (toys, windows, cuts)."""
    every = np.array([_gather(one["retrained"]) for one in found])
    toys = len(found[0]["retrained"])
    cuts = every.shape[2] if toys else len(found[0]["efficiencies"])
    return every.reshape(len(found), toys, cuts).transpose(1, 0, 2)


def _correct(cut: dict[str, Any], factor: float) -> None:
    """Multiply a significance by what spread and spurious signal leave of it."""
    if cut["significance"] is not None:
        cut["significance"] *= factor
        cut["p_value"] = float(norm.sf(cut["significance"]))


def _read_scores(path: Path, key: NDArray[np.uint64]) -> NDArray[np.float32]:
    table = pq.read_table(path, columns=["key", "score"])
    if not np.array_equal(table["key"].to_numpy(), key):
        raise ValueError(f"{path} holds other events than the first window: remove it")
    values: NDArray[np.float32] = table["score"].to_numpy()
    return values


def _gather(rows: Sequence[Sequence[float | None]]) -> Array:
    return np.array([[np.nan if p is None else p for p in row] for row in rows], dtype=np.float64)
