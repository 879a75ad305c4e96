"""What jobs cost before they do anything: every job of Snakemake is a process of its own."""

import subprocess
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.analyses import (
    get_variables,
    list_command,
    list_scans,
    read_job_times,
    write_analysis,
)
from benchmarks.environment import run_worker
from benchmarks.options import Options
from benchmarks.pairing import Spread, Timing, run_in_turn
from benchmarks.results import Findings, Row, compare_times
from benchmarks.workers.imports import SCRIPTS

ABOUT = (
    "*imports*: from the start of a process to its end, if it does nothing but import what the "
    "script of the job imports. The peer is one program for all jobs: it imports what any script "
    "of the workflow does. *job*: whole jobs as Snakemake measured them, in a chain from ROOT to "
    "cut scans, on files of 300 events, without imports: scripts are forks of a process that has "
    "done them."
)
EVERYTHING = "one program for all jobs"
RULES = ("build_shard", "write_megaset", "fit_scaler", "train", "score", "scan_cuts")


def measure(options: Options) -> Findings:
    """Measure the start of jobs."""
    findings = Findings(ABOUT)
    repeats = options.choose_repeats(5)
    ways = {rule: partial(_import, [f"{rule}.py"]) for rule in RULES}
    everything = sorted(path.name for path in SCRIPTS.glob("[a-z]*.py"))
    ways[EVERYTHING] = partial(_import, everything)
    run_in_turn(ways, 1)  # brings the files into memory
    timings = run_in_turn(ways, repeats)
    whole = timings[EVERYTHING]
    for rule in RULES:
        findings.rows.append(compare_times(f"imports of {rule}", EVERYTHING, timings[rule], whole))
    for rule, times in _run_chains(options).items():
        row = Row(f"job {rule} ({len(times)} jobs)", "-", Spread.of(times), unit="s")
        findings.rows.append(row)
    for name, found in timings.items():
        findings.notes.append(_describe(name, found[0]))
    return findings


def _import(scripts: list[str]) -> Timing:
    answer = run_worker("workers.imports", {"scripts": scripts})
    return Timing(answer.wall, answer.cpu, answer)


def _describe(name: str, timing: Timing) -> str:
    assert timing.answer is not None
    result: dict[str, Any] = timing.answer.result
    heavy = ", ".join(result["heavy"]) or "none"
    return f"{name}: {result['modules']} modules; of the heavy ones {heavy}."


def _run_chains(options: Options) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {rule: [] for rule in RULES}
    for _ in range(1 if options.quick else 3):
        with TemporaryDirectory(dir=options.cache) as place:
            folder = Path(place)
            write_analysis(folder, backgrounds=2, files=2, distinct=True)
            command = list_command(folder, *list_scans())
            done = subprocess.run(
                command, env=get_variables(), capture_output=True, text=True, check=False
            )
            if done.returncode != 0:
                raise RuntimeError(f"the chain failed:\n{done.stderr[-3000:]}")
            for rule in RULES:
                times[rule] += read_job_times(folder, rule)
    return times
