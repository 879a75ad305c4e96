"""Runs of the workflow whose jobs go to a SLURM that the tests start."""

import time
from pathlib import Path

import psutil

from reruns.owner import is_script
from runs import ROOT, start_tiny

PATIENCE = 480.0
WEIGHTS = "results/lep/models/ae/weights.pt"
CHECKPOINT = "results/lep/checkpoints/ae.pt"
LOG = "logs/train/lep/ae.log"
EPOCHS = 300  # seconds of training
PROFILE = ROOT / "profiles" / "slurm"
OPTIONS = ("--profile", str(PROFILE), "--slurm-init-seconds-before-status-checks", "8",
           "--latency-wait", "5")  # fmt: skip


def submit(cluster, run, *arguments, **options):
    """Start Snakemake with the delivered profile; its output goes to a file of the run."""
    run.environment = cluster.environment
    said = Path(run.folder, "said.txt").open("w")  # noqa: SIM115
    with said:
        return run.start(*OPTIONS, *arguments, cores=None, stdout=said, **options)


def read_said(run):
    return (run.folder / "said.txt").read_text()


def finish(run, process, returncode=0):
    """Wait for the end of Snakemake, and give what it said."""
    assert process.wait(PATIENCE) == returncode, read_said(run)[-6000:]
    return read_said(run)


def wait_until(condition, what, run=None):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"{what}: {read_said(run) if run else ''}"
        time.sleep(0.05)


def wait_for_training(run, epochs=3):
    """Wait until some epochs of the training are in its log, and a checkpoint is there."""

    def trains():
        log = run.folder / LOG
        return (
            log.exists()
            and log.read_text().count(" epoch ") >= epochs
            and (run.folder / CHECKPOINT).exists()
        )

    wait_until(trains, "no training", run)


def start_short(folder):
    """Make a run with little before the training, and a training of some seconds."""
    run = start_tiny(folder)
    run.config["architectures"] = {"ae": {**run.config["architectures"]["ae"], "epochs": EPOCHS}}
    run.config["selections"]["lep"]["channels"] = {"B1": ["b1"]}
    run.config["megasets"]["number"] = 1
    return run


def find_script(run):
    """Find the process of the script that works for a run."""
    for process in psutil.process_iter():
        try:
            if is_script(process) and process.cwd() == str(run.folder):
                return process
        except psutil.Error:
            continue
    return None


def list_comments(cluster, run, rule=""):
    """List the jobs in SLURM's memory that a run submitted, by the rule in their comment."""
    from cluster.leftovers import name_jobs

    name = name_jobs(run.folder)
    jobs = [job for job in cluster.list_jobs() if name in job["JobName"]]
    return [job for job in jobs if rule in job.get("Comment", "")]
