"""The scan: yields, significances and cuts, and the ways in which they went wrong before."""

import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rapidmass.config.search.scan import Axis, ScanSettings
from rapidmass.scores.ordered import open_ordered, order_events
from rapidmass.scores.read import ScoredEvents, read_background, read_signal
from rapidmass.search.scan import measure_roc, scan_cuts
from rapidmass.search.systematics import OrderedShift, ShiftedEvents
from rapidmass.statistics.folds import draw_folds
from rapidmass.statistics.significance import (
    compute_asimov_significance,
    compute_profiled_significance,
    correct_curvature,
)
from rapidmass.storage.event_keys import make_event_keys

SETTINGS = ScanSettings(
    score_quantiles=[0.5, 0.9],
    met=Axis(start=0, stop=200, step=20),
    m_lll=Axis(start=0, stop=400, step=50),
    minimum_effective_events=5,
    background_uncertainty=0.1,
)
N = 2000
LUMINOSITY = 1000.0


@pytest.fixture
def paths(tmp_path):
    rng = np.random.default_rng(1)
    score = rng.normal(0, 1, N)
    key = make_event_keys(1, "s", np.ones(N, np.int64), np.arange(N, dtype=np.uint64))
    common = {"key": key, "m_ll": np.zeros(N, "f4"), "m_lll": rng.exponential(100, N).astype("f4")}
    background = {
        "channel": rng.choice(["A", "B"], N).tolist(),
        "weight": rng.uniform(0.5, 1.5, N) / 1000,
        "met": rng.exponential(30, N).astype("f4"),
        "score": score,
        **common,
    }
    signal = {
        "generator_weight": np.ones(N),
        "scale_factor": np.full(N, 2.0),
        # the hard events of the signal are exactly those with a small score
        "met": np.where(score > 1, 10, 150).astype("f4"),
        "score": score,
        **common,
    }
    pq.write_table(pa.table(background), tmp_path / "b.parquet")
    pq.write_table(pa.table(signal), tmp_path / "s.parquet")
    return tmp_path / "b.parquet", tmp_path / "s.parquet"


@pytest.fixture
def events(paths):
    background = read_background(paths[0], luminosity=LUMINOSITY, scored_share=0.2)
    signal = read_signal(paths[1], "S", weight=1e-6, luminosity=LUMINOSITY)
    return background, signal


@pytest.fixture
def scan(events):
    return scan_cuts(*events, SETTINGS, channels=["A", "B", "C"], spectra=["met", "m_lll"])


def test_the_test_set_stands_for_the_whole_background(paths, events):
    """Unscaled, 20 % of the background against all of the signal, Z came out sqrt(5) too high."""
    table = pq.read_table(paths[0])
    background, signal = events
    weights = np.asarray(table["weight"])
    assert background.weight.sum() == pytest.approx(weights.sum() * LUMINOSITY / 0.2)
    assert signal.weight.sum() == pytest.approx(N * 2 * 1e-6 * LUMINOSITY)
    unscaled = read_background(paths[0], luminosity=LUMINOSITY, scored_share=1.0)
    s = signal.weight.sum()
    faulty = compute_asimov_significance(s, unscaled.weight.sum()).value
    right = compute_asimov_significance(s, background.weight.sum()).value
    assert faulty / right == pytest.approx(math.sqrt(5), rel=0.01)


def test_cuts_are_quantiles_of_the_weighted_background_alone(events, scan):
    background, signal = events
    for cut, share in zip(scan["cuts"], (0.0, 0.5, 0.9), strict=True):
        assert cut["quantile"] == share
        kept = cut["background"]["expected"] / background.weight.sum()
        assert kept == pytest.approx(1 - share, abs=0.02)
    # another signal moves no cut: the middle of the signal's range, as before, would
    other = replace(signal, score=signal.score + 3)
    moved = scan_cuts(background, other, SETTINGS, channels=["A"], spectra=[])
    assert [c["thresholds"] for c in moved["cuts"]] == [c["thresholds"] for c in scan["cuts"]]


def test_each_half_passes_the_threshold_of_the_other(events, scan):
    background, _ = events
    folds = draw_folds(background.key)
    for cut, share in zip(scan["cuts"][1:], (0.5, 0.9), strict=True):
        assert cut["threshold"] == pytest.approx(np.mean(cut["thresholds"]))
        expected = 0.0
        for fold, threshold in enumerate(cut["thresholds"]):
            own, other = folds == fold, folds != fold
            removed = background.weight[own & (background.score <= threshold)].sum()
            assert removed / background.weight[own].sum() == pytest.approx(share, abs=2e-3)
            expected += background.weight[other & (background.score > threshold)].sum()
        assert cut["background"]["expected"] == pytest.approx(expected)


def test_spectra_come_from_the_events_that_pass(events, scan):
    """The signal's MET is 10 for the high scores alone; once it was taken from other events."""
    cut = scan["cuts"][2]
    assert cut["threshold"] > 1
    values = np.array(cut["spectra"]["met"]["signal"]["values"])
    assert values[0] == pytest.approx(cut["signal"]["expected"])
    assert values[1:].sum() == 0
    background, _ = events
    passed = background.score > np.array(cut["thresholds"])[1 - draw_folds(background.key)]
    for channel in ("A", "B"):
        chosen = passed & (background.channel == channel)
        expected, _ = np.histogram(
            np.minimum(background.variables["m_lll"][chosen], 399),
            np.arange(0, 401, 50),
            weights=background.weight[chosen],
        )
        found = cut["spectra"]["m_lll"]["channels"][channel]["values"]
        assert found == pytest.approx(expected.tolist())


def test_yields_add_up(scan):
    for cut in scan["cuts"]:
        channels = cut["channels"]
        assert channels["C"]["expected"] == 0
        total = sum(channel["expected"] for channel in channels.values())
        assert total == pytest.approx(cut["background"]["expected"])
        assert cut["met_scan"]["b"][0] == pytest.approx(total)
        assert cut["significance"]["b"] == pytest.approx(total)
        assert 0 < cut["background"]["largest"] < total / 100


def test_met_scan_counts_what_lies_above(events, scan):
    background, _ = events
    met = background.variables["met"]
    for cut, edge in zip(range(10), range(0, 200, 20), strict=True):
        chosen = met >= edge
        assert scan["cuts"][0]["met_scan"]["b"][cut] == pytest.approx(
            background.weight[chosen].sum()
        )
        variance = (background.weight[chosen] ** 2).sum()
        assert scan["cuts"][0]["met_scan"]["b_variance"][cut] >= variance * (1 - 1e-9)
        if np.count_nonzero(chosen) > 100:
            found = scan["cuts"][0]["met_scan"]["b_variance"][cut]
            assert found == pytest.approx(variance, rel=0.1)


def test_the_significance_without_a_met_cut_has_none(events):
    """Even where the MET axis begins above zero."""
    axis = Axis(start=60, stop=200, step=20)
    scan = scan_cuts(*events, SETTINGS.model_copy(update={"met": axis}), channels=["A"], spectra=[])
    background, signal = events
    s, b, variance = signal.weight.sum(), background.weight.sum(), (background.weight**2).sum()
    z = correct_curvature(lambda b: compute_asimov_significance(s, b).value, b, variance)
    assert scan["cuts"][0]["significance"]["asimov"] == pytest.approx(float(z))
    assert scan["cuts"][0]["met_scan"]["b"][0] < scan["cuts"][0]["significance"]["b"]


def test_too_few_effective_events_give_no_significance(scan):
    for cut in scan["cuts"]:
        met_scan = cut["met_scan"]
        for effective, z in zip(met_scan["effective"], met_scan["asimov"], strict=True):
            assert (z is None) == (effective < 5)
        assert any(z is None for z in met_scan["asimov"])


def test_best_is_chosen_on_one_half_and_evaluated_on_the_other(events, scan):
    background, signal = events
    for cut in scan["cuts"]:
        yields = dict.fromkeys(("s", "b", "b_variance"), 0.0)
        for fold in (0, 1):
            threshold = -np.inf if cut["thresholds"] is None else cut["thresholds"][fold]
            met = _choose_met(background, signal, threshold, fold)
            assert cut["best"]["met"][fold] == met
            for name, sample in (("s", signal), ("b", background)):
                passed = (draw_folds(sample.key) != fold) & (sample.score > threshold)
                passed &= sample.variables["met"] >= met
                yields[name] += sample.weight[passed].sum()
                if name == "b":
                    yields["b_variance"] += (sample.weight[passed] ** 2).sum()
        found = {name: cut["best"][name] for name in yields}
        assert (found["s"], found["b"]) == pytest.approx((yields["s"], yields["b"]))
        # never less than what passes, and more where heavy events could
        assert found["b_variance"] >= yields["b_variance"] * (1 - 1e-9)
        variance = found["b_variance"]
        z = correct_curvature(
            lambda b, s=found["s"], v=variance: (
                compute_profiled_significance(s, b, 0.0, v, background_uncertainty=0.1).value
            ),
            found["b"],
            variance,
        )
        assert cut["best"]["profiled"] == pytest.approx(float(z))
        assert cut["best"]["simple"] >= cut["best"]["asimov"] >= cut["best"]["profiled"] > 0


def _choose_met(background, signal, threshold, fold):
    best = []
    for met in SETTINGS.met.edges[:-1]:
        sums = []
        for sample in (signal, background):
            chosen = (draw_folds(sample.key) == fold) & (sample.score > threshold)
            weight = 2 * sample.weight[chosen & (sample.variables["met"] >= met)]
            sums += [weight.sum(), (weight**2).sum()]
        s, _, b, variance = sums
        if variance and b**2 / variance >= SETTINGS.minimum_effective_events:
            z = compute_profiled_significance(s, b, 0.0, variance, background_uncertainty=0.1)
            best.append((float(z.value), -met))
    return -max(best)[1]


def test_the_cut_on_the_score_is_chosen_on_the_other_half_too(scan):
    best = scan["best"]
    for fold in (0, 1):
        cut = next(c for c in scan["cuts"] if c["quantile"] == best["quantiles"][fold])
        assert best["thresholds"][fold] == cut["thresholds"][fold]
        assert best["met"][fold] == cut["best"]["met"][fold]
    if best["quantiles"][0] == best["quantiles"][1]:
        assert best["profiled"] == pytest.approx(cut["best"]["profiled"])
    assert 0.0 not in best["quantiles"]


def _make_noise(rng, n, slope, weight):
    """Events whose score says nothing, with an exponential MET."""
    return ScoredEvents(
        key=rng.integers(0, 2**64, n, dtype=np.uint64),
        channel=np.full(n, "A"),
        score=rng.uniform(0, 1, n),
        weight=np.full(n, weight / n),
        variables={"met": rng.exponential(slope, n).astype("f4")},
    )


def test_the_best_of_many_cuts_is_too_good_unless_halves_are_crossed():
    """Pulls of the background behind the chosen cut from what it is for infinite statistics."""
    settings = ScanSettings(
        score_quantiles=[0.1 * k for k in range(1, 9)],
        met=Axis(start=0, stop=150, step=5),
        bootstrap_replicas=0,
    )
    rng = np.random.default_rng(11)
    naive, crossed, z_naive, z_crossed = [], [], [], []
    for _ in range(100):
        background = _make_noise(rng, 400, 30.0, 1000.0)
        signal = _make_noise(rng, 2000, 60.0, 30.0)
        scan = scan_cuts(background, signal, settings, channels=[], spectra=[])
        curves = [(cut, z, k) for cut in scan["cuts"][1:]
                  for k, z in enumerate(cut["met_scan"]["profiled"]) if z is not None]  # fmt: skip
        cut, _, k = max(curves, key=lambda entry: entry[1])
        met = settings.met.edges[k]
        for best, pairs, pulls, ratios in (
            ({name: values[k] for name, values in cut["met_scan"].items()},
             [(t, met) for t in cut["thresholds"]], naive, z_naive),
            (scan["best"], zip(scan["best"]["thresholds"], scan["best"]["met"], strict=True),
             crossed, z_crossed),
        ):  # fmt: skip
            shares = [((1 - t), m) for t, m in pairs]
            b = sum(500 * share * math.exp(-m / 30) for share, m in shares)
            s = sum(15 * share * math.exp(-m / 60) for share, m in shares)
            pulls.append((best["b"] - b) / math.sqrt(best["b"] * 1000 / 400))
            # as it would be without the correction for a finite simulation, and as it is quoted
            raw = float(compute_asimov_significance(best["s"], best["b"]).value)
            found = raw if best is not scan["best"] else best["asimov"]
            ratios.append(found / compute_asimov_significance(s, b).value)
    assert np.mean(naive) < -0.6
    assert abs(np.mean(crossed)) < 0.3  # three standard deviations of a mean of 100
    assert np.mean(z_naive) > 1.1
    assert np.mean(z_crossed) == pytest.approx(1.0, abs=0.06)


def test_weights_of_a_half_do_not_decide_what_is_chosen_for_it(events):
    background, signal = events
    folds = draw_folds(background.key)
    heavier = np.where(folds == 0, background.weight * np.linspace(0.1, 3, N), background.weight)
    scans = [
        scan_cuts(replace(background, weight=w), signal, SETTINGS, channels=[], spectra=[])
        for w in (background.weight, heavier)
    ]
    # the cuts that the first half passes are those of the second half
    for before, after in zip(scans[0]["cuts"][1:], scans[1]["cuts"][1:], strict=True):
        assert before["thresholds"][1] == after["thresholds"][1]
        assert before["thresholds"][0] != after["thresholds"][0]
        assert before["best"]["met"][1] == after["best"]["met"][1]
    assert scans[0]["best"]["quantiles"][1] == scans[1]["best"]["quantiles"][1]


def test_a_met_cut_can_beat_the_score_cut(scan):
    """Both are reported: here the score removes the signal's hard events, and helps nothing."""
    assert scan["cuts"][0]["best"]["asimov"] > scan["cuts"][2]["best"]["asimov"]


def test_the_roc_curve_is_that_of_all_events(events, scan):
    auc = scan["roc"]["auc"]
    # signal and background have the same scores
    assert auc["value"] == pytest.approx(0.5, abs=0.02)
    assert 0 < auc["uncertainty"] < 0.02
    one, *_, last = scan["roc"]["efficiencies"]
    assert one["background_efficiency"] == 0.01
    assert one["low"] < one["efficiency"] < one["high"]
    assert last["efficiency"] is None  # 0.2 events of the test set
    improvements = scan["roc"]["improvements"]
    assert improvements[-1]["improvement"] == pytest.approx(1.0)
    assert improvements[0]["improvement"] is None
    background, signal = events
    none = replace(signal, weight=-signal.weight)
    assert measure_roc(order_events(background), none, SETTINGS) is None


def test_no_background_and_no_signal_are_undefined_not_infinite(events):
    background, signal = events
    nothing = signal.select(np.zeros(N, np.bool_))
    scan = scan_cuts(background, nothing, SETTINGS, channels=["A"], spectra=["met"])
    assert scan["cuts"][0]["signal"]["expected"] == 0
    assert scan["cuts"][0]["best"]["asimov"] == 0
    assert scan["roc"] is None
    with pytest.raises(ValueError, match="no events"):
        scan_cuts(nothing, signal, SETTINGS, channels=["A"], spectra=["met"])


def test_a_cut_on_a_score_of_few_values_removes_what_it_says():
    """A number of objects: half of the events have one of three values."""
    rng = np.random.default_rng(3)
    n = 20000
    key = rng.integers(0, 2**64, n, dtype=np.uint64)
    score = rng.poisson(2, n).astype(np.float32)
    background = ScoredEvents(key, np.full(n, "A"), score, np.ones(n), {"met": np.zeros(n, "f4")})
    scan = scan_cuts(background, background, SETTINGS, channels=["A"], spectra=[])
    for cut in scan["cuts"]:
        assert cut["removed"] == pytest.approx(cut["quantile"], abs=0.01)
        # the signal is the background: it loses the same events
        assert cut["signal"]["expected"] == cut["background"]["expected"]
    moved = background.break_ties()
    assert np.all(moved.score >= score)
    np.testing.assert_array_equal(moved.score.astype(np.float32), score)
    assert len(np.unique(moved.score)) == n


def test_events_in_pieces_give_the_scan_of_all(events, tmp_path):
    """Also with weights of many octaves and signs, and with variations in pieces of their own."""
    background, signal = events
    rng = np.random.default_rng(8)
    weight = background.weight * 2.0 ** rng.integers(-6, 1, N) * rng.choice([-1, 1, 1, 1, 1, 1], N)
    background = replace(background, weight=weight, score=background.score.astype("f4"))
    louder = replace(background, score=background.score * 1.1).select(rng.permutation(N))
    options = {"channels": ["A", "B"], "spectra": ["met", "m_lll"]}
    settings = SETTINGS.model_copy(update={"bootstrap_replicas": 8})
    whole = scan_cuts(
        background, signal, settings, shifts=[ShiftedEvents("up", "up", louder, signal)], **options
    )
    with (
        open_ordered(lambda: [background], tmp_path, 300) as pieces,
        open_ordered(lambda: [louder], tmp_path, 500) as shifted,
    ):
        assert len(pieces) == 8
        shift = OrderedShift("up", "up", shifted, signal)
        in_pieces = scan_cuts(pieces, signal, settings, shifts=[shift], **options)
    # but for roundings of sums: a significance near its pole takes them 1e4 times as hard
    compare(whole, in_pieces)


def compare(one, other):
    if isinstance(one, dict):
        assert list(one) == list(other)
        for name in one:
            compare(one[name], other[name])
    elif isinstance(one, list):
        for a, b in zip(one, other, strict=True):
            compare(a, b)
    elif one is None or isinstance(one, str):
        assert other == one
    else:
        assert other == pytest.approx(one, rel=1e-7, abs=1e-9)
