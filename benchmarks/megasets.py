"""Merging of shards into ten megasets: time, memory, and what is read."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.environment import has_peers, run_worker
from benchmarks.options import Options
from benchmarks.pairing import Spread, Timing, run_in_turn, time_call, time_loop
from benchmarks.reader import write_columns
from benchmarks.results import Findings, Row, compare_rates
from benchmarks.toy import write_toy_shard
from rapidmass.representations.rmm.layout import Layout
from rapidmass.storage.parquet import read_shard
from rapidmass.storage.tables import ALL_KEYS, split_keys

ABOUT = (
    "Ten megasets from ten shards, all in one process: events sorted by key, weights in pb. "
    "*read* is what the process read, over the bytes of the shards; 1 would be each byte once. "
    "Peak memory is that of the whole process, with Python and its packages."
)
DATASET = "pyarrow.dataset, filter and sort_by"
DENSE = "pandas, 529 columns in HDF5: concat, sample, write"
NUMBER = 10
PARTS = 250


def measure(options: Options) -> Findings:
    """Measure the merging."""
    findings = Findings(ABOUT)
    sizes = [100_000, 1_000_000, *([10_000_000] if options.large else [])]
    if options.events or options.quick:
        sizes = [options.choose_events(0, 5_000)]
    peaks = []
    for events in sizes:
        # the largest is for its memory, not for the last per cent of time
        repeats = options.choose_repeats(1 if events > 1_000_000 else 5)
        shards = write_shards(options.cache, events)
        with TemporaryDirectory(dir=options.cache) as folder:
            peaks.append(_compare(findings, shards, Path(folder), events, repeats))
    if len(peaks) > 1:
        pairs = zip(peaks, sizes, strict=True)
        text = ", ".join(f"{peak:.0f} MiB for {size:.0e}" for peak, size in pairs)
        findings.notes.append(f"Peak memory by the number of events: {text}.")
    findings.rows.append(_time_part(shards[0], options.choose_repeats(5)))
    _compare_dense(options, findings)
    return findings


def write_shards(cache: Path, events: int) -> list[Path]:
    """Write shards with so many events in all, unless they are there."""
    each = events // NUMBER
    return [
        write_toy_shard(cache / f"shards-{events}" / f"{k}.parquet", Layout(), each, 3, k)
        for k in range(NUMBER)
    ]


def _compare(
    findings: Findings, shards: Sequence[Path], folder: Path, events: int, repeats: int
) -> float:
    request = {
        "shards": [str(path) for path in shards],
        "folder": str(folder),
        "number": NUMBER,
    }
    ways = {
        "ours": partial(_time, "workers.merge", {**request, "way": "ours"}),
        DATASET: partial(_time, "workers.merge", {**request, "way": "dataset"}),
    }
    timings = run_in_turn(ways, repeats)
    ours, peer = timings["ours"], timings[DATASET]
    rows = {timing.answer.result["rows"] for timing in (*ours, *peer) if timing.answer}
    if rows != {events}:
        raise AssertionError(f"of {events} events the megasets hold {rows}")
    size = sum(path.stat().st_size for path in shards)
    what = f"{events:.0e} events"
    findings.rows.append(compare_rates(f"{what}, time", DATASET, ours, peer, events))
    for name, unit, scale in (("peak", "MiB", 2**20), ("read", "× the shards", size)):
        values, others = (
            [_get(timing, name) / scale for timing in timings[way]] for way in ("ours", DATASET)
        )
        ratio = [other / own for own, other in zip(values, others, strict=True)]
        label = {"peak": "peak memory", "read": "read"}[name]
        findings.rows.append(
            Row(
                f"{what}, {label}",
                DATASET,
                Spread.of(values),
                Spread.of(others),
                unit,
                Spread.of(ratio),
            )
        )
    speed = Spread.of([timing.wall / (size / 1e9) for timing in ours])
    findings.rows.append(Row(f"{what}, seconds a GB of shards", "-", speed, unit="s"))
    return Spread.of([_get(timing, "peak") / 2**20 for timing in ours]).high


def _time_part(shard: Path, repeats: int) -> Row:
    """Time how long one of very many megasets takes for a shard, whatever its size."""
    keys = list(split_keys(ALL_KEYS, PARTS))[PARTS // 2]
    timings = [time_call(partial(read_shard, shard, keys)) for _ in range(repeats + 1)]
    found = Spread.of([1e3 * timing.wall for timing in timings[1:]])  # the first brings it in
    return Row(f"a shard's part of one of {PARTS} megasets", "-", found, unit="ms")


def _get(timing: Timing, name: str) -> float:
    assert timing.answer is not None
    return float(timing.answer.peak if name == "peak" else timing.answer.result[name])


def _time(module: str, request: dict[str, Any], *, peer: bool = False) -> Timing:
    return time_loop(run_worker(module, request, peer=peer))


def _compare_dense(options: Options, findings: Findings) -> None:
    if not has_peers():
        findings.skip(DENSE)
        return
    events = options.choose_events(100_000, 5_000)
    shards = write_shards(options.cache, events)
    columns = [write_columns(path.with_suffix(".columns.parquet"), path) for path in shards]
    with TemporaryDirectory(dir=options.cache) as folder:
        request = {"folder": folder, "number": NUMBER}
        ours = {**request, "shards": [str(path) for path in shards], "way": "ours"}
        dense = {**request, "shards": [str(path) for path in columns]}
        run_worker("peers.merge", dense, peer=True)
        ways = {
            "ours": partial(_time, "workers.merge", ours),
            DENSE: partial(_time, "peers.merge", dense, peer=True),
        }
        timings = run_in_turn(ways, options.choose_repeats(5))
    what = f"{events:.0e} events"
    findings.rows.append(compare_rates(what, DENSE, timings["ours"], timings[DENSE], events))
