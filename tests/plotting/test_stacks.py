"""Bands around stacks: statistical uncertainty, and the systematic one where it is known."""

from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from rapidmass.config.report.plots import PlotSettings
from rapidmass.config.search.scan import Axis
from rapidmass.plotting import scores, spectra
from rapidmass.plotting.stacks import add_systematics, draw_stack, scale_systematics
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.search.scan import scan_cuts
from synthetic_shifts import BACKGROUND, CHANNELS, SETTINGS, SIGNAL, list_shifts

FRAME = Frame(PlotSettings(), "x", CHANNELS, ["S"], luminosity=1000.0)
EDGES = np.array([0.0, 1.0, 2.0])
STACK = {
    "A": {"values": [100.0, 10.0], "variances": [9.0, 1.0]},
    "B": {"values": [20.0, 5.0], "variances": [7.0, 3.0]},
}
SYSTEMATICS = {"shifts": {"s": [3.0, -4.0]}, "total": [3.0, 4.0]}


def get_band(axes):
    """Get middle and half width of the hatched band of a panel."""
    (band,) = [patch for patch in axes.patches if patch.get_hatch() == "////"]
    values, _, base = band.get_data()
    return (values + base) / 2, (values - base) / 2


@pytest.fixture
def keep_figures(monkeypatch):
    """Keep the figures that are written, as they were drawn."""
    kept = []

    def keep(module):
        write = module.write_figure

        @contextmanager
        def write_and_keep(*arguments):
            with write(*arguments) as figure:
                yield figure
                kept.append(figure)

        monkeypatch.setattr(module, "write_figure", write_and_keep)
        return kept

    return keep


@pytest.mark.parametrize(
    ("systematics", "half", "label"),
    [
        (None, [4, 2], "Background, MC stat."),
        (SYSTEMATICS, [5, np.sqrt(20)], "Background, MC stat. + syst."),
    ],
)
def test_the_band_is_both_uncertainties_in_quadrature(systematics, half, label):
    axes = Figure().add_subplot()
    _, labels = draw_stack(axes, FRAME, EDGES, STACK, systematics)
    assert labels[0] == label
    middle, drawn = get_band(axes)
    assert middle == pytest.approx([120, 15])
    assert drawn == pytest.approx(half)


def test_uncertainties_scale_and_add():
    scaled = scale_systematics(SYSTEMATICS, 2.0)
    assert scaled["total"].tolist() == [6, 8]
    assert scaled["shifts"]["s"].tolist() == [6, -8]
    assert add_systematics([16.0, 4.0], None).tolist() == [4, 2]


@pytest.fixture(scope="module")
def scan():
    return scan_cuts(
        BACKGROUND, SIGNAL, SETTINGS, channels=CHANNELS, spectra=["met"], shifts=list_shifts()
    )


def test_spectra_show_it(scan, tmp_path, keep_figures):
    kept = keep_figures(spectra)
    cut = scan["cuts"][1]
    spectra.draw_spectrum(FRAME, "met", {"S": cut}, tmp_path / "met")
    varied = cut["spectra"]["met"]["systematics"]["background"]
    assert read_json(tmp_path / "met.json")["systematics"] == varied
    _, half = get_band(kept[0].axes[0])
    bins = cut["spectra"]["met"]["channels"].values()
    variances = np.sum([content["variances"] for content in bins], axis=0)
    assert half == pytest.approx(np.hypot(np.sqrt(variances), varied["total"]))
    assert np.all(half > 1.2 * np.sqrt(variances))


def test_scores_show_it(scan, tmp_path, keep_figures):
    kept = keep_figures(scores)
    varied = scan["score"]["systematics"]["background"]
    scores.draw_scores(
        FRAME, SETTINGS.score, [BACKGROUND], {"S": SIGNAL}, {0.5: 0.1}, tmp_path / "x", varied
    )
    assert read_json(tmp_path / "x.json")["systematics"] == varied
    _, half = get_band(kept[0].axes[0])
    variances = scan["score"]["background"]["variances"]
    assert half == pytest.approx(np.hypot(np.sqrt(variances), varied["total"]))


def test_the_ratio_to_data_shows_it_at_the_luminosity_of_data(tmp_path, keep_figures):
    kept = keep_figures(scores)
    axis = Axis(start=-4, stop=4, step=1)
    events = replace(BACKGROUND, channel=np.full(len(BACKGROUND.key), "A"))
    nominal, _ = np.histogram(events.score, axis.edges, weights=events.weight)
    squares, _ = np.histogram(events.score, axis.edges, weights=events.weight**2)
    scores.draw_data(
        FRAME, axis, [events], np.array([0.5, 0.6]),
        threshold=None, luminosity=250.0, output=tmp_path / "x",
        systematics={"shifts": {"s": 0.3 * nominal}, "total": 0.3 * nominal},
    )  # fmt: skip
    found = read_json(tmp_path / "x.json")["systematics"]
    assert found["total"] == pytest.approx(0.3 * nominal / 4)
    assert found["shifts"]["s"] == pytest.approx(0.3 * nominal / 4)
    upper, lower = kept[0].axes
    relative = np.hypot(0.3, np.sqrt(squares) / nominal)
    middle, half = get_band(lower)
    filled = nominal > 0
    assert middle[filled] == pytest.approx(1)
    assert half[filled] == pytest.approx(relative[filled])
    assert get_band(upper)[1][filled] == pytest.approx((relative * nominal / 4)[filled])
