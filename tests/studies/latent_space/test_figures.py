import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rapidmass.studies.latent_space.figures import draw_latent, find_levels
from synthetic_maps import FACTORS, SIZES, make_map, make_maps


@pytest.fixture(scope="module")
def folder(analysis, tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps") / "figures"
    draw_latent(folder, analysis.frame, make_maps(), FACTORS, ["vae", "flat", "empty"])
    return folder


def read(path):
    return json.loads(path.read_text())


def test_each_map_is_drawn_and_radii_where_they_mean_something(folder):
    names = {path.stem for path in folder.glob("*.png")}
    assert names == {"pca_vae", "umap_vae", "radius_vae", "pca_ae"}


def test_all_events_are_on_the_map(folder):
    numbers = read(folder / "pca_ae.json")
    assert {name: len(places) for name, places in numbers["groups"].items()} == {
        **SIZES, "SUSY_800p50": 0,
    }  # fmt: skip
    table = make_map()[0]
    assert numbers["groups"]["ttbar"][0][0] == pytest.approx(table["pca_x"][0].as_py(), abs=1e-4)
    assert numbers["architecture"] == "ae"


def test_radii_are_weighted_to_expected_events(folder):
    numbers = read(folder / "radius_vae.json")
    table = make_map()[0]
    weight, group = table["weight"].to_numpy(), np.array(table["group"].to_pylist())
    for name in SIZES:
        kind = "signals" if name.startswith("SUSY") else "channels"
        expected = FACTORS[name] * weight[group == name].sum()
        assert sum(numbers[kind][name]["values"]) == pytest.approx(expected)
    assert sum(numbers["background"]["values"]) == pytest.approx(
        sum(sum(bins["values"]) for bins in numbers["channels"].values())
    )


@given(arrays(np.float64, (6, 6), elements=st.floats(0, 100)))
def test_levels_enclose_at_least_their_share(density):
    levels = find_levels(density, (0.9, 0.5))
    if not density.any():
        assert levels == []
    else:
        assert levels == sorted(levels)
        for level, share in ((levels[0], 0.9), (levels[-1], 0.5)):
            assert density[density >= level].sum() >= share * density.sum() * (1 - 1e-9)
        assert density[density > levels[-1]].sum() <= 0.5 * density.sum() * (1 + 1e-9)
