"""Compiling the kernels once on each kind of machine, not once in each job that starts."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import awkward as ak
import numba
from numba.core.registry import cpu_target

from rapidmass.codebase import digest_modules
from rapidmass.identity import hash_text
from rapidmass.rmm import kernel
from rapidmass.rmm.layout import Layout
from rapidmass.rmm.matrix import build


def warm_up(cache: Path | None = None) -> None:
    """Compile the kernels if no job on such a machine did before.

    Of jobs that start together, on however many nodes, one compiles and the others wait for it.

    Parameters
    ----------
    cache
        Where numba keeps what it compiled; `NUMBA_CACHE_DIR` if absent. Without either nothing
        is done: each place of the package then has a cache of its own.
    """
    place = cache or os.environ.get("NUMBA_CACHE_DIR")
    if place is None:
        return
    done = Path(place, f"compiled-{_name_machine()}")
    if done.exists():
        return
    done.parent.mkdir(parents=True, exist_ok=True)
    with _lock(done.with_name(f"{done.name}.lock")):
        if not done.exists():
            _compile()
            done.touch()


def _name_machine() -> str:
    """Name all that decides whether compiled code can be used again."""
    (digest,) = (d for name, d in digest_modules(Path(kernel.__file__)).items() if "kernel" in name)
    machine = cpu_target.target_context.codegen().magic_tuple()  # what numba tells caches apart by
    return f"{hash_text(repr(machine)):016x}-numba{numba.__version__}-{digest}"


def _compile() -> None:
    layout = Layout(types={"ele": 1})
    lepton = ak.Array([[{"pt": 30.0, "eta": 0.5, "phi": 0.1, "mass": 0.0}]])
    build(layout, {"ele": lepton}, [20.0], [1.0])


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as stream:
        # a file system without locks: several jobs compile, which costs time only
        with suppress(OSError):
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
