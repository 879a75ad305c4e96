from dataclasses import replace

import numpy as np
import pytest

from rapidmass.config.studies.limits import Limits
from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.limits import Template, compute_expected_limits
from rapidmass.studies.limits.measure import fit_limit

N = 4000


def make_events(rng, n, slope, weight, shift=0.0):
    return ScoredEvents(
        key=rng.integers(0, 2**64, n, dtype=np.uint64),
        channel=np.full(n, "A"),
        score=rng.normal(shift, 1, n),
        weight=np.full(n, weight / n),
        variables={"met": rng.exponential(slope, n).astype("f4")},
    )


@pytest.fixture
def events():
    rng = np.random.default_rng(3)
    return make_events(rng, N, 30.0, 1e4), make_events(rng, 1000, 100.0, 50.0, 1.5)


def fit(events, **changes):
    options = {
        "cross_section": 0.02, "background_uncertainty": 0.1, "minimum_effective_events": 10.0
    }  # fmt: skip
    settings = Limits(**{"quantile": 0.9, **changes})
    return fit_limit(*events, settings, **options)


def test_limits_are_in_units_of_the_cross_section(events):
    result, workspace = fit(events)
    assert list(result["limits"]) == ["-2", "-1", "0", "1", "2"]
    for n, limit in result["limits"].items():
        assert limit == pytest.approx(0.02 * result["strengths"][n])
    bins = result["bins"]
    templates = [
        Template(np.array(bins["signal"]), np.zeros(1)),
        Template(np.array(bins["background"]), np.array(bins["background_variance"])),
    ]
    assert compute_expected_limits(*templates, 0.1) == list(result["strengths"].values())
    samples = workspace["channels"][0]["samples"]
    assert [sample["data"] for sample in samples] == [bins["signal"], bins["background"]]


def test_the_region_is_what_passes_the_cut(events):
    result, _ = fit(events)
    assert sum(result["bins"]["background"]) == pytest.approx(1000, rel=0.1)
    uncut, _ = fit(events, quantile=0.0)
    assert uncut["thresholds"] is None
    assert sum(uncut["bins"]["background"]) == pytest.approx(1e4)
    assert sum(uncut["bins"]["signal"]) == pytest.approx(50)


def test_bins_come_from_the_background_alone(events):
    background, signal = events
    other = replace(signal, variables={"met": signal.variables["met"] * 3}, score=signal.score + 1)
    found = [fit((background, s))[0] for s in (signal, other)]
    assert found[0]["bins"]["lower_edges"] == found[1]["bins"]["lower_edges"]
    assert found[0]["thresholds"] == found[1]["thresholds"]
    assert found[1]["limits"]["0"] < found[0]["limits"]["0"]


def test_any_variable_is_fitted_that_is_a_number(events):
    named = [replace(e, variables={"x": 2 * e.variables["met"]}) for e in events]
    met, other = fit(events)[0], fit(named, observable="x")[0]
    assert other["limits"] == met["limits"]
    assert other["bins"]["lower_edges"][1:] == [2 * x for x in met["bins"]["lower_edges"][1:]]
    named[1].variables["x"][7] = np.nan
    with pytest.raises(ValueError, match=r"observable: x of event .* is nan .*isfinite"):
        fit(named, observable="x", quantile=0)


def test_a_score_that_separates_lowers_the_limit(events):
    background, signal = events
    useless = replace(signal, score=np.random.default_rng(1).normal(size=signal.score.size))
    for observable in ("met", "score"):
        good, bad = (
            fit((background, s), observable=observable)[0]["limits"]["0"] for s in (signal, useless)
        )
        assert good < 0.6 * bad


def test_what_has_no_limit_says_why(events):
    background, signal = events
    result, workspace = fit(events, quantile=0.999)
    assert result["limits"] is None
    assert "fewer than 10 effective background events" in result["reason"]
    assert workspace == {}
    result, workspace = fit((background, replace(signal, score=signal.score - 100)))
    assert result["reason"] == "no signal is left behind the cut on the score"
    assert workspace == {}


def change(events, factor):
    return replace(events, weight=events.weight * factor)


def test_shifts_add_to_the_uncertainty_of_the_background(events):
    background, signal = events
    options = {"cross_section": 0.02, "minimum_effective_events": 10.0}
    settings = Limits(quantile=0.9)
    shifts = [
        ("up", "x", change(background, 1.12)),
        ("down", "x", change(background, 0.97)),
        ("all alike", "y", change(background, 1.0)),
    ]
    found, workspace = fit_limit(
        background, signal, settings, background_uncertainty=0.05, shifts=iter(shifts), **options
    )
    expected, other = fit_limit(
        background, signal, settings, background_uncertainty=0.13, **options
    )
    for n, limit in expected["limits"].items():
        assert found["limits"][n] == pytest.approx(limit)
    assert workspace["channels"][0]["samples"][1]["modifiers"][1]["data"]["hi"] == pytest.approx(
        other["channels"][0]["samples"][1]["modifiers"][1]["data"]["hi"]
    )
    assert found["background_uncertainty"] == 0.05
    assert found["systematics"]["total"] == pytest.approx(0.12)
    assert found["systematics"]["shifts"]["down"]["relative"] == pytest.approx(-0.03)
    assert "systematics" not in expected


def test_a_background_that_shifts_make_unknown_sets_no_limit(events):
    background, signal = events
    found, workspace = fit_limit(
        background, signal, Limits(quantile=0.9), cross_section=0.02, background_uncertainty=0.1,
        minimum_effective_events=10.0, shifts=[("gone", "gone", change(background, 0.0))],
    )  # fmt: skip
    assert found["limits"] is None
    assert "as much as there is" in found["reason"]
    assert workspace == {}
