import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from rapidmass.plotting.names import list_selection_figures
from rapidmass.plotting.rmm_matrices import draw_matrices, draw_matrix
from rapidmass.search.mean_matrices import MatrixSum
from synthetic_analysis import Analysis
from synthetic_megasets import LAYOUT, make_events


@pytest.fixture(scope="module")
def selection(tmp_path_factory):
    analysis = Analysis(tmp_path_factory.mktemp("selection") / "products", events=300).write()
    return analysis, *analysis.write_megasets()


def test_cells_that_no_event_has_are_grey(selection, tmp_path):
    table = make_events(50)
    alone = table.filter(pa.compute.equal(table["n_muo"], 0))
    total = MatrixSum(LAYOUT)
    total.add(alone, np.ones(alone.num_rows))
    draw_matrix(selection[0].frame, "ttbar", total, tmp_path / "m")
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
