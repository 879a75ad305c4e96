import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rapidmass.config.report.plots import PlotSettings
from rapidmass.config.search.scan import Axis
from rapidmass.plotting.scores import draw_data, draw_scores, read_data
from rapidmass.scores.read import ScoredEvents, read_background, read_signal

AXIS = Axis(start=-3, stop=3, step=0.5)


def read_all(analysis):
    background = read_background(
        analysis.products.background, luminosity=139000.0, scored_share=0.2
    )
    signals = {
        name: read_signal(path, name, weight=1e-7, luminosity=139000.0)
        for name, path in analysis.products.signals.items()
    }
    return background, signals


def nothing():
    empty = np.zeros(0)
    return ScoredEvents(np.zeros(0, np.uint64), np.zeros(0, np.str_), empty, empty, {})


def write_scores(path, scores):
    pq.write_table(pa.table({"score": np.asarray(scores, np.float32)}), path)
    return path


def test_numbers_are_those_of_the_events(analysis, tmp_path):
    background, signals = read_all(analysis)
    draw_scores(analysis.frame, AXIS, [background], signals, {0.5: -1.5}, tmp_path / "scores")
    drawn = json.loads((tmp_path / "scores.json").read_text())
    table = pq.read_table(analysis.products.background).to_pandas()
    for channel in analysis.channels:
        rows = table[table["channel"] == channel]
        weights = rows["weight"] * 139000.0 / 0.2
        inside = np.clip(rows["score"], -3, 2.999)
        expected, _ = np.histogram(inside, AXIS.edges, weights=weights)
        np.testing.assert_allclose(drawn["channels"][channel]["values"], expected, rtol=1e-9)
        squares, _ = np.histogram(inside, AXIS.edges, weights=weights**2)
        np.testing.assert_allclose(drawn["channels"][channel]["variances"], squares, rtol=1e-9)
    signal = pq.read_table(analysis.products.signals["SUSY_450p300"]).to_pandas()
    weight = signal["generator_weight"] * signal["scale_factor"] * 1e-7 * 139000.0
    assert sum(drawn["signals"]["SUSY_450p300"]["values"]) == pytest.approx(weight.sum())
    total = np.sum([bins["values"] for bins in drawn["channels"].values()], axis=0)
    np.testing.assert_allclose(drawn["background"]["values"], total)
    assert drawn["cuts"] == [{"quantile": 0.5, "threshold": -1.5}]


def test_data_at_or_above_the_threshold_are_never_read(tmp_path):
    threshold = float(np.float32(0.3))
    below = [-1.0, 0.1]
    above = [threshold, np.nextafter(np.float32(0.3), np.float32(1)), 0.4, 2.5]
    path = write_scores(tmp_path / "data.parquet", [*above, *below])
    np.testing.assert_array_equal(read_data([path], threshold), np.float32(below))
    assert read_data([], threshold).shape == (0,)


def test_blinded_data_do_not_change_a_byte(analysis, tmp_path):
    background, _ = read_all(analysis)
    rng = np.random.default_rng(3)
    below, above = rng.uniform(-3, -1.5, 100), rng.uniform(-1.49, 3, 400)
    pictures = []
    for name, scores in (("few", below), ("many", np.concatenate([below, above]))):
        path = write_scores(tmp_path / f"{name}.parquet", scores)
        output = tmp_path / name
        data = read_data([path], -1.5)
        draw_data(
            analysis.frame, AXIS, [background], data, threshold=-1.5, luminosity=1.0, output=output
        )
        pictures.append([(tmp_path / f"{name}{s}").read_bytes() for s in (".png", ".json")])
    assert pictures[0] == pictures[1]
    drawn = json.loads(pictures[0][1])
    assert sum(drawn["data"]["values"]) == 100
    expected = background.weight[background.score <= -1.5].sum() / 139000.0
    assert sum(drawn["background"]["values"]) == pytest.approx(expected)
    assert drawn["luminosity"] == 1.0


def test_unblinded_data_are_drawn_whole(analysis, tmp_path):
    background, _ = read_all(analysis)
    path = write_scores(tmp_path / "data.parquet", [-2.0, 0.3, 2.9])
    data = read_data([path], None)
    draw_data(
        analysis.frame, AXIS, [background], data,
        threshold=None, luminosity=139000.0, output=tmp_path / "x",
    )  # fmt: skip
    drawn = json.loads((tmp_path / "x.json").read_text())
    assert drawn["threshold"] is None
    assert sum(drawn["data"]["values"]) == 3
    assert sum(drawn["background"]["values"]) == pytest.approx(background.weight.sum())


def test_drawing_blinded_data_is_refused(analysis, tmp_path):
    with pytest.raises(ValueError, match=r"1 events of data .* blinded"):
        draw_data(
            analysis.frame, AXIS, [nothing()], np.array([0.0, 1.0]),
            threshold=0.5, luminosity=1.0, output=tmp_path / "x",
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_error_bars_are_garwood_intervals(analysis, tmp_path):
    background, _ = read_all(analysis)
    data = np.array([-2.9, -2.9, -2.9])
    draw_data(
        analysis.frame, AXIS, [background], data,
        threshold=-1.5, luminosity=1.0, output=tmp_path / "x",
    )  # fmt: skip
    drawn = json.loads((tmp_path / "x.json").read_text())["data"]
    # 68.27 % central intervals of Poisson means for 3 and 0 counts, from tables
    assert [drawn["low"][0], drawn["high"][0]] == pytest.approx([1.367, 5.918], abs=1e-3)
    assert [drawn["low"][1], drawn["high"][1]] == pytest.approx([0.0, 1.841], abs=1e-3)


def test_data_are_not_called_simulation(analysis, tmp_path):
    """The word for simulation leaves no trace on the figure of data; that for data does."""
    pictures = {}
    for name, plots in {
        "default": {},
        "written out": {"label": "Simulation", "data_status": "", "data_label": "Data"},
        "other simulation": {"label": "Toy simulation"},
        "pseudo": {"data_status": "Pseudo-data"},
        "legend": {"data_label": "Pseudo-data"},
    }.items():
        frame = replace(analysis.frame, plots=PlotSettings(**plots))
        draw_data(
            frame, AXIS, [nothing()], np.array([-2.0]),
            threshold=-1.5, luminosity=1.0, output=tmp_path / name,
        )  # fmt: skip
        pictures[name] = (tmp_path / f"{name}.png").read_bytes()
    assert pictures["default"] == pictures["written out"] == pictures["other simulation"]
    assert len(set(pictures.values())) == 3


def test_nothing_at_all_can_be_drawn(analysis, tmp_path):
    draw_scores(
        analysis.frame, AXIS, [nothing()], {"SUSY_450p300": nothing()}, {}, tmp_path / "scores"
    )
    draw_data(
        analysis.frame, AXIS, [nothing()], np.zeros(0),
        threshold=0.0, luminosity=1.0, output=tmp_path / "data",
    )  # fmt: skip
    drawn = json.loads((tmp_path / "scores.json").read_text())
    assert not np.any(drawn["background"]["values"])
