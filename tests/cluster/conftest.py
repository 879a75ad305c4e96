"""One cluster for all tests of this folder that run in one process."""

import os
import shutil

import pytest

from slurm import PROGRAMS, Slurm


@pytest.fixture(scope="session")
def cluster():
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        pytest.skip(f"missing: {' '.join(missing)}; run envs/install-system-packages.sh as root")
    if os.geteuid():
        pytest.skip("only root can run SLURM (envs/install-system-packages.sh installs it)")
    with Slurm(cpus=8, memory_mb=64000) as slurm:
        yield slurm
