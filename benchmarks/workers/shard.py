"""Build a shard as the workflow's job does."""

import time
from pathlib import Path
from typing import Any

from benchmarks.environment import serve
from benchmarks.workers.job import prepare
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.search.selection import Cut
from rapidmass.datasets.shards import Sharder, write_shard
from rapidmass.datasets.warm_up import warm_up
from rapidmass.ntuples.access.sources import Source
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.representation import RapidityMassMatrix

CUTS = [Cut(name="two leptons", require="n_lep >= 2")]


def make_sharder(request: dict[str, Any]) -> Sharder:
    """Make what `build_shard` uses, for a loose selection of two leptons."""
    layout = Layout()
    return Sharder(
        Source(request["path"]),
        sample="toy",
        part="toy",
        selection="2lep",
        is_data=False,
        settings=NtupleFormat.model_validate(request["format"]),
        cuts=CUTS,
        representation=RapidityMassMatrix(layout),
        objects=layout.types,
        sqrt_s=layout.sqrt_s,
        seed=1,
    )


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Build the shard, and time it without the imports."""
    prepare()
    warm_up()
    cpu, wall = time.process_time(), time.perf_counter()
    sharder = make_sharder(request)
    output = Path(request["output"])
    write_shard(sharder, output, output.with_suffix(".json"), {})
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    events = sharder.cutflow.raw
    return {"wall": wall, "cpu": cpu, "events": events[-1], "size": output.stat().st_size}


if __name__ == "__main__":
    serve(work)
