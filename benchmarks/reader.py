"""From Parquet to dense matrices in memory."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.environment import has_peers, run_worker
from benchmarks.options import Options
from benchmarks.pairing import Timing, run_calls, run_in_turn, time_call, time_loop
from benchmarks.results import Findings, compare_rates
from benchmarks.toy import write_toy_megaset
from rapidmass.provenance.atomic_files import write_whole
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.tables import decode
from rapidmass.storage.parquet import iterate_events

ABOUT = (
    "Events of one megaset as dense float32 rows of 529 cells, in a buffer of 8192 rows that is "
    "used again. The peers read the same matrices stored as 529 columns, and put them into rows. "
    "Sums of cells are compared."
)
COLUMNS = "pyarrow, 529 float32 columns, zstd 1"
HDF5 = "pandas, HDF5 (fixed format)"
ROWS = 8192
LEAST = 2e6  # events a second
LAYOUT = Layout()


def measure(options: Options) -> Findings:
    """Measure the reader."""
    events = options.choose_events(1_000_000, 5_000)
    repeats = options.choose_repeats(7)
    findings = Findings(ABOUT)
    megaset = write_toy_megaset(options.cache, events)
    columns = write_columns(options.cache / f"columns-{events}.parquet", megaset)
    calls: dict[str, Callable[[], Any]] = {
        "ours": lambda: read_megaset(megaset),
        COLUMNS: lambda: _read_columns(columns),
    }
    sums = [call() for call in calls.values()]
    np.testing.assert_allclose(sums[1], sums[0], rtol=1e-6)
    timings = run_calls(calls, repeats)
    row = compare_rates(f"{events} events", COLUMNS, timings["ours"], timings[COLUMNS], events)
    met = row.ours is not None and row.ours.median >= LEAST
    findings.rows.append(replace(row, target="≥ 2 Mev/s", met=met))
    size = [path.stat().st_size / events for path in (megaset, columns)]
    findings.notes.append(
        f"{size[0]:.0f} bytes an event in the megaset, with all its columns; {size[1]:.0f} as 529 "
        "columns, matrices alone."
    )
    _compare_hdf5(options, findings, min(events, 50_000), repeats)
    return findings


def read_megaset(path: Path) -> float:
    """Read a megaset as a network would see it, and add up all cells."""
    buffer = np.empty((ROWS, LAYOUT.n_cells), dtype=np.float32)
    total = 0.0
    for table in iterate_events(path, ["rmm", *(f"n_{name}" for name in LAYOUT.types)], ROWS):
        total += _touch(decode(table).fill(x=buffer[: table.num_rows]))
    return total


def _touch(rows: NDArray[np.float32]) -> float:
    # one row: enough to compare, and no work beside the reading
    return float(rows[0].sum(dtype=np.float64))


def _read_columns(path: Path) -> float:
    buffer = np.empty((ROWS, LAYOUT.n_cells), dtype=np.float32)
    total = 0.0
    with pq.ParquetFile(path) as parquet:
        for batch in parquet.iter_batches(ROWS, use_threads=False):
            rows = buffer[: batch.num_rows]
            np.stack([column.to_numpy() for column in batch.columns], axis=1, out=rows)
            total += _touch(rows)
    return total


def write_columns(path: Path, megaset: Path) -> Path:
    """Write the matrices of a shard or megaset as 529 columns, unless the file is there."""
    if path.exists():
        return path
    schema = pa.schema([pa.field(name, pa.float32(), False) for name in LAYOUT.cell_names])
    with (
        write_whole(path) as temporary,
        pq.ParquetWriter(
            temporary,
            schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=False,
            write_statistics=False,
        ) as writer,
    ):
        for table in iterate_events(megaset):
            dense = np.ascontiguousarray(decode(table).fill().T)
            writer.write_table(pa.table(list(dense), schema=schema))
    return path


def _compare_hdf5(options: Options, findings: Findings, events: int, repeats: int) -> None:
    if not has_peers():
        findings.skip(HDF5)
        return
    megaset = write_toy_megaset(options.cache, events)
    path = options.cache / f"columns-{events}.h5"
    columns = write_columns(path.with_suffix(".parquet"), megaset)
    request = {"path": str(path), "columns": str(columns)}
    run_worker("peers.hdf5", request, peer=True)

    def ask() -> Timing:
        return time_loop(run_worker("peers.hdf5", request, peer=True))

    def read() -> Timing:
        return time_call(lambda: read_megaset(megaset))

    timings = run_in_turn({"ours": read, HDF5: ask}, repeats)
    what = f"{events} events"
    findings.rows.append(compare_rates(what, HDF5, timings["ours"], timings[HDF5], events))
