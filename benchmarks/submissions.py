"""Very many small files on SLURM: what starting costs, file by file."""

import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

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
    "From ntuples of 300 events to their shards on a SLURM cluster, with the delivered profile: "
    "several files a submission, whose scripts are forks of one process after the first three. "
    "*A file*: time of all submissions over the number of files, and how much of it is not that of "
    "scripts, but Snakemake's."
)
FILES_PER_SAMPLE = 100
RULE = "build_shard"
PAUSE = 15  # seconds between two looks at the queue, which shows ended jobs for longer
COLUMNS = "--Format=JobID:20,StartTime:30,EndTime:30"
ENDED = ["squeue", "--me", "--states=COMPLETED", "--noheader", COLUMNS]
MOST_STARTUP, MOST_SUBMISSIONS = 0.1, 150


def measure(options: Options) -> Findings:
    """Measure a run on a cluster.

    Raises
    ------
    RuntimeError
        If there is no SLURM, or the run fails.
    """
    if shutil.which("sbatch") is None:
        raise RuntimeError("there is no sbatch: measure this section where SLURM is")
    files = options.choose_events(2000, 4)
    with TemporaryDirectory(dir=options.cache) as place:
        folder = Path(place)
        samples = max(files // FILES_PER_SAMPLE, 1)
        write_analysis(folder, samples, min(files, FILES_PER_SAMPLE))
        start = time.perf_counter()
        submissions = _run(folder)
        wall = time.perf_counter() - start
        scripts = sum(read_job_times(folder, RULE)) / files
    each = sum(submissions.values()) / files
    startup, number = each - scripts, len(submissions)
    findings = Findings(ABOUT)
    for what, value, unit, most in (
        ("wall", wall, "s", None),
        ("submissions", number, "", MOST_SUBMISSIONS),
        ("a file", each, "s", None),
        ("a file, Snakemake", startup, "s", MOST_STARTUP),
    ):
        row = Row(f"{files} files: {what}", "-", Spread.of([value]), unit=unit)
        if most is not None:
            row = replace(row, target=f"≤ {most} {unit}".strip(), met=value <= most)
        findings.rows.append(row)
    return findings


def _run(folder: Path) -> dict[str, float]:
    """Make the shards, and look how long submissions take; in seconds, by their number."""
    profile = ["--profile", str(ROOT / "profiles" / "slurm")]
    command = list_command(folder, *profile, "--", *list_shards(folder))
    del command[command.index("--cores") : command.index("--cores") + 2]
    before = set(_list_times())
    times: dict[str, float] = {}
    output = folder / "output.txt"
    with output.open("w") as stream:
        process = subprocess.Popen(
            command, cwd=folder, env=get_variables(), stdout=stream, stderr=stream
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
    done = subprocess.run(ENDED, capture_output=True, text=True, check=True)
    rows = [line.split() for line in done.stdout.splitlines()]
    stamp = "%Y-%m-%dT%H:%M:%S"
    return {
        number: time.mktime(time.strptime(end, stamp)) - time.mktime(time.strptime(start, stamp))
        for number, start, end in rows
    }
