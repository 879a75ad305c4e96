"""Counting behind cuts by hand: numbers with a closed form, and what the report says of them."""

import numpy as np
import pytest

from likeness import assert_alike
from rapidmass.config.studies.cut_and_count import CutAndCount
from rapidmass.provenance.atomic_files import read_json, write_json
from rapidmass.scores.read import ScoredEvents
from rapidmass.studies.cut_and_count.draw import draw_section
from rapidmass.studies.cut_and_count.measure import count_behind_cuts
from synthetic_scores import FRAME, find_row, write_and_read

CUTS = [{"name": "MET", "require": "met > 100"}, {"name": "no b", "require": "n_b == 0"}]
CATEGORIES = [{"name": "ee", "where": "muons == 0"}, {"name": "mumu", "where": "muons == 1"}]


def make_events(name, n, weight):
    """Half of them passes each cut, and half has muons: an eighth in each category."""
    rows = np.arange(n)
    variables = {
        "met": np.where(rows % 2, 150.0, 50.0),
        "n_b": (rows // 2 % 2).astype(np.float64),
        "muons": (rows // 4 % 2).astype(np.float64),
    }
    return ScoredEvents(
        rows.astype(np.uint64), np.full(n, name), np.zeros(n), np.full(n, weight), variables
    )


def count(settings, floor=10, size=8000, **signals):
    return count_behind_cuts(
        make_events("b", 8000, 0.117).cut(size),
        {name: events.cut(size) for name, events in signals.items()}, settings,
        background_uncertainty=0.0, minimum_effective_events=floor,
    )  # fmt: skip


@pytest.fixture
def settings():
    return CutAndCount(enabled=True, cuts=CUTS, categories=CATEGORIES)


def test_the_printed_count_is_found_again(settings):
    """4 signal and 117 background events: 0.37."""
    found = count(settings, s=make_events("s", 800, 0.04))
    for category in ("ee", "mumu"):
        one = found["categories"][category]
        before, met, both = one["background"]
        assert [entry["cut"] for entry in one["background"]] == ["", "MET", "no b"]
        assert before["expected"] == pytest.approx(468)
        assert met["expected"] == pytest.approx(234)
        assert both["expected"] == pytest.approx(117)
        assert both["effective"] == pytest.approx(1000)
        assert both["uncertainty"] == pytest.approx(117 / np.sqrt(1000))
        signal = one["signals"]["s"]
        assert (signal["before"], signal["expected"]) == pytest.approx((16, 4))
        assert signal["asimov"] == pytest.approx(0.3677, abs=1e-3)
        assert signal["profiled"] < signal["asimov"]
    assert found["combined"]["s"]["asimov"] == pytest.approx(np.sqrt(2) * 0.3677, abs=1e-3)


def test_pieces_count_the_same(settings):
    signal = make_events("s", 800, 0.04)
    assert_alike(count(settings, size=333, s=signal), count(settings, s=signal), rel=1e-12)


def test_too_little_simulation_defines_nothing(settings):
    found = count(settings, floor=1001, s=make_events("s", 800, 0.04))
    assert found["combined"]["s"] == {"asimov": None, "profiled": None}


def test_without_categories_all_are_together():
    found = count(CutAndCount(cuts=CUTS), s=make_events("s", 800, 0.04))
    assert list(found["categories"]) == ["all"]
    assert found["categories"]["all"]["background"][-1]["expected"] == pytest.approx(234)


def test_an_event_in_two_categories_is_refused():
    twice = [{"name": "a", "where": "met > 0"}, {"name": "b", "where": "met > 100"}]
    with pytest.raises(ValueError, match="an event is in two of them"):
        count(CutAndCount(cuts=CUTS, categories=twice), s=make_events("s", 8, 1.0))


def test_settings_name_their_variables_and_need_cuts(settings):
    assert settings.variables == ["met", "muons", "n_b"]
    settings.check(None)
    CutAndCount().check(None)
    with pytest.raises(ValueError, match=r"studies\.cut_and_count\.cuts: it needs cuts"):
        CutAndCount(enabled=True).check(None)
    with pytest.raises(ValueError, match="MET is listed twice"):
        CutAndCount(cuts=[CUTS[0], CUTS[0]])


def test_the_section_holds_counts_beside_the_best_score(settings, tmp_path):
    write_json(tmp_path / "counts.json", count(settings, s=make_events("s", 800, 0.04)))
    paths = []
    for name, z in (("bdt", 0.9), ("dnn", 1.2), ("cuts", None)):
        best = None if z is None else {"profiled": z, "profiled_uncertainty": 0.1}
        write_json(tmp_path / f"{name}.json", {"best": best})
        paths.append(tmp_path / f"{name}.json")
    frame = {
        "plots": FRAME.plots.model_dump(mode="json"), "selection": "2lep", "channels": ["b"],
        "signals": ["s"], "luminosity": 1000.0, "sqrt_s": 13000.0,
    }  # fmt: skip
    section = draw_section(
        tmp_path,
        {
            "frame": frame,
            "pairs": [["s", "bdt"], ["s", "dnn"], ["s", "cuts"]],
            "counting": settings.model_dump(mode="json", exclude={"enabled"}),
            "background_uncertainty": 0.1,
            "floor": 10,
        },
        {"counts": [tmp_path / "counts.json"], "scans": paths},
    )
    assert read_json(tmp_path / "significances.json")["best"]["s"]["by"] == "dnn"
    assert write_and_read(section, tmp_path).text == section.text
    assert "Combined is the root" in " ".join(section.text)
    background, signals = section.tables
    assert find_row(background, "no b", "mumu")[2].startswith("117")
    row = find_row(signals, "s", "combined")
    assert row[3] == "8.00"
    assert row[-2:] == ["1.20 ± 0.10", "dnn"]
    assert find_row(signals, "s", "ee")[4] == "0.368"
