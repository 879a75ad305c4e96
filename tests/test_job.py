"""What scripts do first."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from rapidmass.provenance.code_digests import PACKAGE, digest_modules, hash_sources
from sources import JOB, SHARED

CODE = """\
import sys
sys.path.insert(0, sys.argv[1])
import numba
import numpy as np
import _preparation
assert numba.core.entrypoints._already_initialized is False
if sys.argv[2] == "job":
    _preparation.prepare()
assert numba.njit(lambda x: x.sum())(np.ones(3)) == 3
sys.exit("awkward" in sys.modules)
"""


@pytest.mark.parametrize(("who", "imported"), [("job", 0), ("other", 1)])
def test_extensions_of_numba_are_left_out_in_jobs(who, imported):
    """Awkward is one; elsewhere numba imports it before the first function."""
    command = [sys.executable, "-c", CODE, str(JOB.parent), who]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == imported, run.stderr


SCRIPT = """\
import sys
from pathlib import Path
from types import SimpleNamespace
from _job import start
import rapidmass

def edit(name):
    path = Path(rapidmass.__file__).parent / name
    path.write_text(path.read_text() + "EDITED = 1\\n")

{before}
from rapidmass.storage.event_keys import hash_text
{after}
params = SimpleNamespace(settings="{{}}", code=Path("code.json").read_text())
snakemake = SimpleNamespace(
    log=["log"], rule="r", params=params, input=[], output=["product"], threads=1
)
job = start()
{later}
Path("product").write_text("made")
job.finish()
"""
EDIT = "edit('storage/event_keys.py')"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the library, to edit."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(PACKAGE, folder / "rapidmass", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture
def work(checkout, tmp_path):
    """Run a script that edits code: its record, what Snakemake knew of the code, what it said."""

    def work(**edits):
        for name in ("storage/event_keys.py", "statistics/folds.py"):
            shutil.copy(PACKAGE / name, checkout / "rapidmass" / name)
        # digests of a file are kept: each script has a folder of its own
        script = Path(tempfile.mkdtemp(dir=checkout), "script.py")
        for path in SHARED:
            shutil.copy(path, script.parent)
        script.write_text(SCRIPT.format(**{"before": "", "after": "", "later": "", **edits}))
        named = ("rapidmass.statistics.folds",)
        code = {
            "modules": digest_modules(script, named),
            "hashes": hash_sources(script, named),
            "packages": [],
        }
        (tmp_path / "code.json").write_text(json.dumps(code))
        run = subprocess.run(
            [sys.executable, script],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        record = tmp_path / ".product.record.json"
        modules = json.loads(record.read_text())["modules"] if record.exists() else None
        return modules, code["modules"], run.stderr

    return work


def test_a_record_names_all_code_that_runs(work):
    recorded, known, errors = work()
    assert recorded == known, errors
    assert {"script.py", "_job.py", "_sources.py", "rapidmass.provenance.records"} <= set(recorded)


def test_a_record_names_the_code_that_was_imported(work):
    """Edited before the import it is the new one, edited after it the old one."""
    recorded, known, errors = work(before=EDIT)
    assert {name for name in known if recorded[name] != known[name]} == {
        "rapidmass.storage.event_keys"
    }
    recorded, known, errors = work(after=EDIT, later=EDIT)
    assert recorded == known, errors


def test_code_that_is_edited_before_a_late_import_ends_the_job(work):
    recorded, _, errors = work(
        later="edit('statistics/folds.py')\nimport rapidmass.statistics.folds"
    )
    assert recorded is None
    assert "folds.py was edited after this job had started and before it was imported" in errors
    recorded, known, errors = work(
        later="import rapidmass.statistics.folds\nedit('statistics/folds.py')"
    )
    assert recorded == known, errors


def test_the_log_says_how_to_run_the_job_alone(work, tmp_path):
    work()
    first = (tmp_path / "log").read_text().splitlines()[0]
    assert first.endswith("snakemake --cores 1 --force product")
