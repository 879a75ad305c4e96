"""Systematic variations in scans: what they add, and what they leave as it was."""

import copy
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapidmass.search.scan import scan_cuts
from rapidmass.statistics.folds import draw_folds
from synthetic_shifts import (
    BACKGROUND,
    CHANNELS,
    SETTINGS,
    SIGNAL,
    list_shifts,
    make_shift,
    move,
    scale_weights,
)

CERTAIN = ("thresholds", "threshold", "background", "signal", "channels")


def scan(shifts=(), **changes):
    options = SETTINGS.model_copy(update=changes)
    return scan_cuts(BACKGROUND, SIGNAL, options, channels=CHANNELS, spectra=["met"], shifts=shifts)


def take_out(found):
    """Take out what shifts add to a scan, and the significances that know them."""
    rest = copy.deepcopy(found)
    del rest["shifts"], rest["score"], rest["best"]
    for cut in rest["cuts"]:
        del cut["systematics"], cut["spectra"]["met"]["systematics"], cut["met_scan"]["shifts"]
        del cut["best"]
        for block in (cut["significance"], cut["met_scan"]):
            for name in ("s_systematic", "b_systematic", "profiled", "profiled_uncertainty"):
                del block[name]
    return rest


def test_ten_per_cent_on_all_weights_are_ten_per_cent_everywhere():
    found = scan([make_shift("norm", None, lambda events: scale_weights(events, 1.1))])
    stated = scan(background_uncertainty=0.1)
    for cut, other in zip(found["cuts"], stated["cuts"], strict=True):
        for kind in ("background", "signal"):
            effect = cut["systematics"][kind]["shifts"]["norm"]
            assert effect["relative"] == pytest.approx(0.1)
            assert effect["uncertainty"] == pytest.approx(0, abs=1e-12)
            assert cut["systematics"][kind]["total"] == pytest.approx(0.1)
            curve = cut["met_scan"]["shifts"]["norm"][kind]
            assert curve == pytest.approx([0.1] * len(curve))
        spectrum = cut["spectra"]["met"]
        total = np.sum([bins["values"] for bins in spectrum["channels"].values()], axis=0)
        for varied, nominal in (
            (spectrum["systematics"]["background"], total),
            (spectrum["systematics"]["signal"], np.array(spectrum["signal"]["values"])),
        ):
            np.testing.assert_allclose(varied["shifts"]["norm"], 0.1 * nominal, atol=1e-12)
            np.testing.assert_allclose(varied["total"], 0.1 * nominal, atol=1e-12)
        for block in ("significance", "met_scan"):
            for name in ("profiled", "profiled_uncertainty"):
                compare(cut[block][name], other[block][name])
        compare(cut["best"]["profiled"], other["best"]["profiled"])
        assert cut["best"]["met"] == other["best"]["met"]
        assert cut["best"]["b_systematic"] == pytest.approx(0.1)
    compare(found["best"]["profiled"], stated["best"]["profiled"])
    score = found["score"]
    for kind in ("background", "signal"):
        expected = 0.1 * np.array(score[kind]["values"])
        np.testing.assert_allclose(score["systematics"][kind]["total"], expected, atol=1e-12)


def compare(found, expected):
    pairs = [(found, expected)] if np.ndim(found) == 0 else zip(found, expected, strict=True)
    for a, b in pairs:
        assert (a is None) == (b is None)
        assert a is None or a == pytest.approx(b, rel=1e-9)


def test_stated_uncertainty_and_shifts_add_in_quadrature():
    norm = make_shift("norm", None, lambda events: scale_weights(events, 0.88))
    found = scan([norm], background_uncertainty=0.05)
    expected = scan(background_uncertainty=0.13)
    for cut, other in zip(found["cuts"], expected["cuts"], strict=True):
        compare(cut["met_scan"]["profiled"], other["met_scan"]["profiled"])


def test_the_larger_shift_of_a_source_counts_and_sources_add_in_quadrature():
    def norm(name, source, factor):
        return make_shift(name, source, lambda events: scale_weights(events, factor))

    shifts = [norm("up", "x", 1.03), norm("down", "x", 0.94), norm("other", "y", 1.08)]
    for cut in scan(shifts)["cuts"]:
        assert cut["systematics"]["background"]["total"] == pytest.approx(0.1)
        effects = cut["systematics"]["background"]["shifts"]
        found = {name: effect["relative"] for name, effect in effects.items()}
        assert found == pytest.approx({"down": -0.06, "other": 0.08, "up": 0.03})
    apart = [shift._replace(source=shift.name) for shift in shifts]
    total = scan(apart)["cuts"][0]["systematics"]["background"]["total"]
    assert total == pytest.approx(np.sqrt(0.03**2 + 0.06**2 + 0.08**2))


def test_nominal_numbers_stay_bit_for_bit():
    without = scan()
    rest = take_out(scan(list_shifts()))
    bare = copy.deepcopy(without)
    del bare["best"], bare["bootstrap"], rest["bootstrap"]
    for cut in bare["cuts"]:
        del cut["best"]
        for block in (cut["significance"], cut["met_scan"]):
            del block["profiled"], block["profiled_uncertainty"]
    assert json.dumps(rest) == json.dumps(bare)
    assert not any("systematic" in key for key in json.dumps(without).split('"'))


@settings(max_examples=8, deadline=None)
@given(order=st.permutations(range(4)))
def test_the_order_of_shifts_says_nothing(order):
    shifts = list_shifts()
    assert json.dumps(scan([shifts[k] for k in order])) == json.dumps(scan(shifts))


def test_cuts_are_nominal_and_events_stay_in_their_halves():
    shift = make_shift("moved", None, lambda events: move(events, score=0.3, met=1.2))
    for cut in scan([shift])["cuts"]:
        folds = draw_folds(shift.background.key)
        passed = np.ones(len(folds), dtype=bool)
        if cut["thresholds"] is not None:
            passed = shift.background.score > np.array(cut["thresholds"])[1 - folds]
        weight, met = shift.background.weight[passed], shift.background.variables["met"][passed]
        nominal = cut["background"]["expected"]
        effect = cut["systematics"]["background"]["shifts"]["moved"]
        assert effect["relative"] == pytest.approx(weight.sum() / nominal - 1, abs=1e-12)
        contents, _ = np.histogram(np.minimum(met, 199), SETTINGS.met.edges, weights=weight)
        spectrum = cut["spectra"]["met"]
        before = np.sum([bins["values"] for bins in spectrum["channels"].values()], axis=0)
        found = before + spectrum["systematics"]["background"]["shifts"]["moved"]
        np.testing.assert_allclose(found, contents, atol=1e-9)
        above = np.cumsum(contents[::-1])[::-1]
        curve = cut["met_scan"]["shifts"]["moved"]["background"]
        expected = above / np.array(cut["met_scan"]["b"]) - 1
        # overflow is in the last bin of the spectrum, and above the last cut
        np.testing.assert_allclose(curve, expected, atol=1e-9)


def test_uncertain_backgrounds_are_less_significant():
    certain, uncertain = scan(), scan(list_shifts())
    for cut, other in zip(certain["cuts"], uncertain["cuts"], strict=True):
        assert all(cut[name] == other[name] for name in CERTAIN)
        for a, b in zip(cut["met_scan"]["profiled"], other["met_scan"]["profiled"], strict=True):
            assert (a is None) == (b is None)
            assert a is None or b <= a
        assert cut["met_scan"]["asimov"] == other["met_scan"]["asimov"]


def test_a_shift_without_any_event_left():
    none = make_shift("none", None, lambda events: events.select(events.weight < 0))
    found = scan([none])
    json.dumps(found, allow_nan=False)
    for cut in found["cuts"]:
        assert cut["systematics"]["background"]["shifts"]["none"]["relative"] == -1
        assert cut["significance"]["b_systematic"] == 1


def test_sources_and_bins_of_the_score_are_listed():
    found = scan(list_shifts())
    assert found["shifts"] == {
        "loss": "loss", "norm": "norm", "scale_down": "scale", "scale_up": "scale"
    }  # fmt: skip
    score = found["score"]
    assert score["edges"] == SETTINGS.score.edges.tolist()
    assert sum(score["background"]["values"]) == pytest.approx(BACKGROUND.weight.sum())
    up = score["systematics"]["background"]["shifts"]["scale_up"]
    assert sum(up) == pytest.approx(0, abs=1e-9)
    assert max(up) > 0
