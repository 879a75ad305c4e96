"""Matrices with awkward and NumPy: objects padded to their slots, pairs by broadcasting."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import uproot
from numpy.typing import NDArray

from benchmarks.environment import serve
from rapidmass.representations.rmm.layout import DEFAULT_TYPES, Layout

LEPTON = ["lepFlavor", "lepPassOR", "lepLoose", "lepTight", "lepIsoLoose_VarRad"]
LEPTON += ["lepEta", "lepPt", "lepPhi", "lepM", "lepZ0SinTheta", "lepD0Sig"]
JET = ["jetPt", "jetEta", "jetPhi", "jetM", "jetJVT", "jetdl1r"]
BRANCHES = [*LEPTON, *JET, "met_Et", "EventNumber"]
C = 0.15
SIZE = 1 + sum(DEFAULT_TYPES.values())


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Compute all matrices, and write them as 529 columns if asked to."""
    cpu, wall = time.process_time(), time.perf_counter()
    events, checked = 0, None
    writer = _open(request.get("output"))
    for numbers, matrices in _iterate(Path(request["path"]), request["events"]):
        events += len(matrices)
        if checked is None:
            checked = numbers[:500], matrices[:500].copy()
        if writer is not None:
            columns = list(np.ascontiguousarray(matrices.T))
            writer.write_table(pa.table(columns, schema=writer.schema))
    if writer is not None:
        writer.close()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if "check" in request and checked is not None:
        np.savez(request["check"], event=checked[0], matrix=checked[1])
    return {"wall": wall, "cpu": cpu, "events": events}


def _open(path: str | None) -> pq.ParquetWriter | None:
    if path is None:
        return None
    schema = pa.schema([pa.field(name, pa.float32(), False) for name in Layout().cell_names])
    options = {"use_dictionary": False, "write_statistics": False}
    return pq.ParquetWriter(path, schema, compression="zstd", compression_level=1, **options)


def _iterate(path: Path, events: int) -> Iterator[tuple[NDArray[np.uint64], NDArray[np.float32]]]:
    with uproot.open(path) as file:
        tree = file["toy_NoSys"]
        edges = tree.common_entry_offsets(filter_name=lambda name: name in BRANCHES)
        stops = [edge for edge in edges if edge < events]
        for start, stop in zip(stops, [*stops[1:], events], strict=True):
            for first in range(start, stop, 65_536):
                last = min(first + 65_536, stop)
                chunk = tree.arrays(BRANCHES, entry_start=first, entry_stop=last)
                yield _compute(chunk)


def _compute(chunk: ak.Array) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
    lepton = chunk.lepPassOR & (abs(chunk.lepZ0SinTheta) <= 0.5) & chunk.lepIsoLoose_VarRad
    electron = lepton & (chunk.lepFlavor == 1) & (abs(chunk.lepEta) <= 2.47)
    electron = electron & chunk.lepTight & (abs(chunk.lepD0Sig) <= 5)
    muon = lepton & (chunk.lepFlavor == 2) & (abs(chunk.lepEta) <= 2.7)
    muon = muon & chunk.lepLoose & (abs(chunk.lepD0Sig) <= 3)
    kept = ak.sum(electron, axis=1) + ak.sum(muon, axis=1) >= 2
    jet = (chunk.jetPt >= 20) & (abs(chunk.jetEta) <= 2.8)
    jet = jet & ((chunk.jetPt >= 60) | (abs(chunk.jetEta) > 2.4) | (chunk.jetJVT > 0.5))
    masks = {
        "ljet": ("jet", jet & (chunk.jetdl1r < 2.195)),
        "bjet": ("jet", jet & (chunk.jetdl1r >= 2.195)),
        "ele": ("lep", electron),
        "muo": ("lep", muon),
    }
    parts = []
    for name, (collection, mask) in masks.items():
        fields = [chunk[f"{collection}{key}"][mask][kept] for key in ("Pt", "Eta", "Phi", "M")]
        slots = DEFAULT_TYPES[name]
        padded = [ak.fill_none(ak.pad_none(f, slots, axis=1, clip=True), 0.0) for f in fields]
        parts.append(np.stack([ak.to_numpy(f) for f in padded]))
    objects = np.concatenate(parts, axis=2).astype(np.float64)
    numbers = ak.to_numpy(chunk.EventNumber[kept])
    return numbers, _fill(objects, ak.to_numpy(chunk.met_Et[kept]))


def _fill(objects: NDArray[np.float64], met: NDArray[np.float32]) -> NDArray[np.float32]:
    out = np.empty((len(met), SIZE, SIZE), dtype=np.float32)
    for start in range(0, len(met), 2048):  # temporary arrays stay in cache
        block = slice(start, start + 2048)
        _fill_block(objects[:, block], met[block], out[block])
    return out.reshape(len(met), -1)


def _fill_block(
    objects: NDArray[np.float64], met: NDArray[np.float32], out: NDArray[np.float32]
) -> None:
    pt, eta, phi, mass = objects
    present = pt > 0
    pz = pt * np.sinh(eta)
    mt = np.sqrt(pt**2 + mass**2)
    energy = np.sqrt(mt**2 + pz**2)
    y = np.arcsinh(pz / np.where(present, mt, 1))
    px, py = pt * np.cos(phi), pt * np.sin(phi)
    both = present[:, :, None] & present[:, None, :]
    sums = [q[:, :, None] + q[:, None, :] for q in (energy, px, py, pz)]
    m2 = sums[0] ** 2 - sums[1] ** 2 - sums[2] ** 2 - sums[3] ** 2
    masses = np.where(both, np.sqrt(np.maximum(m2, 0)), 0)
    differences = C * (np.cosh((y[:, :, None] - y[:, None, :]) / 2) - 1)
    differences = np.where(both, differences, 0)
    upper = np.triu(np.ones(masses.shape[1:], dtype=bool), 1)
    out[:, 1:, 1:] = np.where(upper, masses, differences)
    out[:, 0, 0] = met
    out[:, 0, 1:] = mt
    out[:, 1:, 0] = np.where(present, C * (np.cosh(y) - 1), 0)
    diagonal = np.zeros_like(pt)
    first = np.cumsum([0, *DEFAULT_TYPES.values()])[:-1]
    total = pt[:, :-1] + pt[:, 1:]
    step = (pt[:, :-1] - pt[:, 1:]) / np.where(total > 0, total, 1)
    diagonal[:, 1:] = np.where(present[:, 1:], step, 0)
    diagonal[:, first] = mt[:, first]
    index = np.arange(1, SIZE)
    out[:, index, index] = diagonal


if __name__ == "__main__":
    serve(work)
