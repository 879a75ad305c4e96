"""Write an ntuple anew by ROOT, its C arrays as vectors."""

from typing import Any

import ROOT  # type: ignore[import-not-found]

from benchmarks.environment import serve

ELEMENTS = {"Float_t": "float", "Int_t": "int", "Bool_t": "bool", "float": "float", "int": "int"}


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Copy all branches but the lengths of the arrays."""
    frame = ROOT.RDataFrame(request["tree"], request["source"])
    names = [str(name) for name in frame.GetColumnNames()]
    lengths = ("nlep", "njet")
    for name in names:
        kind = str(frame.GetColumnType(name))
        if "RVec" in kind:
            element = kind.partition("<")[2].rpartition(">")[0]
            element = ELEMENTS.get(element, element)
            vector = f"std::vector<{element}>({name}.begin(), {name}.end())"
            frame = frame.Redefine(name, vector)
    options = ROOT.RDF.RSnapshotOptions()
    options.fCompressionAlgorithm = ROOT.RCompressionSetting.EAlgorithm.kZSTD
    options.fCompressionLevel = 5
    kept = [name for name in names if name not in lengths and "." not in name]
    frame.Snapshot(request["tree"], request["output"], kept, options)
    return {"branches": len(kept)}


if __name__ == "__main__":
    serve(work)
