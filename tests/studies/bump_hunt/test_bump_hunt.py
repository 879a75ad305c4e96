"""The study of bumps: from shards to numbers, figures and words; and input that is bad."""

import json

import numpy as np
import pytest

from bump_events import CENTRE, draw_events, make_settings, write_shard
from rapidmass.config.report.plots import PlotSettings
from rapidmass.provenance.atomic_files import read_json, write_json
from rapidmass.report.sections import read_section, write_section
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.representation import RapidityMassMatrix
from rapidmass.search.bumps.windows import place_windows
from rapidmass.studies.bump_hunt.draw import draw_section
from rapidmass.studies.bump_hunt.events import (
    HuntFiles,
    choose_features,
    read_data,
    read_events,
)
from rapidmass.studies.bump_hunt.measure import measure_hunt
from rapidmass.studies.bump_hunt.window import hunt_window

ENERGY = 13000.0
# two windows, the first of them around the signal
SETTINGS = make_settings(
    retrained_toys=2, ensemble=2, efficiencies=[1, 0.05], range={"start": 148.1, "stop": 304.6}
)


@pytest.fixture(scope="module")
def hunted(tmp_path_factory):
    """Files of data with a signal in the middle, and what a hunt in them found."""
    folder = tmp_path_factory.mktemp("hunt")
    data = write_shard(folder / "data.parquet", draw_events(12000, 90))
    signal = write_shard(folder / "signal.parquet", draw_events(0, 300, seed=2), weight=0.5)
    files, found, scores = HuntFiles([data], {"Zp": [signal]}), [], []
    for number in range(len(place_windows(SETTINGS))):
        scores.append(folder / f"{number}.parquet")
        one = hunt_window(
            files, number, SETTINGS, energy=ENERGY, seed=1, threads=1, output=scores[-1]
        )
        found.append(json.loads(json.dumps(one)))
    return measure_hunt(scores, found, SETTINGS, energy=ENERGY, seed=1), scores, found


def test_a_signal_is_found_where_it_is(hunted):
    found, _, _ = hunted
    best = min(
        found["windows"], key=lambda window: min(cut["p_value"] or 1 for cut in window["cuts"])
    )
    assert best["window"][2] / 1.06 < CENTRE < best["window"][3] * 1.06
    assert best["after"]["passed"]
    assert found["smallest"] < 1e-4
    assert found["bonferroni"] == pytest.approx(found["smallest"] * found["trials"])
    assert found["fixed"] == pytest.approx(1 / 20)
    assert found["retrained"] == pytest.approx(1 / 3)
    assert (np.array(found["spread"]) >= 1).all()


def test_cuts_keep_more_of_the_signal_than_of_sidebands(hunted):
    found, _, _ = hunted
    window = next(one for one in found["windows"] if one["window"][2] < CENTRE < one["window"][3])
    signal = window["signals"]["Zp"]
    assert signal["efficiencies"][0] == 1
    assert signal["efficiencies"][1] > 0.3
    assert 100 < signal["events"] <= 300


def test_windows_of_other_events_are_refused(hunted, tmp_path):
    _, scores, found = hunted
    other = tmp_path / "other.parquet"
    data = write_shard(tmp_path / "data.parquet", draw_events(12000, seed=5))
    hunt_window(
        HuntFiles([data], {}), 0, make_settings(retrained_toys=0), energy=ENERGY, seed=1,
        threads=1, output=other,
    )  # fmt: skip
    with pytest.raises(ValueError, match="holds other events than the first window"):
        measure_hunt([scores[0], other], found[:2], SETTINGS, energy=ENERGY, seed=1)


def test_the_section_shows_fits_gates_and_p_values(hunted, tmp_path):
    found, _, _ = hunted
    write_json(tmp_path / "hunt.json", {**found, "provenance": {}})
    folder = tmp_path / "section"
    folder.mkdir()
    frame = {
        "plots": PlotSettings().model_dump(mode="json"), "selection": "dilepton",
        "channels": [], "signals": ["Zp"], "sqrt_s": ENERGY,
    }  # fmt: skip
    settings = {
        "frame": frame, "data_luminosities": [["d", 1000.0]], "pseudo": True,
        "hunt": SETTINGS.model_dump(mode="json"),
    }  # fmt: skip
    section = draw_section(folder, settings, {"hunt": [tmp_path / "hunt.json"], "data_weights": []})
    write_section(folder, section)
    shown = read_section(folder)
    names = [figure.path.stem for figure in shown.figures]
    assert names[:3] == ["spectrum_0", "spectrum_1", "p_values"]
    assert {"p_values", "gates", "improvement", "features"} <= set(names)
    words = " ".join(shown.text)
    assert "pseudo-data" in words
    assert "Bonferroni" in words
    assert len(shown.tables[0].rows) == 2 * len(found["windows"])
    drawn = read_json(folder / "spectrum_1.json")
    best = [w["cuts"][1]["counts"] for w in found["windows"]]
    assert drawn["counts"] in best


def test_data_are_read_in_the_range_and_where_the_condition_holds(tmp_path):
    events = draw_events(3000)
    path = write_shard(tmp_path / "data.parquet", events)
    found = read_data([path], make_settings(where="met < 1000"))
    assert 0 < len(found.mass) < 1000
    assert (found.mass >= 140).all()
    assert (found.mass < 290).all()
    assert found.names == events.names


def test_weighted_data_are_an_error(tmp_path):
    path = write_shard(tmp_path / "data.parquet", draw_events(100), weight=-0.5)
    with pytest.raises(ValueError, match=r"has the weight -0\.5: a bump hunt counts events"):
        read_data([path], SETTINGS)


def test_a_range_without_data_is_an_error_that_names_the_key(tmp_path):
    path = write_shard(tmp_path / "data.parquet", draw_events(100))
    settings = make_settings(range={"start": 2000, "stop": 4000})
    with pytest.raises(ValueError, match=r"no event of data has m_ll .*studies\.bump_hunt\.range"):
        read_data([path], settings)


def test_the_mass_is_no_feature(tmp_path):
    events = draw_events(100)
    path = write_shard(tmp_path / "data.parquet", events, names=("m_ll", "x1", "x2", "x3"))
    with pytest.raises(ValueError, match=r"m_ll is a function of the mass.*exclude_features"):
        read_events([path], SETTINGS)
    found = read_events([path], make_settings(exclude_features=["m_ll"]))
    assert found.events.names == ("x1", "x2", "x3")


def test_cells_of_a_matrix_that_are_masses_are_left_out():
    representation = RapidityMassMatrix(Layout({"ljet": 2, "ele": 2}))
    kept = choose_features(representation, SETTINGS)
    names = [representation.element_names[k] for k in kept]
    assert names
    assert not [name for name in names if name.startswith("m_")]
    assert len(names) < len(representation.element_names)
