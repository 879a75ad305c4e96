import copy
import math
import shutil
from dataclasses import replace

import pytest

from rapidmass.config.search.scan import Axis, ScanSettings
from rapidmass.provenance.atomic_files import write_json
from rapidmass.report.results import compare_scans, judge_cut, list_results
from synthetic_analysis import describe_run


def read_rows(table):
    return {row[2]: dict(zip(table.columns, row, strict=True)) for row in table.rows}


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
    assert read_rows(cuts)["met"]["Beats every baseline?"] == "–"
    assert read_rows(cuts)["vae_deep"]["Beats every baseline?"].startswith(("yes", "no:"))


def test_both_significances_are_those_of_the_yields(run):
    best = run.selections[0].scorers[0].scan_contents["SUSY_450p300"]["best"]
    s, b = best["s"], best["b"]
    assert best["asimov"] == pytest.approx(math.sqrt(2 * ((s + b) * math.log1p(s / b) - s)))
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


def make_scan(efficiency, z):
    return {
        "roc": {
            "efficiencies": [
                {
                    "background_efficiency": 0.01,
                    "efficiency": efficiency,
                    "low": None if efficiency is None else efficiency - 0.03,
                    "high": None if efficiency is None else efficiency + 0.03,
                }
            ]
        },
        "best": None if z is None else {"profiled": z, "profiled_uncertainty": 0.2},
    }


@pytest.mark.parametrize(
    ("efficiency", "z", "verdict"),
    [
        (0.40, 2.0, "yes"),
        (0.33, 2.0, "no: efficiency not above that of ht"),  # by less than both intervals
        (0.40, 1.2, "no: Z not above that of met"),
        (0.10, 0.1, "no: efficiency not above that of met, ht; Z not above that of met, ht"),
        (None, 2.0, "no: efficiency undefined"),
        (0.40, None, "no: Z undefined"),
    ],
)
def test_a_network_must_beat_every_baseline_in_both(efficiency, z, verdict):
    baselines = {"met": make_scan(0.2, 1.0), "ht": make_scan(0.3, 0.5)}
    assert compare_scans(make_scan(efficiency, z), baselines) == verdict


def test_what_cannot_be_compared_is_said(run):
    assert compare_scans(make_scan(0.4, 1.0), {}) == "no baseline to compare with"
    nothing = {"met": make_scan(None, None)}
    assert compare_scans(make_scan(0.4, 1.0), nothing) == "yes"
    selection = run.selections[0]
    alone = replace(selection, scorers=selection.scorers[:1])
    table = list_results(replace(run, selections=[alone]))[0]
    assert read_rows(table)["vae_deep"]["Beats every baseline?"] == "no baseline to compare with"


@pytest.mark.parametrize(
    ("z", "uncertainty", "without", "verdict"),
    [
        (2.0, 0.3, 1.0, "yes"),
        (1.2, 0.3, 1.0, "not clearly"),
        (1.0, 0.3, 1.0, "no"),
        (0.5, 0.3, 1.0, "no"),
    ],
)
def test_verdicts(z, uncertainty, without, verdict):
    row = {"profiled": z, "profiled_uncertainty": uncertainty}
    assert judge_cut(row, {"profiled": without}) == verdict
    assert judge_cut(row, None) == judge_cut(None, row) == "undefined"


def test_undefined_scans_are_said_to_be(run):
    scorer = run.selections[0].scorers[0]
    scan = copy.deepcopy(scorer.scan_contents["SUSY_450p300"])
    scan["best"] = scan["roc"] = scan["cuts"][0]["best"] = None
    scorer.scan_contents["SUSY_450p300"] = scan
    separation, cuts = (read_rows(table)["vae_deep"] for table in list_results(run))
    assert list(separation.values())[5:] == ["undefined"] * 5
    assert list(cuts.values())[5:] == ["undefined"] * 9
    assert cuts["Beats every baseline?"] == "no: efficiency undefined; Z undefined"
