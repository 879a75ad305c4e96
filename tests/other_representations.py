"""Events that are shown in other ways than by matrices, for tests."""

from pathlib import Path

import numpy as np
import pyarrow as pa

import rapidmass.representations
from rapidmass.columnar.event_variables import EventVariables
from rapidmass.representations.registry import make_representation
from rapidmass.representations.tables import make_table
from rapidmass.storage.tables import sort_by_key
from synthetic_events import make_events

# where the registry finds kinds: a folder with one more
FOLDERS = [*rapidmass.representations.__path__, str(Path(__file__).parent / "more_representations")]
DESCRIPTIONS = {
    "jets": {"kind": "jets", "collection": "ljet", "length": 3},
    "sequence": {
        "kind": "sequence",
        "object": "ljet",
        "length": 3,
        "features": [
            ["mass", "ljet.mass"],
            ["share", "ljet.pt / ht"],
            ["turn", "dphi(ljet, lep[0])"],
        ],
        "by": "abs(ljet.eta)",
        "ascending": True,
        "shuffled": False,
    },
    "objects": {
        "kind": "objects",
        "blocks": [
            ["ele", 2, [["pt", "log(ele.pt)"], ["mark", "where(ele.pt > 30, 1, -1)"]]],
            ["ljet", 3, [["pt", "log(ljet.pt)"], ["m", "ljet.mass"]]],
            ["met", 1, [["pt", "log(met + 1)"]]],
        ],
    },
    "table": {
        "kind": "table",
        "features": [
            ["m_ll", "m_ll"],
            ["met", "met"],
            ["n_jets", "n_ljet + n_bjet"],
            ["relative_pt", "pt_lep1 / (met + 1)"],
        ],
    },
}


def show_events(kind, n, seed=1, weight=None):
    """Some events as in a megaset."""
    representation = make_representation(DESCRIPTIONS[kind])
    events, keys = make_events(n, seed)
    rng = np.random.default_rng(seed)
    variables = EventVariables(events, ["ele", "muo"], {"ljet": 3})
    columns = {
        "key": keys,
        "sample": pa.array(np.array(["tt", "Z"])[rng.integers(0, 2, n)], pa.string()),
        "channel": pa.array(np.array(["top", "V"])[rng.integers(0, 2, n)], pa.string()),
        "weight": rng.uniform(0.5, 1.5, n) if weight is None else weight(rng, n),
        "met": events.met.astype(np.float32),
        "m_ll": variables["m_ll"].astype(np.float32),
    }
    encoded = representation.encode(events, variables)
    return sort_by_key(make_table(representation, encoded, columns, "2lep"))
