"""What theorists need to score their own events: networks, layouts, cuts, an example."""

import shutil
from pathlib import Path
from typing import Any

from rapidmass.provenance.atomic_files import read_json, write_json
from rapidmass.representations.registry import make_representation
from rapidmass.results.reading import Results

EXAMPLE = '''"""Score events with a network of this folder: python example.py model.onnx"""

import sys

import awkward as ak
import numpy as np

import rapidmass

# two events: two muons and a jet; one electron. GeV and radians, each object by falling pT.
objects = {
    "ljet": [[{"pt": 80.0, "eta": 0.3, "phi": 1.0, "mass": 9.0}], []],
    "bjet": [[], []],
    "ele": [[], [{"pt": 45.0, "eta": -1.0, "phi": 0.2, "mass": 0.0005}]],
    "muo": [
        [
            {"pt": 60.0, "eta": 0.5, "phi": -2.0, "mass": 0.1057},
            {"pt": 30.0, "eta": -0.4, "phi": 0.7, "mass": 0.1057},
        ],
        [],
    ],
}
record = ak.Array([[{"pt": 1.0, "eta": 0.0, "phi": 0.0, "mass": 0.0}]])
lists = {name: ak.concatenate([record, ak.Array(events)])[1:] for name, events in objects.items()}
met, met_phi = np.array([70.0, 25.0]), np.array([2.5, -1.0])
print(rapidmass.score(sys.argv[1], lists, met, met_phi).to_pylist())
'''
README = """\
# Networks of a search, to score other events with

`<selection>/<network>/model.onnx` takes rows of elements (`x`, float32, shape (events, elements),
NaN where an event does not have an element) and gives its scores; scaling is part of it.
`layout.json` beside it names the elements in order, and the cuts on the score: of each share of
background below, the thresholds for both halves of the events. `card.json` says what it was
trained on. A network that is called `-fold-<k>` did not see the events of that fold. Scores of
several folds are brought to a common scale before cuts are put on them, so that the cuts hold for
the scores of one such network only roughly.

`example.py` makes matrices of objects and scores them, with the Python package rapidmass.
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
            target = folder / selection / name
            target.mkdir(parents=True)
            shutil.copyfile(model, target / "model.onnx")
            shutil.copyfile(model.with_name("card.json"), target / "card.json")
            card = read_json(model.with_name("card.json"))
            shown = make_representation(card["representation"])
            cuts = _read_cuts(results, selection, name.partition("-fold-")[0])
            write_json(
                target / "layout.json",
                {
                    "representation": card["representation"],
                    "elements": list(shown.element_names),
                    "cuts": cuts,
                },
            )
            written.append(f"{selection}/{name}")
    (folder / "example.py").write_text(EXAMPLE, encoding="utf-8")
    (folder / "README.md").write_text(README, encoding="utf-8")
    return written


def _read_cuts(results: Results, selection: str, scorer: str) -> list[dict[str, Any]]:
    """Read the cuts on a score: those of the scan of any signal, as background alone decides."""
    folder = results.folder / selection / "scans" / scorer
    scans = sorted(path for path in folder.glob("*.json") if not path.name.startswith("."))
    if not scans:
        return []
    cuts = read_json(scans[0])["cuts"]
    kept = ("quantile", "threshold", "thresholds")
    return [{name: cut[name] for name in kept} for cut in cuts]
