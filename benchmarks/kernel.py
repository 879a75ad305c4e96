"""Rapidity-mass matrices from objects in memory: the library's kernel against C++."""

import ctypes
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.environment import HERE
from benchmarks.options import Options
from benchmarks.pairing import Timings, get_rates, get_ratios, run_calls
from benchmarks.results import Findings, Row, compare_rates
from benchmarks.toy import Toy, fill, make_toy
from rapidmass.representations.rmm.layout import Convention, Layout
from rapidmass.representations.rmm.sparse import SparseMatrices, count_values

ABOUT = (
    "Matrices from objects in memory, on blocks of events whose arrays stay in cache. The lean "
    "loop in C++ handles each object once and writes the same sparse float32 values. The other "
    "has a function that takes an event and returns its matrix, dense and of doubles, with a call "
    "for each cell, four-vectors of a class, logarithms and hyperbolic functions for each pair. "
    "Both are compiled with `g++ -O3 -march=native`; outputs are compared first."
)
LEAN, CLASSES = "lean C++", "C++ with classes, a call for each cell"
# about a megabyte of objects and values
ROWS = {"typical": 8192, "busy": 1024, "full": 256}
T4 = {"ljet": 6, "bjet": 6, "ele": 5, "muo": 5}
T5N10 = {"ljet": 10, "bjet": 10, "muo": 10, "ele": 10, "photon": 10}
CASES: tuple[tuple[str, dict[str, int], str, Convention], ...] = (
    ("T4, 4.35 objects an event, thesis", T4, "typical", "thesis"),
    ("T4, 4.35 objects an event, reference", T4, "typical", "reference"),
    ("T4, 2 to 5 of each type, thesis", T4, "busy", "thesis"),
    ("T4, 2 to 5 of each type, reference", T4, "busy", "reference"),
    ("T4, all 22 slots, thesis", T4, "full", "thesis"),
    ("T4, all 22 slots, reference", T4, "full", "reference"),
    ("T5N10, 2 to 5 of each type, thesis", T5N10, "busy", "thesis"),
    ("T5N10, 2 to 5 of each type, reference", T5N10, "busy", "reference"),
)
# of an event, so that all cases take about the same time
COST = {"typical": 1, "busy": 4, "full": 8}
RATE, OF_LEAN, OF_CLASSES = 4e6, 0.85, 3.0


def measure(options: Options) -> Findings:
    """Measure the kernel."""
    events = options.choose_events(2_000_000, 2_000)
    repeats = options.choose_repeats(9)
    findings = Findings(ABOUT)
    if shutil.which("g++") is None:
        findings.notes.append("Skipped: there is no g++ on this machine.")
        return findings
    with TemporaryDirectory() as folder:
        library = compile_peer(Path(folder))
        for what, types, filling, convention in CASES:
            layout = Layout(types=types, convention=convention)
            rows = ROWS[filling]
            contest = Contest(library, make_toy(layout, rows, filling, 1))
            contest.check()
            rounds = max(1, events // COST[filling] // rows)
            timings = run_calls(contest.get_calls(rounds), repeats)
            findings.rows += _make_rows(what, filling, timings, rounds * rows)
    return findings


def compile_peer(folder: Path) -> ctypes.CDLL:
    """Compile the C++ of the peers for this machine."""
    target = folder / "kernel.so"
    source = HERE / "peers" / "kernel.cpp"
    flags = ["-O3", "-march=native", "-std=c++17", "-shared", "-fPIC"]
    subprocess.run(["g++", *flags, str(source), "-o", str(target)], check=True)
    return ctypes.CDLL(str(target))


@dataclass(frozen=True, eq=False)
class Contest:
    """One block of events, and three ways to its matrices.

    Parameters
    ----------
    library
        The compiled peers.
    toy
        The events.
    """

    library: ctypes.CDLL
    toy: Toy

    def check(self) -> None:
        """Make sure that all ways give the same matrices.

        Raises
        ------
        AssertionError
            If they do not.
        """
        n, layout = len(self.toy), self.toy.layout
        ours = self.toy.make_matrices()
        lean = np.full_like(ours.values, np.nan)
        self._fill_lean(ours.offsets, lean)
        np.testing.assert_allclose(lean, ours.values, rtol=1e-5, atol=1e-7)
        dense = np.full((n, layout.n_cells), np.nan)
        self._fill_classes(_point(dense))
        expected = SparseMatrices(layout, ours.values, ours.offsets, ours.counts).fill()
        # cosh - 1 of equal rapidities, and masses of collinear pairs: differences of large numbers
        np.testing.assert_allclose(dense, expected, rtol=1e-5, atol=1e-4)

    def get_calls(self, rounds: int) -> dict[str, Callable[[], None]]:
        """Get what is timed: the block, some times over."""
        offsets = np.concatenate(([0], np.cumsum(count_values(self.toy.counts))))
        values = np.empty(offsets[-1], dtype=np.float32)

        def repeat(call: Callable[..., None], *arguments: Any) -> Callable[[], None]:  # noqa: ANN401
            def run() -> None:
                for _ in range(rounds):
                    call(*arguments)

            return run

        return {
            "ours": repeat(fill, self.toy, offsets, values),
            LEAN: repeat(self._fill_lean, offsets, values),
            CLASSES: repeat(self._fill_classes, None),
        }

    def _fill_lean(self, offsets: NDArray[np.int64], values: NDArray[np.float32]) -> None:
        self.library.fill_lean(*self._share(), _point(offsets), _point(values), *self._describe())

    def _fill_classes(self, out: Any) -> None:  # noqa: ANN401
        self.library.fill_classes(*self._share(), out, *self._describe())

    def _share(self) -> Iterator[Any]:
        toy = self.toy
        yield ctypes.c_int64(len(toy))
        yield ctypes.c_int64(len(toy.layout.types))
        for array in (toy.offsets, *toy.kinematics, toy.met, toy.met_phi, toy.layout.capacities):
            yield _point(array)

    def _describe(self) -> tuple[Any, ...]:
        layout = self.toy.layout
        return (
            ctypes.c_bool(layout.convention == "reference"),
            ctypes.c_double(layout.sqrt_s),
            ctypes.c_double(layout.angular_scale),
        )


def _point(array: NDArray[Any]) -> Any:  # noqa: ANN401
    return np.ctypeslib.as_ctypes(array.reshape(-1))


def _make_rows(what: str, filling: str, timings: Timings, events: int) -> list[Row]:
    ours = timings["ours"]
    rate = get_rates(ours, events)
    ratio, cpu_ratio = get_ratios(ours, timings[LEAN])
    aimed = filling == "typical"
    met = rate.median >= RATE or ratio.median >= OF_LEAN
    lean = Row(
        what,
        LEAN,
        rate,
        get_rates(timings[LEAN], events),
        "ev/s",
        ratio,
        cpu_ratio,
        f"{RATE / 1e6:g} Mev/s, or ratio ≥ {OF_LEAN:g}" if aimed else "",
        met if aimed else None,
    )
    classes = compare_rates(
        what, CLASSES, ours, timings[CLASSES], events, least=OF_CLASSES if aimed else None
    )
    return [lean, classes]
