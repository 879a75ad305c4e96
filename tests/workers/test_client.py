"""A script in a fork is a script as Python runs it; its measurer sees it from its beginning."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, nullcontext
from pathlib import Path

import psutil
import pytest

from workers import client
from workers.client import Pool


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    """A folder of scripts with what servers need of it."""
    folder = tmp_path / "scripts"
    folder.mkdir()
    for name in ("_preparation.py", "_sources.py", "_job.py"):
        shutil.copy(client.SCRIPTS / name, folder)
    monkeypatch.setattr(client, "SCRIPTS", folder)
    return folder


@pytest.fixture
def pool():
    pool = Pool()
    yield pool
    for server in pool._servers.values():
        server.requests.close()
        assert server.process.wait(60) in {0, -signal.SIGKILL}


def write(folder, source):
    script = folder / "script.py"
    script.write_text(source)
    return str(script)


def run(pool, script, threads=1, environment=None, measure=lambda _: nullcontext(), modules=()):
    code = {"modules": modules, "packages": ("numpy", "no_such_package_anywhere")}
    return pool.run(script, threads, (), code, environment or {}, measure)


TELL = """
import atexit, json, os, pathlib, signal, sys, __main__
mark = "of the main module"
class Local: pass
atexit.register(lambda: pathlib.Path("left").write_text("yes"))
pathlib.Path("told.json").write_text(json.dumps({
    "argv": sys.argv, "path": sys.path[0], "name": __name__, "main": __main__.mark,
    "file": __file__, "threads": os.environ["OMP_NUM_THREADS"], "folder": os.getcwd(),
    "temporary": os.environ.get("TMPDIR"), "class": Local.__module__, "home": os.environ["HOME"],
    "interrupt": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
    "blocked": len(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
    "descriptors": len(os.listdir("/proc/self/fd")),
}))
"""


def test_a_script_sees_what_it_sees_when_python_starts_it(pool, tmp_path, monkeypatch):
    """Also a second one of the same server, in a folder of its own and with other variables."""
    for home in ("a", "b"):
        folder = tmp_path / home
        folder.mkdir()
        script = write(folder, TELL)
        monkeypatch.chdir(folder)
        monkeypatch.setenv("HOME", home)
        assert run(pool, script, 2, {"TMPDIR": str(folder)}) == 0
        forked = json.loads(Path("told.json").read_text())
        assert Path("left").read_text() == "yes"
        started = {**os.environ, "OMP_NUM_THREADS": "2", "TMPDIR": str(folder)}
        subprocess.run([sys.executable, script], env=started, check=True)
        plain = json.loads(Path("told.json").read_text())
        assert forked == plain
    assert len(pool._servers) == 1


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("pass", 0),
        ("raise ValueError('so it is')", 1),
        ("import sys; sys.exit(3)", 3),
        ("import sys; sys.exit('no')", 1),
        ("this is no Python", 1),
        ("import os; os.kill(os.getpid(), 9)", -9),
        ("import os; os.kill(os.getpid(), 15)", -15),
    ],
)
def test_the_exit_code_is_that_of_the_script(pool, tmp_path, source, code):
    assert run(pool, write(tmp_path, source)) == code


def test_the_hook_for_errors_is_the_script_s_own(pool, tmp_path):
    source = (
        "import pathlib, sys\n"
        f"sys.excepthook = lambda *error: pathlib.Path({str(tmp_path / 'said')!r})"
        ".write_text(str(error[1]))\n"
        "raise ValueError('so it is')"
    )
    assert run(pool, write(tmp_path, source)) == 1
    assert (tmp_path / "said").read_text() == "so it is"


def test_a_script_waits_until_it_is_measured(pool, tmp_path):
    """Even the shortest script can be looked at: it has not begun."""
    seen = []

    @contextmanager
    def measure(pid):
        seen.append(psutil.Process(pid).cpu_times().user)
        assert not (tmp_path / "begun").exists()
        yield

    script = write(tmp_path, f"open({str(tmp_path / 'begun')!r}, 'w')")
    assert run(pool, script, measure=measure) == 0
    assert seen
    assert seen[0] < 0.5
    assert (tmp_path / "begun").exists()


def test_scripts_run_beside_each_other(pool, tmp_path):
    """Each waits for a file that the other one writes."""
    codes = {}

    def start(mine, other):
        folder = tmp_path / mine
        folder.mkdir()
        source = (
            "import pathlib, time\n"
            f"pathlib.Path({str(tmp_path / (mine + '.said'))!r}).touch()\n"
            f"while not pathlib.Path({str(tmp_path / (other + '.said'))!r}).exists():\n"
            "    time.sleep(0.01)\n"
            f"raise SystemExit({len(mine)})"
        )
        codes[mine] = run(pool, write(folder, source))

    threads = [threading.Thread(target=start, args=pair) for pair in (("a", "bb"), ("bb", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert codes == {"a": 1, "bb": 2}


def test_a_server_that_was_killed_is_said(pool, tmp_path):
    def measure(_):
        (server,) = pool._servers.values()
        server.process.kill()
        server.process.wait()
        return nullcontext()

    with pytest.raises(RuntimeError, match="fewer jobs at a time"):
        run(pool, write(tmp_path, "import time; time.sleep(0.5)"), measure=measure)
    # scripts to come start by themselves
    assert run(pool, write(tmp_path, "pass")) is None


def test_an_environment_that_no_request_can_hold_gets_no_server(pool, tmp_path):
    long = {f"LONG_{number}": "x" * 100_000 for number in range(4)}
    assert run(pool, write(tmp_path, "pass"), environment=long) is None
    assert run(pool, write(tmp_path, "pass")) == 0


def test_a_machine_without_descriptors_of_processes_gets_no_server(monkeypatch):
    assert client.can_serve()
    monkeypatch.delattr(os, "pidfd_open")
    assert not client.can_serve()


@pytest.mark.skipif(
    signal.getsignal(signal.SIGINT) == signal.SIG_IGN, reason="interrupts are ignored here"
)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_is_for_scripts(pool, tmp_path, number):
    """As from the keyboard or SLURM, for all processes at once; the server goes on."""

    def measure(pid):
        (server,) = pool._servers.values()
        os.kill(server.process.pid, number)
        threading.Timer(0.5, os.kill, (pid, number)).start()
        return nullcontext()

    assert run(pool, write(tmp_path, "import time; time.sleep(60)"), measure=measure) != 0
    assert run(pool, write(tmp_path, "pass")) == 0


def test_modules_of_the_project_are_imported_once_until_one_is_edited(scripts, pool, tmp_path):
    """An edit counts from the next script on, and so does one that takes a fault away."""
    helper = scripts / "_helper.py"
    helper.write_text("VALUE = 0")
    (scripts / "script.py").write_text("import os; os._exit(9)")  # scripts are run, not imported
    source = (
        "import sys\n"
        f"sys.path.append({str(scripts)!r})\n"
        "imported = 10 * ('_helper' in sys.modules)\n"
        "import _helper\n"
        "raise SystemExit(imported + _helper.VALUE)"
    )
    script = write(tmp_path, source)
    modules = ("_helper.py", "_job.py", "_no_such_helper.py", "script.py")
    assert run(pool, script, modules=("_job.py",)) == 0
    assert run(pool, script, modules=modules) == 10
    helper.write_text("VALUE = 3")
    assert run(pool, script, modules=modules) == 3
    helper.write_text("VALUE = 0")
    assert run(pool, script, modules=modules) == 10
    (scripts / "_broken.py").write_text("VALUE = ")
    assert run(pool, script, modules=(*modules, "_broken.py")) == 10
    assert len(pool._servers) == 1


def test_a_script_knows_what_was_imported_for_it(scripts, pool, tmp_path):
    """The record of a product says what ran: the source as the server read it, of no others."""
    first, second = scripts / "_first.py", scripts / "_second.py"
    first.write_text("VALUE = 1")
    second.write_text("VALUE = 2")
    modules = ("_sources.py", "_preparation.py", "_job.py")
    source = (
        "import pathlib, sys\n"
        f"sys.path.append({str(scripts)!r})\n"
        "from _sources import SOURCES\n"
        "said = '+'.join(sorted(path.stem for path in SOURCES))\n"
        f"pathlib.Path({str(tmp_path / 'said')!r}).write_text(said)\n"
        f"sys.exit(SOURCES[pathlib.Path({str(first)!r})] != b'VALUE = 1')"
    )
    assert run(pool, write(tmp_path, "import _second"), modules=("_second.py", *modules)) == 0
    assert run(pool, write(tmp_path, source), modules=("_first.py", *modules)) == 0
    assert (tmp_path / "said").read_text() == "_first+_job+_preparation+_sources"


def test_what_all_servers_import_exists():
    """The modules are named by hand: a renamed one would be missed by nobody."""
    source = (
        "import importlib, sys\n"
        "sys.path.append(sys.argv[1])\n"
        "from _preparation import LATE\n"
        "for name in sum(LATE.values(), sys.argv[2:]): importlib.import_module(name)"
    )
    folder = str(client.SCRIPTS)
    subprocess.run([sys.executable, "-c", source, folder, *client.MODULES], check=True)


def test_what_each_script_would_do_again_is_done_before_the_fork(pool, tmp_path):
    """By one thread: a fork of more would stand still where another one held a lock.

    Arrow's memory has a thread of its own, which takes care of forks.
    """
    source = (
        "import os, pathlib\n"
        "from rapidmass.datasets.warm_up import load_kernels\n"
        "from rapidmass.provenance.requests import _find_version\n"
        "assert load_kernels.cache_info().currsize == 1\n"
        "assert _find_version.cache_info().currsize == 1\n"
        "threads = pathlib.Path(f'/proc/{os.getppid()}/task').glob('*/comm')\n"
        "assert sorted({name.read_text() for name in threads} - {'jemalloc_bg_thd\\n'}) == "
        "[pathlib.Path(f'/proc/{os.getppid()}/comm').read_text()]"
    )
    modules = ("rapidmass.datasets.warm_up", "rapidmass.provenance.requests")
    assert run(pool, write(tmp_path, source), modules=modules) == 0
