from dataclasses import replace

import pytest

from rapidmass.report.yields import (
    tabulate_composition,
    tabulate_raw_cutflow,
    tabulate_yields,
)
from synthetic_analysis import CUTFLOWS, LUMINOSITY


def read(cell):
    return float(cell.split(" ")[0].replace(",", ""))


def test_yields_are_weights_times_luminosity(run):
    selection = run.selections[0]
    rows = {row[0]: row[1:] for row in tabulate_yields(run, selection).rows}
    weight = {name: content["weight"] for name, content in run.weights.items()}
    ttbar = CUTFLOWS["tt2l"][1][2] * weight["tt2l"] * LUMINOSITY
    diboson = sum(CUTFLOWS[name][1][1] * weight[name] for name in ("WZ", "WW")) * LUMINOSITY
    zjets = CUTFLOWS["Zee"][1][2] * weight["Zee"] * LUMINOSITY
    last = CUTFLOWS["WZ"][1][2] * weight["WZ"] * LUMINOSITY
    assert read(rows["ttbar"][2]) == pytest.approx(ttbar, rel=0.006)
    assert read(rows["diboson"][1]) == pytest.approx(diboson, rel=0.006)
    assert read(rows["all backgrounds"][2]) == pytest.approx(ttbar + zjets + last, rel=0.006)
    # equal weights: relative uncertainties of one over the root of the number of events
    uncertainty = float(rows["ttbar"][2].split(" ± ")[1].replace(",", ""))
    assert uncertainty == pytest.approx(ttbar / CUTFLOWS["tt2l"][0][2] ** 0.5, rel=0.06)
    assert rows["data (counted)"] == ["9,000", "2,000", "1,500"]


def test_raw_cutflows_add_parts(run):
    selection = run.selections[0]
    flows = {name: [*paths, *paths] for name, paths in selection.cutflows.items()}
    twice = {
        row[0]: row[1:] for row in tabulate_raw_cutflow(replace(selection, cutflows=flows)).rows
    }
    assert twice["tt2l"] == ["10,000", "1,800", "800"]
    rows = {row[0]: row[1:] for row in tabulate_raw_cutflow(selection).rows}
    assert rows["tt2l"] == ["5,000", "900", "400"]


def test_composition_tells_shares_and_pulls(run):
    rows = {row[0]: row[1:] for row in tabulate_composition(run.selections[0]).rows}
    assert set(rows) == {"ttbar", "Zjets", "diboson"}
    assert rows["ttbar"][:3] == ["600", "600", "50.0 %"]
    low, high = (float(share.split()[0]) for share in rows["ttbar"][3].split(" to "))
    assert 30 < low <= high < 37


def test_where_no_event_is_left_there_is_a_bound(run):
    """Three events with the mean weight of those before: no event in 5 % of the cases."""
    selection = run.selections[0]
    flow = selection.cutflow["tt2l"]
    for key in ("raw", "weighted", "squared"):
        flow[key][2] = 0
    weight = run.weights["tt2l"]["weight"] * LUMINOSITY
    bound = 3 * weight * flow["weighted"][1] / flow["raw"][1]
    rows = {row[0]: row[1:] for row in tabulate_yields(run, selection).rows}
    assert rows["ttbar"][2].startswith("< ")
    assert float(rows["ttbar"][2][2:].replace(",", "")) == pytest.approx(bound, rel=0.06)
    assert " ± " in rows["all backgrounds"][2]
