"""Matrices with ROOT's RDataFrame: a column for each cell, or one column that holds them all."""

import time
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import ROOT  # type: ignore[import-not-found]

from benchmarks.environment import HERE, serve

TYPES = {"ljet": ("jet", 6), "bjet": ("jet", 6), "ele": ("lep", 5), "muo": ("lep", 5)}
GOOD_LEPTON = "lepPassOR && abs(lepZ0SinTheta) <= 0.5 && lepIsoLoose_VarRad"
GOOD_JET = "jetPt >= 20 && abs(jetEta) <= 2.8 && (jetPt >= 60 || abs(jetEta) > 2.4 || jetJVT > 0.5)"
MASKS = {
    "ele": f"{GOOD_LEPTON} && lepFlavor == 1 && abs(lepEta) <= 2.47 && lepTight "
    "&& abs(lepD0Sig) <= 5",
    "muo": f"{GOOD_LEPTON} && lepFlavor == 2 && abs(lepEta) <= 2.7 && lepLoose "
    "&& abs(lepD0Sig) <= 3",
    "ljet": f"{GOOD_JET} && jetdl1r < 2.195",
    "bjet": f"{GOOD_JET} && jetdl1r >= 2.195",
}


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Compute all matrices and write them; tell what graph, compilation and loop took."""
    ROOT.gInterpreter.Declare((HERE / "peers" / "cells.h").read_text())
    start = time.perf_counter()
    frame = ROOT.RDataFrame("toy_NoSys", request["path"]).Range(request["events"])
    for name, mask in MASKS.items():
        frame = frame.Define(f"good_{name}", mask)
    frame = frame.Filter("Sum(good_ele) + Sum(good_muo) >= 2")
    cells = [f"cell_{k}" for k in range(529)] if request["way"] == "cells" else ["rmm"]
    texts = list(_list_cells()) if request["way"] == "cells" else [_list_objects()]
    for cell, text in zip(cells, texts, strict=True):
        frame = frame.Define(cell, text)
    graph = time.perf_counter() - start
    # compiles what was defined; one event costs nothing
    cpu, wall = time.process_time(), time.perf_counter()
    frame.Range(1).Count().GetValue()
    compilation = time.perf_counter() - wall
    cpu, wall = time.process_time(), time.perf_counter()
    write = _write_columns if request["way"] == "cells" else _write_snapshot
    events = write(frame, cells, Path(request["output"]))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if "check" in request:
        _keep_some(frame, cells, request["check"])
    parts = {"graph": graph, "compilation": compilation}
    return {"wall": wall, "cpu": cpu, "events": events, "parts": parts}


def _list_objects() -> str:
    return f"make_matrix(met_Et, {', '.join(_mask(name) for name in TYPES)})"


def _mask(name: str) -> str:
    collection = TYPES[name][0]
    keys = ("Pt", "Eta", "Phi", "M")
    return ", ".join(f"{collection}{key}[good_{name}]" for key in keys)


def _list_cells() -> Any:  # noqa: ANN401
    slots = [None, *chain(*([(name, k) for k in range(n)] for name, (_, n) in TYPES.items()))]
    for row, first in enumerate(slots):
        for column, second in enumerate(slots):
            if first is None and second is None:
                yield "met_Et"
            elif first is None or second is None:
                name, rank = first or second or ("", 0)
                cell = "cell_mt" if first is None else "cell_boost"
                yield f"{cell}({_mask(name)}, {rank})"
            elif row == column:
                yield f"cell_energy({_mask(first[0])}, {first[1]})"
            else:
                cell = "cell_mass" if row < column else "cell_difference"
                yield f"{cell}({_mask(first[0])}, {first[1]}, {_mask(second[0])}, {second[1]})"


def _write_columns(frame: Any, cells: list[str], output: Path) -> int:  # noqa: ANN401
    import pandas as pd  # type: ignore[import-untyped]

    table = pd.DataFrame(frame.AsNumpy(cells))
    table.to_hdf(output, key="rmm", mode="w")
    return len(table)


def _write_snapshot(frame: Any, cells: list[str], output: Path) -> int:  # noqa: ANN401
    options = ROOT.RDF.RSnapshotOptions()
    options.fCompressionAlgorithm = ROOT.RCompressionSetting.EAlgorithm.kZSTD
    options.fCompressionLevel = 1
    counted = frame.Count()
    frame.Snapshot("rmm", str(output), [*cells, "EventNumber"], options)
    return int(counted.GetValue())


def _keep_some(frame: Any, cells: list[str], path: str) -> None:  # noqa: ANN401
    columns = frame.Range(500).AsNumpy([*cells, "EventNumber"])
    numbers = columns.pop("EventNumber")
    if "rmm" in columns:
        matrix = np.stack([np.asarray(row) for row in columns["rmm"]])
    else:
        matrix = np.stack([columns[cell] for cell in cells], axis=1)
    np.savez(path, event=numbers.astype(np.uint64), matrix=matrix)


if __name__ == "__main__":
    serve(work)
