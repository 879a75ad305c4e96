"""Before unblinding data are scored up to the cuts only."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rapidmass.config.search.unblinding import Unblinding
from rapidmass.config.studies.blind_test import BlindTest
from rapidmass.provenance.settings import read_settings

EVALUATION = Path(__file__).with_name("blinded_rules.py")


@pytest.fixture(scope="module")
def states(tmp_path_factory):
    """Jobs of each rule, before and after unblinding."""
    folder = tmp_path_factory.mktemp("blinded")
    file = folder / "jobs.json"
    run = subprocess.run(
        [sys.executable, EVALUATION, folder, file], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(file.read_text())


def list_readers(rules, text):
    """Rules with a job that has some text in the name of an input."""
    return {
        rule
        for rule, jobs in rules.items()
        if any(text in p for job in jobs for p in job["inputs"])
    }


def list_data_jobs(rules):
    """Jobs that score data."""
    jobs = [*rules["score"], *rules["score_data"], *rules["score_baseline"]]
    return [job for job in jobs if job["wildcards"]["dataset"].startswith("data")]


def get_settings(job):
    return read_settings(job["params"]["settings"])


def get_quantile(job):
    settings = get_settings(job)
    return settings["blind_quantile"] if "blind_quantile" in settings else settings["quantile"]


READERS = {"check_data", "score_data", "score_baseline", "compare_data"}


def test_events_of_data_are_read_by_few(states):
    """What else could tell their scores reads files of scores, which are cut."""
    rules = states["blinded"]
    assert list_readers(rules, "rmm/shards/data_") - {"collect_cutflows", "write_report"} <= READERS
    for rule in ("collect_cutflows", "write_report"):
        paths = [
            path for job in rules[rule] for path in job["inputs"] if "rmm/shards/data_" in path
        ]
        assert all(path.endswith(".cutflow.json") for path in paths)


def test_data_are_cut_at_the_scores_of_their_own_background(states):
    jobs = list_data_jobs(states["blinded"])
    assert len(jobs) > 4
    for job in jobs:
        model = job["wildcards"].get("model") or job["wildcards"]["baseline"]
        selection = job["wildcards"]["selection"]
        background = f"results/{selection}/scores/{model}/background.parquet"
        assert background in job["inputs"]
        assert get_quantile(job) == 0.5


def test_unblinded_data_are_scored_whole(states):
    jobs = list_data_jobs(states["unblinded"])
    assert len(jobs) >= len(list_data_jobs(states["blinded"]))
    for job in jobs:
        assert not any("background.parquet" in path for path in job["inputs"])
        assert get_quantile(job) is None


def test_unblinding_changes_nothing_else(states):
    """Neither networks nor scores of the rest nor scans nor the blind test are other ones then."""
    changed = {
        rule for rule, jobs in states["blinded"].items() if jobs != states["unblinded"][rule]
    }
    assert {"score_data", "write_report"} <= changed
    made = {"train", "fit_baseline", "score", "measure_power", "scan_cuts", "summarise_scans"}
    assert not changed & made
    assert made <= set(states["blinded"]) == set(states["unblinded"])


def test_the_blind_test_reads_no_data(states):
    for jobs in states.values():
        for job in jobs["measure_power"]:
            assert not any("/data_" in p and "results/samples" not in p for p in job["inputs"])


def test_jobs_get_what_their_settings_mean(states):
    for job in states["blinded"]["measure_power"]:
        block = get_settings(job)["blind_test"]
        assert {"strengths", "toys"} <= set(block)
        BlindTest.model_validate({**BlindTest().model_dump(), **block})
    for state, by in (("blinded", None), ("unblinded", "the board")):
        (report,) = states[state]["write_report"]
        decision = get_settings(report)["unblinding"]
        assert (decision and Unblinding.model_validate(decision).by) == by
