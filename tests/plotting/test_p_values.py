"""Figures of p-values, from numbers that the comparison made."""

import json

import numpy as np
import pytest

from rapidmass.config.report.plots import PlotSettings
from rapidmass.config.studies.data_comparison import DataComparison
from rapidmass.plotting.p_values import MAP, P_VALUES, draw_map, draw_p_values, list_p_values
from rapidmass.plotting.style import Frame
from rapidmass.representations.rmm.layout import Layout
from rapidmass.studies.data_comparison.measure import compare_data
from synthetic_comparison import CHANNELS, InventedData
from synthetic_megasets import LAYOUT

FRAME = Frame(PlotSettings(data_status="Preliminary"), "3lep", CHANNELS, (), luminosity=1.0)


@pytest.fixture(scope="module")
def features(tmp_path_factory):
    folder = tmp_path_factory.mktemp("p_values")
    invented = InventedData(folder, simulated=2000, observed=(400,)).write()
    comparison = compare_data(invented.events, invented.scale, DataComparison(), seed=1)
    return comparison.numbers["features"]


def draw(features, layout, folder):
    draw_p_values(FRAME, layout, features, folder / P_VALUES)
    draw_map(FRAME, layout, features, folder / MAP)
    return [json.loads((folder / f"{name}.json").read_text()) for name in (P_VALUES, MAP)]


def test_p_values_are_all_counted_and_each_has_its_place(features, tmp_path):
    counts, places = draw(features, LAYOUT, tmp_path)
    for test in ("shape", "ks"):
        assert sum(counts["tests"][test]) == sum(f[test] is not None for f in features)
    grid = np.array(places["p_values"], dtype=float)
    found = 0
    for feature in features:
        if feature["kind"] == "cell" and feature["p_value"] is not None:
            place = np.unravel_index(LAYOUT.find_cell(feature["name"]), grid.shape)
            assert grid[place] == pytest.approx(feature["p_value"])
            found += 1
    assert found == np.count_nonzero(np.isfinite(grid)) > 20


def test_the_share_of_events_counts_once_for_the_same_objects(features):
    # five slots, and pairs of them: mass and rapidity difference of a pair are there together
    assert len(list_p_values(LAYOUT, features, "presence")) == 5 + 10
    assert len(list_p_values(LAYOUT, features, "ks")) > 30


def test_nothing_tested_can_be_drawn(tmp_path):
    counts, _ = draw([], Layout(), tmp_path)
    assert not np.any(list(counts["tests"].values()))
    assert (tmp_path / f"{MAP}.pdf").stat().st_size > 1000
