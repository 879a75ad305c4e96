"""Bump hunts on public jets: `python -m benchmarks.bumps FOLDER [PART ...]`.

FOLDER holds the features of the LHC Olympics 2020 R&D set in the signal region 3.3 to 3.7 TeV
(`innerdata_{train,val,test}.npy`), as HEPML-AnomalyDetection/CATHODE prepared them. There are no
events outside: a narrower signal region and its sidebands are cut out of it, and signal is left in
the signal region alone. Each part writes `benchmarks/results/bumps_PART.json`.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.environment import HERE
from rapidmass.config.studies.bump_hunt import BumpHunt
from rapidmass.search.bumps.ensembles import Trees, grow_ensemble
from rapidmass.search.bumps.hunt import HuntEvents, count_window, draw_folds, make_spectrum
from rapidmass.search.bumps.methods.base import Sample
from rapidmass.search.bumps.methods.registry import load_method
from rapidmass.search.bumps.window_scores import grow_against, score_window
from rapidmass.search.bumps.windows import SIGNAL, Window
from rapidmass.storage.event_keys import mix

Array = NDArray[np.float64]
WINDOW = Window(3300.0, 3420.0, 3420.0, 3620.0, 3620.0, 3700.0)  # GeV
ENERGY = 13000.0
FEATURES = ("m_j1", "dm_j", "tau21_j1", "tau21_j2")
HELD = 250  # signal events to test on
FLOOR = 60  # background events left behind a cut
METHODS = ("idealised", "cwola", "salad", "cathode", "lacathode")
STRENGTHS = (0.0, 0.5, 1.0, 2.0, 3.0, 5.0)
SIGNALS = 230
SHARES = np.geomspace(1e-3, 1, 40)


class Jets(NamedTuple):
    """Background and signal of the signal region, shape (events, 5): mass and features."""

    background: Array
    signal: Array


class Mixture(NamedTuple):
    """Data, simulated background, labelled signal, and events to test on."""

    data: Sample
    simulation: Sample
    signal: Sample
    test_background: Sample
    test_signal: Sample


def read_jets(folder: Path) -> Jets:
    """Read all files."""
    files = [np.load(folder / f"innerdata_{part}.npy") for part in ("train", "val", "test")]
    # the files share events: one that is learnt from and tested on would be a leak
    events = np.unique(np.concatenate(files), axis=0)
    events[:, 0] *= 1000  # TeV
    inside = (events[:, 0] >= WINDOW.low) & (events[:, 0] < WINDOW.high)
    label = events[:, 5] == 1
    return Jets(events[~label, :5], events[label & inside, :5])


def mix_events(jets: Jets, seed: int, *, signals: int, noise: int = 0) -> Mixture:
    """Draw a mixture: thirds of the background are data, simulation, and tested on."""
    rng = np.random.default_rng(seed)
    background, signal = (rng.permutation(part) for part in jets)
    third = len(background) // 3
    held, train = signal[:HELD], signal[HELD:]
    if signals > len(train):
        raise ValueError(f"{signals} signal events are asked for, and {len(train)} are there")

    def make(events: Array, first: int) -> Sample:
        x = np.hstack([events[:, 1:], rng.normal(size=(len(events), noise))]).astype(np.float32)
        key = mix(np.arange(first, first + len(events), dtype=np.uint64))
        weight = np.ones(len(events))
        return Sample(key, events[:, 0], x, WINDOW.divide(events[:, 0]), weight)

    return Mixture(
        make(np.vstack([background[:third], train[:signals]]), 0),
        make(background[third : 2 * third], 10**6),
        make(train, 2 * 10**6),
        _take_signal_region(make(background[2 * third :], 3 * 10**6)),
        make(held, 4 * 10**6),
    )


def _take_signal_region(sample: Sample) -> Sample:
    return sample.take(sample.region == SIGNAL)


def measure_method(name: str, mixture: Mixture, models: int, seed: int) -> dict[str, Any]:
    """Measure what a method finds, or `supervised`: a curve, its maximum, and seconds."""
    begin, trees = time.process_time(), Trees(models=models)
    if name == "supervised":
        other = _take_signal_region(mixture.simulation)
        x = np.vstack([mixture.signal.features, other.features])
        label = np.arange(len(x)) < len(mixture.signal.mass)
        weight = np.where(label, 0.5 / label.sum(), 0.5 / (~label).sum())
        grown = grow_ensemble(x, label, weight, trees, seed=seed)
        transform: Callable[[Sample], Any] = lambda sample: sample.features  # noqa: E731
    else:
        template = load_method(name).make_template(
            mixture.data, mixture.simulation, window=WINDOW, trees=trees, seed=seed
        )
        grown = grow_against(mixture.data, template, trees, name, seed=seed)
        transform = template.transform
    seconds = time.process_time() - begin
    background, signal = (
        grown.score(transform(part)) for part in (mixture.test_background, mixture.test_signal)
    )
    return {"seconds": seconds, **_improve(signal, background)}


def _improve(score: NDArray[Any], background: NDArray[Any]) -> dict[str, Any]:
    """Find signal efficiencies at shares of the background, and the largest improvement."""
    thresholds = np.sort(background)[::-1][FLOOR - 1 :]
    passed = len(score) - np.searchsorted(np.sort(score), thresholds, side="left")
    share = np.arange(FLOOR, len(background) + 1) / len(background)
    efficiency = passed / len(score)
    return {
        "improvement": float((efficiency / np.sqrt(share)).max()),
        "efficiency": np.interp(SHARES, share, efficiency, left=np.nan).tolist(),
    }


def compare_methods(jets: Jets, mixtures: int, models: int) -> dict[str, Any]:
    """Compare all methods."""
    found: dict[str, Any] = {name: [] for name in ("supervised", *METHODS)}
    for seed in range(mixtures):
        mixture = mix_events(jets, seed, signals=SIGNALS)
        for name, results in found.items():
            results.append(measure_method(name, mixture, models, seed))
    return {"signals": SIGNALS, "shares": SHARES.tolist(), "methods": found}


def compare_noise(jets: Jets, mixtures: int, models: int) -> dict[str, Any]:
    """Compare labels with none, for features as they are, with noise, and without a signal."""
    found: dict[str, Any] = {}
    for what, noise, signals in (
        ("plain", 0, SIGNALS),
        ("noise", 10, SIGNALS),
        ("no signal", 0, 0),
    ):
        found[what] = {"supervised": [], "idealised": [], "cwola": []}
        for seed in range(mixtures):
            mixture = mix_events(jets, seed, signals=signals, noise=noise)
            for name, results in found[what].items():
                results.append(measure_method(name, mixture, models, seed))
    return found


def inject(jets: Jets, seeds: int, models: int) -> dict[str, Any]:
    """Hunt in jets with signals of several strengths: gates, folds, cuts and fits as in a study."""
    settings = BumpHunt.model_validate({
        "range": {"start": 3300, "stop": 3700}, "resolution": 0.014, "sidebands": 0.5,
        "folds": 3, "ensemble": models, "efficiencies": [1, 0.05, 0.01, 0.002],
    })  # fmt: skip
    found: dict[str, Any] = {}
    for strength in STRENGTHS:
        found[str(strength)] = [
            _inject_one(jets, strength, settings, seed) for seed in range(seeds)
        ]
    return {"efficiencies": settings.efficiencies, "significances": found}


def _inject_one(jets: Jets, strength: float, settings: BumpHunt, seed: int) -> list[float]:
    rng = np.random.default_rng(seed)
    background, signal = (rng.permutation(part) for part in jets)
    background = background[:18000]
    inside = np.count_nonzero(WINDOW.divide(background[:, 0]) == SIGNAL)
    number = round(strength * np.sqrt(inside))
    events = np.vstack([background, signal[:number]])
    key = mix(np.arange(len(events), dtype=np.uint64) + np.uint64(10**7 * seed))
    hunted = HuntEvents(key, events[:, 0], events[:, 1:].astype(np.float32), FEATURES)
    score = score_window(hunted, WINDOW, settings, seed=seed).score
    fold, spectrum = draw_folds(key, settings.folds), make_spectrum(settings, WINDOW, ENERGY)
    counts = count_window(events[:, 0], score, fold, WINDOW, spectrum, settings.efficiencies)
    significances: list[float] = spectrum.measure(counts).significance.tolist()
    return significances


def draw(content: dict[str, Any], output: Path) -> None:
    """Draw improvement against the share of the background that is kept, for all methods."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
    shares = np.array(content["shares"])
    for name, results in content["methods"].items():
        curves = np.array([one["efficiency"] for one in results]) / np.sqrt(shares)
        (line,) = axes.plot(shares, np.median(curves, axis=0), label=name)
        low, high = np.quantile(curves, [0.16, 0.84], axis=0)
        axes.fill_between(shares, low, high, alpha=0.12, color=line.get_color(), linewidth=0)
    axes.plot(shares, np.sqrt(shares), "k:", label="coin")
    axes.set(xscale="log", xlim=(FLOOR / 19000, 1), ylim=(0, None))
    axes.set_xlabel("Share of the background that is kept")
    axes.set_ylabel("Significance improvement")
    axes.legend()
    figure.savefig(output, metadata={"Date": None})


PARTS: dict[str, Callable[[Jets, int, int], dict[str, Any]]] = {
    "methods": compare_methods,
    "noise": compare_noise,
    "injection": inject,
}


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bumps", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART")
    parser.add_argument("--mixtures", type=int, default=10, help="how many are drawn")
    parser.add_argument("--models", type=int, default=20, help="trees that are averaged")
    arguments = parser.parse_args()
    jets = read_jets(arguments.folder)
    for part in arguments.parts or PARTS:
        found = PARTS[part](jets, arguments.mixtures, arguments.models)
        content = {"mixtures": arguments.mixtures, "models": arguments.models, **found}
        output = HERE / "results" / f"bumps_{part}.json"
        output.write_text(json.dumps(content) + "\n", encoding="utf-8")
        if part == "methods":
            draw(content, HERE.parent / "docs" / "bump-methods.svg")


if __name__ == "__main__":
    main()
