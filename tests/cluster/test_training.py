"""Trainings that are stopped by what stops jobs on clusters end with the same weights."""

import shutil
from dataclasses import replace

import pytest

from submissions import (
    CHECKPOINT,
    LOG,
    WEIGHTS,
    find_script,
    finish,
    list_comments,
    start_short,
    submit,
    wait_for_training,
    wait_until,
)  # fmt: skip

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    run = start_short(tmp_path_factory.mktemp("quiet"))
    run.make("results/lep/rmm/scalers/minmax-clipped.json")
    before = tmp_path_factory.mktemp("before") / "run"
    shutil.copytree(run.folder, before)
    run.make(WEIGHTS)
    return replace(run, folder=before), (run.folder / WEIGHTS).read_bytes()


@pytest.fixture
def start(cluster, undisturbed, tmp_path):
    """Start the training in a folder of its own, and give it once it works."""

    def start(name):
        folder = tmp_path / name
        shutil.copytree(undisturbed[0].folder, folder)
        run = replace(undisturbed[0], folder=folder)
        process = submit(cluster, run, WEIGHTS)
        wait_for_training(run)
        (job,) = list_comments(cluster, run, "rule_train")
        return run, process, job

    return start


def check_end(cluster, run, undisturbed, submissions):
    assert (run.folder / WEIGHTS).read_bytes() == undisturbed[1]
    assert "continuing" in (run.folder / LOG).read_text()
    assert not (run.folder / CHECKPOINT).exists()
    assert len(list_comments(cluster, run, "rule_train")) == submissions


def test_requeued_or_killed_or_out_of_time(cluster, start, undisturbed):
    """All three side by side, since most of it is waiting."""
    runs = {"requeued": start("requeued")}
    # as after preemption: SIGTERM, then SLURM starts the same job again
    cluster.run("scontrol", "requeue", runs["requeued"][2]["JobId"])
    runs["out of time"] = start("out of time")
    # kept from its end, until the signal for that comes
    find_script(runs["out of time"][0]).suspend()
    cluster.expire(runs["out of time"][2]["JobId"])
    runs["killed"] = start("killed")
    find_script(runs["killed"][0]).kill()
    for run, process, _ in runs.values():
        finish(run, process)
    # Snakemake's retries keep out of SLURM's requeue
    for name, submissions in {"requeued": 1, "out of time": 2, "killed": 2}.items():
        check_end(cluster, runs[name][0], undisturbed, submissions)
    limited = list_comments(cluster, runs["out of time"][0], "rule_train")
    assert sorted(job["JobState"] for job in limited) == ["COMPLETED", "TIMEOUT"]
    assert "interrupted by SIGTERM" in read_logs(runs["out of time"][0])


def read_logs(run):
    """Read SLURM's logs of a training: a job's own log is that of its last start."""
    return "".join(path.read_text() for path in (run.folder / "logs/slurm").rglob("*.log"))


def test_node_lost(cluster, start, undisturbed):
    run, process, job = start("lost")
    cluster.crash_node(job["NodeList"])
    wait_until(lambda: find_script(run) is None, "the job lives on")
    cluster.start_node(job["NodeList"])  # SLURM holds the job back for some seconds
    finish(run, process)
    check_end(cluster, run, undisturbed, submissions=1)
