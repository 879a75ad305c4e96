"""Compiling the kernels once on each kind of machine, not once in each job that starts."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import numba
import numpy as np
from numba.core.registry import cpu_target
from uproot.interpretation.jagged import AsJagged
from uproot.interpretation.numerical import AsDtype

from rapidmass.columnar.event_variables import EventVariables
from rapidmass.columnar.expressions import Expression
from rapidmass.columnar.four_vectors import FourVectors
from rapidmass.ntuples.access.vector_branches import AsVector
from rapidmass.ntuples.format import selection
from rapidmass.ntuples.format.events import Events
from rapidmass.provenance.code_digests import digest_modules
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.matrices import build
from rapidmass.storage.event_keys import hash_text


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


@cache
def load_kernels() -> None:
    """Have the kernels in memory: processes that are forked from this one have them then, too."""
    warm_up()
    _compile()


@cache
def _name_machine() -> str:
    """Name all that decides whether compiled code can be used again."""
    code = digest_modules(Path(selection.__file__), [AsVector.__module__, build.__module__])
    digest = f"{hash_text(repr(sorted(code.items()))):016x}"
    machine = cpu_target.target_context.codegen().magic_tuple()  # what numba tells caches apart by
    return f"{hash_text(repr(machine)):016x}-numba{numba.__version__}-{digest}"


def _compile() -> None:
    """Go once through all that is compiled, with arrays of the types that files give."""
    for number in (">f4", "?"):
        data = np.zeros(20, np.uint8)
        data.flags.writeable = False
        vector = AsVector(AsJagged(AsDtype(number), header_bytes=10))
        vector.basket_array(data, np.array([0, 20], np.int32), None, None, {}, 0, None, {})
    offsets, one = np.array([0, 1]), np.ones(1)
    charge = {"charge": offsets[1:]}
    lepton = FourVectors(offsets, one, one, one, one, charge).order()
    event = Events(
        objects={"ele": lepton},
        met=one,
        met_phi=one,
        run=offsets[:1],
        event=offsets[:1].view(np.uint64),
        dataset=offsets[:1],
        generator_weight=one,
        scale_factor=one,
        trigger=one > 0,
    )[:1]
    for text in ("m_ll", "m(z_pair(ele))", "m(system(ele))"):
        Expression(text).evaluate(EventVariables(event, ["ele"], {}))
    lepton.sum_pt()
    build(Layout(types={"ele": 1}), event.objects, event.met, event.met_phi)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as stream:
        # a file system without locks: several jobs compile, which costs time only
        with suppress(OSError):
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
