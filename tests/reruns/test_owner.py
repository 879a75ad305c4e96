"""The lock of a run that was killed is cleared, but never that of one that lives."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from snakemake.persistence.file import FilePersistence

from reruns import owner
from reruns.owner import clear_lock, own_lock

HOLD = """\
import time
import snakemake.api
from pathlib import Path
from reruns.owner import own_lock
with own_lock(Path(".snakemake"), "local"):
    print("locked", flush=True)
    time.sleep(60)
"""
# a job: it works for some seconds, and then its product is there
WORK = "import sys, time; time.sleep(float(sys.argv[1])); open(sys.argv[2], 'w').close()\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(owner, "PAUSE", 0.05)
    return folder


@pytest.fixture
def persistence(here):
    """A working folder that is locked."""
    made = FilePersistence(path=here / ".snakemake")
    made._write_locks("output", ["results/a.json"])
    return made


def is_locked(persistence):
    return list(persistence._read_locks()) != []


@pytest.fixture
def start():
    """Start processes that end with the test."""
    started = []

    def run(*arguments, folder):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        started.append(
            subprocess.Popen(
                [sys.executable, *map(str, arguments)],
                cwd=folder,
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def hold_lock(start, folder):
    """Start a run that holds the lock of a folder."""
    run = start("-c", HOLD, folder=folder)
    assert run.stdout.readline() == "locked\n"
    return run


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


def start_job(start, folder, seconds):
    """Start a script as Snakemake does: from a copy in its own folder."""
    script = folder / ".snakemake" / "scripts" / "tmp1234.train.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(WORK)
    return start(script, seconds, "product", folder=folder)


def list_owners(folder):
    return list((folder / ".snakemake").glob("rapidmass-owner-*.json"))


def read_owner(folder):
    (owner,) = list_owners(folder)
    return json.loads(owner.read_text())


def write_owner(folder, **changes):
    with own_lock(folder / ".snakemake", "local"):
        content = {**read_owner(folder), **changes}
    name = f"rapidmass-owner-{content['host']}-{content['pid']}.json"
    (folder / ".snakemake" / name).write_text(json.dumps(content))


def test_the_owner_is_noted_for_as_long_as_it_holds_the_lock(here):
    with own_lock(here / ".snakemake", "local"):
        noted = read_owner(here)
        assert noted["pid"] == os.getpid()
    assert list_owners(here) == []
    with pytest.raises(KeyError), own_lock(here / ".snakemake", "local"):
        raise KeyError
    assert list_owners(here) == []


def test_the_lock_of_a_killed_run_is_cleared(here, persistence, start):
    run = hold_lock(start, here)
    kill(run)
    assert read_owner(here)["pid"] == run.pid
    clear_lock(persistence, "local")
    assert not is_locked(persistence)
    assert list_owners(here) == []


def test_the_lock_of_a_living_run_stays(here, persistence, start):
    hold_lock(start, here)
    clear_lock(persistence, "local")
    assert is_locked(persistence)
    assert len(list_owners(here)) == 1


def test_a_process_that_got_the_number_of_a_killed_run_is_not_it(here, persistence):
    write_owner(here)  # of this process, which runs tests
    clear_lock(persistence, "local")
    assert not is_locked(persistence)


def test_the_lock_of_another_machine_stays(here, persistence):
    write_owner(here, host="another-machine")
    clear_lock(persistence, "local")
    assert is_locked(persistence)


def test_the_lock_of_another_user_stays(here, persistence):
    write_owner(here, user=os.getuid() + 1)
    clear_lock(persistence, "local")
    assert is_locked(persistence)


@pytest.mark.parametrize("is_killed", [True, False])
def test_notes_of_earlier_versions_name_an_owner(here, persistence, start, is_killed):
    run = hold_lock(start, here)
    (path,) = list_owners(here)
    noted = json.loads(path.read_text())
    del noted["numbers"]
    path.write_text(json.dumps(noted))
    if is_killed:
        kill(run)
    clear_lock(persistence, "local")
    assert is_locked(persistence) is not is_killed


def test_the_lock_stays_while_one_of_its_owners_lives(here, persistence, start):
    hold_lock(start, here)
    kill(hold_lock(start, here))
    assert len(list_owners(here)) == 2
    clear_lock(persistence, "local")
    assert is_locked(persistence)


def test_a_lock_without_an_owner_stays(here, persistence):
    clear_lock(persistence, "local")
    assert is_locked(persistence)
    (here / ".snakemake" / "rapidmass-owner-a-1.json").write_text("{")
    clear_lock(persistence, "local")
    assert is_locked(persistence)


@pytest.mark.parametrize(
    "changes",
    [{"pid": None}, {"pid": "1"}, {"executor": ["local"]}, {"user": None}, {"numbers": "pid:[1]"}],
)
def test_the_lock_of_an_owner_that_is_not_named_stays(here, persistence, changes):
    write_owner(here, **changes)
    clear_lock(persistence, "local")
    assert is_locked(persistence)


def test_jobs_of_a_killed_run_are_waited_for(here, persistence, start, tmp_path):
    """Only those of this folder: another one may have a run of its own."""
    kill(hold_lock(start, here))
    (tmp_path / "other").mkdir()
    other = start_job(start, tmp_path / "other", 60)
    job = start_job(start, here, 1.5)
    began = time.monotonic()
    clear_lock(persistence, "local")
    assert time.monotonic() - began < 30
    assert (here / "product").exists()
    assert job.wait() == 0
    assert other.poll() is None
    assert not is_locked(persistence)


def test_jobs_of_a_living_run_are_not_waited_for(here, persistence, start):
    hold_lock(start, here)
    job = start_job(start, here, 60)
    clear_lock(persistence, "local")
    assert job.poll() is None
    assert is_locked(persistence)


def test_jobs_are_found_by_their_script_and_folder(here, start, tmp_path):
    (tmp_path / "other").mkdir()
    start_job(start, tmp_path / "other", 60)
    start("-c", "import time; time.sleep(60)", folder=here)
    job = start_job(start, here, 60)
    deadline = time.monotonic() + 10
    while not owner._find_orphans() and time.monotonic() < deadline:
        time.sleep(0.01)  # a process has its command line only once it was executed
    assert owner._find_orphans() == [job.pid]


def test_a_cleared_folder_can_be_locked_again(here, start):
    kill(hold_lock(start, here))
    persistence = FilePersistence(path=here / ".snakemake", dag=None)
    clear_lock(persistence, "local")
    persistence._write_locks("output", ["results/a.json"])
    assert is_locked(persistence)
