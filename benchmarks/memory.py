"""Peak memory of jobs by the number of events that they read."""

import json
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.environment import run_worker
from benchmarks.machine import describe_moment
from benchmarks.megasets import write_shards
from benchmarks.options import SEED, Options
from benchmarks.pairing import Spread
from benchmarks.results import Findings, Row
from benchmarks.scoring import write_network
from rapidmass.scores.files import open_scores
from rapidmass.storage.parquet import ROWS_PER_GROUP

ABOUT = (
    "Peak memory of a whole process that does what a job does, with Python and its packages, for a "
    "background of so many scored events of ten channels and a signal of a hundredth of them. "
    "Scans and fits are those of the delivered configuration, with two replicas of a scan; two "
    "scores are judged, of which one follows the other, by 200 made-up signals. Studies that "
    "compare scores have two, one channel that is removed, an alteration of a tenth of the events, "
    "and a hundred replicas of two taggers. *start* reads nothing. The last four read matrices: "
    "ten shards are merged into one megaset, of which batches are made, and which a network "
    "scores. A hundred million events need 60 GB on disk."
)
CHANNELS = tuple(f"channel_{k}" for k in range(10))
# those that take longest come last
KINDS = (
    "start",
    "count_behind_cuts",
    "read_simulation",
    "read_two_samples",
    "find_blinding_thresholds",
    "choose_displayed",
    "combine_scores",
    "draw_scores",
    "scan_cuts",
    "fit_signal",
    "study_alterations",
    "check_scores",
    "measure_removal",
    "compare_numbers",
    "measure_seeds",
    "combine_trainings",
    "measure_taggers",
    "judge_scores",
)
KINDS_OF_MATRICES = ("write_megaset", "fit_scaler", "iterate_batches", "score")
ALL_KINDS = (*KINDS, *KINDS_OF_MATRICES)
AIM = 2048  # MiB
SIGNAL, ALTERED = 2, 3  # places among the files


def measure(options: Options) -> Findings:
    """Measure jobs with more and more events; the rows of others stay as they were found."""
    unknown = sorted(set(options.kinds) - set(ALL_KINDS))
    if unknown:
        raise ValueError(f"no such job: {', '.join(unknown)}; there are {', '.join(ALL_KINDS)}")
    sizes = [1_000_000, 10_000_000, *([100_000_000] if options.large else [])]
    if options.events or options.quick:
        sizes = [options.choose_events(0, 20_000)]
    end = np.inf if options.minutes is None else monotonic() + 60 * options.minutes
    findings = Findings(ABOUT)
    for size in sizes:
        for kind in options.kinds or ALL_KINDS:
            if monotonic() > end:
                findings.notes.append(f"{_name(kind, size)}: not measured, time was up.")
                continue
            request = _write_inputs(options.cache, size, kind)
            findings.rows.append(_measure_kind(findings, kind, size, request))
    if options.kinds:
        _keep(findings, options.output)
    return findings


def _name(kind: str, size: int) -> str:
    return f"{kind}, {size:.0e} events"


def _keep(findings: Findings, output: Path) -> None:
    """Keep the rows of what was not measured; they are read late, as others may have come."""
    path = output / "results" / "memory.json"
    if not path.exists():
        return
    found = json.loads(path.read_text(encoding="utf-8"))
    fresh = {row.what: row for row in findings.rows}
    rows = {row["what"]: _revive(row, found["moment"]) for row in found["rows"]}
    findings.rows = sorted((rows | fresh).values(), key=_order)
    findings.notes += [note for note in found["notes"] if note.partition(":")[0] not in fresh]


def _order(row: Row) -> tuple[float, int]:
    kind, _, size = row.what.partition(", ")
    return float(size.partition(" ")[0]), ALL_KINDS.index(kind)


def _revive(row: Mapping[str, Any], moment: Mapping[str, str]) -> Row:
    ours = row["ours"] and Spread(**row["ours"])
    earlier = f"{moment['date']}, {moment['revision']}"
    return Row(**{**row, "ours": ours, "moment": row.get("moment") or earlier})


def _write_inputs(cache: Path, size: int, kind: str) -> dict[str, Any]:
    request: dict[str, Any] = {"kind": kind}
    if kind in KINDS_OF_MATRICES:
        shards = [str(path) for path in write_shards(cache, size)]
        return {**request, "shards": shards, "network": str(write_network(cache))}
    return request | {name: str(path) for name, path in write_scored(cache, size).items()}


def _measure_kind(findings: Findings, kind: str, size: int, request: Mapping[str, Any]) -> Row:
    what = _name(kind, size)
    moment = describe_moment()
    measured = f"{moment['date']}, {moment['revision']}"
    try:
        answer = run_worker("workers.memory", request)
    except RuntimeError as error:
        findings.notes.append(f"{what}: {str(error).strip().splitlines()[-1]}")
        return Row(what, "-", target=f"≤ {AIM} MiB", met=False, moment=measured)
    print(f"{what}: {answer.peak / 2**20:.0f} MiB, {answer.wall:.0f} s", flush=True)
    peak = Spread.of([answer.peak / 2**20])
    return Row(
        what, "-", peak, unit="MiB", target=f"≤ {AIM} MiB", met=peak.median <= AIM, moment=measured
    )


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
        Files by `background`, `other` (the same events, with another score), `signal` and
        `altered`.
    """
    folder = cache / f"scored-{events}"
    few = max(events // 100, 1000)
    numbers = {"background": events, "other": events, "signal": few, "altered": events // 10}
    paths = {name: folder / f"{name}.parquet" for name in numbers}
    folder.mkdir(parents=True, exist_ok=True)
    for place, (name, path) in enumerate(paths.items()):
        if not path.exists():
            _write(path, numbers[name], place)
    return paths


def _write(path: Path, events: int, place: int) -> None:
    first = _make_rows(1, 0, place)
    with open_scores(path, first.schema) as writer:
        for block, start in enumerate(range(0, events, ROWS_PER_GROUP)):
            writer.write_table(_make_rows(min(ROWS_PER_GROUP, events - start), block, place))


def _make_rows(n: int, block: int, place: int) -> pa.Table:
    """Make rows as those of scores; of the background the score alone differs between places."""
    is_signal = place == SIGNAL
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
    if place == ALTERED:
        table = table.append_column("alteration", pa.array(["noise"] * n, pa.string()))
    names = pa.array(np.array(CHANNELS)[channel], pa.string())
    return table.add_column(1, "sample", names).add_column(2, "channel", names)
