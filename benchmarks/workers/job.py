"""Start as the workflow's jobs do: import this before anything heavy, and call `prepare` after."""

import gc
import importlib
import sys
from types import ModuleType

from benchmarks.environment import ROOT

SCRIPTS = ROOT / "workflow" / "scripts"
PREPARATIONS = ("_leave_out_extensions", "_leave_out_pandas")


def _import_job() -> ModuleType:
    sys.path.insert(0, str(SCRIPTS))
    return importlib.import_module("_job")


JOB = _import_job()


def prepare() -> None:
    """Do what `_job.start` does beside opening the log."""
    for name in PREPARATIONS:
        getattr(JOB, name)()
    gc.freeze()
    gc.enable()
