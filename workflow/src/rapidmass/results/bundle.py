"""What theorists need to score their own events: networks, layouts, cuts, an example."""

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from rapidmass.models.export.cpp_header import write_header
from rapidmass.models.export.cpp_operations import UnknownOperationError
from rapidmass.provenance.atomic_files import read_json, write_json
from rapidmass.representations.registry import make_representation
from rapidmass.results.reading import Results
from rapidmass.scores.fold_map import read_fold_map

FOLD = "-fold-"

EXAMPLE = '''"""Score one event with a network: python example.py <selection>/<network>"""

import json
import sys
from pathlib import Path

import awkward as ak
import numpy as np

import rapidmass

folder = Path(sys.argv[1])
shown = json.loads((folder / "layout.json").read_text())["representation"]
if shown["kind"] == "rmm":
    # one object of each type: pT, mass in GeV; eta, phi in radians. The same as in example.cpp.
    objects = {
        name: ak.zip(
            {
                "pt": [[60.0 - 10.0 * k]],
                "eta": [[0.5 * k - 0.5]],
                "phi": [[1.0 * k - 1.0]],
                "mass": [[0.1]],
            }
        )
        for k, (name, _) in enumerate(shown["types"])
    }
    scores = rapidmass.score(folder / "model.onnx", objects, np.array([70.0]), np.array([2.5]))
    found = {name: scores[name][0].as_py() for name in scores.column_names if name != "key"}
else:
    # elements in the order of layout.json; here all of them are absent but one
    network = rapidmass.Model(folder / "model.onnx", threads=1)
    x = np.full((1, len(network.representation.element_names)), np.nan, np.float32)
    x[0, 0] = 1.0
    names = [name for name in network.outputs if name.startswith("score_")]
    found = {name: float(values[0]) for name, values in network.run_rows(x, names).items()}
for name, value in found.items():
    print(name, f"{value:.7g}")
'''
README = """\
# Networks of a search, to score other events with

`<selection>/<network>/` holds

- `model.onnx`, which takes rows of elements (`x`, float32, shape (events, elements), NaN where an
  event does not have an element) and gives its scores; scaling is part of it;
- `layout.json`: the elements in order, the score that is cut on, and the cuts: of each share of
  background below, the threshold on the scores of this network, and those of the two halves of
  the events;
- `network.h`: the same in C++17, without any library. It makes the elements of an event from
  four-momenta, where they are a rapidity-mass matrix, gives its scores, and lists the cuts;
  Of a network with operations that C++ is not written for, such as a flow, there is none:
  `without_cpp` in `layout.json` says why, and is null otherwise;
- `example.cpp`, which scores an event: `g++ -std=c++17 -O2 example.cpp -o example && ./example`;
- `card.json`: what it was trained on.

A network that is called `-fold-<k>` did not see the events of that fold. The search cuts on scores
that were brought to a common scale of all folds; thresholds are given on the scale of each network.

`example.py <selection>/<network>` scores the same event with the Python package rapidmass.
"""


def write_bundle(results: Results, folder: Path) -> list[str]:
    """Write networks with what is needed to use them.

    Parameters
    ----------
    results
        Products of a run.
    folder
        Where they go; made.

    Returns
    -------
    list of str
        `<selection>/<network>` of each.
    """
    folder.mkdir(parents=True)
    written = []
    for selection in results.selections:
        for model in sorted((results.folder / selection / "models").glob("*/model.onnx")):
            name = model.parent.name
            _write_network(results, selection, model, folder / selection / name)
            written.append(f"{selection}/{name}")
    (folder / "example.py").write_text(EXAMPLE, encoding="utf-8")
    (folder / "README.md").write_text(README, encoding="utf-8")
    return written


def _write_network(results: Results, selection: str, model: Path, target: Path) -> None:
    target.mkdir(parents=True)
    shutil.copyfile(model, target / "model.onnx")
    shutil.copyfile(model.with_name("card.json"), target / "card.json")
    card = read_json(model.with_name("card.json"))
    name, _, fold = model.parent.name.partition(FOLD)
    score = _find_score(results, selection, name)
    cuts = _read_cuts(results, selection, name, int(fold) if fold.isdigit() else None)
    told = [(cut["quantile"], cut["threshold"]) for cut in cuts]
    without_cpp = None
    try:
        write_header(model, target, main=score, cuts=told)
    except UnknownOperationError as error:
        without_cpp = str(error).removeprefix(f"{model}: ")
    write_json(
        target / "layout.json",
        {
            "representation": card["representation"],
            "elements": list(make_representation(card["representation"]).element_names),
            "score": score,
            "cuts": cuts,
            "without_cpp": without_cpp,
        },
    )


def _find_score(results: Results, selection: str, network: str) -> str | None:
    """Find which of its scores a network is cut on; None where it was not used in the search."""
    path = results.folder / selection / "scores" / network / "background.parquet"
    if not path.is_file():
        return None
    metadata = pq.read_schema(path).metadata
    settings = json.loads(metadata[b"rapidmass.provenance.requests"])["settings"]
    (names,) = settings["scores"].values()
    return f"score_{names[0]}"


def _read_cuts(
    results: Results, selection: str, scorer: str, fold: int | None
) -> list[dict[str, Any]]:
    """Read the cuts on a score: those of the scan of any signal, as background alone decides."""
    folder = results.folder / selection / "scans" / scorer
    scans = sorted(path for path in folder.glob("*.json") if not path.name.startswith("."))
    if not scans:
        return []
    cuts = [
        {name: cut[name] for name in ("quantile", "threshold", "thresholds")}
        for cut in read_json(scans[0])["cuts"]
        if cut["threshold"] is not None  # the first entry cuts nothing
    ]
    if fold is None:
        return cuts
    scores = results.folder / selection / "scores" / scorer
    curve = read_fold_map(scores / "background.folds.npz").curves["score"][fold]
    return [
        {
            "quantile": cut["quantile"],
            "threshold": float(curve.invert(cut["threshold"])),
            "thresholds": curve.invert(cut["thresholds"]).tolist(),
        }
        for cut in cuts
    ]
