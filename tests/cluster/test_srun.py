"""The srun that finds a configuration which does not lie in the default place."""

import os
import subprocess
from pathlib import Path

import pytest

from cluster.srun import FOLDER, keep_configuration

CONFIGURATION = "/a folder/$HOME/it's/slurm.conf"


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Call srun as a job does that has forgotten where the configuration lies."""
    program = tmp_path / "bin of slurm" / "srun"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "$SLURM_CONF" "$@"\n')
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("SLURM_CONF", CONFIGURATION)

    def call():
        keep_configuration()
        command = ["srun", "-n1", "two words"]
        environment = {"PATH": os.environ["PATH"]}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    return call


def test_srun_knows_the_configuration_whatever_its_name(call):
    assert call().stdout == f"{CONFIGURATION} -n1 two words\n"
    assert call().stdout == f"{CONFIGURATION} -n1 two words\n"


@pytest.mark.parametrize(
    "damage", [lambda p: p.write_bytes(b"\xff"), lambda p: p.chmod(0o644), Path.unlink]
)
def test_a_damaged_one_is_written_anew(call, damage):
    call()
    damage(FOLDER / "srun")
    assert call().stdout == f"{CONFIGURATION} -n1 two words\n"
