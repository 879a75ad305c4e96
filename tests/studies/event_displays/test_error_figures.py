import json
from dataclasses import replace

import numpy as np
import pytest

from rapidmass.studies.event_displays.error_figures import draw_errors, find_span
from rapidmass.studies.event_displays.figures import read_cells
from synthetic_displays import CELLS, make_explanation


@pytest.fixture(scope="module")
def explanation():
    return make_explanation()


def test_the_scale_holds_the_largest_mean_of_all_groups(explanation):
    low, high = find_span(explanation)
    assert high == 9  # the first cell of the first signal
    assert 0 < low < 0.01 * high
    nothing = {**explanation, "background": {"mean": [None]}, "signals": {}, "altered": {}}
    assert 0 < find_span(nothing)[0] < find_span(nothing)[1]


def test_means_and_ratios_to_the_background_are_drawn(analysis, explanation, tmp_path):
    frame = replace(analysis.frame, architecture="ae")
    signal = explanation["signals"]["SUSY_450p300"]
    draw_errors(frame, "a signal", signal, explanation, tmp_path / "s")
    numbers = json.loads((tmp_path / "s.json").read_text())
    ratio = read_cells(numbers["ratio"]).ravel()
    expected = np.array(signal["mean"]) / np.array(explanation["background"]["mean"])
    np.testing.assert_allclose(ratio[CELLS], expected)
    assert np.isnan(ratio).sum() == ratio.size - len(CELLS)
    assert (numbers["events"], numbers["group"]) == (41, "a signal")


def test_the_background_has_no_ratio(analysis, explanation, tmp_path):
    draw_errors(analysis.frame, "b", explanation["background"], explanation, tmp_path / "b")
    numbers = json.loads((tmp_path / "b.json").read_text())
    assert "ratio" not in numbers
    mean = read_cells(numbers["mean"]).ravel()[CELLS]
    np.testing.assert_allclose(mean, explanation["background"]["mean"])


def test_groups_without_events_can_be_drawn(analysis, explanation, tmp_path):
    nothing = [None] * len(CELLS)
    empty = {"events": 0, "mean": nothing, "present": nothing, "uncertainty": nothing}
    draw_errors(analysis.frame, "none", empty, explanation, tmp_path / "n")
    assert json.loads((tmp_path / "n.json").read_text())["events"] == 0
