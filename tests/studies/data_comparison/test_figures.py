"""Figures of data against simulation, from numbers that the comparison made."""

import json
from dataclasses import replace

import numpy as np
import pytest

from rapidmass.config.report.plots import PlotSettings
from rapidmass.config.studies.data_comparison import DataComparison
from rapidmass.plotting.p_values import MAP, P_VALUES
from rapidmass.plotting.style import Frame
from rapidmass.representations.rmm.layout import Layout
from rapidmass.studies.data_comparison.figures import (
    choose_features,
    draw_comparison,
    name_feature,
)
from rapidmass.studies.data_comparison.histograms import read_rows, write_histograms
from rapidmass.studies.data_comparison.measure import compare_data
from rapidmass.studies.data_comparison.stacks import draw_feature, format_p
from synthetic_comparison import CHANNELS, InventedData, scale_column

SETTINGS = DataComparison(systematics={"luminosity": 0.1}, channel_systematics={"ttbar": 0.2})
SOME = ("ht", "n_ljet", "flavour")
FRAME = Frame(PlotSettings(data_status="Preliminary"), "3lep", CHANNELS, (), luminosity=1.0)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    invented = InventedData(folder, simulated=2000, observed=(400,)).write()
    comparison = compare_data(invented.events, invented.scale, SETTINGS, seed=1)
    kept = [f for f in comparison.numbers["features"] if f["kind"] == "cell" or f["name"] in SOME]
    comparison.numbers["features"] = kept  # drawing takes long
    histograms = folder / "histograms.parquet"
    write_histograms(histograms, comparison.histograms, {})
    names = draw_comparison(folder / "f", FRAME, comparison.numbers, histograms, worst=1)
    return folder / "f", comparison, names


def test_standard_features_and_the_worst_are_drawn(drawn):
    folder, comparison, names = drawn
    features = comparison.numbers["features"]
    worst = next(f["name"] for f in features if f["kind"] == "cell")
    assert names == [*SOME, worst]
    stems = {name_feature(name) for name in names} | {P_VALUES, MAP}
    assert {p.name for p in folder.iterdir()} == {
        f"{s}{suffix}" for s in stems for suffix in (".png", ".pdf", ".json")
    }
    everything = choose_features(features, None)
    assert sorted(everything) == sorted(f["name"] for f in features)


def test_what_is_drawn_are_the_events(drawn):
    folder, comparison, _ = drawn
    rows = comparison.histograms.to_pylist()
    for name in ("ht", "n_ljet"):
        found = json.loads((folder / f"{name_feature(name)}.json").read_text())
        for row in rows:
            if row["feature"] == name and row["channel"] is None:
                assert found["data"] == row["values"]
            elif row["feature"] == name:
                assert found["channels"][row["channel"]]["values"] == row["values"]
        values = {k: np.array(v["values"]) for k, v in found["channels"].items()}
        total = sum(values.values())
        np.testing.assert_allclose(found["background"]["values"], total)
        # the stated uncertainties in quadrature, in each bin
        expected = np.hypot(0.1 * total, 0.2 * values["ttbar"])
        np.testing.assert_allclose(found["systematic"], expected)
        assert len(found["edges"]) == len(total) + 1
        assert "shifts" not in found
    assert found["labels"][-1] == "≥2"  # the matrix has room for two


def test_systematic_variations_widen_the_band(tmp_path):
    invented = InventedData(tmp_path, simulated=2000, observed=(400,)).write()
    shifts = [
        invented.write_shift(name, source, lambda table, f=factor: scale_column(table, "weight", f))
        for name, source, factor in (("up", "x", 1.3), ("down", "x", 0.8), ("other", "y", 1.4))
    ]
    events = replace(invented.events, shifts=shifts)
    comparison = compare_data(events, invented.scale, SETTINGS, seed=1)
    feature = next(f for f in comparison.numbers["features"] if f["name"] == "flavour")
    chosen = np.array(comparison.histograms["feature"].to_pylist()) == "flavour"
    rows = comparison.histograms.filter(chosen)
    layout = Layout(**comparison.numbers["layout"])
    draw_feature(FRAME, layout, comparison.numbers, feature, rows, tmp_path / "x")
    found = json.loads((tmp_path / "x.json").read_text())
    total, top = (np.array(c["values"]) for c in (found["background"], found["channels"]["ttbar"]))
    stated = np.hypot(0.1 * total, 0.2 * top)
    np.testing.assert_allclose(found["systematic"], np.hypot(stated, 0.5 * total))
    np.testing.assert_allclose(found["shifts"]["down"], -0.2 * total)


def test_what_simulation_never_has_is_not_drawn(drawn):
    _, comparison, _ = drawn
    features = [{**feature} for feature in comparison.numbers["features"]]
    lost = next(f for f in features if f["kind"] == "cell")
    lost.update(expected=0.0, effective=0.0, p_value=None)
    assert lost["name"] not in choose_features(features, None)
    assert len(choose_features(features, None)) == len(features) - 1


@pytest.mark.parametrize(
    ("p_value", "text"),
    [(0.5, "0.50"), (0.034, "0.034"), (2e-5, r"$2\cdot 10^{-5}$"), (0.0, r"$<10^{-99}$")],
)
def test_p_values_are_written(p_value, text):
    assert format_p(p_value) == text


def test_axes_name_units(tmp_path, monkeypatch):
    invented = InventedData(tmp_path, simulated=400, observed=(100,)).write()
    events = replace(invented.events, variables=("angle",))
    comparison = compare_data(events, invented.scale, SETTINGS, seed=1)
    features = {f["name"]: f for f in comparison.numbers["features"]}
    path = tmp_path / "histograms.parquet"
    write_histograms(path, comparison.histograms, {})
    labels = []
    monkeypatch.setattr(
        "matplotlib.axes.Axes.set_ylabel", lambda _, text, **__: labels.append(text)
    )
    frame = replace(FRAME, plots=PlotSettings(variable_labels={"angle": "Angle [rad]"}))
    layout = Layout(**comparison.numbers["layout"])
    for name in ("ht", "angle", "n_ele"):
        rows = read_rows(path, name)
        draw_feature(frame, layout, comparison.numbers, features[name], rows, tmp_path / name)
    found = [label for label in labels if label.startswith("Events")]
    assert found[0].startswith("Events / ")
    assert [label.split()[-1] for label in found] == ["GeV", "rad", "Events"]
