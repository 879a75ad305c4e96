"""What scores find of many signals, against numbers by hand."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.config.report.plots import PlotSettings
from rapidmass.plotting.style import Frame
from rapidmass.studies.sensitivity.draw import draw_section
from rapidmass.studies.sensitivity.summary import (
    collect_efficiencies,
    summarise,
    summarise_seeds,
)

FOUND = {
    "met": {"a": 0.5, "b": 0.2, "c": 0.1},
    "ht": {"a": 0.1, "b": 0.4},
    "trees": {"a": 0.6, "b": 0.3, "c": 0.3},
    "told": {"a": 0.9, "b": 0.6, "c": 0.5},
    "nothing": {},
}
SIGNALS = ["a", "b", "c"]


def make_scan(*efficiencies):
    entries = [
        {"background_efficiency": share, "efficiency": value, "low": value, "high": value}
        for share, value in zip((0.01, 0.001), efficiencies, strict=True)
    ]
    return {"roc": {"efficiencies": entries}}


def test_a_summary_by_hand():
    found = summarise(FOUND, ["met", "ht"], {"told": ["a", "b"]})
    assert list(found) == ["met", "ht", "trees", "told"]
    trees = found["trees"]
    assert (trees.signals, trees.median, trees.least) == (3, 0.3, 0.3)
    assert trees.weakest in ("b", "c")
    assert trees.better == 2  # of b HT finds more
    # 0.6 / 0.5, 0.3 / 0.4, 0.3 / 0.1; and 0.6 / 0.9, 0.3 / 0.6
    assert trees.ratio == pytest.approx(1.2)
    assert trees.to_told == pytest.approx((2 / 3 + 1 / 2) / 2)
    # a baseline is compared with the others: 0.5 / 0.1 and 0.2 / 0.4
    assert found["met"].ratio == pytest.approx((5 + 0.5) / 2)
    assert found["met"].better == 1
    assert found["told"].to_told == 1


def test_without_baselines_and_training_there_is_no_ratio():
    found = summarise({"trees": FOUND["trees"]}, [], {})
    assert (found["trees"].ratio, found["trees"].to_told) == (None, None)


@given(st.dictionaries(st.sampled_from("abcdef"), st.floats(0.01, 1), min_size=1))
def test_a_score_equals_itself_and_bounds_its_median(own):
    found = summarise({"x": own, "same": own}, ["same"], {})["x"]
    assert found.better == 0
    assert found.ratio == pytest.approx(1)
    assert found.least <= found.median
    assert own[found.weakest] == found.least


def test_what_is_undefined_is_left_out():
    scans = {"x": {"a": make_scan(0.5, None), "b": {"roc": None}, "c": make_scan(0.7, 0.2)}}
    assert collect_efficiencies(scans, 0.01) == {"x": {"a": 0.5, "c": 0.7}}
    assert collect_efficiencies(scans, 0.001) == {"x": {"c": 0.2}}


def test_seeds_are_summarised_where_all_are_defined():
    seeds = [{"a": [0.5, None], "b": [0.3, None]}, {"a": [0.6, None], "b": [0.2, 0.1]}]
    found = summarise_seeds(seeds, 0)
    assert found.seeds == 2
    assert found.medians == pytest.approx((0.4, 0.4, 0.4))
    assert found.least == pytest.approx((0.2, 0.25, 0.3))
    assert summarise_seeds(seeds, 1) is None


def judge(tilt, auc):
    shape = {
        "edges": [0.0, 1.0, 2.0],
        "cuts": [
            {"background_efficiency": 1.0, "values": [0.5, 0.5], "distance": 0.0},
            {"background_efficiency": 0.01, "values": [0.1, 0.9], "distance": 0.4},
        ],
    }
    part = {"number": 3, "auc": auc, "efficiency": None}
    return {
        "tilts": {"number": 9, "median": tilt, "low": tilt / 2},
        "channels": {"tt": tilt / 3},
        "beyond_met": {"edges": [30.0], "bins": [part, part], "auc": {"a": auc}},
        "shapes": {"met": shape},
    }


def write_judged(**scores):
    """As the job writes it: with where it comes from beside the scores."""
    return json.dumps({"scores": scores, "provenance": {"settings": {}}})


def test_the_section_has_every_score_and_signal(tmp_path):
    kinds = {"met": "baseline", "ht": "baseline", "trees": "trained on a prior"}
    paths = []
    for name in kinds:
        for signal in SIGNALS:
            value = FOUND[name].get(signal)
            path = tmp_path / f"{name}-{signal}.json"
            path.write_text(json.dumps(make_scan(value, None)))
            paths.append(path)
    settings = {
        "frame": {
            "plots": PlotSettings().model_dump(mode="json"), "selection": "2lep",
            "channels": ["tt"], "signals": SIGNALS, "sqrt_s": 13000.0,
        },
        "kinds": [list(pair) for pair in kinds.items()],
        "told": {"trees": []},
        "followed": {},
    }  # fmt: skip
    judged, ceilings = tmp_path / "judged.json", tmp_path / "ceilings.json"
    judged.write_text(write_judged(met=judge(0.1, 0.6), ht=judge(0.2, 0.5), trees=judge(0.3, 0.9)))
    own = {"a": 0.9, "b": 0.6, "c": 0.6}
    grown = {
        "ceilings": {signal: make_scan(value, None) for signal, value in own.items()},
        "seeds": {"efficiencies": [{"a": [0.6, None]}, {"a": [0.8, None]}], "overlap": 0.75},
    }
    ceilings.write_text(json.dumps(grown))
    inputs = {"scans": paths, "ceilings": [], "scores": [judged]}
    assert len(draw_section(tmp_path, settings, inputs).tables) == 5
    section = draw_section(tmp_path, settings, inputs | {"ceilings": [ceilings]})
    summary, seeds, judgements, beyond, by_signal, tail = section.tables
    assert seeds.rows == [["1 %", "2", "0.600", "0.700", "0.800", "0.600", "0.700", "0.800"]]
    assert "75 %" in seeds.note
    # by tilts trees, HT, MET, as by signals
    assert judgements.rows[-1] == ["rank correlation", "1", "1.00", "1.00", "1.00"]
    assert beyond.rows[2] == ["trees", "0.900 (–)", "0.900 (–)", "0.900", "0.400"]
    assert all(figure.path.is_file() for figure in section.figures)
    assert [row[:3] for row in summary.rows] == [
        *([name, kinds[name], "1 %"] for name in kinds),
        ["trained on the signal", "trained on signals", "1 %"],
    ]
    # trees and MET as if they were a network and what it follows
    content = {name: judge(0.1, 0.6) for name in kinds}
    content["trees"]["following"] = {"rank_correlation": 0.87654, "shared": [0.5, None]}
    judged.write_text(write_judged(**content))
    section = draw_section(tmp_path, settings | {"followed": {"trees": "met"}}, inputs)
    first, second = section.tables[1].rows
    assert first[:5] == ["trees", "met", "1 %", "0.877", "0.500"]
    pairs = [(FOUND["trees"][name], FOUND["met"][name]) for name in SIGNALS if name in FOUND["met"]]
    assert float(first[8]) == pytest.approx(min(own / met for own, met in pairs if met), rel=1e-2)
    assert second[2:] == ["0.1 %", "0.877", "–", "–", "–", "–", "–"]
    trees = summary.rows[2]
    assert trees[3:] == ["3", "0.300", "0.300", "b", "2 of 3", "1.20", "0.500"]
    assert [row[0] for row in by_signal.rows] == SIGNALS
    assert by_signal.columns == ("Signal", *kinds, "trained on the signal")
    assert by_signal.rows[2][2] == "undefined"
    assert {cell for row in tail.rows for cell in row[1:]} == {"undefined"}
    assert isinstance(Frame.parse(settings["frame"]), Frame)
