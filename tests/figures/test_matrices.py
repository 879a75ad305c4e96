import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from rapidmass.figures import list_selection_figures
from rapidmass.figures.matrices import (
    MatrixSum,
    draw_matrices,
    draw_matrix,
    sum_channels,
    sum_signal,
)
from rapidmass.rmm import densify
from rapidmass.shards import read_events
from rapidmass.tables import get_matrices
from synthetic_analysis import Analysis
from synthetic_megasets import LAYOUT, make_events, write_events


@pytest.fixture(scope="module")
def selection(tmp_path_factory):
    analysis = Analysis(tmp_path_factory.mktemp("selection") / "products", events=300).write()
    return analysis, *analysis.write_megasets()


def test_means_are_those_of_the_events(selection):
    analysis, megasets, _ = selection
    sums = sum_channels(megasets, analysis.channels)
    tables = [read_events(path) for path in megasets]
    for channel in analysis.channels:
        chosen = [t.filter(pa.compute.equal(t["channel"], channel)) for t in tables]
        weights = np.concatenate([t["weight"].to_numpy() for t in chosen])
        cells = np.concatenate([densify(get_matrices(t), padding=np.nan) for t in chosen])
        total = sums[channel]
        assert total.events == len(weights)
        assert total.weight == pytest.approx(weights.sum())
        mean = np.average(np.nan_to_num(cells), axis=0, weights=weights)
        filled = np.isfinite(cells)
        expected = np.where(filled.any(axis=0), mean, np.nan)
        np.testing.assert_allclose(total.get_mean().ravel(), expected, rtol=1e-6)
        share = np.average(filled, axis=0, weights=weights)
        np.testing.assert_allclose(total.get_filled_share().ravel(), share, atol=1e-12)


def test_absent_cells_are_not_zero(selection, tmp_path):
    analysis = selection[0]
    table = make_events(50)
    alone = table.filter(pa.compute.equal(table["n_muo"], 0))
    for name in ("generator_weight", "scale_factor"):
        alone = alone.append_column(name, alone["weight"])
    total = sum_signal([write_events(tmp_path / "s.parquet", alone)])
    mean = total.get_mean()
    assert np.isnan(mean[-1]).all()
    assert np.isnan(mean[:, -1]).all()
    assert np.isfinite(mean[0, 0])
    draw_matrix(analysis.frame, "ttbar", total, tmp_path / "m")
    assert json.loads((tmp_path / "m.json").read_text())["mean"][-1] == [None] * LAYOUT.size
    pixels = np.asarray(Image.open(tmp_path / "m.png").convert("RGB")).reshape(-1, 3)
    assert np.all(pixels == (0xC8, 0xC8, 0xC8), axis=1).sum() > 1000


def test_all_figures_of_a_selection_are_written(selection, tmp_path):
    analysis, megasets, shards = selection
    frame = replace(analysis.frame, channels=("ttbar", "nobody"), signals=("SUSY_450p300", "none"))
    shards = {"SUSY_450p300": shards["SUSY_450p300"], "none": []}
    draw_matrices(tmp_path, frame, megasets, shards, LAYOUT)
    names = list_selection_figures(frame.channels, frame.signals)
    expected = {f"{name}{suffix}" for name in names for suffix in (".png", ".pdf", ".json")}
    assert {path.name for path in tmp_path.iterdir()} == expected
    for empty in ("nobody", "none"):
        drawn = json.loads((tmp_path / f"matrix_{empty}.json").read_text())
        assert drawn["events"] == 0
        assert all(value is None for row in drawn["mean"] for value in row)


def test_a_negative_total_weight_has_no_mean():
    total = MatrixSum(LAYOUT)
    table = make_events(20)
    total.add(table, -np.ones(20))
    assert np.isnan(total.get_mean()).all()
