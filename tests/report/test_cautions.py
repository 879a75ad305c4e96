from dataclasses import replace

import pytest

from rapidmass.config.scan import ScanSettings
from rapidmass.report.cautions import list_cautions


def find(run, words):
    return [line for line in list_cautions(run) if words in line]


def test_empty_samples_are_named(run):
    (line,) = find(run, "passes")
    assert "3lep" in line
    assert "WW" in line
    assert "tt2l" not in line


def test_negative_weights_are_named(run):
    run.selections[0].cutflow["Zee"]["weighted"][-1] = -1.0
    (line,) = find(run, "negative")
    assert "Zee" in line


def test_thin_channels_are_named(run):
    assert find(run, "effective events in the test set") == []
    strict = replace(run, scan=ScanSettings(minimum_effective_events=700))
    (line,) = find(strict, "effective events in the test set")
    assert "diboson (" in line
    assert "ttbar" not in line


def test_undefined_significances_are_named(run):
    assert find(run, "no significance") == []
    run.selections[0].networks[0].scan_contents["SUSY_450p300"]["cuts"][2]["best"] = None
    (line,) = find(run, "no significance")
    assert "vae_deep" in line
    assert "90 % removed" in line


@pytest.mark.parametrize(("pull", "number"), [(4.9, 0), (5.1, 1)])
def test_uneven_megasets_are_named(run, pull, number):
    run.selections[0].shares["Zjets"]["pull"] = pull
    assert len(find(run, "unevenly")) == number
