"""What people call by short names costs nothing until they call it."""

import doctest
import json
import re
import subprocess
import sys

import awkward as ak
import numpy as np
import pyarrow as pa
import pytest

import rapidmass as rm
from example_networks import make_autoencoder
from exported_networks import export_network
from rapidmass.provenance.code_digests import PACKAGE, find_imports
from rapidmass.representations.rmm.matrices import build_sparse
from synthetic_megasets import LAYOUT, make_events, tabulate, write_events


def test_every_name_is_there():
    assert len(rm.__all__) > 10
    for name in rm.__all__:
        assert getattr(rm, name).__doc__, name


def test_every_name_is_in_the_reference():
    page = (PACKAGE.parents[2] / "docs" / "library.md").read_text()
    places = [getattr(rm, name) for name in rm.__all__]
    expected = sorted(f"{place.__module__}.{place.__qualname__}" for place in places)
    assert sorted(re.findall(r"^::: (\S+)$", page, re.MULTILINE)) == expected


@pytest.mark.parametrize(
    "name",
    ["build", "compute_asimov_significance", "Expression", "FourVectors", "Layout", "open_results"],
)
def test_examples_run(name):
    module = sys.modules[getattr(rm, name).__module__]
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0


def test_an_unknown_name_is_an_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = rm.no_such_name


def test_nothing_is_imported_before_it_is_used():
    heavy = {"numpy", "pyarrow", "torch", "numba", "pydantic", "uproot"}
    code = f"import sys, rapidmass; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_job_follows_these_names():
    """Another public name changes the code of no job."""
    assert find_imports(PACKAGE / "__init__.py") == frozenset()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """An exported network, and a shard of events of its layout."""
    folder = tmp_path_factory.mktemp("network")
    shard = write_events(folder / "events.parquet", make_events(300))
    return export_network(folder, make_autoencoder(epochs=1), shard), shard


def test_a_shard_is_read_and_scored(files):
    model, shard = files
    table = rm.read_shard(shard)
    scores = rm.score(model, table)
    assert scores.column_names[0] == "key"
    assert all(name.startswith("score_") for name in scores.column_names[1:])
    assert scores.column("key").equals(table.column("key"))
    assert scores.column("score_error").type == pa.float32()
    assert rm.get_elements(table, ["met"]).num_rows == 300


def test_events_of_another_layout_are_refused(files):
    model, shard = files
    table = rm.read_shard(shard)
    shown = json.loads(table.schema.metadata[b"rapidmass.representation"])
    other = json.dumps({**shown, "angular_scale": 2 * shown["angular_scale"]})
    metadata = {**table.schema.metadata, b"rapidmass.representation": other.encode()}
    with pytest.raises(ValueError, match="are shown in another way"):
        rm.score(model, table.replace_schema_metadata(metadata))


def test_objects_are_scored_as_the_matrices_that_are_made_of_them(files):
    model, _ = files
    rng = np.random.default_rng(4)
    objects = {}
    for name, slots in LAYOUT.types.items():
        counts = rng.integers(0, slots + 1, 50)
        columns = {key: rng.uniform(0.1, 2, counts.sum()) for key in ("eta", "phi", "mass")}
        columns["pt"] = 20 + rng.exponential(40, counts.sum())
        objects[name] = ak.unflatten(ak.zip(columns), counts)
    met, phi = rng.exponential(50, 50), rng.uniform(-3, 3, 50)
    found = rm.score(model, objects, met, phi)
    matrices = build_sparse(LAYOUT, objects, met, phi)
    table = tabulate(matrices, {"key": np.arange(50, dtype=np.uint64)})
    assert found.equals(rm.score(model, table))
    assert len(set(found["score_error"].to_pylist())) > 40
    with pytest.raises(ValueError, match="need met and met_phi"):
        rm.score(model, objects)
