"""The study of data against simulation in all features: files, numbers, figures and words."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bump_events import write_shard
from rapidmass.config.report.plots import PlotSettings
from rapidmass.config.studies.two_sample import TwoSample
from rapidmass.plotting.style import Frame
from rapidmass.report.sections import read_section, write_section
from rapidmass.scores import tables
from rapidmass.scores.blinding import is_below, write_thresholds
from rapidmass.search.bumps.hunt import HuntEvents
from rapidmass.search.weight_changes import make_sources
from rapidmass.studies.two_sample.events import ElementFiles, ScoreFiles, ShiftedScores
from rapidmass.studies.two_sample.figures import draw_importance, draw_null
from rapidmass.studies.two_sample.measure import Uncertainties, study_difference
from rapidmass.studies.two_sample.section import describe_difference

SETTINGS = TwoSample.model_validate(
    {"toys": 9, "events": 3, "kernel": {"centres": 20}, "trees": {"trees": 3, "folds": 2}}
)
STATED = Uncertainties(2.0, {"luminosity": 0.02}, {"ttbar": 0.1})


def make_scores(seed, events, *, weight=None, met=60.0):
    """Make a table of scores as rules write it."""
    rng = np.random.default_rng(seed)
    n_ele = rng.integers(0, 4, events)
    columns = {
        "key": rng.integers(0, 2**63, events).astype(np.uint64),
        "met": rng.exponential(met, events).astype(np.float32),
        "m_lll": np.where(n_ele == 3, rng.exponential(90, events), np.nan).astype(np.float32),
        "n_ele": n_ele.astype(np.int8),
        "flavour": rng.choice(["ee", "em"], events),
        "score": rng.normal(size=events).astype(np.float32),
    }
    if weight is not None:
        columns["channel"] = np.where(columns["key"] % np.uint64(3) == 0, "ttbar", "Zjets")
        columns["weight"] = np.full(events, weight)
    return pa.table({name: pa.array(values) for name, values in columns.items()})


def write(path, table, thresholds=None):
    """Write it; beyond the thresholds nothing."""
    if thresholds:
        table = table.filter(pa.array(is_below(table, thresholds)))
        table = table.replace_schema_metadata(write_thresholds(thresholds))
    pq.write_table(table, path)
    return path


@pytest.fixture
def background(tmp_path):
    return write(tmp_path / "background.parquet", make_scores(1, 900, weight=0.15))


def test_features_are_variables_and_numbers_of_objects(tmp_path, background):
    data = write(tmp_path / "data.parquet", make_scores(2, 200))
    assert ScoreFiles(background, [data]).list_features() == ["met", "m_lll", "n_ele"]
    assert ScoreFiles(background, [data], variables=["score"]).list_features() == ["score"]
    for name in ("flavour", "h_t"):
        with pytest.raises(ValueError, match=f"variables: .* no numbers named '{name}', only key"):
            ScoreFiles(background, [data], variables=[name]).list_features()


def test_simulation_is_blinded_as_data_are(tmp_path, background):
    data = write(tmp_path / "data.parquet", make_scores(2, 200), {"score": 0.5})
    files = ScoreFiles(background, [data], variables=["score"])
    kept = files.read_background(10_000, np.random.default_rng(1)).events
    score = pq.read_table(background)["score"].to_numpy()
    assert len(kept.key) == np.count_nonzero(score <= 0.5)
    assert kept.features.max() <= 0.5
    assert files.read_data().features.max() <= 0.5


def test_pieces_draw_the_same_events(tmp_path, background, monkeypatch):
    data = write(tmp_path / "data.parquet", make_scores(2, 200), {"score": 0.5})
    files = ScoreFiles(background, [data], variables=["score"])
    whole = files.read_background(10_000, np.random.default_rng(1))
    thin = files.read_background(50, np.random.default_rng(1))
    assert len(thin.events.key) == 50
    assert thin.total == whole.total == pytest.approx(whole.events.weight.sum())
    assert thin.events.weight.sum() == pytest.approx(whole.total)
    assert set(thin.events.key) <= set(whole.events.key)
    monkeypatch.setattr(tables, "ROWS", 70)
    pieces = files.read_background(50, np.random.default_rng(1))
    assert np.array_equal(pieces.events.key, thin.events.key)
    assert pieces.events.weight == pytest.approx(thin.events.weight, rel=1e-13)
    assert pieces.squares == pytest.approx(thin.squares, rel=1e-13)


def test_data_above_a_threshold_are_refused(tmp_path, background):
    table = make_scores(2, 200).replace_schema_metadata(write_thresholds({"score": 0.5}))
    data = write(tmp_path / "data.parquet", table)
    with pytest.raises(ValueError, match="above the cuts that blind them"):
        ScoreFiles(background, [data]).read_data()


def test_samples_of_data_are_blinded_alike(tmp_path, background):
    first = write(tmp_path / "a.parquet", make_scores(2, 200), {"score": 0.5})
    second = write(tmp_path / "b.parquet", make_scores(3, 200))
    with pytest.raises(ValueError, match=r"b\.parquet is blinded above nothing"):
        ScoreFiles(background, [first, second]).find_thresholds()
    with pytest.raises(ValueError, match="no data sample"):
        ScoreFiles(background, []).find_thresholds()


def test_stated_uncertainties_move_channels():
    channel = np.array(["ttbar", "Zjets"])
    sources = make_sources(channel, {"luminosity": 0.02}, {"ttbar": 0.1})
    assert np.exp(sources["luminosity"][0]) == pytest.approx([1.02, 1.02])
    assert np.exp(sources["ttbar"][0]) == pytest.approx([1.1, 1.0])
    assert np.array_equal(sources["ttbar"][1], -sources["ttbar"][0])


@pytest.fixture(scope="module")
def products(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two_sample")
    background = write(folder / "background.parquet", make_scores(1, 900, weight=0.15))
    data = write(folder / "data.parquet", make_scores(2, 250, met=100.0), {"score": 1.0})
    shifted = write(folder / "up.parquet", make_scores(3, 900, weight=0.15, met=63.0))
    files = ScoreFiles(background, [data], [ShiftedScores("met_up", "met", shifted)])
    return files, study_difference(files, STATED, SETTINGS, seed=4)


def test_a_difference_is_found_and_where_it_lies(products):
    files, found = products
    assert found["observed"] == pq.read_metadata(files.data[0]).num_rows
    kept = files.read_background(10_000, np.random.default_rng(1)).events
    assert found["expected"] == pytest.approx(2.0 * kept.weight.sum())
    assert found["effective"] == pytest.approx(len(kept.key))
    assert found["sources"] == ["luminosity", "ttbar", "met"]
    assert found["p_value"] == 0.1  # the smallest of 9 pseudo-experiments
    kernel = found["tests"]["kernel"]
    assert max(kernel["importance"], key=kernel["importance"].get) == "met"
    met = [event["features"]["met"] for event in kernel["events"]]
    assert min(met) > 100
    assert json.loads(json.dumps(found)) == found


def test_the_same_seed_gives_the_same_numbers(products):
    files, found = products
    assert study_difference(files, STATED, SETTINGS, seed=4) == found


def test_trees_find_what_lies_in_elements_alone(tmp_path, background):
    """Two elements that are alike in data, and independent in simulation."""
    data = write(tmp_path / "data.parquet", make_scores(2, 250))
    paths = {}
    for name, scores, share in (("simulation", background, 0.0), ("observed", data, 1.0)):
        key = pq.read_table(scores)["key"].to_numpy()
        rng = np.random.default_rng(len(key))
        x = rng.normal(size=(len(key), 2))
        x[:, 1] = share * x[:, 0] + (1 - share) * x[:, 1]
        events = HuntEvents(key, np.full(len(key), 90.0), x.astype(np.float32), ("a", "b"))
        paths[name] = [write_shard(tmp_path / f"{name}.parquet", events)]
    elements = ElementFiles(paths["simulation"], paths["observed"])
    settings = SETTINGS.model_copy(
        update={"trees": SETTINGS.trees.model_copy(update={"trees": 20})}
    )
    p_values = []
    for seen in (None, elements):
        found = study_difference(
            ScoreFiles(background, [data], elements=seen), STATED, settings, seed=4
        )
        p_values.append(found["tests"]["trees"]["p_value"])
    assert found["elements"] == 2
    assert p_values[0] > 0.1
    assert p_values[1] == 0.1  # the smallest of 9 pseudo-experiments
    names = list(found["tests"]["trees"]["importance"])
    assert names == ["met", "m_lll", "n_ele", "a", "b"]
    assert list(found["tests"]["kernel"]["importance"]) == names[:3]
    assert list(found["tests"]["trees"]["events"][0]["features"]) == names[:3]


def test_of_many_simulated_events_some_stand_for_all(products):
    files, found = products
    few = SETTINGS.model_copy(update={"simulated": 300, "methods": ["kernel"]})
    thinned = study_difference(files, STATED, few, seed=4)
    assert thinned["simulated"] == 300
    assert thinned["expected"] == found["expected"]
    assert thinned["p_value"] == thinned["tests"]["kernel"]["p_value"]


def test_the_section_says_what_was_found(products, tmp_path):
    _, found = products
    frame = Frame(PlotSettings(), "3lep", ("ttbar", "Zjets"), (), luminosity=1.0)
    for method, test in found["tests"].items():
        draw_null(frame, test, tmp_path / f"null_{method}", status="Data")
        draw_importance(frame, test, tmp_path / f"importance_{method}", status="Data")
    drawn = json.loads((tmp_path / "null_kernel.json").read_text())
    assert drawn["toys"] == found["tests"]["kernel"]["toys"]
    write_section(tmp_path, describe_difference(tmp_path, found, normalisation=False, pseudo=True))
    section = read_section(tmp_path, "3lep-")
    text = " ".join(section.text)
    assert "{" not in text
    assert f"{found['observed']} events of pseudo-data" in text
    assert "The search is blinded" in text
    assert "luminosity, ttbar, met" in text
    tests, events = section.tables
    assert [row[0] for row in tests.rows] == ["kernels", "boosted trees", "together"]
    assert tests.rows[-1][-1] == "0.10"
    assert len(events.rows) == 3
    assert len(section.figures) == 4
