import copy
import math
import shutil
from dataclasses import replace

import pytest

from rapidmass.config.search.scan import Axis, ScanSettings
from rapidmass.provenance.atomic_files import write_json
from rapidmass.report.results import list_results
from rapidmass.statistics.significance import compute_asimov_significance, correct_curvature
from synthetic_analysis import describe_run


def read_rows(table):
    return {row[2]: dict(zip(table.columns, row, strict=True)) for row in table.rows}


def tell(run, card):
    """The same run with another card of its network."""
    selection = run.selections[0]
    path = selection.networks[0].cards[0].with_name("told.json")
    write_json(path, {**selection.networks[0].card_contents[0], **card})
    network = replace(selection.networks[0], cards=[path])
    return replace(run, selections=[replace(selection, networks=[network])])


def read_value(text):
    return float(text.split(" ")[0].replace(",", ""))


def test_the_tables_hold_the_results_of_networks_beside_those_of_baselines(run):
    separation, cuts = list_results(run)
    for scorer in run.selections[0].scorers:
        scan = scorer.scan_contents["SUSY_450p300"]
        row = read_rows(separation)[scorer.name]
        assert row["Kind"] == ("baseline" if scorer.name == "met" else "network")
        assert read_value(row["AUC"]) == pytest.approx(scan["roc"]["auc"]["value"], abs=1e-3)
        one = scan["roc"]["efficiencies"][0]
        found = row["Signal efficiency at 1 % background"]
        assert read_value(found) == pytest.approx(one["efficiency"], abs=0.006)
        assert float(found.split(" to ")[1][:-1]) == pytest.approx(one["high"], abs=0.006)
        assert row["at 0.01 % background"] == "undefined"
        best = scan["best"]
        row = read_rows(cuts)[scorer.name]
        assert read_value(row["s"]) == pytest.approx(best["s"], rel=0.006)
        assert read_value(row["b"]) == pytest.approx(best["b"], rel=0.006)
        assert read_value(row["Z, b known"]) == pytest.approx(best["asimov"], abs=0.06)
        assert read_value(row["Z, b uncertain"]) == pytest.approx(best["profiled"], abs=0.06)
        assert row["MET cuts [GeV]"].split(" and ")[0] == f"{best['met'][0]:g}"
        assert row["Score cuts"].startswith(f"{100 * best['quantiles'][0]:g} % removed")
    assert read_rows(cuts)["met"]["Better than every baseline?"] == "–"
    assert read_rows(cuts)["vae_deep"]["Better than every baseline?"].startswith(
        ("better", "not better: ", "undecided: ")
    )


def test_both_significances_are_those_of_the_yields(run):
    best = run.selections[0].scorers[0].scan_contents["SUSY_450p300"]["best"]
    s, b, variance = best["s"], best["b"], best["b_variance"]
    z = correct_curvature(lambda b: compute_asimov_significance(s, b).value, b, variance)
    assert best["asimov"] == pytest.approx(float(z))
    known = math.sqrt(2 * ((s + b) * math.log1p(s / b) - s))
    assert (1 - 0.4 * variance / b**2) * known < best["asimov"] < known
    assert best["profiled"] < best["asimov"]


def test_a_stated_uncertainty_is_said_to_be_in_it(analysis, tmp_path):
    shutil.copytree(analysis.folder, tmp_path, dirs_exist_ok=True)
    uncertain = replace(
        analysis, settings=ScanSettings(background_uncertainty=0.25), folder=tmp_path
    )
    notes = [list_results(describe_run(a, a.folder))[1].note for a in (analysis, uncertain)]
    assert "no other is claimed" in notes[0]
    assert "and of 25 % of b" in notes[1]
    scans = [a.scan("SUSY_450p300")["cuts"][0]["best"]["profiled"] for a in (analysis, uncertain)]
    assert scans[1] < scans[0]


def test_without_a_met_cut_the_events_below_the_axis_count(analysis, tmp_path):
    axis = Axis(start=100, stop=600, step=20)
    above = replace(analysis, settings=ScanSettings(met=axis), folder=tmp_path)
    shutil.copytree(analysis.folder, tmp_path, dirs_exist_ok=True)
    scan = above.scan("SUSY_450p300")
    assert scan["cuts"][0]["significance"]["b"] > scan["cuts"][0]["met_scan"]["b"][0]
    write_json(above.products.scans["SUSY_450p300"], scan)
    row = read_rows(list_results(describe_run(above, tmp_path))[1])["vae_deep"]
    assert all(float(met) >= 100 for met in row["MET cuts [GeV]"].split(" and "))


def test_undefined_scans_are_said_to_be(run):
    scorer = run.selections[0].scorers[0]
    scan = copy.deepcopy(scorer.scan_contents["SUSY_450p300"])
    scan["best"] = scan["roc"] = scan["cuts"][0]["best"] = None
    scorer.scan_contents["SUSY_450p300"] = scan
    separation, cuts = (read_rows(table)["vae_deep"] for table in list_results(run))
    assert list(separation.values())[5:] == ["undefined"] * 5
    assert list(cuts.values())[5:] == ["undefined"] * 9
    verdict = cuts["Better than every baseline?"]
    assert verdict == "undecided: efficiency against met; Z against met"
    selection = run.selections[0]
    alone = replace(selection, scorers=selection.scorers[:1])
    table = list_results(replace(run, selections=[alone]))[0]
    verdict = read_rows(table)["vae_deep"]["Better than every baseline?"]
    assert verdict == "no baseline to compare with"


def test_what_was_trained_on_a_signal_is_told_from_what_was_not(run):
    told = tell(run, {"classes": {"background": {}, "signal": {"SUSY_450p300": {}}}})
    for table in list_results(told):
        kinds = {(row[1], row[2]): row[3] for row in table.rows if "Kind" in table.columns}
        for (signal, scorer), kind in kinds.items():
            which = "this" if signal == "SUSY_450p300" else "another"
            assert kind == ("baseline" if scorer == "met" else f"trained on {which} signal")
    assert "who knows what to look for" in list_results(told)[0].note
    assert "who knows what to look for" not in list_results(run)[0].note
