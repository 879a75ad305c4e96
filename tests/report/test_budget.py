import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.report.budget import (
    GOAL,
    MET_ALONE,
    find_needed_simulation,
    summarise_budget,
    tabulate_budget,
)
from rapidmass.statistics.significance import compute_profiled_significance


@given(st.floats(0.1, 100), st.floats(1, 1e6), st.floats(0.01, 2), st.floats(0.0, 0.5))
def test_needed_simulation_gives_the_goal(s, b, relative, systematic):
    variance = (relative * b) ** 2
    limit, times = find_needed_simulation(s, b, variance, systematic)

    def compute(variance):
        found = compute_profiled_significance(
            s, b, 0.0, variance, background_uncertainty=systematic
        )
        return float(found.value)

    assert limit == compute(0.0)
    assert times >= 1
    if times > 1:
        assert compute(variance / times) == pytest.approx(GOAL * limit, rel=1e-6)
    else:
        assert compute(variance) >= GOAL * limit


def test_many_events_are_limited_by_simulation_as_small_signals_are():
    """For s << b, Z^2 = s^2 / (b + v): 95 % of the limit where v is 10.8 % of b."""
    limit, times = find_needed_simulation(1.0, 1e4, 1e4, 0.0)
    assert limit == pytest.approx(0.01, rel=1e-4)
    assert times == pytest.approx(1 / (1 / GOAL**2 - 1), rel=1e-3)


def test_the_budget_adds_up(run):
    table = tabulate_budget(run)
    selection = run.selections[0]
    assert len(table.rows) == 2 * len(selection.settings.signals)
    for row in table.rows:
        cells = dict(zip(table.columns, row, strict=True))
        shares = [cells[name] for name in table.columns[6:9]]
        assert sum(float(share.split(" ")[0]) for share in shares) == pytest.approx(100, abs=0.2)
        scans = {s.name: s.scan_contents[cells["Signal"]]["best"] for s in selection.scorers}
        if cells["Cuts"] != MET_ALONE:
            assert scans[cells["Cuts"]]["profiled"] == max(b["profiled"] for b in scans.values())
    (line,) = summarise_budget(run)
    assert line.startswith("3lep: the largest expected significance behind cuts is ")


def test_what_is_not_defined_is_said(run):
    for scorer in run.selections[0].scorers:
        for signal, content in scorer.scan_contents.items():
            scan = copy.deepcopy(content)
            scan["best"] = scan["cuts"][0]["best"] = None
            scorer.scan_contents[signal] = scan
    assert all(row[3] == "undefined" for row in tabulate_budget(run).rows)
    (line,) = summarise_budget(run)
    assert "no significance is defined" in line
