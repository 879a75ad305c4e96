"""What libraries do before their first use, without what they would look for by chance."""

import sys


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
