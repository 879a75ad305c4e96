import copy
import math
import shutil
from dataclasses import replace

import pytest

from rapidmass.config.scan import Axis, ScanSettings
from rapidmass.files import write_json
from rapidmass.report.results import find_best, judge_cut, tabulate_results
from synthetic_analysis import describe_run


def count_significance(cut):
    """Counting all events behind a cut on the score."""
    s, b = cut["signal"]["expected"], cut["background"]["expected"]
    return math.sqrt(2 * ((s + b) * math.log1p(s / b) - s))


def test_the_table_holds_the_best_cuts(run):
    network = run.selections[0].networks[0]
    cuts = network.scan_contents["SUSY_450p300"]["cuts"]
    candidates = [
        (z, cut["quantile"], cut["met_scan"]["met"][k], cut["met_scan"]["s"][k])
        for cut in cuts[1:]
        for k, z in enumerate(cut["met_scan"]["asimov"])
        if z is not None
    ]
    z, quantile, met, s = max(candidates)
    table = tabulate_results(run)
    (row,) = table.rows
    cells = dict(zip(table.columns, row, strict=True))
    assert cells["Score cut"] == f"{100 * quantile:g} % removed"
    assert float(cells["MET cut [GeV]"]) == pytest.approx(met, rel=0.005)
    assert float(cells["s"].replace(",", "")) == pytest.approx(s, rel=0.006)
    assert float(cells["Z"].split(" ± ")[0]) == pytest.approx(z, abs=0.006)
    without = max(value for value in cuts[0]["met_scan"]["asimov"] if value is not None)
    assert float(cells["Z, no score cut"].split(" ± ")[0]) == pytest.approx(without, abs=0.006)
    assert float(cells["Z, neither cut"]) == pytest.approx(count_significance(cuts[0]), rel=0.006)
    alone = max(count_significance(cut) for cut in cuts[1:])
    assert float(cells["Z, score cut alone"]) == pytest.approx(alone, rel=0.006)


def test_without_a_met_cut_the_events_below_the_axis_count(analysis, tmp_path):
    above = replace(
        analysis, settings=ScanSettings(met=Axis(start=100, stop=600, step=20)), folder=tmp_path
    )
    shutil.copytree(analysis.folder, tmp_path, dirs_exist_ok=True)
    scan = above.scan("SUSY_450p300")
    write_json(above.products.scans["SUSY_450p300"], scan)
    table = tabulate_results(describe_run(above, tmp_path))
    cells = dict(zip(table.columns, table.rows[0], strict=True))
    expected = count_significance(scan["cuts"][0])
    assert float(cells["Z, neither cut"]) == pytest.approx(expected, rel=0.006)
    assert expected < 0.9 * scan["cuts"][0]["met_scan"]["asimov"][0]


@pytest.mark.parametrize(
    ("z", "uncertainty", "without", "verdict"),
    [
        (2.0, 0.3, 1.0, "yes"),
        (1.2, 0.3, 1.0, "not clearly"),
        (1.0, 0.3, 1.0, "no"),
        (0.5, 0.3, 1.0, "no"),
        (2.0, 0.3, None, "undefined"),
    ],
)
def test_verdicts(z, uncertainty, without, verdict):
    row = {"asimov": z, "asimov_uncertainty": uncertainty}
    assert judge_cut(row, {"asimov": without}) == verdict


def test_undefined_scans_are_said_to_be(run):
    assert find_best([{"asimov": None}]) is None
    assert judge_cut(None, {"asimov": 1.0}) == "undefined"
    network = run.selections[0].networks[0]
    scan = copy.deepcopy(network.scan_contents["SUSY_450p300"])
    for cut in scan["cuts"]:
        cut["best"] = None
        cut["significance"]["asimov"] = None
    network.scan_contents["SUSY_450p300"] = scan
    (row,) = tabulate_results(run).rows
    assert row[3:] == ["undefined"] * 11
