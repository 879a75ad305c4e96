from dataclasses import replace

import pytest

from rapidmass.config.search.scan import ReferenceSignificances
from rapidmass.report.reference_analysis import tabulate_reference
from rapidmass.report.results import list_results

REFERENCE = ReferenceSignificances(
    source="A. Nother, Search, Somewhere 1999, table 1",
    background_share=0.2,
    significances={
        "3lep": {"AE": {"SUSY_450p300": 4.5, "elsewhere": 9.0}},
        "5lep": {"AE": {"SUSY_450p300": 7.0}},
    },
)


def refer(run, reference=REFERENCE):
    return replace(run, scan=run.scan.model_copy(update={"reference_significances": reference}))


def test_quoted_significances_stand_beside_ours_after_their_correction(run):
    table = tabulate_reference(refer(run))
    earlier, own = table.rows
    assert earlier[:3] == ["3lep", "SUSY_450p300", "earlier: AE"]
    assert float(earlier[3]) == 4.5
    assert float(earlier[4]) == pytest.approx(4.5 / 5**0.5, abs=0.006)
    assert own[2] == "this: vae_deep"
    scan = run.selections[0].scorers[0].scan_contents["SUSY_450p300"]
    curves = [z for cut in scan["cuts"][1:] for z in cut["met_scan"]["asimov"] if z is not None]
    assert float(own[4]) == pytest.approx(max(curves), rel=0.006)
    assert float(own[5].split(" ± ")[0]) == pytest.approx(scan["best"]["asimov"], rel=0.02)
    assert "A. Nother" in table.note
    assert "20 % of its background" in table.note
    assert "√5" in table.note


def test_a_whole_background_needs_no_correction(run):
    table = tabulate_reference(refer(run, REFERENCE.model_copy(update={"background_share": 1.0})))
    assert table.rows[0][3] == table.rows[0][4]
    assert "unscaled" not in table.note
    assert "Caution" not in table.note


def test_what_is_known_to_be_wrong_is_said(run):
    caveat = "MET came from other events."
    table = tabulate_reference(refer(run, REFERENCE.model_copy(update={"caveat": caveat})))
    assert f"Caution: {caveat}" in table.note


def test_the_table_is_there_only_if_there_is_something_to_compare(run):
    assert tabulate_reference(run) is None
    assert len(list_results(run)) == 2
    assert len(list_results(refer(run))) == 3
    other = REFERENCE.model_copy(update={"significances": {"3lep": {"AE": {"elsewhere": 1.0}}}})
    assert tabulate_reference(refer(run, other)) is None
