"""What an analysis of a given size takes, from the rates that were measured."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.environment import HERE, ROOT
from benchmarks.networks import read_network

PAGE = ROOT / "docs" / "scaling.md"
NEEDED = ("stage", "megasets", "loader", "training", "scoring", "startup", "workflow")
VECTORS = "vectors, and trigger menus (32 branches more)"
# how many networks are about as large as these
NETWORKS = {"ae_shallow": 3, "ae_deep": 3}
SIGNALS_AND_DATA = 10
SIZES = {
    "events": 400e6,
    "files": 2000,
    "megasets": 10,
    "cores": 100,
    "gpus": 4,
    "test_fraction": 0.2,
    # assumed
    "input_bytes": 350,
    "score_bytes": 400,
    "operations": 19.5e12 / 3,
}


def write_page(results: Path, page: Path = PAGE) -> bool:
    """Write the page, if all sections that it needs were measured.

    Parameters
    ----------
    results
        Folder with the JSON file of each section.
    page
        Markdown file to write.

    Returns
    -------
    bool
        Whether it was written.
    """
    paths = {name: results / f"{name}.json" for name in NEEDED}
    if not all(path.exists() for path in paths.values()):
        return False
    contents = {name: json.loads(path.read_text("utf-8")) for name, path in paths.items()}
    environment = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, keep_trailing_newline=True
    )  # Markdown: nothing is to be escaped
    numbers = _compute(contents)
    page.write_text(environment.get_template("scaling.md.j2").render(numbers), encoding="utf-8")
    return True


def _compute(contents: Mapping[str, Any]) -> dict[str, Any]:
    events, start = SIZES["events"], _find(contents, "startup", "job build_shard")
    rate, size = (_find(contents, "stage", f"{VECTORS}, {what}") for what in ("loop", "on disk"))
    # of the most events, which are the last
    *_, merging = (
        row["ours"]["median"]
        for row in contents["megasets"]["rows"]
        if row["what"].endswith("a GB of shards")
    )
    loading = _find(contents, "loader", "minmax")
    fitting = {name: _find(contents, "training", f"{name}, float32, 1 thread") for name in NETWORKS}
    scoring = {name: _find(contents, "scoring", name) for name in NETWORKS}
    weights = {name: _count_weights(name) for name in NETWORKS}
    bound = {name: SIZES["operations"] / (6 * number) for name, number in weights.items()}
    tested = SIZES["test_fraction"] * events
    steps = {
        "ROOT to shards": events / rate / 3600,
        "megasets": events * size / 1e9 * merging / 3600,
        "scores of the test set": sum(n * tested / scoring[k] / 3600 for k, n in NETWORKS.items()),
    }
    jobs = _count_jobs()
    overhead = jobs * start / 3600
    return {
        **SIZES,
        "machine": contents["stage"]["machine"]["processor"],
        "networks": NETWORKS,
        "rate": rate,
        "size": size,
        "loading": loading,
        "start": start,
        "jobs": jobs,
        "steps": steps,
        "overhead": overhead,
        "total": sum(steps.values()) + overhead,
        "weights": weights,
        "bound": bound,
        "passes": {name: n * events / fitting[name] / 3600 for name, n in NETWORKS.items()},
        "longest": max(events / speed / 3600 for speed in fitting.values()),
        "merging_minutes": steps["megasets"] / SIZES["megasets"] * 60,
        "gpu_hours": sum(
            n * events / min(bound[name], loading) / 3600 for name, n in NETWORKS.items()
        ),
        "planning": _find(contents, "workflow", "again"),
    }


def _find(contents: Mapping[str, Any], section: str, what: str) -> float:
    """Find our value in the first row whose name begins or ends so."""
    for row in contents[section]["rows"]:
        if row["ours"] is not None and (row["what"].startswith(what) or row["what"].endswith(what)):
            return float(row["ours"]["median"])
    raise LookupError(f"the section {section} lacks {what!r}, which docs/scaling.md needs")


def _count_jobs() -> int:
    """Count jobs: a file and a sample each, megasets, and per network train, scores, scans."""
    networks = sum(NETWORKS.values())
    each = 1 + 1 + 2 * SIGNALS_AND_DATA
    return int(SIZES["files"] + SIGNALS_AND_DATA + SIZES["megasets"] + networks * each)


def _count_weights(name: str) -> int:
    before, total = 529, 0
    network = read_network(name)
    for layer in network["layers"]:
        units = 529 if layer["units"] == "inputs" else layer["units"]
        total += (before + 1) * units
        before = units
    return total
