"""Failures of jobs, of Snakemake and of SLURM's controller; what is asked of a cluster."""

import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from runs import ENVIRONMENT, start_tiny
from submissions import (
    PROFILE,
    WEIGHTS,
    find_script,
    finish,
    list_comments,
    read_said,
    start_short,
    submit,
    wait_for_training,
    wait_until,
)  # fmt: skip

pytestmark = pytest.mark.cluster

SHARD = "results/lep/rmm/shards/{0}/{0}.parquet"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    run = start_short(tmp_path_factory.mktemp("prepared"))
    run.make("results/lep/rmm/scalers/minmax-clipped.json")
    return run


@pytest.fixture
def run(prepared, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(prepared.folder, folder)
    return replace(prepared, folder=folder)


def call_cluster(cluster, run, action):
    """Call the command for jobs that a lost Snakemake left."""
    paths = {"PYTHONPATH": str(run.checkout / "workflow/src")}
    return subprocess.run(
        [sys.executable, "-m", "cluster", action], cwd=run.folder, text=True, check=False,
        env={**ENVIRONMENT, **cluster.environment, **paths}, capture_output=True,
    )  # fmt: skip


def test_a_bad_file_fails_alone(cluster, tmp_path):
    run = start_tiny(tmp_path)
    good = (tmp_path / "input/b2.root").read_bytes()
    (tmp_path / "input/b2.root").write_bytes(good[: len(good) // 2])
    said = finish(run, submit(cluster, run, "--retries", "0"), returncode=1)
    assert "build_shard" in said
    assert "b2.root" in said
    assert not (tmp_path / SHARD.format("b2")).exists()
    made = [tmp_path / SHARD.format(name) for name in ("b1", "sig", "obs")]
    before = [path.stat().st_ino for path in made]
    (tmp_path / "input/b2.root").write_bytes(good)
    finish(run, submit(cluster, run, "results/lep/rmm/megasets/0.parquet"))
    assert [path.stat().st_ino for path in made] == before


def test_too_little_memory_is_asked_for_again_with_more(cluster, tmp_path):
    run = start_tiny(tmp_path)
    little = ("--set-resources", "build_shard:mem_mb=130 * attempt", "--retries", "4")
    finish(run, submit(cluster, run, *little, "--", SHARD.format("b1")))
    asked = [job["MinMemoryNode"] for job in list_comments(cluster, run)]
    assert len(asked) > 1
    assert sorted(asked) == [f"{130 * (k + 1)}M" for k in range(len(asked))]


def test_a_wrong_partition_is_named_with_its_key(cluster, tmp_path):
    run = start_tiny(tmp_path)
    wrong = ("--set-resources", "train:slurm_partition=gqu")
    said = finish(run, submit(cluster, run, *wrong), returncode=1)
    assert f"Edit {PROFILE / 'config.yaml'}" in said
    assert "slurm_partition of rule train: there is no 'gqu' for you, but cpu, gpu" in said
    assert list_comments(cluster, run) == []


def test_a_gpu_that_is_not_there_is_named_with_its_key(cluster, tmp_path):
    run = start_tiny(tmp_path)
    wrong = ("--set-resources", "train:slurm_partition=gpu", "train:gres=gpu:a100:1")
    said = finish(run, submit(cluster, run, *wrong), returncode=1)
    assert "gres of rule train: partition 'gpu' has no gpu:a100:1, but gpu:fake:2" in said


def test_more_time_than_a_partition_allows_is_named_with_its_key(cluster, tmp_path):
    run = start_tiny(tmp_path)
    wrong = ("--set-resources", "train:runtime=1441", "score:mem_mb=64001")
    said = finish(run, submit(cluster, run, *wrong), returncode=1)
    assert "runtime of rule train: 1441 minutes, but partition 'cpu' allows 1440" in said
    assert "mem_mb of rule score: 64001" in said
    assert list_comments(cluster, run) == []


def test_the_controller_is_silent_at_the_first_looks(cluster, run):
    """No job is lost, though the program that the executor then asks answers nothing."""
    process = submit(cluster, run, WEIGHTS)
    wait_for_training(run)
    with cluster.silence():
        wait_until(lambda: "does not tell the states" in read_said(run), "no look", run)
    finish(run, process)


def test_nothing_is_submitted_to_a_silent_controller(cluster, run):
    with cluster.silence():
        said = finish(run, submit(cluster, run, WEIGHTS), returncode=1)
    assert "SLURM's controller does not answer" in said
    assert "nothing was submitted" in said


def test_snakemake_interrupted(cluster, run):
    """Ctrl-C cancels the jobs; the next start goes on."""
    process = submit(cluster, run, WEIGHTS)
    wait_for_training(run)
    process.send_signal(signal.SIGINT)
    finish(run, process, returncode=1)
    wait_until(lambda: find_script(run) is None, "the job lives on")
    finish(run, submit(cluster, run, WEIGHTS))
    assert "continuing" in (run.folder / "logs/train/lep/ae.log").read_text()


def test_snakemake_terminated(cluster, run):
    """SIGTERM: what runs is awaited, nothing is started after it."""
    process = submit(cluster, run)
    wait_for_training(run)
    process.send_signal(signal.SIGTERM)
    finish(run, process, returncode=1)
    assert (run.folder / WEIGHTS).exists()
    assert list_comments(cluster, run, "scores") == []


def test_snakemake_killed(cluster, run):
    """The job works on; the command shows it, a new start waits for it and takes its product."""
    process = submit(cluster, run, WEIGHTS)
    wait_for_training(run)
    process.kill()
    process.wait()
    shown = call_cluster(cluster, run, "show")
    assert shown.returncode == 1
    assert "train lep_ae" in shown.stdout
    said = finish(run, submit(cluster, run, WEIGHTS))
    assert "waiting for them" in said
    assert "Nothing to be done" in said
    assert len(list_comments(cluster, run, "rule_train")) == 1


def test_leftover_jobs_can_be_cancelled(cluster, run):
    process = submit(cluster, run, WEIGHTS)
    wait_for_training(run)
    process.kill()
    process.wait()
    ended = call_cluster(cluster, run, "cancel")
    assert ended.returncode == 0
    assert call_cluster(cluster, run, "show").stdout.startswith("0 jobs")
    assert not (run.folder / WEIGHTS).exists()
    finish(run, submit(cluster, run, WEIGHTS))
    assert "continuing" in (run.folder / "logs/train/lep/ae.log").read_text()


def test_the_controller_restarts_in_the_middle(cluster, run):
    process = submit(cluster, run, WEIGHTS)
    wait_for_training(run)
    cluster.restart_controller()
    finish(run, process)
    assert "error" not in read_said(run).lower().split("what runs, and why")[-1]
