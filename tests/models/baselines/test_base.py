"""Files of fitted baselines."""

import json

import numpy as np
import pytest

from rapidmass.models.baselines.base import read_model, write_model
from rapidmass.representations.base import select_elements
from synthetic_megasets import MATRIX

CELLS = select_elements(MATRIX, ["h_*"])


@pytest.fixture
def path(scaler, tmp_path):
    path = tmp_path / "model.npz"
    write_model(path, "pca", scaler, CELLS, {"a": np.arange(3.0) / 7}, {"seed": 1})
    return path


def test_a_model_survives_bit_for_bit(path, scaler):
    found = read_model(path, "pca")
    assert found.arrays.keys() == {"a"}
    assert np.array_equal(found.arrays["a"], np.arange(3.0) / 7)
    assert np.array_equal(found.features, CELLS)
    assert found.scaler.to_json() == scaler.to_json()
    with np.load(path) as content:
        assert json.loads(content["description"].item())["provenance"] == {"seed": 1}


def edit(path, **changes):
    with np.load(path) as content:
        kept = {name: content[name] for name in content.files}
    np.savez(path, **{name: a for name, a in {**kept, **changes}.items() if a is not None})


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"no zip"),
        lambda path: path.write_bytes(b""),
        cut,
        lambda path: edit(path, features=None),
        lambda path: edit(path, description=None),
        lambda path: edit(path, description=np.array("{}")),
        lambda path: edit(path, a=np.array([{}], dtype=object)),  # a pickle, which could run code
    ],
)
def test_what_is_no_model_is_refused(path, damage):
    damage(path)
    with pytest.raises(ValueError, match=r"model\.npz is no fitted baseline .* remove it"):
        read_model(path, "pca")
