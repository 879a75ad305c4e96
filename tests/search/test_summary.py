import copy
import csv

import pytest

from rapidmass.provenance.atomic_files import read_json
from rapidmass.search.scan import scan_cuts
from rapidmass.search.summary import COLUMNS, find_largest, summarise_scan, write_summary
from synthetic_analysis import Analysis
from synthetic_shifts import BACKGROUND, CHANNELS, SETTINGS, SIGNAL, list_shifts


@pytest.fixture(scope="module")
def scan(tmp_path_factory):
    analysis = Analysis(tmp_path_factory.mktemp("summary") / "products", has_data=False).write()
    return read_json(analysis.products.scans["SUSY_450p300"])


def summarise(scan):
    return summarise_scan(scan, selection="3lep", scorer="vae", signal="S")


def test_rows_say_what_the_scan_says(scan):
    rows = summarise(scan)
    assert [row["quantile"] for row in rows] == [0.0, 0.5, 0.9, 0.99]
    for row, cut in zip(rows, scan["cuts"], strict=True):
        if cut["best"] is None:  # the tightest cut leaves too few events in a half
            assert row["quantile"] == 0.99
            assert row["profiled"] is row["met_1"] is None
        else:
            assert [row["met_1"], row["met_2"]] == cut["best"]["met"]
            assert row["profiled"] == cut["best"]["profiled"]
        assert row["largest_asimov"] == find_largest(cut) > 0
        assert row["chosen_profiled"] == scan["best"]["profiled"]
        one = scan["roc"]["efficiencies"][0]
        assert row["efficiency_at_0.01"] == one["efficiency"]
        assert row["low_at_0.01"] == one["low"]
        assert row["auc"] == scan["roc"]["auc"]["value"]


def test_what_is_undefined_is_empty(scan, tmp_path):
    empty = copy.deepcopy(scan)
    empty["best"] = empty["roc"] = None
    for cut in empty["cuts"]:
        cut["best"] = None
        cut["met_scan"]["asimov"] = [None] * len(cut["met_scan"]["met"])
    rows = summarise(scan) + summarise(empty)
    write_summary(rows, tmp_path / "s.json", tmp_path / "s.csv")
    assert all(set(row) == set(COLUMNS) for row in read_json(tmp_path / "s.json")["rows"])
    with (tmp_path / "s.csv").open() as stream:
        written = list(csv.DictReader(stream))
    assert tuple(written[0]) == COLUMNS
    assert float(written[0]["auc"]) == rows[0]["auc"]
    for name in ("s", "asimov", "largest_asimov", "met_1", "auc", "efficiency_at_0.01"):
        assert written[-1][name] == ""
    assert written[-1]["scorer"] == "vae"


def test_shifts_add_columns_at_the_end(scan, tmp_path):
    varied = scan_cuts(
        BACKGROUND, SIGNAL, SETTINGS, channels=CHANNELS, spectra=[], shifts=list_shifts()
    )
    rows = summarise(scan) + summarise(varied)
    write_summary(rows, tmp_path / "s.json", tmp_path / "s.csv")
    with (tmp_path / "s.csv").open() as stream:
        written = list(csv.DictReader(stream))
    assert tuple(written[0]) == (*COLUMNS, "s_systematic", "b_systematic")
    assert written[0]["b_systematic"] == ""
    assert float(written[-1]["b_systematic"]) == varied["cuts"][-1]["best"]["b_systematic"] > 0.1
    assert float(written[-1]["s_systematic"]) == varied["cuts"][-1]["best"]["s_systematic"] > 0.1
