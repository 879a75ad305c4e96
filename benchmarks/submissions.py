"""Very many small files on SLURM: what starting costs, file by file."""

import os
import shutil
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.analyses import (
    get_variables,
    list_command,
    list_shards,
    read_job_times,
    write_analysis,
)
from benchmarks.environment import ROOT
from benchmarks.options import Options
from benchmarks.pairing import Spread
from benchmarks.results import Findings, Row

ABOUT = (
    "From ntuples of 300 events to their shards on a SLURM cluster, with the delivered profile. "
    "*start-up*: time of submissions that scripts did not take, over the number of files; each "
    "file is inspected and built. The peer is Snakemake without changes "
    "(`RAPIDMASS_PLAIN_SNAKEMAKE`), on fewer files: each submission starts it twice, and each "
    "script an interpreter, whose start counts here as the script's."
)
PLAIN = "Snakemake, unchanged"
SWITCH = "RAPIDMASS_PLAIN_SNAKEMAKE"
FILES_PER_SAMPLE = 100
RULES = ("inspect_ntuple", "build_shard")
PAUSE = (
    15  # seconds between two looks at the queue: well below those for which ended jobs are shown
)
COLUMNS = "--Format=JobID:20,StartTime:30,EndTime:30"
ENDED = ["squeue", "--me", "--states=COMPLETED", "--noheader", COLUMNS]
MOST_STARTUP, MOST_SUBMISSIONS = 0.1, 150


class Run(NamedTuple):
    """What a run took.

    Parameters
    ----------
    wall
        Seconds by the clock.
    submissions
        Number of jobs of SLURM.
    startup, script
        Seconds for each file: of submissions beside scripts, and of scripts.
    """

    wall: float
    submissions: int
    startup: float
    script: float


def measure(options: Options) -> Findings:
    """Measure runs on a cluster.

    Raises
    ------
    RuntimeError
        If there is no SLURM, or a run fails.
    """
    if shutil.which("sbatch") is None:
        raise RuntimeError("there is no sbatch: measure this section where SLURM is")
    findings = Findings(ABOUT)
    files = options.choose_events(2000, 4)
    ours = _run(options, files, {})
    few = max(files // 10, 1)
    plain = _run(options, few, {SWITCH: "1"})
    what = f"{files} files"
    row = Row(f"{what}, wall", "-", Spread.of([ours.wall]), unit="s")
    findings.rows.append(row)
    findings.rows.append(
        Row(
            f"{what}, submissions",
            "-",
            Spread.of([ours.submissions]),
            target=f"≤ {MOST_SUBMISSIONS}",
            met=ours.submissions <= MOST_SUBMISSIONS,
        )
    )
    for name, target in (("startup", f"≤ {MOST_STARTUP} s"), ("script", "")):
        own, other = getattr(ours, name), getattr(plain, name)
        findings.rows.append(
            Row(
                f"{name.replace('startup', 'start-up')} of a file",
                f"{PLAIN}, {few} files",
                Spread.of([own]),
                Spread.of([other]),
                "s",
                Spread.of([other / own]),
                target=target,
                met=own <= MOST_STARTUP if target else None,
            )
        )
    return findings


def _run(options: Options, files: int, variables: dict[str, str]) -> Run:
    with TemporaryDirectory(dir=options.cache) as place:
        folder = Path(place)
        samples = max(files // FILES_PER_SAMPLE, 1)
        write_analysis(folder, samples, min(files, FILES_PER_SAMPLE))
        profile = ["--profile", str(ROOT / "profiles" / "slurm")]
        command = list_command(folder, *profile, "--", *list_shards(folder))
        del command[command.index("--cores") : command.index("--cores") + 2]
        start = time.perf_counter()
        times = _watch(command, folder, {**get_variables(), **variables})
        wall = time.perf_counter() - start
        script = sum(sum(read_job_times(folder, rule)) for rule in RULES)
        return Run(wall, len(times), (sum(times.values()) - script) / files, script / files)


def _watch(command: list[str], folder: Path, environment: dict[str, str]) -> dict[str, float]:
    """Run Snakemake, and look how long its submissions take; in seconds, by their number."""
    times: dict[str, float] = {}
    before = set(_list_times())
    output = folder / "output.txt"
    with output.open("w") as stream:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=stream, stderr=stream
        )
        while process.poll() is None:
            times |= _list_times()
            time.sleep(PAUSE)
    times |= _list_times()
    if process.returncode != 0:
        raise RuntimeError(f"the run failed:\n{output.read_text()[-3000:]}")
    return {number: seconds for number, seconds in times.items() if number not in before}


def _list_times() -> dict[str, float]:
    """List the seconds that ended jobs took, by their number."""
    done = subprocess.run(ENDED, env=os.environ, capture_output=True, text=True, check=True)
    rows = [line.split() for line in done.stdout.splitlines()]
    stamp = "%Y-%m-%dT%H:%M:%S"
    return {
        number: time.mktime(time.strptime(end, stamp)) - time.mktime(time.strptime(start, stamp))
        for number, start, end in rows
    }
