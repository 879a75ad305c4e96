"""Costs: times of earlier runs, as Snakemake's benchmarks have them."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from snakemake.benchmark import BenchmarkRecord, write_benchmark_records

from reruns.costs import Cost, estimate_costs, write_time


@dataclass(frozen=True)
class Rule:
    name: str


@dataclass(eq=False)
class Job:
    """What a cost depends on."""

    rule: Rule
    benchmark: str | None = None
    resources: dict = field(default_factory=dict)


@pytest.fixture
def make_job(tmp_path):
    """Make a job that has run as often as there are times, or never."""
    made = []

    def make(rule, *times, **resources):
        path = tmp_path / f"{len(made)}.jsonl"
        if times:
            records = [BenchmarkRecord() for _ in times]
            for record, seconds in zip(records, times, strict=True):
                record.running_time = seconds
                record.process_gone = True
            write_benchmark_records(records, str(path), extended_fmt=False)
        made.append(Job(Rule(rule), str(path), resources))
        return made[-1]

    return make


def test_costs_add_up():
    total = Cost(2, 1, 30.0, 0.0) + Cost(1, 1, 12.0, 24.0)
    assert total == Cost(3, 2, 42.0, 24.0)
    assert sum([total], Cost()) == total


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "0 s"),
        (45, "45 s"),
        (99, "99 s"),
        (100, "2 min"),
        (720, "12 min"),
        (6000, "1.7 h"),
        (12240, "3.4 h"),
    ],
)
def test_times_have_the_unit_that_suits_them(seconds, text):
    assert write_time(seconds) == text


def test_three_columns():
    assert Cost(12, 12, 60.0, 120.0).write() == "    12       60 s      2 min"
    assert Cost(2, 1, 60.0).write().split() == ["2", "60", "s", "-"]
    assert Cost(2).write().split() == ["2", "?", "-"]


def test_a_job_costs_what_it_did_in_its_last_run(make_job):
    job = make_job("train", 500.0, 30.5)
    assert estimate_costs([job], {job}) == {"train": Cost(1, 1, 30.5)}


def test_a_new_job_costs_the_average_of_its_rule(make_job):
    new, *old = make_job("train"), make_job("train", 10.0), make_job("train", 30.0)
    other = make_job("score", 1000.0)
    assert estimate_costs([new, *old, other], {new}) == {"train": Cost(1, 1, 20.0)}


def test_jobs_of_a_rule_add_up_and_rules_are_apart(make_job):
    jobs = [make_job("train", 10.0), make_job("train", 30.0), make_job("score", 5.0)]
    assert estimate_costs(jobs, set(jobs)) == {
        "train": Cost(2, 2, 40.0),
        "score": Cost(1, 1, 5.0),
    }


def test_where_no_job_of_a_rule_has_run_the_time_is_unknown(make_job):
    job, other = make_job("train", gpu=1), make_job("score", 5.0)
    assert estimate_costs([job, other], {job}) == {"train": Cost(1)}


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"h:m:s": "0:00:01"}\n', '{"s": "NA"}\n', "s\th:m:s\n", '{"s": NaN}', "[" * 100_000],
)
def test_a_benchmark_without_a_time_tells_nothing(make_job, text):
    job = make_job("train", 5.0)
    Path(job.benchmark).write_text(text)
    assert estimate_costs([job], {job}) == {"train": Cost(1)}


def test_a_rule_without_a_benchmark():
    job = Job(Rule("train"))
    assert estimate_costs([job], {job}) == {"train": Cost(1)}


@pytest.mark.parametrize(
    ("resources", "gpus"),
    [
        ({}, 0),
        ({"mem_mb": 4000}, 0),
        ({"gpu": 0}, 0),
        ({"gpu": 2}, 2),
        ({"gres": "gpu:1"}, 1),
        ({"gres": "gpu:h100:2"}, 2),
        ({"gres": "gpu:h100"}, 1),
        ({"gres": "nvme:3"}, 0),
    ],
)
def test_gpu_time_is_counted_for_each_gpu(make_job, resources, gpus):
    job = make_job("train", 10.0, **resources)
    assert estimate_costs([job], {job})["train"].gpu_seconds == 10.0 * gpus
