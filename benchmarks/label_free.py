"""What scores that are told no signal cost: `python -m benchmarks.label_free`.

Each is fitted to 100,000 events with 30 features, which hang together, and gives scores to as many;
to transformers they are six objects with five features. Of processor time, with one core; files are
read in it. Networks are trained for as many epochs as the docs take.
"""

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.classifiers import write_sample, write_shown
from benchmarks.environment import HERE, run_worker
from benchmarks.options import SEED
from rapidmass.representations.objects.representation import store_elements
from rapidmass.representations.registry import make_representation
from rapidmass.storage.event_keys import make_event_keys

FEATURES, HIDDEN, MIB = 30, 8, 2**20
LAYERS = [{"units": 64, "activation": "leaky_relu"}, {"units": 32, "activation": "leaky_relu"}]
KINDS: dict[str, dict[str, Any]] = {
    "density, mixture": {"kind": "density"},
    "density, kernel": {"kind": "density", "by": "kernel", "max_events": 5000},
    "neighbours": {"kind": "neighbours"},
    "shuffled": {"kind": "shuffled"},
    "one_class": {"family": "one_class", "layers": LAYERS, "epochs": 8, "batch_size": 512},
    "flow": {"family": "flow", "epochs": 8, "batch_size": 512},
    "masked_objects": {"family": "masked_objects", "epochs": 8, "batch_size": 512},
}
OBJECTS = make_representation(
    {
        "kind": "objects",
        "blocks": [
            ["jet", 6, [[name, f"jet.{name}"] for name in ("pt", "eta", "phi", "mass", "tag")]]
        ],
    }
)


def draw_events(events: int, seed: int) -> NDArray[np.float32]:
    """Draw features of few hidden ones, of which the last five are absent in a third of events."""
    mixing = np.random.default_rng(SEED).normal(size=(HIDDEN, FEATURES))
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(events, HIDDEN)) @ mixing + 0.3 * rng.normal(size=(events, FEATURES))
    x[rng.random(events) < 1 / 3, -5:] = np.nan
    return x.astype(np.float32)


def measure(events: int) -> dict[str, Any]:
    """Measure the cost of each kind.

    Parameters
    ----------
    events
        How many it is fitted to, and gives scores to.

    Returns
    -------
    dict
        By kind, processor seconds to fit and to score, and the peak memory of fitting in MiB.
    """
    found = {}
    with TemporaryDirectory() as folder:
        request: dict[str, Any] = {}
        for name, seed in (("megaset", 1), ("events", 2)):
            keys = make_event_keys(
                seed, name, np.ones(events, np.int64), np.arange(events, dtype=np.uint64)
            )
            x = draw_events(events, seed)
            request[name] = str(write_sample(Path(folder, name), name, x, keys))
            event, element = np.nonzero(~np.isnan(x))
            encoded = store_elements(event, element, x[event, element], events)
            path = write_shown(Path(folder, f"{name}_objects"), name, OBJECTS, encoded, keys)
            request[f"{name}_objects"] = str(path)
        for kind, settings in KINDS.items():
            answer = run_worker("workers.label_free", request | {"settings": settings})
            result = answer.result
            found[kind] = {
                "fitted": round(result["fitted"], 2),
                "scored": round(result["scored"], 2),
                "peak_mib": round(result["fitted_peak"] / MIB),
            }
            print(kind, found[kind], flush=True)
    return found


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.label_free", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--output", type=Path, default=HERE / "results" / "label_free_cost.json")
    arguments = parser.parse_args()
    content = {"events": arguments.events, "kinds": measure(arguments.events)}
    arguments.output.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
