"""Compare the products of two runs, number by number.

For whoever changes what should change no number: `python -m benchmarks.compare_results OLD NEW`.
Cutflows, weights of samples, shards, megasets, test sets, weights of networks, baselines, scores
and scans are compared bit for bit; what says where a product came from is not.
`--name '/rmm/=/rmm/shards/'` says which part of a path is called otherwise in the new run; it may
be given several times.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import torch

PROVENANCE = "provenance"  # of JSON products: says where they came from
COMPARED = (
    "*/cutflow.json",
    "samples/*.json",
    "*/composition.json",
    "*/scans/*/*.json",
    "*/limits/*/*.json",
    "summary.csv",
    "**/*.parquet",
    "**/weights.pt",
    "**/baseline.npz",
)


def compare_tables(old: Path, new: Path) -> Iterator[str]:
    """Say which columns of two Parquet files differ."""
    ours, theirs = pq.read_table(old), pq.read_table(new)
    for name in sorted(set(ours.column_names) ^ set(theirs.column_names)):
        yield f"column {name} is in one of them only"
    for name in set(ours.column_names) & set(theirs.column_names):
        if not ours.column(name).equals(theirs.column(name)) and not _is_same(
            ours.column(name).to_pylist(), theirs.column(name).to_pylist()
        ):
            yield f"column {name} differs"


def _is_same(ours: Any, theirs: Any) -> bool:  # noqa: ANN401
    """Compare values; NaN is NaN."""
    return json.dumps(ours) == json.dumps(theirs)


def compare_weights(old: Path, new: Path) -> Iterator[str]:
    """Say which tensors of two networks differ."""
    ours, theirs = (torch.load(path, weights_only=True) for path in (old, new))
    ours, theirs = (content.get("state", content) for content in (ours, theirs))
    for name in sorted(set(ours) | set(theirs)):
        pair = ours.get(name), theirs.get(name)
        if not all(isinstance(tensor, torch.Tensor) for tensor in pair):
            continue
        if not torch.equal(*pair):
            yield f"tensor {name} differs"


def compare_arrays(old: Path, new: Path) -> Iterator[str]:
    """Say which arrays of two fitted baselines differ."""
    with np.load(old) as ours, np.load(new) as theirs:
        for name in sorted(set(ours.files) | set(theirs.files)):
            if name not in ours.files or name not in theirs.files:
                yield f"array {name} is in one of them only"
            elif ours[name].dtype.kind != "U" and not np.array_equal(
                ours[name], theirs[name], equal_nan=ours[name].dtype.kind == "f"
            ):
                yield f"array {name} differs"


def compare_json(old: Path, new: Path) -> Iterator[str]:
    """Say which entries of two JSON files differ."""
    ours, theirs = (json.loads(path.read_text(encoding="utf-8")) for path in (old, new))
    yield from _compare_entries(ours, theirs, "")


def _compare_entries(ours: Any, theirs: Any, place: str) -> Iterator[str]:  # noqa: ANN401
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        for key in sorted({*ours, *theirs} - {PROVENANCE}):
            yield from _compare_entries(ours.get(key), theirs.get(key), f"{place}.{key}")
    elif not _is_same(ours, theirs):
        yield f"entry {place.lstrip('.')} differs"


def compare_texts(old: Path, new: Path) -> Iterator[str]:
    """Say whether two texts differ."""
    if old.read_text(encoding="utf-8") != new.read_text(encoding="utf-8"):
        yield "differs"


COMPARISONS: Mapping[str, Callable[[Path, Path], Iterator[str]]] = MappingProxyType(
    {
        ".parquet": compare_tables,
        ".pt": compare_weights,
        ".npz": compare_arrays,
        ".json": compare_json,
        ".csv": compare_texts,
    }
)


def compare_runs(old: Path, new: Path, names: Mapping[str, str]) -> tuple[Counter[str], list[str]]:
    """Compare two folders of results.

    Parameters
    ----------
    old, new
        The folders.
    names
        Parts of paths by their old names.

    Returns
    -------
    tuple of Counter and list of str
        How many files of each kind are equal, and what differs.
    """
    equal, differences = Counter[str](), []
    for path in sorted({path for pattern in COMPARED for path in old.glob(pattern)}):
        if path.name.startswith("."):  # a record
            continue
        place = f"/{path.relative_to(old)}"
        for was, becomes in names.items():
            place = place.replace(was, becomes)
        other = new / place[1:]
        found = list(COMPARISONS[path.suffix](path, other)) if other.exists() else ["is missing"]
        differences += [f"{place[1:]}: {line}" for line in found]
        equal[path.suffix] += not found
    return equal, differences


def main() -> int:
    """Compare, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("old", type=Path, help="results of the one run")
    parser.add_argument("new", type=Path, help="results of the other run")
    parser.add_argument("--name", action="append", default=[], help="OLD=NEW, a part of paths")
    options = parser.parse_args()
    names = dict(pair.split("=", 1) for pair in options.name)
    equal, differences = compare_runs(options.old, options.new, names)
    sys.stdout.write("".join(f"{line}\n" for line in differences))
    sys.stdout.write(f"equal: {dict(equal)}; different: {len(differences)}\n")
    return bool(differences)


if __name__ == "__main__":
    sys.exit(main())
