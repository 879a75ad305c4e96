import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from rapidmass.plotting.names import list_architecture_figures
from rapidmass.plotting.network import draw_architecture
from rapidmass.provenance.atomic_files import read_json, write_json
from rapidmass.scores.blinding import is_below, write_thresholds
from rapidmass.scores.read import read_background, read_signal
from rapidmass.search.scan import scan_cuts
from rapidmass.search.systematics import ShiftedEvents
from synthetic_analysis import DATA_LUMINOSITY, LUMINOSITY, TEST_FRACTION


@pytest.fixture(scope="module")
def drawn(analysis, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    draw_architecture(
        folder,
        analysis.frame,
        analysis.products,
        analysis.settings,
        spectra=["met"],
        scored_share=TEST_FRACTION,
        data_luminosity=DATA_LUMINOSITY,
    )
    return folder


def test_exactly_the_listed_figures_are_written(analysis, drawn):
    quantiles = analysis.settings.score_quantiles
    names = list_architecture_figures(analysis.signals, quantiles, ["met"], has_data=True)
    expected = {f"{name}{suffix}" for name in names for suffix in (".png", ".pdf", ".json")}
    assert {path.name for path in drawn.iterdir()} == expected


def test_no_picture_is_blank(drawn):
    for path in drawn.glob("*.png"):
        pixels = np.asarray(Image.open(path).convert("RGB")).reshape(-1, 3)
        assert 0.01 < (pixels.min(axis=1) < 128).mean() < 0.9, path.name


def test_figures_agree_with_each_other(analysis, drawn):
    scores = json.loads((drawn / "scores.json").read_text())
    spectrum = json.loads((drawn / "spectrum_met_no_cut.json").read_text())
    data = json.loads((drawn / "scores_data.json").read_text())
    for name in analysis.signals:
        assert sum(scores["signals"][name]["values"]) == pytest.approx(
            sum(spectrum["signals"][name]["values"])
        )
    assert sum(scores["background"]["values"]) == pytest.approx(
        sum(spectrum["background"]["values"])
    )
    # data end below the lower of the two thresholds of the lowest cut
    scan = read_json(analysis.products.scans[analysis.signals[0]])
    assert data["threshold"] == pytest.approx(min(scan["cuts"][1]["thresholds"]), abs=1e-6)
    assert data["threshold"] < min(cut["threshold"] for cut in scores["cuts"])


def test_scans_with_different_cuts_are_refused(analysis, tmp_path):
    scan = read_json(analysis.products.scans["SUSY_800p50"])
    scan["cuts"][1]["threshold"] += 0.1
    write_json(tmp_path / "odd.json", scan)
    scans = {**analysis.products.scans, "SUSY_800p50": tmp_path / "odd.json"}
    with pytest.raises(ValueError, match=r"odd\.json have different cuts"):
        draw_architecture(
            tmp_path / "figures",
            analysis.frame,
            replace(analysis.products, scans=scans),
            analysis.settings,
            spectra=["met"],
            scored_share=TEST_FRACTION,
            data_luminosity=DATA_LUMINOSITY,
        )


def draw_data_alone(analysis, folder, thresholds, table):
    """Draw the figures with data that are blinded by some thresholds; give that of the data."""
    data = folder / "data.parquet"
    kept = table.filter(pa.array(is_below(table, thresholds)))
    pq.write_table(kept.replace_schema_metadata(write_thresholds(thresholds)), data)
    draw_architecture(
        folder / "figures",
        analysis.frame,
        replace(analysis.products, data=[data], background=folder / "background.parquet"),
        analysis.settings,
        spectra=[],
        scored_share=TEST_FRACTION,
        data_luminosity=DATA_LUMINOSITY,
    )
    return json.loads((folder / "figures" / "scores_data.json").read_text())


@pytest.mark.parametrize("thresholds", [{}, {"score": -1.8, "score_kl": 0.7}])
def test_simulation_lacks_what_data_lack(analysis, tmp_path, thresholds):
    """An event that another score of the network hides is missing from both."""
    table = pq.read_table(analysis.products.background)
    other = np.random.default_rng(1).uniform(size=table.num_rows)
    table = table.append_column("score_kl", pa.array(other))
    pq.write_table(table, tmp_path / "background.parquet")
    drawn = draw_data_alone(analysis, tmp_path, thresholds, table)
    kept = table.filter(pa.array(is_below(table, thresholds)))
    weight = kept["weight"].to_numpy() * DATA_LUMINOSITY / TEST_FRACTION
    assert sum(drawn["background"]["values"]) == pytest.approx(weight.sum())
    assert sum(drawn["data"]["values"]) == kept.num_rows
    assert drawn["threshold"] == thresholds.get("score")


def test_data_that_are_blinded_in_two_ways_are_refused(analysis, tmp_path):
    table = pa.table({"score": [-3.0]})
    paths = [tmp_path / f"{k}.parquet" for k in range(2)]
    for path, thresholds in zip(paths, ({"score": 0.5}, {}), strict=True):
        pq.write_table(table.replace_schema_metadata(write_thresholds(thresholds)), path)
    with pytest.raises(ValueError, match=r"1\.parquet are not blinded by the same cuts"):
        draw_architecture(
            tmp_path,
            analysis.frame,
            replace(analysis.products, data=paths),
            analysis.settings,
            spectra=[],
            scored_share=TEST_FRACTION,
            data_luminosity=DATA_LUMINOSITY,
        )


def test_data_without_luminosity_are_refused(analysis, tmp_path):
    with pytest.raises(ValueError, match="luminosity of the data"):
        draw_architecture(
            tmp_path,
            analysis.frame,
            analysis.products,
            analysis.settings,
            spectra=["met"],
            scored_share=TEST_FRACTION,
        )
    assert list(tmp_path.iterdir()) == []


def test_shifts_are_in_scores_and_beside_data_below_the_blinded_region(analysis, tmp_path):
    """Weights up by a tenth, and scores up: events of the shift are hidden by their own scores."""
    products = analysis.products
    table = pq.read_table(products.background)
    weight, score = table["weight"].to_numpy() * 1.1, table["score"].to_numpy() + np.float32(0.1)
    for name, column in (("weight", weight), ("score", score)):
        table = table.set_column(table.schema.get_field_index(name), name, pa.array(column))
    shifted = tmp_path / "shifted.parquet"
    pq.write_table(table, shifted)
    common = {"luminosity": LUMINOSITY, "scored_share": TEST_FRACTION}
    background = read_background(products.background, **common)
    scans = {}
    for name in analysis.signals:
        signal = read_signal(products.signals[name], name, weight=1e-7, luminosity=LUMINOSITY)
        shift = ShiftedEvents("up", "up", read_background(shifted, **common), signal)
        scans[name] = tmp_path / f"{name}.json"
        scan = scan_cuts(
            background, signal, analysis.settings,
            channels=analysis.channels, spectra=["met"], shifts=[shift],
        )  # fmt: skip
        write_json(scans[name], scan)
    draw_architecture(
        tmp_path / "figures",
        analysis.frame,
        replace(products, scans=scans, shifted={"up": shifted}, sources={"up": "up"}),
        analysis.settings,
        spectra=["met"],
        scored_share=TEST_FRACTION,
        data_luminosity=DATA_LUMINOSITY,
    )
    scores = read_json(tmp_path / "figures/scores.json")
    assert scores["systematics"] == scan["score"]["systematics"]["background"]
    data = read_json(tmp_path / "figures/scores_data.json")
    below = table.filter(pa.array(score <= data["threshold"]))["weight"].to_numpy().sum()
    change = below * DATA_LUMINOSITY / TEST_FRACTION - sum(data["background"]["values"])
    assert sum(data["systematics"]["shifts"]["up"]) == pytest.approx(change)
    spectrum = read_json(tmp_path / "figures/spectrum_met_q50.json")
    assert spectrum["systematics"] == scan["cuts"][1]["spectra"]["met"]["systematics"]["background"]
