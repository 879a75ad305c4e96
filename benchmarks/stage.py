"""From ROOT to a shard: selection, matrices and Parquet in one pass."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.environment import has_peers, run_worker
from benchmarks.ntuples import read_format, write_c_arrays, write_rntuple, write_vectors
from benchmarks.options import Options
from benchmarks.pairing import (
    Spread,
    Timing,
    Timings,
    get_rates,
    get_wholes,
    run_in_turn,
    time_loop,
)
from benchmarks.results import Findings, Row, compare_rates
from rapidmass.representations.tables import decode
from rapidmass.storage.parquet import read_shard

ABOUT = (
    "One ROOT file in the format `thesis` with 70 branches, full-entropy float32 numbers, zstd "
    "level 5, to one shard, as the job `build_shard` does it: at least two signal leptons, "
    "matrices, sorting by key, all columns, Parquet. Events are those that the selection keeps. "
    "*loop* is without the start of the process, its imports, and what RDataFrame compiles; "
    "*process* is from start to end. Matrices of the peers are compared with ours on their first "
    "500 events."
)
FLOOR = "floor: decompression + decoding + kernel + Parquet encoding"
DEFINES = "RDataFrame, 529 Defines with masks, AsNumpy, pandas, HDF5"
VECTOR = "RDataFrame, one Define, Snapshot"
BROADCAST = "awkward, padded NumPy broadcasting, no sink"
COLUMNS = "awkward, padded NumPy broadcasting, 529-column Parquet"
# how many times faster the loop is to be
LEAST = {FLOOR: 0.6, DEFINES: 250, VECTOR: 6, BROADCAST: 8}
MOST_BYTES = 130  # an event on disk
MOST_MEMORY = 600  # MiB


def measure(options: Options) -> Findings:
    """Measure the stage from ROOT to Parquet."""
    events = options.choose_events(2_000_000, 5_000)
    repeats = options.choose_repeats(5)
    findings = Findings(ABOUT)
    plain = write_c_arrays(options.cache / f"c_arrays-{events}.root", events)
    if has_peers():
        vectors = write_vectors(options.cache / f"vectors-{events}.root", plain)
        with TemporaryDirectory(dir=options.cache) as folder:
            contest = Contest(vectors, Path(folder), events)
            contest.run("vectors", findings, repeats, peers=True)
            contest = Contest(vectors, Path(folder), events, triggers=True)
            contest.run("vectors, and trigger menus (32 branches more)", findings, repeats)
            rntuple = write_rntuple(options.cache / f"rntuple-{events}.root", plain)
            findings.rows.append(_compare_formats(rntuple, vectors, Path(folder), repeats))
    else:
        findings.skip("Files written by ROOT")
    with TemporaryDirectory(dir=options.cache) as folder:
        Contest(plain, Path(folder), events).run("C arrays by uproot", findings, repeats)
    return findings


def _compare_formats(rntuple: Path, vectors: Path, folder: Path, repeats: int) -> Row:
    """Measure the same events in an RNTuple and in a tree, in turn."""
    ways = {
        "ours": partial(build_shard, rntuple, folder / "ntuple.parquet"),
        "tree": partial(build_shard, vectors, folder / "tree.parquet"),
    }
    timings = run_in_turn(ways, repeats)
    kept, other = (_get_number(timings[way], "events") for way in ways)
    if kept != other:
        raise ValueError(f"of an RNTuple {kept} events were kept, of a tree {other}")
    peer = "ours, vectors in a TTree"
    return compare_rates(
        "RNTuple by uproot, loop", peer, timings["ours"], timings["tree"], kept, least=1
    )


def build_shard(path: Path, output: Path, cores: int = 1) -> Timing:
    """Build a shard as its job does, without trigger menus.

    Parameters
    ----------
    path, output
        Ntuple and shard.
    cores
        That the process may use.

    Returns
    -------
    Timing
        Of its loop.
    """
    request = {"path": str(path), "output": str(output), "format": read_format(triggers=False)}
    return time_loop(run_worker("workers.shard", request, cores=cores))


class Contest:
    """Ways from one ROOT file to matrices on disk.

    Parameters
    ----------
    path
        The file.
    folder
        Where products go.
    events
        Events of the file.
    triggers
        Whether the format keeps its trigger menus.
    """

    def __init__(self, path: Path, folder: Path, events: int, *, triggers: bool = False) -> None:
        self._path, self._folder = path, folder
        # those that are slower by far get fewer events
        self._fewer, self._fewest = max(events // 5, 2_000), min(events, 20_000)
        self._request = {
            "path": str(path),
            "output": str(folder / "shard.parquet"),
            "shard": str(folder / "shard.parquet"),
            "format": read_format(triggers=triggers),
        }

    def run(self, what: str, findings: Findings, repeats: int, *, peers: bool = False) -> None:
        """Measure all ways in turn.

        Parameters
        ----------
        what
            What the file is like.
        findings
            Where results go.
        repeats
            How often each way is measured.
        peers
            Whether other ways are measured, not the floor alone.
        """
        run_worker("workers.shard", self._request)  # compiles, and brings the file into memory
        run_worker("workers.floor", self._request)
        ways: dict[str, Callable[[], Timing]] = {
            "ours": partial(self._time, "workers.shard", self._request),
            FLOOR: partial(self._time, "workers.floor", self._request),
        }
        if peers:
            ways |= self._list_peers()
        timings = run_in_turn(ways, repeats)
        if peers:
            self._check()
        self._tell(what, timings, findings)
        for path in self._folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _list_peers(self) -> dict[str, Callable[[], Timing]]:
        def ask(module: str, events: int, name: str, **more: Any) -> Callable[[], Timing]:  # noqa: ANN401
            request = {"path": str(self._path), "events": events, **more}
            request["check"] = str(self._folder / f"{name}.npz")
            return partial(self._time, module, request, peer=module.startswith("peers"))

        folder = self._folder
        return {
            VECTOR: ask(
                "peers.rdataframe",
                self._fewer,
                "vector",
                way="vector",
                output=str(folder / "v.root"),
            ),
            BROADCAST: ask("workers.awkward_matrices", self._fewer, "broadcast"),
            COLUMNS: ask(
                "workers.awkward_matrices", self._fewer, "columns", output=str(folder / "c.parquet")
            ),
            DEFINES: ask(
                "peers.rdataframe", self._fewest, "cells", way="cells", output=str(folder / "d.h5")
            ),
        }

    @staticmethod
    def _time(module: str, request: dict[str, Any], *, peer: bool = False) -> Timing:
        return time_loop(run_worker(module, request, peer=peer))

    def _check(self) -> None:
        """Make sure that all ways gave the same matrices."""
        shard = read_shard(self._folder / "shard.parquet")
        order = np.argsort(shard.column("event").to_numpy())[:1000]
        ours = shard.take(order)
        matrices = decode(ours).fill()
        numbers = ours.column("event").to_numpy()
        for path in sorted(self._folder.glob("*.npz")):
            with np.load(path) as other:
                rows = np.searchsorted(numbers, other["event"])
                np.testing.assert_array_equal(numbers[rows], other["event"], err_msg=path.stem)
                np.testing.assert_allclose(
                    other["matrix"], matrices[rows], rtol=1e-4, atol=2e-3, err_msg=path.stem
                )

    def _tell(self, what: str, timings: Timings, findings: Findings) -> None:
        ours = timings["ours"]
        kept = _get_number(ours, "events")
        for peer, others in timings.items():
            if peer == "ours":
                continue
            events = _get_number(others, "events") if peer != FLOOR else kept
            row = compare_rates(
                f"{what}, loop",
                peer,
                ours,
                others,
                kept,
                other_events=events,
                least=LEAST.get(peer),
            )
            findings.rows.append(row)
            if peer != FLOOR:
                whole = compare_rates(
                    f"{what}, process",
                    f"{peer} ({events} events)",
                    get_wholes(ours),
                    get_wholes(others),
                    kept,
                    other_events=events,
                )
                findings.rows.append(whole)
        wholes = get_rates(get_wholes(ours), kept)
        findings.rows.append(Row(f"{what}, process ({kept} events)", "-", wholes, unit="ev/s"))
        findings.rows += _list_sizes(what, timings, kept)
        findings.notes.append(_tell_floor(what, timings, kept))


def _get_number(timings: Any, name: str) -> int:  # noqa: ANN401
    return int(timings[0].answer.result[name])


def _list_sizes(what: str, timings: Timings, kept: int) -> list[Row]:
    ours = [timing.answer for timing in timings["ours"] if timing.answer is not None]
    rows = []
    for name, values, unit, most in (
        (
            "on disk",
            [answer.result["size"] / kept for answer in ours],
            "bytes an event",
            MOST_BYTES,
        ),
        ("peak memory", [answer.peak / 2**20 for answer in ours], "MiB", MOST_MEMORY),
    ):
        spread = Spread.of(values)
        met = spread.high <= most
        rows.append(
            Row(f"{what}, {name}", "-", spread, unit=unit, target=f"≤ {most} {unit}", met=met)
        )
    return rows


def _tell_floor(what: str, timings: Timings, kept: int) -> str:
    floors = [timing.answer.result for timing in timings[FLOOR] if timing.answer is not None]
    parts = {
        name: Spread.of([floor["parts"][name] / kept * 1e6 for floor in floors]).median
        for name in floors[0]["parts"]
    }
    told = ", ".join(f"{name} {value:.2f}" for name, value in parts.items())
    branches = floors[0]["branches"]
    return f"{what}: the floor in µs an event: {told} ({branches} branches are read)."
