"""Start as the workflow's jobs do: import this before anything heavy, and call `prepare` after."""

import gc
import importlib
import sys
from types import ModuleType

from benchmarks.environment import ROOT

SCRIPTS = ROOT / "workflow" / "scripts"


def _import_preparation() -> ModuleType:
    sys.path.insert(0, str(SCRIPTS))
    importlib.import_module("_job")
    return importlib.import_module("_preparation")


PREPARATION = _import_preparation()


def prepare() -> None:
    """Do what `_job.start` does beside opening the log."""
    PREPARATION.prepare()
    gc.freeze()
    gc.enable()
