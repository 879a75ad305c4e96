"""A run that is killed while a network trains ends as if nothing had happened."""

import shutil
import signal
import time
from contextlib import contextmanager
from dataclasses import replace

import psutil
import pytest

from reruns.owner import is_script

pytestmark = pytest.mark.workflow

WEIGHTS = "results/lep/models/ae/weights.pt"
CHECKPOINT = "results/lep/checkpoints/ae.pt"
LOG = "logs/train/lep/ae.log"
EPOCHS = 200  # some seconds
PATIENCE = 300.0


@pytest.fixture(scope="module")
def undisturbed(make_tiny, tmp_path_factory):
    """A run whose training is slow enough to be killed, up to that training; and its weights."""
    run = make_tiny(tmp_path_factory.mktemp("quiet"))
    run.config["architectures"]["ae"]["epochs"] = EPOCHS
    run.config["selections"]["lep"]["channels"] = {"B1": ["b1"]}  # few jobs before the training
    run.config["megasets"]["number"] = 1
    run.make("results/lep/rmm/scalers/minmax-clipped.json")
    before = tmp_path_factory.mktemp("before") / "run"
    shutil.copytree(run.folder, before)
    run.make(WEIGHTS)
    assert "continuing" not in (run.folder / LOG).read_text()
    return replace(run, folder=before), (run.folder / WEIGHTS).read_bytes()


@pytest.fixture
def run(undisturbed, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(undisturbed[0].folder, folder)
    return replace(undisturbed[0], folder=folder)


@pytest.fixture
def weights(undisturbed):
    return undisturbed[1]


@contextmanager
def start_training(run):
    """Start Snakemake; give it and the job that trains, once a first epoch is finished."""
    said, end = run.folder / "said.txt", time.monotonic() + PATIENCE
    with said.open("w") as stream, run.start(WEIGHTS, stdout=stream) as process:
        while not (run.folder / CHECKPOINT).exists():
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < end, said.read_text()
            time.sleep(0.005)
        children = psutil.Process(process.pid).children(recursive=True)
        yield process, next(child for child in children if is_script(child))
    assert not (run.folder / WEIGHTS).exists() or process.returncode == -signal.SIGKILL


def test_snakemake_and_its_job_killed(run, weights):
    with start_training(run) as (process, job):
        process.kill()
        job.kill()
    assert (run.folder / CHECKPOINT).exists()
    said = run.make(WEIGHTS).output  # a plain restart: the lock of the dead does not count
    assert "its lock is cleared" in said
    log = (run.folder / LOG).read_text()
    assert "ae: continuing after" in log
    assert "megaset 0, epoch 0:" not in log
    assert not (run.folder / CHECKPOINT).exists()
    assert (run.folder / WEIGHTS).read_bytes() == weights


def test_snakemake_alone_killed(run, weights):
    """Its job works on: the next run waits for it, and takes what it made."""
    with start_training(run) as (process, job):
        process.kill()
    assert job.is_running()
    said = run.make(WEIGHTS).output
    assert f"(process {job.pid}): waiting for them" in said
    assert "Nothing to be done" in said
    assert "continuing" not in (run.folder / LOG).read_text()
    assert (run.folder / WEIGHTS).read_bytes() == weights


def test_a_dry_run_does_not_wait_for_a_killed_one(run):
    with start_training(run) as (process, job):
        process.kill()
    said = run.snakemake("--dry-run", WEIGHTS).output
    assert "waiting" not in said
    assert "localrule train:" in said or "rule train:" in said
    job.kill()


def test_a_job_alone_killed(run, weights):
    with start_training(run) as (process, job):
        job.kill()
        assert process.wait(PATIENCE) == 1
    run.make(WEIGHTS)
    assert "ae: continuing after" in (run.folder / LOG).read_text()
    assert (run.folder / WEIGHTS).read_bytes() == weights
