"""Write megasets from shards, one after the other, in a process of its own."""

import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from benchmarks.environment import measure_read, serve
from benchmarks.workers.job import prepare
from rapidmass.datasets.megasets import BackgroundShard, write_megaset
from rapidmass.storage.event_keys import KEY_SPAN


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Write all megasets, and tell what was read for them."""
    prepare()
    pa.set_cpu_count(1)
    shards = [Path(path) for path in request["shards"]]
    merge = {"ours": _merge, "dataset": _merge_dataset}[request["way"]]
    before = measure_read()
    cpu, wall = time.process_time(), time.perf_counter()
    rows = 0
    for index in range(request["number"]):
        output = Path(request["folder"], f"{index}.parquet")
        merge(shards, output, index, request["number"])
        rows += pq.read_metadata(output).num_rows
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"wall": wall, "cpu": cpu, "read": measure_read() - before, "rows": rows}


def _merge(shards: list[Path], output: Path, index: int, number: int) -> None:
    background = [BackgroundShard(path, path.stem, "toy", 1e-3) for path in shards]
    write_megaset(
        background, output, None, index=index, number=number, test_fraction=0.0, provenance={}
    )


def _merge_dataset(shards: list[Path], output: Path, index: int, number: int) -> None:
    low, high = (KEY_SPAN * edge // number for edge in (index, index + 1))
    wanted = ds.field("key") >= pa.scalar(low, pa.uint64())
    if high < KEY_SPAN:
        wanted &= ds.field("key") < pa.scalar(high, pa.uint64())
    events = ds.dataset([str(path) for path in shards]).to_table(filter=wanted, use_threads=False)
    weight = pc.multiply(pc.multiply(events["generator_weight"], events["scale_factor"]), 1e-3)
    events = events.drop_columns(["run", "event", "generator_weight", "scale_factor"])
    events = events.append_column("weight", weight).sort_by("key")
    pq.write_table(
        events,
        output,
        compression="zstd",
        compression_level=1,
        use_dictionary=False,
        row_group_size=65_536,
    )


if __name__ == "__main__":
    serve(work)
