"""Regions of a selection: which events are in them, and what the blinding leaves of each."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from rapidmass.config.report.plots import PlotSettings
from rapidmass.config.studies.data_comparison import ComparedRegion, DataComparison
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.studies.data_comparison.figures import (
    draw_comparison,
    list_shown,
    name_feature,
)
from rapidmass.studies.data_comparison.histograms import read_rows, write_histograms
from rapidmass.studies.data_comparison.measure import compare_data
from rapidmass.studies.data_comparison.section import describe_comparison
from synthetic_comparison import CHANNELS, InventedData, scale_column

SETTINGS = DataComparison(systematics={"luminosity": 0.1})
WHERE = "ht > 150 and ht < 400"
REGIONS = (
    ComparedRegion(name="Z_control", where=WHERE, control=True),
    ComparedRegion(name="high", where=WHERE),
    ComparedRegion(name="nowhere", where="ht > 1e9", control=True),
)


@pytest.fixture(scope="module")
def invented(tmp_path_factory):
    folder = tmp_path_factory.mktemp("regions")
    return InventedData(folder, simulated=2000, observed=(500, 300), quantile=0.8).write()


@pytest.fixture(scope="module")
def events(invented):
    up = invented.write_shift("up", "scale", lambda table: scale_column(table, "weight", 1.25))
    return replace(invented.events, regions=REGIONS, shifts=[up], variables=("angle",))


@pytest.fixture(scope="module")
def comparison(invented, events):
    return compare_data(events, invented.scale, SETTINGS, seed=1)


@pytest.fixture(scope="module")
def truth(invented):
    """All data, which of them are in the region, and which are below the cuts."""
    tables = [pq.read_table(path) for sample in invented.data for path in sample.shards]
    ht = pa.concat_tables(tables)["ht"].to_numpy()
    below = np.log10(1 + ht).astype("f4") < invented.thresholds["score"]
    below &= -ht < invented.thresholds["score_other"]
    return ht, (ht > 150) & (ht < 400), below


def test_a_control_region_has_all_its_data_and_others_what_is_below_the_cuts(comparison, truth):
    _, inside, below = truth
    assert 0 < np.count_nonzero(inside & below) < np.count_nonzero(inside)
    control, blinded, nowhere = comparison.numbers["regions"]
    assert control["observed"] == np.count_nonzero(inside)
    assert blinded["observed"] == np.count_nonzero(inside & below)
    assert comparison.numbers["observed"] == np.count_nonzero(below)
    assert (nowhere["observed"], nowhere["expected"]) == (0, 0.0)
    assert [control["control"], blinded["control"]] == [True, False]


def test_simulation_is_restricted_as_data_are(invented, comparison):
    background = invented.background
    ht, weight = (background[name].to_numpy() for name in ("ht", "weight"))
    inside = (ht > 150) & (ht < 400)
    below = np.log10(1 + ht).astype("f4") < invented.thresholds["score"]
    below &= -ht < invented.thresholds["score_other"]
    factor = invented.scale.luminosity / invented.scale.scored_share
    control, blinded, _ = comparison.numbers["regions"]
    assert control["expected"] == pytest.approx(factor * weight[inside].sum())
    assert blinded["expected"] == pytest.approx(factor * weight[inside & below].sum())
    # the weight that is a quarter larger, and the luminosity that is known to a tenth
    relative = control["expected_systematic"] / control["expected"]
    assert relative == pytest.approx(np.hypot(0.25, 0.1))


def test_data_outside_of_everything_are_dropped_unseen(events, truth):
    ht, inside, below = truth
    portions = list(events.iterate_data(events.list_features()))
    found = np.concatenate([portion.table["ht"].to_numpy() for portion in portions])
    np.testing.assert_array_equal(found, ht[inside | below])
    assert not np.all(inside | below)


def test_nothing_else_changes(invented, comparison):
    events = replace(invented.events, variables=("angle",), shifts=())
    bare = compare_data(events, invented.scale, SETTINGS, seed=1)
    one = {f["name"]: f["observed"] for f in bare.numbers["features"]}
    assert one == {f["name"]: f["observed"] for f in comparison.numbers["features"]}
    assert "regions" not in bare.numbers
    assert "region" not in bare.histograms.column_names


def test_variables_have_bins_of_the_region(comparison, truth):
    _, inside, _ = truth
    chosen = comparison.histograms.filter(
        (pc.field("region") == "Z_control") & (pc.field("feature") == "ht")
    )
    (data,) = chosen.filter(pc.field("channel").is_null() & pc.field("shift").is_null()).to_pylist()
    assert sum(data["values"]) == np.count_nonzero(inside)
    assert data["edges"][0] >= 140
    assert data["edges"][-1] <= 420
    assert len(data["edges"]) > 10
    features = comparison.numbers["regions"][0]["features"]
    assert {"angle", "met", "flavour"} <= {f["name"] for f in features}
    assert all(feature["kind"] != "cell" for feature in features)


def test_all_is_open_once_the_search_is_unblinded(tmp_path):
    invented = InventedData(tmp_path, simulated=400, observed=(200,)).write()
    events = replace(invented.events, regions=REGIONS[:2])
    control, other = compare_data(events, invented.scale, SETTINGS, seed=1).numbers["regions"]
    assert control["observed"] == other["observed"] > 0


def test_figures_and_words(comparison, tmp_path):
    numbers = {**comparison.numbers, "features": []}
    shown = [f for f in numbers["regions"][0]["features"] if f["name"] in ("ht", "angle")]
    numbers["regions"] = [
        {**numbers["regions"][0], "features": shown},
        *(comparison.numbers["regions"][2:]),
    ]
    frame = Frame(
        PlotSettings(variable_labels={"angle": "Angle [rad]"}), "3lep", CHANNELS, (), luminosity=1.0
    )
    path = tmp_path / "histograms.parquet"
    write_histograms(path, comparison.histograms, {})
    assert draw_comparison(tmp_path, frame, numbers, path, worst=0) == []
    assert list_shown(numbers["regions"][0]) == ["angle", "ht"]
    for name in ("ht", "angle"):
        drawn = read_json(tmp_path / f"{name_feature(name, 'Z_control')}.json")
        assert sum(drawn["data"]) == numbers["regions"][0]["observed"]
    assert not list(tmp_path.glob("region_nowhere*"))
    whole = read_rows(path, "ht").num_rows
    assert whole == read_rows(path, "ht", "high").num_rows == 4  # two channels, data, one shift
    section = describe_comparison(tmp_path, numbers, [], pseudo=False)
    control, nowhere = section.sections[2:]
    assert control.title == "Control region Z control"
    assert len(control.figures) == 2
    assert all(figure.path.exists() for figure in control.figures)
    assert "ht > 150" in control.text[0]
    assert "whatever their scores" in control.text[0]
    assert "No simulated event" in nowhere.text[0]
    assert nowhere.figures == nowhere.tables == ()


def test_names_of_regions_are_unique_and_variables_are_asked_for():
    with pytest.raises(ValidationError, match="high is listed twice"):
        DataComparison(regions=(REGIONS[1], REGIONS[1]))
    settings = DataComparison(
        variables=["mt2"], regions=(ComparedRegion(name="x", where="m_ll > 81 and n_bjet == 0"),)
    )
    assert settings.list_used() == {"mt2", "m_ll", "n_bjet"}
