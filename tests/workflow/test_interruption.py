"""A run that is killed while a network trains ends as if nothing had happened."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

pytestmark = pytest.mark.workflow

WEIGHTS = "results/lep/models/ae/weights.pt"
CHECKPOINT = "results/lep/checkpoints/ae.pt"
EPOCHS = 200  # some seconds
PATIENCE = 60.0


def kill_after_a_checkpoint(run):
    """Start Snakemake and kill it with all of its jobs once a first epoch is finished."""
    run.save()
    command = [
        sys.executable, "-m", "snakemake", "--snakefile", str(run.checkout / "Snakefile"),
        "--directory", str(run.folder), "--cores", "2", WEIGHTS,
    ]  # fmt: skip
    said, end = run.folder / "said.txt", time.monotonic() + PATIENCE
    with (
        said.open("w") as stream,
        subprocess.Popen(
            command, cwd=run.checkout, stdout=stream, stderr=stream, start_new_session=True
        ) as process,
    ):
        try:
            while not (run.folder / CHECKPOINT).exists():
                assert process.poll() is None, said.read_text()
                assert time.monotonic() < end, said.read_text()
                time.sleep(0.005)
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # its own session: nobody else's processes
    assert process.returncode == -signal.SIGKILL


def test_a_killed_run_ends_with_the_same_weights(tiny, tmp_path_factory):
    tiny.config["architectures"]["ae"]["epochs"] = EPOCHS
    tiny.config["selections"]["lep"]["channels"] = {"B1": ["b1"]}  # few jobs before the training
    tiny.config["megasets"]["number"] = 1
    kill_after_a_checkpoint(tiny)
    assert (tiny.folder / CHECKPOINT).exists()
    assert not (tiny.folder / WEIGHTS).exists()
    tiny.make("--unlock")
    quiet = replace(tiny, folder=tmp_path_factory.mktemp("quiet") / "run")
    shutil.copytree(tiny.folder, quiet.folder)  # with its megasets
    (quiet.folder / CHECKPOINT).unlink()
    tiny.make(WEIGHTS)
    log = (tiny.folder / "logs/train/lep/ae.log").read_text()
    assert "ae: continuing after" in log
    assert "megaset 0, epoch 0:" not in log
    assert not (tiny.folder / CHECKPOINT).exists()
    quiet.make(WEIGHTS)
    assert "continuing" not in (quiet.folder / "logs/train/lep/ae.log").read_text()
    assert (tiny.folder / WEIGHTS).read_bytes() == (quiet.folder / WEIGHTS).read_bytes()
