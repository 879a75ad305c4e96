import copy

import pytest

from rapidmass.search.scan import scan_cuts
from rapidmass.studies.systematics.section import describe_systematics
from synthetic_scores import find_row, write_and_read
from synthetic_shifts import BACKGROUND, CHANNELS, SETTINGS, SIGNAL, list_shifts

KNOWN = {"loss": ["ttbar"], "norm": ["ttbar", "S"], "scale_down": ["S"], "scale_up": ["S"]}


@pytest.fixture(scope="module")
def scan():
    return scan_cuts(
        BACKGROUND, SIGNAL, SETTINGS, channels=CHANNELS, spectra=["met"], shifts=list_shifts()
    )


@pytest.fixture
def section(scan, tmp_path):
    scans = {"ae": {"S": scan, "T": scan}, "met": {"S": scan, "T": scan}}
    return write_and_read(describe_systematics(tmp_path, scans, KNOWN, ["ae"]), tmp_path)


def test_variations_are_listed_with_source_and_samples(section):
    variations, _ = section.tables
    assert find_row(variations, "scale_up") == ["scale_up", "scale", "S"]
    assert find_row(variations, "norm") == ["norm", "norm", "ttbar, S"]


def test_effects_stand_by_score_and_cut_with_their_precision(scan, section):
    _, effects = section.tables
    assert list(effects.columns) == [
        "Score", "Cut", "Variation", "Background [%]", "S [%]", "T [%]"
    ]  # fmt: skip
    # a factor is exact; the others have an uncertainty
    assert find_row(effects, "ae", "90 % removed", "norm")[3:] == ["10.0", "10.0", "10.0"]
    cut = scan["cuts"][2]["systematics"]
    (background, signal, _) = find_row(effects, "ae", "90 % removed", "scale_up")[3:]
    for text, kind in ((background, "background"), (signal, "signal")):
        effect = cut[kind]["shifts"]["scale_up"]
        value, uncertainty = (float(part.replace("−", "-")) for part in text.split(" ± "))
        assert value == pytest.approx(100 * effect["relative"], rel=0.15)
        assert uncertainty == pytest.approx(100 * effect["uncertainty"], rel=0.15)
    total = find_row(effects, "met", "50 % removed", "all")
    expected = scan["cuts"][1]["systematics"]["background"]["total"]
    assert float(total[3]) == pytest.approx(100 * expected, rel=0.01)
    assert {effects.rows[k][2] for k in effects.marked} == {"all"}


def test_without_a_cut_events_are_the_same_for_all_scores(section):
    _, effects = section.tables
    uncut = [row for row in effects.rows if row[1] == "none"]
    assert [row[:3] for row in uncut] == [
        ["any", "none", name] for name in ("loss", "norm", "scale_down", "scale_up", "all")
    ]


def test_a_yield_of_nothing_is_undefined(scan, tmp_path):
    empty = copy.deepcopy(scan)
    for cut in empty["cuts"]:
        signal = cut["systematics"]["signal"]
        signal["total"] = None
        for effect in signal["shifts"].values():
            effect["relative"] = effect["uncertainty"] = None
    section = describe_systematics(tmp_path, {"ae": {"S": empty}}, KNOWN, [])
    assert {row[-1] for row in section.tables[1].rows} == {"undefined"}


def test_the_text_says_how_it_is_done_and_what_does_not_know_it(section):
    text = " ".join(section.text)
    for words in ("nominal ones", "in quadrature", "event by event", "Fits"):
        assert words in text
    (figure,) = section.figures
    assert figure.path.name == "shifts_ae.png"
