"""What scans quote where few heavy events decide, in toys whose truth is known."""

import numpy as np
import pytest
from scipy.stats import norm

from few_events import (
    THREE_LEPTONS,
    TWO_LEPTONS,
    Channel,
    draw_background,
    draw_signal,
    expect_background,
    expect_signal,
    find_threshold,
    replace_scores,
)
from rapidmass.config.search.scan import ScanSettings
from rapidmass.search.scan import scan_cuts
from rapidmass.statistics.roc import RocCurve
from rapidmass.statistics.significance import compute_asimov_significance

SETTINGS = ScanSettings(
    score_quantiles=[0.5, 0.9, 0.99], background_uncertainty=0.1, bootstrap_replicas=0
)
CHANNELS = {"2lep": TWO_LEPTONS, "3lep": THREE_LEPTONS}
SCORES = {
    "2lep": (0, 0, 1.5, 1.5, 1, 1.2, 0.8, 0.7, 0.7),
    "3lep": (0, 0, 1, 0.3, 0.3, 1, 0.6, 0.7),
}


def _quote(channels, seed):
    """Scan one simulation: for each choice of cuts what is quoted, and what is true behind it."""
    rng = np.random.default_rng(seed)
    background, signal = draw_background(channels, rng), draw_signal(rng)
    scan = scan_cuts(background, signal, SETTINGS, channels=[], spectra=[])
    quoted = {"chosen": scan["best"]}
    for cut in scan["cuts"]:
        best = cut["best"]
        quoted[cut["quantile"]] = best and {**best, "thresholds": cut["thresholds"]}
    return {name: _compare(channels, best) for name, best in quoted.items() if best}


def _compare(channels, best):
    thresholds = best["thresholds"] or [-np.inf, -np.inf]
    cuts = list(zip(thresholds, best["met"], strict=True))[: best["halves"]]
    b = np.mean([expect_background(channels, *cut) for cut in cuts])
    s = np.mean([expect_signal(*cut) for cut in cuts])
    z = float(compute_asimov_significance(s, b).value)
    return best["b"], b, best["b_variance"] ** 0.5, best["asimov"], z


def _collect(channels, toys):
    found = [_quote(channels, [toys, seed]) for seed in range(toys)]
    return {
        name: np.array([toy[name] for toy in found if name in toy]).reshape(-1, 5)
        for name in ("chosen", 0.0, 0.5, 0.9, 0.99)
    }


def _check(quoted, name, tolerance):
    """Check bias and coverage; the tolerance has room for three deviations of so many toys."""
    b, true_b, uncertainty, z, true_z = quoted[name].T
    deviation = 3 / np.sqrt(len(b))
    assert b.mean() / true_b.mean() == pytest.approx(
        1, abs=tolerance + deviation * np.std(b - true_b) / true_b.mean()
    )
    assert z.mean() / true_z.mean() == pytest.approx(
        1, abs=tolerance + deviation * np.std(z - true_z) / true_z.mean()
    )
    covered = np.mean(np.abs(b - true_b) < uncertainty)
    assert covered == pytest.approx(0.683, abs=0.053 + 0.465 * deviation)


def test_what_is_quoted_does_not_depend_on_the_absence_of_heavy_events():
    quoted = _collect(THREE_LEPTONS, 100)
    assert len(quoted["chosen"]) == len(quoted[0.0]) == 100
    assert len(quoted[0.99]) == 0  # one effective event
    _check(quoted, "chosen", 0.0)
    _check(quoted, 0.0, 0.0)


@pytest.mark.long
@pytest.mark.parametrize("selection", CHANNELS)
def test_backgrounds_and_significances_are_unbiased(selection):
    toys = 2000
    quoted = _collect(CHANNELS[selection], toys)
    for name in ("chosen", 0.0, 0.5, 0.9):
        _check(quoted, name, 0.02)
    assert len(quoted["chosen"]) > 0.99 * toys
    assert len(quoted[0.99]) == (0 if selection == "3lep" else toys)


def _measure(channels, share, scale, toys):
    """Measure efficiencies at a working point: share that is quoted, and coverage of those."""
    true = norm.sf(find_threshold(channels, share) - 2.0)
    found = []
    for seed in range(toys):
        rng = np.random.default_rng([seed, int(10 * scale)])
        background, signal = draw_background(channels, rng, scale=scale), draw_signal(rng, mean=2.0)
        curve = RocCurve(background.score, background.weight, signal.score, signal.weight)
        found.append(curve.compute_efficiency(share, 10.0))
    quoted = [f for f in found if f.efficiency is not None]
    covered = [f.low <= true <= f.high for f in quoted]
    return len(quoted) / toys, np.mean(covered) if quoted else None


@pytest.mark.parametrize(
    ("selection", "share", "scale"),
    [
        ("2lep", 0.01, 1.0), ("3lep", 0.01, 10.0), ("3lep", 0.01, 25.0), ("3lep", 0.1, 1.0),
        ("3lep", 0.3, 1.0),
    ],
)  # fmt: skip
def test_intervals_of_efficiencies_cover_where_they_are_quoted(selection, share, scale):
    channels = replace_scores(CHANNELS[selection], SCORES[selection])
    quoted, covered = _measure(channels, share, scale, 400)
    assert quoted > 0.7
    # 63 to 73 %, and three standard deviations of so many toys
    assert covered == pytest.approx(0.68, abs=0.05 + 3 * 0.466 / 20)


def test_an_efficiency_that_one_event_decides_is_not_quoted():
    channels = replace_scores(THREE_LEPTONS, SCORES["3lep"])
    assert _measure(channels, 0.01, 1.0, 400)[0] < 0.01


def test_a_heavy_class_of_hundreds_of_events_does_not_hide():
    # 0.1 % of the weight is a heavy event or two: without them the light ones would seem enough
    channels = [Channel(1, 30_000, 0.5, 30), Channel(100, 600, 0.3, 30)]
    quoted, covered = _measure(channels, 0.001, 1.0, 200)
    assert quoted < 0.1
    quoted, covered = _measure(channels, 0.001, 20.0, 200)
    assert quoted > 0.9
    assert covered == pytest.approx(0.68, abs=0.05 + 3 * 0.466 / 200**0.5)
