"""A dry run of the workflow with very many files."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.analyses import get_variables, list_command, write_analysis
from benchmarks.environment import Answer
from benchmarks.options import Options
from benchmarks.pairing import Spread, Timing, run_in_turn
from benchmarks.results import Findings, Row, compare_times

ABOUT = (
    "`snakemake --dry-run` for the shards of very many ntuples, one job each, to its end: the DAG, "
    "and what would run and why. The peer is Snakemake on a bare rule for the same files. *first* "
    "is before any ntuple is known by its content."
)
BARE = "Snakemake, a bare rule"
FILES_PER_SAMPLE = 100
BARE_FILE = """\
FILES = glob_wildcards("input/{sample}/{part}.root")

rule all:
    input:
        expand("bare/{sample}/{part}.parquet", zip, sample=FILES.sample, part=FILES.part),

rule build:
    input:
        "input/{sample}/{part}.root",
    output:
        "bare/{sample}/{part}.parquet",
    shell:
        "cp {input} {output}"
"""

MOST = 60  # seconds


def measure(options: Options) -> Findings:
    """Measure dry runs."""
    jobs = options.choose_events(10_000, 200)
    findings = Findings(ABOUT)
    with TemporaryDirectory(dir=options.cache) as place:
        folder = Path(place)
        samples = max(jobs // FILES_PER_SAMPLE, 1)
        write_analysis(folder, samples, FILES_PER_SAMPLE)
        bare = folder / "bare.smk"
        bare.write_text(BARE_FILE)
        command = list_command(folder, "--dry-run", "all")
        plain = [sys.executable, "-m", "snakemake", "--snakefile", str(bare)]
        plain += ["--directory", str(folder), "--cores", "1", "--dry-run"]
        first = _run(command, folder, "build_shard", jobs)
        ways = {
            "ours": partial(_run, command, folder, "build_shard", jobs),
            BARE: partial(_run, plain, folder, "build", jobs),
        }
        timings = run_in_turn(ways, options.choose_repeats(3))
    ours, peer = timings["ours"], timings[BARE]
    what = f"{samples * FILES_PER_SAMPLE} files"
    first_row = Row(f"{what}, first", "-", Spread.of([first.wall]), unit="s")
    most = f"≤ {MOST} s"
    findings.rows.append(replace(first_row, target=most, met=first.wall <= MOST))
    findings.rows.append(compare_times(f"{what}, again", BARE, ours, peer))
    peaks = [Spread.of([_get_peak(timing) for timing in found]) for found in (ours, peer)]
    findings.rows.append(Row(f"{what}, peak memory", BARE, peaks[0], peaks[1], "MiB"))
    return findings


def _run(command: list[str], folder: Path, rule: str, jobs: int) -> Timing:
    """Run Snakemake, and make sure that it plans the jobs."""
    output = folder / "output.txt"
    start = time.perf_counter()
    with output.open("w") as stream:
        process = subprocess.Popen(command, env=get_variables(), stdout=stream, stderr=stream)
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    said = output.read_text()
    planned = [line.split()[:2] for line in said.splitlines() if line.split()[:1] == [rule]]
    counts = [int(words[1]) for words in planned if len(words) > 1 and words[1].isdigit()]
    if process.returncode != 0 or max(counts, default=0) < jobs:
        raise RuntimeError(f"the dry run plans {counts} jobs:\n{said[-3000:]}")
    cpu = usage.ru_utime + usage.ru_stime
    return Timing(wall, cpu, Answer({}, wall, cpu, usage.ru_maxrss * 1024))


def _get_peak(timing: Timing) -> float:
    assert timing.answer is not None
    return timing.answer.peak / 2**20
