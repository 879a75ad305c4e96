"""Very many small files on SLURM: what starting costs, file by file."""

import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
from reruns.patches import SWITCH

ABOUT = (
    "From ntuples of 300 events to their shards on a SLURM cluster, with the delivered profile: "
    "several files a submission, whose scripts are forks of one process. "
    "*A file*: time of all submissions over the number of files, and how much of it is not that of "
    "scripts, but Snakemake's. The peer is the same workflow without what is changed in Snakemake: "
    "it starts an interpreter for each script, and another Snakemake in each submission."
)
FILES_PER_SAMPLE = 100
RULE = "build_shard"
ALONE = "Snakemake left alone"
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
    findings = Findings(ABOUT)
    ours = _measure(options.cache, files, {})
    # slower by far: a tenth of the files, in submissions of as many
    alone = _measure(options.cache, max(files // 10, 2), {SWITCH: "1"})
    for what, unit, most, get in (
        ("wall", "s", None, lambda run: run.wall),
        ("submissions", "", MOST_SUBMISSIONS, lambda run: len(run.submissions)),
        ("a file", "s", None, lambda run: run.each),
        ("a file, Snakemake", "s", MOST_STARTUP, lambda run: run.startup),
    ):
        value = get(ours)
        row = Row(f"{files} files: {what}", "-", Spread.of([value]), unit=unit)
        if what.startswith("a file"):
            peer = f"{ALONE} ({alone.files} files)"
            row = replace(row, peer=peer, other=Spread.of([get(alone)]))
        if most is not None:
            row = replace(row, target=f"≤ {most} {unit}".strip(), met=value <= most)
        findings.rows.append(row)
    return findings


@dataclass(frozen=True)
class Run:
    """What a run took.

    Parameters
    ----------
    files
        Number of ntuples.
    wall
        From start to end, in seconds.
    submissions
        Seconds that each took.
    scripts
        Seconds of all scripts.
    """

    files: int
    wall: float
    submissions: Sequence[float]
    scripts: float

    @property
    def each(self) -> float:
        """Seconds of submissions for a file."""
        return sum(self.submissions) / self.files

    @property
    def startup(self) -> float:
        """Seconds for a file beside its script."""
        return self.each - self.scripts / self.files


def _measure(cache: Path, files: int, variables: Mapping[str, str]) -> Run:
    with TemporaryDirectory(dir=cache) as place:
        folder = Path(place)
        samples = max(files // FILES_PER_SAMPLE, 1)
        write_analysis(folder, samples, min(files, FILES_PER_SAMPLE))
        start = time.perf_counter()
        times = _run(folder, variables)
        wall = time.perf_counter() - start
        return Run(files, wall, list(times.values()), sum(read_job_times(folder, RULE)))


def _run(folder: Path, variables: Mapping[str, str]) -> dict[str, float]:
    """Make the shards, and look how long submissions take; in seconds, by their number."""
    profile = ["--profile", str(ROOT / "profiles" / "slurm")]
    command = list_command(folder, *profile, "--", *list_shards(folder))
    del command[command.index("--cores") : command.index("--cores") + 2]
    before = set(_list_times())
    times: dict[str, float] = {}
    output = folder / "output.txt"
    with output.open("w") as stream:
        process = subprocess.Popen(
            command, cwd=folder, env={**get_variables(), **variables}, stdout=stream, stderr=stream
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
