from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from rapidmass.config.search.scan import ScanSettings
from rapidmass.ntuples.format.cutflow import Cutflow
from rapidmass.provenance.atomic_files import write_json
from rapidmass.report.warnings import list_warnings
from synthetic_analysis import Analysis, describe_run


def find(run, words):
    return [line for line in list_warnings(run) if words in line]


def test_frozen_networks_are_told(analysis):
    run = describe_run(analysis, analysis.folder)
    first = list_warnings(replace(run, frozen=True))[0]
    assert "kept as they had been trained" in first
    assert not any("training.frozen" in line for line in list_warnings(run))


def test_empty_samples_are_named(run):
    (line,) = find(run, "passes")
    assert "3lep" in line
    assert "WW" in line
    assert "tt2l" not in line


def test_backgrounds_that_nothing_uses_are_named(run):
    assert find(run, "No selection uses") == []
    (line,) = find(replace(run, unused=["ZZ", "ttW"]), "No selection uses")
    assert "the background samples ZZ, ttW of the sample sheet" in line


def test_negative_weights_are_named(run):
    run.selections[0].cutflow["Zee"]["weighted"][-1] = -1.0
    (line,) = find(run, "negative")
    assert "Zee" in line


def test_files_of_data_without_certified_sections_are_counted(run, tmp_path):
    assert find(run, "certified") == []
    paths = [tmp_path / f"{number}.json" for number in range(3)]
    for path, kept in zip(paths, (0, 4, 0), strict=True):
        flow = Cutflow(
            ["all events", "certified sections", "cut"], [9, kept, 0], [0.0] * 3, [0.0] * 3
        )
        write_json(path, flow.describe())
    cutflows = {**run.selections[0].cutflows, "data": paths}
    selections = [replace(run.selections[0], cutflows=cutflows)]
    (line,) = find(replace(run, selections=selections), "certified")
    assert "no event is of a certified section in 2 of 3 files of data" in line


def test_thin_channels_are_named(run):
    assert find(run, "effective events in the test set") == []
    strict = replace(run, scan=ScanSettings(minimum_effective_events=700))
    (line,) = find(strict, "effective events in the test set")
    assert "diboson (" in line
    assert "ttbar" not in line


def test_undefined_significances_are_named(run):
    (line,) = find(run, "no significance")  # the tightest cut leaves a half too few events
    assert "99 % removed" in line
    assert "90 % removed" not in line
    run.selections[0].networks[0].scan_contents["SUSY_450p300"]["cuts"][2]["best"] = None
    (line,) = find(run, "no significance")
    assert "vae_deep" in line
    assert "90 % removed" in line


@pytest.mark.parametrize(("share", "number"), [(0.049, 0), (0.051, 1)])
def test_a_single_event_that_dominates_is_named(run, share, number):
    uncut = run.selections[0].networks[0].scan_contents["SUSY_450p300"]["cuts"][0]
    heavy = share * uncut["background"]["expected"]
    uncut["background"]["largest"] = uncut["channels"]["Zjets"]["largest"] = heavy
    lines = find(run, "a single simulated event")
    assert len(lines) == number
    for line in lines:
        assert "Selection 3lep" in line
        assert "of Zjets in" in line
        assert "5.10 %" in line


def test_the_largest_weight_comes_from_the_events(tmp_path):
    heavy = Analysis(tmp_path / "heavy", signals=("SUSY_450p300",), events=24).write()
    heavy.write_megasets()
    (line,) = find(describe_run(heavy, heavy.folder), "a single simulated event")
    table = pq.read_table(heavy.products.background).to_pandas()
    share = 100 * table["weight"].abs().max() / table["weight"].sum()
    assert f"carries {share:.3g} %" in line
    assert "of ttbar in" in line


def test_without_positive_background_no_share_is_defined(run):
    uncut = run.selections[0].networks[0].scan_contents["SUSY_450p300"]["cuts"][0]
    uncut["background"]["expected"] = 0.0
    assert find(run, "a single simulated event") == []


@pytest.mark.parametrize(("kl", "number"), [(None, 0), (0.0099, 1), (0.0, 1), (0.01, 0), (35.0, 0)])
def test_networks_that_encode_nothing_are_named(run, kl, number):
    assert find(run, "encodes nothing") == []
    network = run.selections[0].networks[0]
    network.card_contents[0]["kl"] = kl
    lines = find(run, "encodes nothing")
    assert len(lines) == number
    assert all("vae_deep" in line and "one mean event" in line for line in lines)


@pytest.mark.parametrize(("pull", "number"), [(4.9, 0), (5.1, 1)])
def test_uneven_megasets_are_named(run, pull, number):
    run.selections[0].shares["Zjets"]["pull"] = pull
    assert len(find(run, "unevenly")) == number


@pytest.mark.parametrize(("relative", "number"), [(-0.98, 0), (50.0, 0), (-0.995, 1), (1e30, 1)])
def test_variations_beyond_belief_are_named(run, relative, number):
    effects = {"shifts": {"jes_up": {"relative": relative, "uncertainty": 0.0}}}
    nothing = {"shifts": {"jes_up": {"relative": None, "uncertainty": None}}}
    uncut = run.selections[0].networks[0].scan_contents["SUSY_450p300"]["cuts"][0]
    uncut["systematics"] = {"background": nothing, "signal": effects}
    lines = find(run, "the variation jes_up multiplies the yield of SUSY_450p300")
    assert len(lines) == number
    assert len(find(run, "multiplies")) == number


def test_what_trainings_of_classifiers_found_is_told_once(run, tmp_path):
    line = "the feature n is in no event of the training part: see exclude_features."
    selection = run.selections[0]
    (network,) = selection.networks
    cards = [tmp_path / f"{fold}.json" for fold in range(2)]
    for path in cards:
        write_json(path, {**network.card_contents[0], "warnings": [line]})
    selections = [replace(selection, networks=[replace(network, cards=cards)])]
    (found,) = find(replace(run, selections=selections), "see exclude_features")
    assert found == f"Selection {selection.name}: {network.name}: {line}"
