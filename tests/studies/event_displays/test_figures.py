import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from rapidmass.statistics.weighted_means import list_finite
from rapidmass.studies.event_displays.figures import (
    deviate,
    divide_means,
    draw_difference,
    draw_event,
    read_cells,
    spread_cells,
)
from synthetic_displays import CELLS, make_event
from synthetic_megasets import LAYOUT

GREY = (0xC8, 0xC8, 0xC8)


def count_pixels(path, colour):
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB")).reshape(-1, 3)
    return int(np.all(pixels == colour, axis=1).sum())


def test_ratios_of_means():
    mean = np.array([2.0, np.nan, 1.0, np.nan, 0.0])
    whole = np.array([1.0, 2.0, np.nan, np.nan, 0.0])
    np.testing.assert_array_equal(divide_means(mean, whole), [2, 0, np.inf, np.nan, np.nan])
    uncertainty = np.array([0.5, 1.0, 0.5, np.nan, 0.0])
    np.testing.assert_array_equal(deviate(mean, whole, uncertainty), [2, -2, 2, np.nan, np.nan])


def test_cells_that_the_network_does_not_see_have_no_number():
    spread = spread_cells(LAYOUT, CELLS, np.arange(len(CELLS), dtype=float))
    assert spread.ravel()[CELLS].tolist() == list(range(len(CELLS)))
    assert np.isnan(spread).sum() == LAYOUT.n_cells - len(CELLS)


def test_cells_absent_in_both_are_grey_and_what_may_be_chance_is_dotted(analysis, tmp_path):
    background = np.full((LAYOUT.size, LAYOUT.size), 10.0)
    background[-1] = np.nan
    mean = 2 * background
    sure, unsure = (np.full_like(mean, value) for value in (1.0, 100.0))
    for name, uncertainty in (("sure", sure), ("unsure", unsure)):
        group = {"events": 9, "mean": list_finite(mean), "uncertainty": uncertainty.tolist()}
        draw_difference(analysis.frame, "ttbar", group, background, LAYOUT, tmp_path / name)
        assert count_pixels(tmp_path / f"{name}.png", GREY) > 1000
    dots = [
        count_pixels(tmp_path / f"{name}.png", (0x30, 0x30, 0x30)) for name in ("sure", "unsure")
    ]
    assert dots[1] >= dots[0] + LAYOUT.size * (LAYOUT.size - 1)  # some of it is text
    numbers = json.loads((tmp_path / "sure.json").read_text())
    assert numbers["ratio"][0] == [2.0] * LAYOUT.size
    assert numbers["ratio"][-1] == [None] * LAYOUT.size
    assert numbers["deviation"][0] == [10.0] * LAYOUT.size


@pytest.mark.parametrize("errors", [True, False])
def test_an_event_has_its_errors_beside_it_where_there_are_such(analysis, tmp_path, errors):
    event = make_event("background", "anomalous", 1, errors=errors)
    frame = replace(analysis.frame, architecture="ae")
    draw_event(frame, event, LAYOUT, CELLS, tmp_path / "e")
    with Image.open(tmp_path / "e.png") as image:
        width, height = image.size
    assert (width > 1.7 * height) == errors
    numbers = json.loads((tmp_path / "e.json").read_text())
    np.testing.assert_array_equal(read_cells(numbers["matrix"]), read_cells(event["matrix"]))
    assert numbers["errors"] == event["errors"]
    assert numbers["architecture"] == "ae"
    assert count_pixels(tmp_path / "e.png", GREY) > 1000
