"""Matrices as a pandas table in HDF5, as it was done before."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pyarrow.parquet as pq

from benchmarks.environment import serve


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Read the table as rows of float32; write it first if it is not there."""
    path = Path(request["path"])
    if not path.exists():
        table = pq.read_table(request["columns"])
        columns = {name: table[name].to_numpy() for name in table.column_names}
        pd.DataFrame(columns).to_hdf(path, key="rmm", mode="w")
    cpu, wall = time.process_time(), time.perf_counter()
    rows = pd.read_hdf(path, "rmm").to_numpy(dtype=np.float32)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"wall": wall, "cpu": cpu, "events": len(rows)}


if __name__ == "__main__":
    serve(work)
