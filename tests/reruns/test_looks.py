"""What Snakemake's executor for SLURM sees when nobody answers."""

import asyncio
import logging

import pytest

from reruns.looks import keep_jobs

plugin = pytest.importorskip("snakemake_executor_plugin_slurm")


@pytest.fixture
def ask(monkeypatch):
    """Ask for states of jobs as the executor does."""
    for name in ("query_job_status", "get_min_job_age"):  # put back afterwards
        monkeypatch.setattr(plugin, name, getattr(plugin, name))
    before = plugin.query_job_status
    keep_jobs(300.0)

    def ask(command, query=None):
        query = query or plugin.query_job_status
        return asyncio.run(query(command, logging.getLogger("test")))

    assert ask("false", before) == (None, None)  # which the executor takes for no jobs
    return ask


def test_no_answer_leaves_all_jobs_as_they_are(ask):
    assert ask("false") == ({}, 0.0)


def test_an_answer_is_passed_on(ask):
    states, seconds = ask("echo '17|RUNNING'")
    assert states == {"17": "RUNNING"}
    assert seconds > 0


@pytest.mark.usefixtures("ask")
def test_how_long_jobs_are_shown_is_not_asked_again(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert plugin.get_min_job_age() == 300.0
