"""Reading rules is fast: nothing is searched for anew for each job, or imported for a name."""

import inspect
import subprocess
import sys

from jobs.signatures import show_signature
from sources import ROOT

HEAVY = {"scipy", "numba", "awkward", "uproot", "torch", "matplotlib", "sklearn", "xgboost"}


def test_a_function_shows_the_signature_that_it_has():
    def ask(wildcards, attempt):
        return wildcards, attempt

    found = inspect.signature(ask)
    shown = show_signature(ask)
    assert shown is ask
    assert shown.__signature__ == found
    assert inspect.signature(shown) is shown.__signature__


def test_rules_are_read_without_packages_that_only_jobs_need():
    folder = ROOT / "workflow" / "src"
    names = [
        ".".join(path.relative_to(folder).with_suffix("").parts)
        for path in sorted((folder / "jobs").rglob("*.py"))
        if path.stem != "__init__"
    ]
    code = f"import sys, {', '.join(names)}; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stdout.split())
