import pytest

from rapidmass.report.sections import read_section, write_section
from rapidmass.studies.altered_events.figures import Drawn
from rapidmass.studies.altered_events.section import describe_alterations
from synthetic_alterations import make_study

STUDIES = [make_study("ae_deep", 0.1), make_study("met", 0.02)]


@pytest.fixture
def drawn(tmp_path):
    figures = [
        Drawn(tmp_path / "auc_lepton_pt.png", "auc", "lepton_pt"),
        Drawn(tmp_path / "efficiency_lepton_pt_0.png", "efficiency", "lepton_pt", 0.01),
        Drawn(tmp_path / "auc_others.png", "others", ""),
        Drawn(tmp_path / "scores_ae_deep.png", "shapes", "ae_deep"),
        Drawn(tmp_path / "scores_met.png", "shapes", "met"),
    ]
    for figure in figures:
        figure.path.write_bytes(b"")
    return figures


def test_the_tables_say_what_was_measured(drawn):
    section = describe_alterations(drawn, STUDIES, 0.1)
    (alterations,) = section.tables
    scaled, others, _ = section.sections
    aucs, loose, tight = scaled.tables
    assert [row[0] for row in alterations.rows][2:4] == ["lepton pt x10", "shuffled"]
    assert [row[2] for row in alterations.rows] == ["1,000", "1,001", "0", "1,003", "1,004"]
    scaled_pt, *_, shuffled, noise = [row[1] for row in alterations.rows]
    assert scaled_pt == (
        "pT of the hardest object of each type (ele, muo) times the factor; mass kept; MET takes "
        "the recoil"
    )
    assert "another event" in shuffled
    assert "and so is their number" in noise
    assert aucs.columns == ("AUC", "lepton pt x1.5", "lepton pt x3", "lepton pt x10")
    assert aucs.rows[0] == ("ae_deep", "0.500 ± 0.012", "0.550 ± 0.012", "undefined")
    assert others.tables[0].rows[0] == ("ae_deep", "0.650 ± 0.012", "0.700 ± 0.012")
    assert loose.rows[1][:3] == ("met", "0.020 (0.010 to 0.030)", "0.030 (0.020 to 0.040)")
    assert tight.rows[1][3] == "undefined"
    assert "0.100 %" in tight.columns[0]
    for table in (alterations, *scaled.tables, *others.tables):
        assert {len(row) for row in table.rows} == {len(table.columns)}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"kind": "scale_pt", "objects": ["ljet"], "which": "all", "recoil_met": False},
            "pT of all objects of each type (ljet) times the factor; mass kept; MET is kept",
        ),
        (
            {"kind": "swap", "pairs": [["ele", "muo"], ["ljet", "bjet"]]},
            "ele and muo, ljet and bjet",
        ),
    ],
)
def test_what_is_done_is_said(drawn, settings, words):
    entries = [{**entry, "settings": settings} for entry in STUDIES[0]["alterations"]]
    section = describe_alterations(drawn, [{**STUDIES[0], "alterations": entries}], 0.1)
    assert section.tables[0].rows[0][1].endswith(words)


def test_the_text_says_how_many_events_and_what_share(drawn):
    text = " ".join(describe_alterations(drawn, STUDIES, 0.1).text)
    assert "10.0 % of the events of the test set" in text
    assert "5,000 events" in text


def test_every_figure_is_in_the_section_that_is_written(drawn, tmp_path):
    section = describe_alterations(drawn, STUDIES, 0.1)
    write_section(tmp_path, section)
    read = read_section(tmp_path, "3lep-")
    assert read.anchor == "3lep-altered_events"
    assert [part.anchor for part in read.sections] == [
        "3lep-altered_lepton_pt",
        "3lep-altered_otherwise",
        "3lep-altered_scores",
    ]
    figures = [figure for part in read.sections for figure in part.figures]
    assert [figure.path for figure in figures] == [figure.path for figure in drawn]
    assert "1.00 % background" in figures[1].title
