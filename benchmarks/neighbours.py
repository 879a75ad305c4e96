"""Jobs of the stage from ROOT to a shard side by side, as many as there are cores."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.environment import CORES, has_peers
from benchmarks.ntuples import write_c_arrays, write_vectors
from benchmarks.options import Options
from benchmarks.pairing import Timing, run_in_turn
from benchmarks.results import Findings, compare_rates
from benchmarks.stage import build_shard

ABOUT = (
    "The same file of vectors as in the section *stage*, read by one job on each core at a time, "
    "each with a shard of its own. The slowest of them, without its start and its imports, against "
    "a job that has the machine for itself: 1 would be no loss at all."
)
LEAST = 0.8


def measure(options: Options) -> Findings:
    """Measure a job with neighbours, and one without, in turn."""
    findings = Findings(ABOUT)
    if not has_peers():
        findings.skip("Files written by ROOT")
        return findings
    events = options.choose_events(2_000_000, 5_000)
    plain = write_c_arrays(options.cache / f"c_arrays-{events}.root", events)
    vectors = write_vectors(options.cache / f"vectors-{events}.root", plain)
    cores = len(CORES)
    with TemporaryDirectory(dir=options.cache) as folder:
        outputs = [Path(folder, f"{core}.parquet") for core in range(cores)]

        def build_all() -> Timing:
            with ThreadPoolExecutor(cores) as pool:
                timings = pool.map(partial(build_shard, vectors, cores=cores), outputs)
                return max(timings, key=lambda timing: timing.wall)

        ways: dict[str, Callable[[], Timing]] = {
            "ours": build_all,
            "alone": partial(build_shard, vectors, outputs[0], cores=cores),
        }
        timings = run_in_turn(ways, options.choose_repeats(5))
    answer = timings["ours"][0].answer
    assert answer is not None
    what, peer = f"the slowest of {cores} jobs on {cores} cores", "ours, one job alone"
    kept = int(answer.result["events"])
    row = compare_rates(what, peer, timings["ours"], timings["alone"], kept, least=LEAST)
    findings.rows.append(row)
    return findings
