"""Boosted trees on many events of a table: growing, and scores."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.environment import CORES, run_worker
from benchmarks.options import SEED, Options
from benchmarks.pairing import Spread, Timing, run_in_turn, time_loop
from benchmarks.results import Findings, Row, compare_times
from benchmarks.workers.grow import FRACTION
from rapidmass.config.models.training import ScalingSettings
from rapidmass.datasets.splits import select_part
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.provenance.atomic_files import write_json, write_whole
from rapidmass.representations.base import Representation
from rapidmass.representations.table.representation import PREFIX, FeatureTable
from rapidmass.representations.tables import make_table
from rapidmass.storage.event_keys import make_event_keys
from rapidmass.storage.parquet import ROWS_PER_GROUP, ShardWriter
from rapidmass.storage.tables import sort_by_key

ABOUT = (
    "`rapidmass.models.classifiers.boosted_trees.grow_trees` on a table of 40 features, half of "
    "the events signal, one tenth for early stopping: reading, checks and weights included; then "
    "scores of the signal by the exported file with one thread, from rows of a table. "
    "The peer is XGBoost with its own objective, on dense rows that are in memory before its time "
    "begins."
)
FEATURES = 40
SETTINGS = {"max_trees": 200, "max_depth": 4, "learning_rate": 0.1}
GIB = 2**30
MOST_SECONDS, MOST_MEMORY, LEAST_RATE = 120.0, 3.0, 300_000.0
PEER = "XGBoost, its own objective"


def measure(options: Options) -> Findings:
    """Measure trees."""
    events = options.choose_events(1_000_000, 4_000)
    threads = min(2, len(CORES))
    findings = Findings(ABOUT)
    with TemporaryDirectory(dir=options.cache) as folder:
        request = _write(Path(folder), events) | {"settings": SETTINGS, "threads": threads}
        ways: dict[str, Callable[[], Timing]] = {
            name: partial(_time, {**request, "way": way})
            for name, way in (("ours", "ours"), (PEER, "xgboost"))
        }
        timings = run_in_turn(ways, options.choose_repeats(2))
    found = {name: [_get(timing) for timing in times] for name, times in timings.items()}
    what = f"{events:,} events, {threads} threads"
    findings.rows = [
        compare_times(f"growing, {what}", PEER, timings["ours"], timings[PEER]),
        _compare(f"peak memory of growing, {what}", "GiB", found, lambda r: r["grown_peak"] / GIB),
        _compare("scoring, 1 thread", "ev/s", found, lambda r: r["scored"] / r["scoring"]),
    ]
    ours = found["ours"]
    for name, unit, goal, values in (
        (f"growing, {what}", "s", MOST_SECONDS, [one["wall"] for one in ours]),
        (f"peak memory, {what}", "GiB", MOST_MEMORY, [one["grown_peak"] / GIB for one in ours]),
        ("scoring, 1 thread", "ev/s", LEAST_RATE, [one["scored"] / one["scoring"] for one in ours]),
    ):
        spread = Spread.of(values)
        met = spread.median >= goal if unit == "ev/s" else spread.median <= goal
        target = f"{'≥' if unit == 'ev/s' else '≤'} {goal:g} {unit}"
        findings.rows.append(Row(name, "–", spread, unit=unit, target=target, met=met))
    losses = ", ".join(f"{name} {one[0]['loss']:.4g}" for name, one in found.items())
    trees = ", ".join(f"{name} {one[0]['trees']}" for name, one in found.items())
    findings.notes.append(f"Validation loss: {losses}. Trees: {trees}.")
    return findings


def _compare(
    what: str, unit: str, found: dict[str, list[dict[str, Any]]], get: Callable[[Any], float]
) -> Row:
    ours, other = (Spread.of([get(one) for one in found[name]]) for name in ("ours", PEER))
    return Row(what, PEER, ours, other, unit)


def _time(request: dict[str, Any]) -> Timing:
    return time_loop(run_worker("workers.grow", request, cores=request["threads"]))


def _get(timing: Timing) -> dict[str, Any]:
    assert timing.answer is not None
    return timing.answer.result


def _write(folder: Path, events: int) -> dict[str, Any]:
    """Write signal and background of normal features, some of which are shifted or absent."""
    rng = np.random.default_rng(SEED)
    paths, dense = {}, []
    for name, n in (("b0", events // 4), ("b1", events // 4), ("s", events - 2 * (events // 4))):
        x = rng.normal(size=(n, FEATURES)).astype(np.float32)
        x[:, :4] += 0.3 * (name == "s")
        x[:, -5:][rng.random((n, 5)) < 0.3] = np.nan
        keys = make_event_keys(1, name, np.ones(n, np.int64), np.arange(n, dtype=np.uint64))
        paths[name] = str(write_sample(folder / f"{name}.parquet", name, x, keys))
        dense.append((x, np.full(n, name == "s"), select_part(keys, "validation", FRACTION)))
    megasets = [paths["b0"], paths["b1"]]
    scaler = fit_scaler(
        [Path(path) for path in megasets],
        ScalingSettings(kind="standard", clip=False),
        validation_fraction=FRACTION,
    )
    write_json(folder / "scaler.json", scaler.to_json())
    x, label, validation = map(np.concatenate, zip(*dense, strict=True))
    np.savez(folder / "dense.npz", x=x, label=label, validation=validation)
    return {
        "megasets": megasets,
        "signal": paths["s"],
        "scaler": str(folder / "scaler.json"),
        "dense": str(folder / "dense.npz"),
    }


def write_sample(path: Path, name: str, x: NDArray[np.float32], keys: NDArray[np.uint64]) -> Path:
    """Write events of one sample, each of weight 1; `x` has the shape (events, features)."""
    names = [f"f{k}" for k in range(x.shape[1])]
    encoded = {f"{PREFIX}{feature}": pa.array(x[:, k]) for k, feature in enumerate(names)}
    shown = FeatureTable(tuple((feature, feature) for feature in names))
    return write_shown(path, name, shown, encoded, keys)


def write_shown(
    path: Path,
    name: str,
    shown: Representation,
    encoded: Mapping[str, pa.Array],
    keys: NDArray[np.uint64],
) -> Path:
    """Write events of one sample, each of weight 1, as a representation encoded them."""
    columns = {
        "key": keys,
        "sample": pa.array([name] * len(keys), pa.string()),
        "channel": pa.array([name] * len(keys), pa.string()),
        "weight": np.ones(len(keys)),
    }
    table = sort_by_key(make_table(shown, encoded, columns, "toy"))
    with write_whole(path) as temporary, ShardWriter(temporary, table.schema, {}) as writer:
        for start in range(0, table.num_rows, ROWS_PER_GROUP):
            writer.write(table.slice(start, ROWS_PER_GROUP))
    return path
