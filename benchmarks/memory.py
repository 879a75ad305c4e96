"""Peak memory of jobs by the number of events that they read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.environment import run_worker
from benchmarks.megasets import write_shards
from benchmarks.options import SEED, Options
from benchmarks.pairing import Spread
from benchmarks.results import Findings, Row
from rapidmass.scores.files import open_scores
from rapidmass.storage.parquet import ROWS_PER_GROUP

ABOUT = (
    "Peak memory of a whole process that does what a job does, with Python and its packages, for a "
    "background of so many scored events of ten channels and a signal of a hundredth of them. "
    "Scans and fits are those of the delivered configuration, with two replicas of a scan; two "
    "scores are judged, of which one follows the other, by 200 made-up signals. *start* reads "
    "nothing. The last three read matrices: ten shards are merged into one megaset, of which "
    "batches are made."
)
CHANNELS = tuple(f"channel_{k}" for k in range(10))
KINDS = (
    "start",
    "scan_cuts",
    "draw_scores",
    "fit_signal",
    "count_behind_cuts",
    "judge_scores",
    "combine_scores",
    "find_blinding_thresholds",
    "read_simulation",
)
KINDS_OF_MATRICES = ("write_megaset", "fit_scaler", "iterate_batches")
MOST_MATRICES = 10_000_000  # more would take more than 2 GB on disk, three times
AIM = 2048  # MiB


def measure(options: Options) -> Findings:
    """Measure all kinds of jobs with more and more events."""
    sizes = [1_000_000, 10_000_000, *([100_000_000] if options.large else [])]
    if options.events or options.quick:
        sizes = [options.choose_events(0, 20_000)]
    findings = Findings(ABOUT)
    for size in sizes:
        scored = write_scored(options.cache, size)
        request: dict[str, Any] = {name: str(path) for name, path in scored.items()}
        kinds: tuple[str, ...] = KINDS
        if size <= MOST_MATRICES:
            request["shards"] = [str(path) for path in write_shards(options.cache, size)]
            kinds += KINDS_OF_MATRICES
        for kind in kinds:
            findings.rows.append(_measure_kind(findings, kind, size, request))
    return findings


def _measure_kind(findings: Findings, kind: str, size: int, request: Mapping[str, Any]) -> Row:
    what = f"{kind}, {size:.0e} events"
    try:
        answer = run_worker("workers.memory", {**request, "kind": kind})
    except RuntimeError as error:
        findings.notes.append(f"{what}: {str(error).strip().splitlines()[-1]}")
        return Row(what, "-", target=f"≤ {AIM} MiB", met=False)
    print(f"{what}: {answer.peak / 2**20:.0f} MiB, {answer.wall:.0f} s", flush=True)
    peak = Spread.of([answer.peak / 2**20])
    return Row(what, "-", peak, unit="MiB", target=f"≤ {AIM} MiB", met=peak.median <= AIM)


def write_scored(cache: Path, events: int) -> dict[str, Path]:
    """Write scores of a background by two networks, and of a signal, unless they are there.

    Parameters
    ----------
    cache
        Folder of what is kept.
    events
        Of the background.

    Returns
    -------
    dict
        Files by `background`, `other` (the same events, with another score) and `signal`.
    """
    folder = cache / f"scored-{events}"
    paths = {name: folder / f"{name}.parquet" for name in ("background", "other", "signal")}
    folder.mkdir(parents=True, exist_ok=True)
    for place, (name, path) in enumerate(paths.items()):
        if not path.exists():
            _write(path, max(events // 100, 1000) if name == "signal" else events, place)
    return paths


def _write(path: Path, events: int, place: int) -> None:
    first = _make_rows(1, 0, place)
    with open_scores(path, first.schema) as writer:
        for block, start in enumerate(range(0, events, ROWS_PER_GROUP)):
            writer.write_table(_make_rows(min(ROWS_PER_GROUP, events - start), block, place))


def _make_rows(n: int, block: int, place: int) -> pa.Table:
    """Make rows as those of scores; the score alone differs between the first two places."""
    is_signal = place > 1
    rng = np.random.default_rng((SEED, block, int(is_signal)))
    luck = np.random.default_rng((SEED, block, place, 1))
    channel = rng.integers(0, len(CHANNELS), n)
    columns = {
        "key": rng.integers(0, 2**64, n, dtype=np.uint64),
        "met": rng.exponential(90 if is_signal else 30, n).astype(np.float32),
        "ht": rng.exponential(150, n).astype(np.float32),
        "m_ll": rng.exponential(90, n).astype(np.float32),
        "m_lll": np.full(n, np.nan, np.float32),
    }
    if is_signal:
        columns |= {"generator_weight": np.ones(n), "scale_factor": rng.uniform(0.9, 1.1, n)}
    else:
        # the channels' weights are some octaves apart
        columns |= {"weight": rng.uniform(0.9, 1.1, n) * 2.0 ** (channel - 10.0)}
    score = rng.normal(1.0 * is_signal, 1, n) + luck.normal(0, 0.3, n)
    columns |= {"score": score.astype(np.float32)}
    table = pa.table(columns)
    if is_signal:
        return table
    names = pa.array(np.array(CHANNELS)[channel], pa.string())
    return table.add_column(1, "sample", names).add_column(2, "channel", names)
