"""What comes before a script: imports, and what libraries do before their first use."""

import contextlib
import gc
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from _sources import FIRST, SOURCES

REQUESTS = "rapidmass.provenance.requests"
KERNELS = "rapidmass.datasets.warm_up"
LATE = {
    "matplotlib": ["matplotlib.backends.backend_pdf"],
    "pyarrow": ["pyarrow.compute", "pyarrow.dataset"],
    "torch": ["torch._dynamo", "torch.onnx._internal.exporter._core"],
}
"""What packages import at their first use, and for long: torch for its optimisers and exports."""


def load(names: Sequence[str], packages: Sequence[str]) -> None:
    """Import modules for scripts to come, and have ready what these ask for first.

    Parameters
    ----------
    names
        Of modules; of files of this folder with their ending, of which scripts are left out. What
        cannot be imported is left to the script, which says so.
    packages
        Of which scripts record the versions.
    """
    missing = [name for name in _list_modules(names) if name not in sys.modules]
    _import(missing)
    if missing:
        prepare()
        _import([name for first in LATE.keys() & sys.modules.keys() for name in LATE[first]])
        _remember(packages)
        gc.freeze()


def _import(names: Sequence[str]) -> None:
    for name in names:
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def _remember(packages: Sequence[str]) -> None:
    """Do what each script would do again, with the same result; it meets the same errors."""
    if REQUESTS in sys.modules:
        with contextlib.suppress(Exception):
            sys.modules[REQUESTS].list_versions(packages)
    if KERNELS in sys.modules:
        with contextlib.suppress(Exception):
            sys.modules[KERNELS].load_kernels()


def is_current(names: Sequence[str]) -> bool:
    """Tell whether modules of this project are as they were imported.

    Parameters
    ----------
    names
        As for `load`; those that were not imported are.
    """
    return all(path.read_bytes() == SOURCES.get(path) for path in _find_paths(names))


def forget_others(names: Sequence[str]) -> None:
    """Forget modules of this project that other scripts use: they are no part of what runs here.

    Parameters
    ----------
    names
        As for `load`: what is kept.
    """
    forgotten = SOURCES.keys() - _find_paths(names) - {Path(__file__).with_name(n) for n in FIRST}
    for path in forgotten:
        del SOURCES[path]
    places = {str(path) for path in forgotten}
    for name, module in list(sys.modules.items()):
        if getattr(module, "__file__", None) in places:
            del sys.modules[name]


def _find_paths(names: Sequence[str]) -> set[Path]:
    loaded = [sys.modules[name] for name in _list_modules(names) if name in sys.modules]
    return {Path(module.__file__) for module in loaded if module.__file__}


def _list_modules(names: Sequence[str]) -> list[str]:
    # what scripts share has names that begin with an underscore
    scripts = {name for name in names if name.endswith(".py") and not name.startswith("_")}
    return [name.removesuffix(".py") for name in names if name not in scripts]


def prepare() -> None:
    """Prepare libraries that were imported; once more costs nothing."""
    if "numba" in sys.modules:
        _leave_out_extensions()
    if "pyarrow" in sys.modules:
        _leave_out_pandas()


def _leave_out_extensions() -> None:
    # Before its first function numba imports all that calls itself an extension of it, installed by
    # chance (a second for every job), and SciPy's linear algebra (a third of one). The functions
    # here take plain arrays, and multiply no matrices.
    core = sys.modules["numba"].core
    core.entrypoints._already_initialized = True
    with _Absence("scipy.linalg"):
        core.registry.cpu_target.target_context.refresh()


def _leave_out_pandas() -> None:
    # Before its first value pyarrow imports pandas, installed by chance, as the value might be of
    # pandas: a third of a second. It looks once; `to_pandas` finds pandas all the same.
    with _Absence("pandas"):
        sys.modules["pyarrow"].scalar(0)


class _Absence:
    """Within it a module cannot be imported, unless it was before."""

    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(self, name: str, *_: object) -> None:
        if name == self._name:
            raise ModuleNotFoundError(f"{name} is left out", name=name)

    def __enter__(self) -> None:
        sys.meta_path.insert(0, self)

    def __exit__(self, *_: object) -> None:
        sys.meta_path.remove(self)
