"""Machine code is kept, and whatever happens to its files, functions give the right numbers."""

import subprocess
import sys
from pathlib import Path

import pytest

from rapidmass.provenance.code_digests import PACKAGE

MODULE = """\
from rapidmass.provenance.compilation import compile_function

@compile_function()
def double(x):
    return x + x
"""
CALL = """\
import numba, sys
from doubling import double
assert (double(3), double(1.5)) == (6, 3.0)
print(sum(double.stats.cache_hits.values()))
"""


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Call a compiled function in a new process: how often machine code was found, and messages."""
    (tmp_path / "doubling.py").write_text(MODULE)
    paths = [str(tmp_path), *filter(None, sys.path)]
    monkeypatch.setenv("PYTHONPATH", ":".join(paths))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))

    def call():
        run = subprocess.run(
            [sys.executable, "-c", CALL], capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr
        return int(run.stdout), run.stderr

    return call


def list_files(folder):
    return sorted(path for path in folder.rglob("*.nb?"))


def cut(content):
    return content[: len(content) // 2]


def empty(_):
    return b""


def flip(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def test_damaged_machine_code_is_compiled_anew_once(call, tmp_path):
    assert call() == (0, "")
    files = list_files(tmp_path / "cache")
    assert [path.suffix for path in files] == [".nbc", ".nbc", ".nbi"]
    assert call() == (2, "")
    for path, damage in zip(files, (flip, cut, empty), strict=True):
        path.write_bytes(damage(path.read_bytes()))
        hits, said = call()
        assert hits < 2
        assert f"{path} is damaged" in said
        assert call() == (2, "")


def test_code_that_cannot_be_kept_is_compiled_each_time(call, tmp_path):
    """A file where the folder should be, and a folder where a file should be."""
    call()
    for path in list_files(tmp_path / "cache"):
        path.unlink()
        path.mkdir()
        (path / "full").touch()
    hits, said = call()
    assert hits == 0
    assert "compiled code is not kept" in said
    assert [path.is_dir() for path in list_files(tmp_path / "cache")] == [True] * 3


def test_all_kernels_are_kept_so():
    users = [p for p in Path(PACKAGE).rglob("*.py") if "njit" in p.read_text()]
    assert [path.name for path in users] == ["compilation.py"]
