"""What a cluster lacks is found by comparing what it says with what is asked: without SLURM."""

import math
from dataclasses import dataclass
from pathlib import Path

import pytest

from cluster import offers
from cluster.offers import (
    Controller,
    Node,
    find_controller,
    read_controller,
    read_minutes,
    read_partitions,
)
from cluster.preflight import Demand, find_blindness, find_mistakes

SINFO = """\
cpu*|up|1-00:00:00|8|64000|(null)
cpu*|up|1-00:00:00|64|256000+|(null)
gpu|up|2:00:00|16|64000|gpu:a100:2(S:0-1),shard:8
gpu|up|2:00:00|64|8000|gpu:v100:4
old|down|infinite|4|4000|
""".splitlines()
OFFERS = read_partitions(SINFO)


def find(**demand):
    return find_mistakes([Demand("train", **demand)], OFFERS, ["hep"])


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("1-12:30:00", 2190), ("30:00", 30), ("2:00:00", 120), ("0:30", 0.5),
        ("infinite", math.inf), ("n/a", math.inf),
    ],
)  # fmt: skip
def test_times_are_read_as_slurm_writes_them(text, minutes):
    assert read_minutes(text) == minutes


def test_partitions_have_the_nodes_that_sinfo_lists():
    assert set(OFFERS) == {"cpu", "gpu", "old"}
    assert OFFERS["cpu"].nodes == {Node(8, 64000, frozenset()), Node(64, 256000, frozenset())}
    assert Node(16, 64000, frozenset({"gpu:a100:2", "shard:8"})) in OFFERS["gpu"].nodes
    assert [name for name, offer in OFFERS.items() if offer.is_default] == ["cpu"]
    assert [name for name, offer in OFFERS.items() if not offer.is_up] == ["old"]


@pytest.mark.parametrize(
    "demand",
    [
        {},
        {"partition": "cpu", "minutes": 1440, "memory": 256000, "cpus": 64},
        {"partition": "cpu,gpu", "minutes": 600, "gres": "gpu:4", "account": "hep"},
        {"partition": "gpu", "gres": "gpu:a100:2", "memory": 64000, "cpus": 16, "minutes": 120},
        {"partition": "gpu", "gres": "gpu"},
        {"partition": "gpu", "gres": "gpu:v100:4", "processes": 4},
        {"partition": "cpu", "processes": 4},
        {"partition": "gpu", "minutes": 9000, "qos": "long"},
        {"partition": "old,cpu", "minutes": 10_000},
        {"account": "HEP"},
    ],
)
def test_what_a_cluster_has_may_be_asked_for(demand):
    assert find(**demand) == []


@pytest.mark.parametrize(
    ("demand", "key", "words"),
    [
        ({"partition": "gqu"}, "slurm_partition", "there is no 'gqu' for you, but cpu, gpu, old"),
        ({"account": "hap"}, "slurm_account", "there is no 'hap' for you, but hep"),
        ({"partition": "CPU"}, "slurm_partition", "there is no 'CPU' for you, but cpu, gpu, old"),
        ({"partition": "old"}, "slurm_partition", "'old' is not up"),
        ({"partition": "gpu", "minutes": 121}, "runtime", "partition 'gpu' allows 120"),
        ({"minutes": 2000, "jobs": 50}, "runtime", "2000 minutes for 50 jobs in one submission"),
        ({"minutes": 2000}, "runtime", "partition 'cpu' allows 1440"),
        ({"memory": 300_000}, "mem_mb", "nodes with 256000 at most"),
        ({"partition": "gpu", "cpus": 65}, "threads", "nodes with 64 at most"),
        ({"partition": "gpu", "gres": "gpu:h100:1"}, "gres", "no gpu:h100:1, but gpu:a100:2, "),
        ({"partition": "gpu", "gres": "gpu:5"}, "gres", "has no gpu:5"),
        ({"partition": "gpu", "gres": "gpu:v100:1", "processes": 4}, "gres",
         "gpu:v100:1, but training.processes is 4, and each needs a graphics processor: "),
        ({"partition": "gpu", "gres": "gpu:a100:1", "cpus": 64}, "mem_mb, threads and gres",
         "at once"),
    ],
)  # fmt: skip
def test_what_it_lacks_is_named_with_its_key(demand, key, words):
    (mistake,) = find(**demand)
    assert mistake.startswith(f"{key} of rule train: ")
    assert words in mistake


def test_where_slurm_says_nothing_nothing_is_found():
    wrong = Demand("train", "gqu", "hap", "gpu:9", minutes=1e6, memory=1e9, cpus=999)
    assert find_mistakes([wrong], {}, []) == []


@pytest.mark.parametrize(
    ("lines", "controller"),
    [
        ("MinJobAge = 300 sec\nAccountingStorageType   = accounting_storage/none",
         Controller(300, False)),
        ("MinJobAge=60 sec\nAccountingStorageType = accounting_storage/slurmdbd",
         Controller(60, True)),
        ("MinJobAge = 0 sec\nAccountingStorageType = (null)", Controller(math.inf, False)),
        ("", Controller(300, False)),
    ],
)  # fmt: skip
def test_the_controller_says_how_it_remembers_jobs(lines, controller):
    assert read_controller(lines) == controller


@pytest.mark.parametrize(
    ("command", "pause", "controller", "words"),
    [
        ("squeue", 20, Controller(300, False), None),
        ("squeue", 20, Controller(60, True), None),
        ("sacct", 20, Controller(60, True), None),
        ("sacct", 20, Controller(3600, False), "set it to squeue"),
        ("squeue", 20, Controller(60, False), "for 60 s only (MinJobAge), too short"),
        ("squeue", 120, Controller(300, False), "checks to 100 at most"),
    ],
)
def test_ends_that_nobody_would_see_are_foreseen(command, pause, controller, words):
    found = find_blindness(command, pause, controller)
    assert (
        (found is None) if words is None else (found.startswith("slurm-status") and words in found)
    )


@dataclass
class Program:
    """A program called `scontrol` that answers only after some calls."""

    folder: Path
    silent: int

    def write(self):
        count = self.folder / "calls"
        script = self.folder / "scontrol"
        script.write_text(
            f"#!/bin/sh\necho x >> {count}\n"
            f"if [ $(wc -l < {count}) -le {self.silent} ]; then\n"
            "echo Unable to contact >&2; exit 1; fi\n"
            "echo 'MinJobAge = 300 sec'\n"
        )
        script.chmod(0o755)


@pytest.mark.parametrize("silent", [2, 10**6])
def test_a_silent_controller_is_asked_for_some_time(tmp_path, monkeypatch, silent):
    Program(tmp_path, silent).write()
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(offers, "PAUSE", 0.01)
    monkeypatch.setattr(offers, "PATIENCE", 5.0 if silent < 10 else 0.1)
    if silent < 10:
        assert find_controller() == Controller(300, has_accounts=False)
    else:
        with pytest.raises(RuntimeError, match="controller does not answer: Unable to contact"):
            find_controller()


def test_without_slurm_it_is_said_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="load SLURM's module"):
        find_controller()
