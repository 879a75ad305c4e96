import json
import os
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from sklearn.datasets import make_blobs

from rapidmass.models.export.onnx_model import Model
from rapidmass.representations.rmm.layout import Layout
from rapidmass.storage.event_keys import draw_uniform
from rapidmass.studies.latent_space.measure import (
    Sample,
    map_latent,
    project_pca,
    sample_background,
)
from synthetic_megasets import make_events, write_events

CHANNELS = ("ttbar", "diboson", "nobody")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("latent")


@pytest.fixture(scope="module")
def test_set():
    table = make_events(500, seed=4)
    names = pa.array(np.where(np.arange(500) % 5 == 0, "diboson", "ttbar"))
    return table.set_column(table.schema.get_field_index("channel"), "channel", names)


@pytest.fixture(scope="module")
def paths(folder, test_set):
    test = [
        write_events(folder / f"{k}.parquet", test_set.slice(start, 250))
        for k, start in enumerate((0, 250))
    ]
    signal = make_events(150, seed=9, hardness=4)
    for name in ("generator_weight", "scale_factor"):
        signal = signal.append_column(name, signal["weight"])
    return test, {"SUSY": [write_events(folder / "signal.parquet", signal)], "none": []}


def make_map(model, paths, **changes):
    test, signals = paths
    settings = {"events": 60, "umap": False, "seed": 1, "threads": 1, **changes}
    return map_latent(model, test, CHANNELS, signals, **settings)


def test_the_chosen_events_do_not_depend_on_files(test_set, paths, folder):
    whole = write_events(folder / "whole.parquet", test_set, pieces=7)
    some, same = (sample_background(p, CHANNELS, 60) for p in (paths[0], [whole]))
    for name in ("ttbar", "diboson"):
        (table, weights), (other, others) = some[name].get_events(), same[name].get_events()
        assert table["key"].equals(other["key"])
        np.testing.assert_allclose(weights, others)
        assert table.num_rows == 60
    assert some["nobody"].get_events()[0] is None


def test_chosen_events_stand_for_all_in_many_small_portions(test_set):
    sample, weights = Sample(20), test_set["weight"].to_numpy()
    for start in range(0, 500, 9):
        sample.add(test_set.slice(start, 9), weights[start : start + 9])
    table, scaled = sample.get_events()
    whole = Sample(20)
    whole.add(test_set, weights)
    assert table["key"].to_pylist() == whole.get_events()[0]["key"].to_pylist()
    keys = test_set["key"].to_numpy()
    order = np.argsort(draw_uniform(keys, "latent space"))
    assert table["key"].to_pylist() == keys[order[:20]].tolist()
    assert sample.seen == 500
    assert scaled.sum() == pytest.approx(weights.sum())


def test_a_map_has_the_latent_vectors_of_its_events(model, paths, test_set):
    table, described = make_map(model, paths)
    assert described["dimensions"] == 3
    assert described["seen"] == {"ttbar": 400, "diboson": 100, "nobody": 0, "SUSY": 150, "none": 0}
    assert table["kind"].to_pylist() == ["background"] * 120 + ["signal"] * 60
    latent = Model(model, 1).run(test_set, ["latent"])["latent"]
    radius = dict(zip(test_set["key"].to_pylist(), np.linalg.norm(latent, axis=1), strict=True))
    found = dict(zip(table["key"].to_pylist(), table["radius"].to_pylist(), strict=True))
    common = radius.keys() & found.keys()
    assert len(common) == 120
    assert [found[key] for key in common] == pytest.approx([radius[key] for key in common])
    assert make_map(model, paths)[0].equals(table)


def test_signals_do_not_move_the_components(model, paths):
    table = make_map(model, paths)[0]
    alone = make_map(model, (paths[0], {}))[0]
    assert table.slice(0, 120).equals(alone)


def test_components_are_those_of_the_background():
    rng = np.random.default_rng(1)
    background = rng.normal(0, [3, 0.1, 1], (500, 3)) + 5
    signal = rng.normal(0, [0, 50, 0], (100, 3))
    inside = np.arange(600) < 500
    places, explained = project_pca(np.vstack([background, signal]), inside)
    np.testing.assert_allclose(places[inside].std(axis=0), [3, 1], rtol=0.1)
    np.testing.assert_allclose(places[inside].mean(axis=0), 0, atol=1e-9)
    assert explained == pytest.approx([0.9, 0.1, 0.001], rel=0.1)
    assert np.abs(places[~inside]).max() < 20


@pytest.mark.parametrize(("rows", "columns"), [(1, 3), (5, 1), (2, 4)])
def test_few_events_or_dimensions_have_a_map_too(rows, columns):
    latent = np.random.default_rng(1).normal(size=(rows + 2, columns))
    places, explained = project_pca(latent, np.arange(rows + 2) < rows)
    assert places.shape == (rows + 2, 2)
    assert np.isfinite(places).all()
    assert sum(explained) == pytest.approx(1 if rows > 1 else 0)


MAP_TWICE = """
import json, sys
import numpy as np
from rapidmass.studies.latent_space.measure import project_umap
latent, inside = (np.array(part) for part in json.load(sys.stdin))
print(json.dumps([project_umap(latent, inside, seed=7).tolist() for _ in range(2)]))
"""


def test_umap_keeps_groups_apart_and_gives_the_same_map_again():
    latent, label = make_blobs(30, 5, centers=2, cluster_std=0.3, random_state=3)
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", MAP_TWICE],
        input=json.dumps([latent.tolist(), (np.arange(30) < 24).tolist()]),
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},  # to compile it takes longer than to run it
        capture_output=True,
        text=True,
        check=True,
    )
    places, again = (np.array(part) for part in json.loads(run.stdout))
    centres = [places[label == k].mean(axis=0) for k in (0, 1)]
    nearest = np.argmin([np.linalg.norm(places - c, axis=1) for c in centres], axis=0)
    assert np.array_equal(nearest, label)
    assert np.array_equal(places, again)


def test_an_empty_test_set_has_no_map(model, paths, folder, test_set):
    empty = write_events(folder / "empty.parquet", test_set.slice(0, 0))
    table, described = make_map(model, ([empty], paths[1]))
    assert table.num_rows == 0
    assert described["dimensions"] == 3
    assert "pca_x" not in table.column_names


def test_matrices_of_another_layout_are_refused(model, paths, folder):
    other = make_events(20, layout=Layout(types={"ele": 2}))
    path = write_events(folder / "other.parquet", other)
    with pytest.raises(ValueError, match=r"other\.parquet holds events as"):
        make_map(model, ([path], paths[1]))
