from dataclasses import replace

import numpy as np
import pytest

from rapidmass.config.studies.blind_test import BlindTest
from rapidmass.provenance.atomic_files import write_json
from rapidmass.search.histograms import fill_histogram
from rapidmass.statistics.roc import compute_auc
from rapidmass.studies.blind_test.measure import choose_axis
from synthetic_blind_test import CHANNELS, SHIFTS, make_background, make_mixture, study

SETTINGS = BlindTest(bins=10, widest=5, toys=300)


def test_signal_is_seen_and_background_is_not():
    found = study(SETTINGS, share=0.3)["excess"]["best"]
    assert found["at_floor"]
    assert found["above"] > 1
    nothing = study(SETTINGS, share=0.0)["excess"]["best"]
    assert nothing["p_value"] > 0.05


def test_numbers_are_those_of_the_events(tmp_path):
    background, (mixture, _) = make_background(), make_mixture(0.3)
    result = study(SETTINGS, share=0.3)
    write_json(tmp_path / "result.json", result)  # JSON can hold it
    assert result["events"] == len(mixture.score)
    assert result["background"]["expected"] == pytest.approx(background.weight.sum())
    spectrum = result["spectrum"]
    assert sum(spectrum["mixture"]["values"]) == len(mixture.score)
    for name in CHANNELS:
        total = background.weight[background.channel == name].sum()
        assert sum(spectrum["channels"][name]["values"]) == pytest.approx(total)
    assert [cut["quantile"] for cut in result["cuts"]] == [0.5, 0.9]
    for cut in result["cuts"]:
        assert cut["mixture"] == np.count_nonzero(mixture.score > cut["threshold"])
        rest = (1 - cut["quantile"]) * background.weight.sum()
        assert cut["expected"] == pytest.approx(rest, rel=0.02)
        assert 0 < cut["uncertainty"] < 0.1 * cut["expected"]
    # 68.27 % central intervals of Poisson means for no count, from tables
    empty = spectrum["mixture"]["values"].index(0)
    assert spectrum["mixture"]["high"][empty] == pytest.approx(1.841, abs=1e-3)


def test_there_is_no_answer_before_unblinding():
    blind, told = study(SETTINGS, share=0.3), study(SETTINGS, share=0.3, answered=True)
    assert blind["answer"] is None
    assert {**told, "answer": None} == blind  # nothing else changes with it


def test_the_answer_is_that_of_the_labels():
    mixture, answer = make_mixture(0.3)
    result = study(SETTINGS, share=0.3, answered=True)
    told = result["answer"]
    parts = {"data": np.isin(answer.label, ["obs"])}
    parts |= {name: answer.label == name for name in answer.signals}
    for name, chosen in parts.items():
        part = told["data"] if name == "data" else told["signals"][name]
        assert part["events"] == chosen.sum() == sum(part["spectrum"]["values"])
        for cut, above in zip(result["cuts"], part["above"], strict=True):
            assert above == np.count_nonzero(mixture.score[chosen] > cut["threshold"])
    data, signal = mixture.score[parts["data"]], mixture.score[~parts["data"]]
    auc = compute_auc(data, np.ones(len(data)), signal, np.ones(len(signal)))
    assert (told["auc"]["value"], told["auc"]["uncertainty"]) == auc
    assert auc.value > 0.9
    assert sum(told["unmixed"]["values"]) == len(answer.data)
    above = [sum(cut["above"]) for cut in (told["data"], *told["signals"].values())]
    assert sum(above) == sum(cut["mixture"] for cut in result["cuts"])


def test_a_signal_that_is_not_in_the_mixture_is_left_out():
    mixture, answer = make_mixture(0.3)
    more = replace(answer, signals=[*answer.signals, "absent"])
    told = study(SETTINGS, mixture=mixture, answer=more)["answer"]
    assert set(told["signals"]) == set(answer.signals)


@pytest.mark.parametrize(
    "scores",
    [
        np.linspace(-3.7, 1.2, 500),
        np.linspace(0, 1234.5, 500),
        np.full(7, 2.5),
        np.array([1e-9, 3e-9]),
        np.array([0.0]),
    ],
)
def test_axes_show_scores_of_any_unit(scores):
    axis = choose_axis(scores, np.zeros(0))
    assert axis.start <= scores.min()
    assert axis.stop >= scores.max()
    assert axis.bins <= 60
    if scores.size > 100:
        assert axis.bins >= 20


def test_outliers_do_not_stretch_the_axis():
    rng = np.random.default_rng(1)
    axis = choose_axis(np.append(rng.normal(size=5000), 1e6))
    assert axis.stop < 10


def test_a_factor_on_all_weights_is_a_band_and_no_distortion():
    found, without = study(SETTINGS, shifts=SHIFTS[2:]), study(SETTINGS)
    spectrum = found["spectrum"]
    total = np.sum([spectrum["channels"][name]["values"] for name in CHANNELS], axis=0)
    np.testing.assert_allclose(spectrum["systematics"]["total"], 0.1 * total, atol=1e-9)
    for yields in (found["background"], *found["cuts"]):
        assert yields["systematic"] == pytest.approx(0.1 * yields["expected"])
    for name, value in without["excess"].items():
        if name != "best":
            assert found["excess"][name] == pytest.approx(value)
    local = "local_significance"
    assert found["excess"]["best"][local] == pytest.approx(without["excess"]["best"][local])


def test_what_variations_explain_is_less_significant():
    def find(shifts):
        return study(SETTINGS, share=0.1, shifts=shifts)["excess"]

    certain, uncertain, both = find(()), find(SHIFTS[:1]), find(SHIFTS[:2])
    for name in ("cuts", "observed", "expected", "ranges"):
        assert uncertain[name] == certain[name]
    assert np.all(np.array(uncertain["expected_uncertainty"]) >= certain["expected_uncertainty"])
    significances = [found["best"]["local_significance"] for found in (certain, uncertain, both)]
    assert significances[0] > 1.5 * significances[1]
    # the smaller one in the other direction adds nothing where up is the larger
    assert significances[2] <= significances[1] * (1 + 1e-9)


def test_changes_of_bins_are_shifted_minus_nominal_events():
    found = study(SETTINGS, shifts=SHIFTS)
    edges = found["spectrum"]["edges"]
    nominal, up = make_background(), SHIFTS[0].background
    axis = choose_axis(nominal.score, make_mixture(0.3)[0].score)
    assert axis.edges.tolist() == edges
    before, after = (
        np.array(fill_histogram(axis, events.score, events.weight)["values"])
        for events in (nominal, up)
    )
    np.testing.assert_allclose(found["spectrum"]["systematics"]["shifts"]["up"], after - before)


def test_the_order_of_variations_says_nothing():
    assert study(SETTINGS, shifts=SHIFTS) == study(SETTINGS, shifts=SHIFTS[::-1])


def test_without_variations_nothing_is_said_of_them():
    assert "systematic" not in str(study(SETTINGS, answered=True))
