"""What an analysis of a given size takes, from the rates that were measured."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.environment import HERE, ROOT
from benchmarks.networks import read_network

PAGE = ROOT / "docs" / "scaling.md"
NEEDED = (
    "stage",
    "megasets",
    "loader",
    "training",
    "processes",
    "scoring",
    "memory",
    "startup",
    "submissions",
    "workflow",
)
VECTORS = "vectors, and trigger menus (32 branches more)"
# how many networks are about as large as these
NETWORKS = {"ae_shallow": 3, "ae_deep": 3}
SIGNALS_AND_DATA = 10
SIZES = {
    "cores": 100,
    "gpus": 4,
    "test_fraction": 0.2,
    # assumed
    "input_bytes": 350,
    "operations": 19.5e12 / 3,
}


@dataclass(frozen=True)
class Analysis:
    """The size of an analysis.

    Parameters
    ----------
    name
        What the table calls it.
    events
        Selected events of simulation.
    files
        Ntuples that they are in.
    megasets
        How many there are.
    """

    name: str
    events: float
    files: int
    megasets: int

    @property
    def jobs(self) -> int:
        """Jobs beside those of the files: a sample each, megasets, training, scores, scans."""
        each = 1 + 1 + 2 * SIGNALS_AND_DATA
        return SIGNALS_AND_DATA + self.megasets + sum(NETWORKS.values()) * each


ANALYSES = (
    Analysis("100 million", 1e8, 500, 10),
    Analysis("400 million, the thesis", 4e8, 2000, 10),
    Analysis("10 billion", 1e10, 50_000, 250),
)


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
    rates = _read_rates(contents)
    weights = {name: _count_weights(name) for name in NETWORKS}
    bound = {name: SIZES["operations"] / (6 * number) for name, number in weights.items()}
    seconds = sum(n / min(bound[name], rates["loading"]) for name, n in NETWORKS.items())
    return {
        **SIZES,
        **rates,
        "machine": "; or ".join(
            dict.fromkeys(
                one["machine"]["processor"] for name, one in contents.items() if name != "memory"
            )
        ),
        "analyses": ANALYSES,
        "networks": NETWORKS,
        "steps": {analysis.name: _time_steps(analysis, rates) for analysis in ANALYSES},
        "weights": weights,
        "bound": bound,
        "gpu_hours": [analysis.events * seconds / 3600 for analysis in ANALYSES],
    }


def _read_rates(contents: Mapping[str, Any]) -> dict[str, Any]:
    rate, size = (_find(contents, "stage", f"{VECTORS}, {what}") for what in ("loop", "on disk"))
    # of the most events, which are the last
    *_, merging = (
        row["ours"]["median"]
        for row in contents["megasets"]["rows"]
        if row["what"].endswith("a GB of shards")
    )
    return {
        "rate": rate,
        "size": size,
        "merging": merging,
        "part": _find(contents, "megasets", "a shard's part") / 1e3,
        "loading": _find(contents, "loader", "minmax"),
        "fitting": {
            name: _find(contents, "training", f"{name}, float32, 1 thread") for name in NETWORKS
        },
        "sharing": [row["ratio"]["median"] for row in contents["processes"]["rows"]],
        "scoring": {name: _find(contents, "scoring", name) for name in NETWORKS},
        "start": _find(contents, "startup", "job score"),
        "each_file": _find(contents, "submissions", "a file, Snakemake"),
        "planning": _find(contents, "workflow", "again"),
        "largest": _find_largest(contents["memory"]["rows"]),
    }


def _time_steps(analysis: Analysis, rates: Mapping[str, Any]) -> dict[str, float]:
    """Compute the core hours of each step."""
    events, tested = analysis.events, SIZES["test_fraction"] * analysis.events
    seconds = {
        "ROOT to shards": events / rates["rate"],
        "megasets": max(
            events * rates["size"] / 1e9 * rates["merging"],
            analysis.files * analysis.megasets * rates["part"],
        ),
        "scores of the test set": sum(
            n * tested / rates["scoring"][name] for name, n in NETWORKS.items()
        ),
        "start of a job a file": analysis.files * rates["each_file"],
        "start of other jobs": analysis.jobs * rates["start"],
        **{
            f"training of {n} networks like `{name}` on processors, float32": n
            * events
            / rates["fitting"][name]
            for name, n in NETWORKS.items()
        },
    }
    return {name: value / 3600 for name, value in seconds.items()}


def _find(contents: Mapping[str, Any], section: str, what: str) -> float:
    """Find our value in the first row whose name begins or ends so."""
    for row in contents[section]["rows"]:
        if row["ours"] is not None and (row["what"].startswith(what) or row["what"].endswith(what)):
            return float(row["ours"]["median"])
    raise LookupError(f"the section {section} lacks {what!r}, which docs/scaling.md needs")


def _find_largest(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Find the job that takes most memory for the largest number of events."""
    found = []
    for row in rows:
        job, _, size = row["what"].partition(", ")
        if row["ours"] is not None:
            found.append((float(size.split()[0]), row["ours"]["median"], job))
    events, peak, job = max(found)
    return {"events": events, "peak": peak, "job": job}


def _count_weights(name: str) -> int:
    before, total = 529, 0
    network = read_network(name)
    for layer in network["layers"]:
        units = 529 if layer["units"] == "inputs" else layer["units"]
        total += (before + 1) * units
        before = units
    return total
