"""Several processes that share the batches of one training."""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.environment import CORES, run_worker
from benchmarks.networks import NETWORKS, read_network
from benchmarks.options import Options
from benchmarks.pairing import Timing, run_in_turn, time_loop
from benchmarks.results import Findings
from benchmarks.toy import write_toy_megaset
from benchmarks.training import prepare, tell

ABOUT = (
    "Two processes of a thread (`training.processes: 2`) against one of two threads, in trainings "
    "as above: what six epochs take longer than one, so that the start of processes does not count."
)
THREADS = "one process, 2 threads"


def measure(options: Options) -> Findings:
    """Measure trainings in two processes."""
    events = options.choose_events(180_000, 40_000)
    findings = Findings(ABOUT)
    if len(CORES) < 2:
        findings.notes.append("There are no two cores.")
        return findings
    megaset = write_toy_megaset(options.cache, events)
    with TemporaryDirectory(dir=options.cache) as folder:
        request = {**prepare(megaset, Path(folder)), "threads": 2, "way": "epochs"}
        for name in NETWORKS:
            for precision in ("float32", "bf16"):
                asked = {**request, "network": {**read_network(name), "precision": precision}}
                ways = {
                    "ours": partial(_time, {**asked, "processes": 2}),
                    THREADS: partial(_time, {**asked, "processes": 1}),
                }
                timings = run_in_turn(ways, options.choose_repeats(5))
                tell(f"{name}, {precision}", timings, findings)
    return findings


def _time(request: dict[str, Any]) -> Timing:
    return time_loop(run_worker("workers.train", request, cores=2))
