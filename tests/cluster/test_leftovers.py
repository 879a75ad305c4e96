"""Cancelling jobs where SLURM refuses it; real jobs are cancelled in the tests of submissions."""

import pytest

from cluster.leftovers import QueuedJob, cancel

JOBS = [QueuedJob("17", "RUNNING", "1:00", "train"), QueuedJob("18", "PENDING", "0:00", "train")]


@pytest.fixture
def answer(tmp_path, monkeypatch):
    """Let a program called `scancel` fail with some words."""

    def answer(words):
        program = tmp_path / "scancel"
        program.write_text(f"#!/bin/sh\necho '{words}' >&2\nexit 1\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    return answer


def test_a_job_that_ended_meanwhile_is_no_fault(answer):
    answer("scancel: error: Kill job error on job id 17: Invalid job id specified")
    cancel(JOBS)


def test_a_controller_that_does_not_answer_is(answer):
    answer("scancel: error: Unable to contact slurm controller")
    with pytest.raises(RuntimeError, match="Unable to contact"):
        cancel(JOBS)
