"""Megasets of dense columns with pandas: concatenate, shuffle, cut."""

import time
from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-untyped]

from benchmarks.environment import serve


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Write all megasets from tables of 529 columns in HDF5."""
    shards = [Path(path).with_suffix(".h5") for path in request["shards"]]
    for path in shards:
        if not path.exists():
            pd.read_parquet(path.with_suffix(".parquet")).to_hdf(path, key="rmm", mode="w")
    cpu, wall = time.process_time(), time.perf_counter()
    events = pd.concat([pd.read_hdf(path, "rmm") for path in shards])
    events = events.sample(frac=1.0, random_state=1)
    number = request["number"]
    for index in range(number):
        output = Path(request["folder"], f"{index}.h5")
        events.iloc[index::number].to_hdf(output, key="rmm", mode="w")
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"wall": wall, "cpu": cpu, "rows": len(events)}


if __name__ == "__main__":
    serve(work)
