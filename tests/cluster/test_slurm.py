"""The cluster that the tests start: it runs, limits, loses and requeues jobs like a real one."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import slurm
from slurm import Slurm, parse_job

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module", autouse=True)
def expired_job(cluster):
    """A job past its time limit; SLURM takes up to half a minute to see that, so tests go on."""
    job_id = cluster.submit("sleep 600", "--partition=gpu")
    cluster.wait_for_state(job_id, "RUNNING")
    cluster.expire(job_id)
    return job_id


def test_job_runs_and_its_properties_are_listed(cluster, tmp_path):
    output = tmp_path / "output"
    job_id = cluster.submit("echo done", f"--output={output}", "--comment=two words", "--mem=300")
    job = cluster.wait_for_state(job_id, "COMPLETED")
    assert output.read_text() == "done\n"
    expected = {"Partition": "cpu", "NodeList": "node1", "Comment": "two words", "Restarts": "0"}
    assert expected.items() <= job.items()
    assert job["MinMemoryNode"] == "300M"


def test_step_runs_within_a_job(cluster, tmp_path):
    output = tmp_path / "output"
    job_id = cluster.submit(
        "srun sh -c 'echo $SLURM_PROCID'", f"--output={output}", "--error=/dev/null", "--ntasks=2"
    )
    cluster.wait_for_state(job_id, "COMPLETED")
    assert sorted(output.read_text().split()) == ["0", "1"]


def test_gpus_are_handed_out(cluster, tmp_path):
    jobs = [
        cluster.submit(
            "echo $CUDA_VISIBLE_DEVICES; sleep 2",
            "--partition=gpu",
            "--gres=gpu:1",
            f"--output={tmp_path / str(i)}",
        )
        for i in range(2)
    ]
    for job_id in jobs:
        job = cluster.wait_for_state(job_id, "COMPLETED")
        assert job["NodeList"] == "node2"
        assert job["JOB_GRES"] == "gpu:fake:1"
    assert {(tmp_path / str(i)).read_text() for i in range(2)} == {"0\n", "1\n"}


def test_partition_without_gpus_refuses_a_gpu_job(cluster):
    with pytest.raises(RuntimeError, match="Requested node configuration is not available"):
        cluster.submit("true", "--partition=cpu", "--gres=gpu:1")


@pytest.mark.parametrize("step", ["", "srun "])
def test_job_over_its_memory_is_killed(cluster, step):
    allocation = shlex.quote("x = b'x' * 600_000_000; import time; time.sleep(60)")
    job_id = cluster.submit(f"{step}{sys.executable} -c {allocation}", "--mem=300")
    job = cluster.wait_for_state(job_id, "FAILED", "OUT_OF_MEMORY", seconds=20)
    assert job["ExitCode"] in ("0:9", "0:125", "137:0")


def test_job_of_a_crashed_node_runs_again(cluster, tmp_path):
    starts = tmp_path / "starts"
    # what leaves the session and the environment of the job is lost with the node all the same
    command = f"echo $SLURM_RESTART_COUNT >> {starts}; setsid env -i sleep 4321 & sleep 1234"
    job_id = cluster.submit(command)
    cluster.wait_for_state(job_id, "RUNNING")
    cluster.wait_for(lambda: find_commands("4321"))
    cluster.crash_node("node1")
    assert find_commands("4321", "1234") == []
    cluster.start_node("node1")
    cluster.wait_for_state(job_id, "PENDING")
    cluster.release(job_id)
    job = cluster.wait_for_state(job_id, "RUNNING")
    assert job["Restarts"] == "1"
    cluster.wait_for(lambda: starts.read_text() == "\n1\n")
    cluster.run("scancel", job_id)
    cluster.wait_for_state(job_id, "CANCELLED")


def test_stop_leaves_nothing():
    with Slurm(nodes=1, gpus=1) as other:
        job_id = other.submit("setsid env -i sleep 600 & srun sleep 600", "--gres=gpu:1")
        other.wait_for(lambda: other.find_job(job_id)["JobState"] == "RUNNING")
        other.wait_for(lambda: len(list_started(other)) >= 10)
        folder, processes = other.folder, list_started(other)
    assert not any(process.is_running() for process in processes)
    assert not folder.exists()


def test_failed_start_shows_the_log_and_leaves_nothing(monkeypatch):
    monkeypatch.setattr(slurm, "SETTINGS", slurm.SETTINGS.replace("cons_tres", "no_such_plugin"))
    broken = Slurm()
    with pytest.raises(RuntimeError, match="slurmctld has ended") as caught:
        broken.start()
    assert "Can't find plugin for select/no_such_plugin" in str(caught.value)
    assert (broken.daemons, broken.folder) == ({}, None)


def test_cluster_ends_with_the_process_that_started_it():
    program = (
        "import slurm, psutil; s = slurm.Slurm(nodes=1); s.start(); s.submit('sleep 600');"
        "s.wait_for(lambda: s.list_jobs()[0]['JobState'] == 'RUNNING');"
        "print(s.folder, *[p.pid for p in psutil.Process().children(True)], flush=True); input()"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=Path(slurm.__file__).parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with owner:
        folder, *pids = owner.stdout.readline().split()
        # what ran for a moment is gone by itself
        processes = [psutil.Process(int(pid)) for pid in pids if psutil.pid_exists(int(pid))]
        owner.kill()
    gone, alive = psutil.wait_procs(processes, timeout=10)
    shutil.rmtree(folder)
    assert len(gone) >= 7
    assert alive == []


def test_texts_with_spaces_and_equal_signs_are_parsed():
    line = "JobId=7 Comment=rule a=b, c WorkDir=/a b TRES=cpu=1,mem=5M CPUs/Task=2 Power="
    assert parse_job(line) == {
        "JobId": "7",
        "Comment": "rule a=b, c",
        "WorkDir": "/a b",
        "TRES": "cpu=1,mem=5M",
        "CPUs/Task": "2",
        "Power": "",
    }


def test_expired_job_ends_by_its_time_limit(cluster, expired_job):
    cluster.wait_for_state(expired_job, "TIMEOUT", seconds=60)


def test_running_job_survives_a_restart_of_the_controller(cluster):
    job_id = cluster.submit("sleep 3")
    cluster.wait_for_state(job_id, "RUNNING")
    cluster.restart_controller()
    assert cluster.wait_for_state(job_id, "COMPLETED")["Restarts"] == "0"


def test_clear_leaves_an_idle_cluster(cluster):
    jobs = [cluster.submit("sleep 600", "--exclusive") for _ in range(2)]
    cluster.wait_for_state(jobs[0], "RUNNING")
    cluster.crash_node("node1")
    cluster.clear()
    assert {cluster.find_job(job)["JobState"] for job in jobs} == {"CANCELLED"}
    assert cluster.list_nodes() == {"node1": "idle", "node2": "idle"}


def list_started(cluster):
    """The cluster's processes."""
    return [
        process
        for daemon in cluster.daemons.values()
        for process in [
            psutil.Process(daemon.pid),
            *psutil.Process(daemon.pid).children(recursive=True),
        ]
    ]


def find_commands(*seconds):
    """Running `sleep`s of so many seconds."""
    return [
        process.pid
        for process in psutil.process_iter(["cmdline", "name"])
        if process.info["name"] == "sleep" and process.info["cmdline"][1:] in [[s] for s in seconds]
    ]
