"""The scan: yields, significances and cuts, and the ways in which they went wrong before."""

import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rapidmass.config.scan import Axis, ScanSettings
from rapidmass.search.scan import fill_histogram, read_background, read_signal, scan_cuts
from rapidmass.stats import compute_asimov_significance

SETTINGS = ScanSettings(
    score_quantiles=[0.5, 0.9],
    met=Axis(start=0, stop=200, step=20),
    m_lll=Axis(start=0, stop=400, step=50),
    minimum_effective_events=5,
)
N = 2000
LUMINOSITY = 1000.0


@pytest.fixture
def paths(tmp_path):
    rng = np.random.default_rng(1)
    score = rng.normal(0, 1, N)
    common = {"m_ll": np.zeros(N, "f4"), "m_lll": rng.exponential(100, N).astype("f4")}
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
    background = read_background(paths[0], luminosity=LUMINOSITY, test_fraction=0.2)
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
    unscaled = read_background(paths[0], luminosity=LUMINOSITY, test_fraction=1.0)
    s = signal.weight.sum()
    faulty = compute_asimov_significance(s, unscaled.weight.sum()).value
    right = compute_asimov_significance(s, background.weight.sum()).value
    assert faulty / right == pytest.approx(math.sqrt(5), rel=0.01)


def test_cuts_are_quantiles_of_the_weighted_background_alone(events, scan):
    background, signal = events
    for cut, share in zip(scan["cuts"], (0.0, 0.5, 0.9), strict=True):
        assert cut["quantile"] == share
        kept = cut["background"]["expected"] / background.weight.sum()
        assert kept == pytest.approx(1 - share, abs=2e-3)
    # another signal moves no cut: the middle of the signal's range, as before, would
    other = signal.__class__(signal.channel, signal.score + 3, signal.weight, signal.variables)
    moved = scan_cuts(background, other, SETTINGS, channels=["A"], spectra=[])
    assert [c["threshold"] for c in moved["cuts"]] == [c["threshold"] for c in scan["cuts"]]


def test_spectra_come_from_the_events_that_pass(events, scan):
    """The signal's MET is 10 for the high scores alone; once it was taken from other events."""
    cut = scan["cuts"][2]
    assert cut["threshold"] > 1
    values = np.array(cut["spectra"]["met"]["signal"]["values"])
    assert values[0] == pytest.approx(cut["signal"]["expected"])
    assert values[1:].sum() == 0
    background, _ = events
    passed = background.score > cut["threshold"]
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
        assert scan["cuts"][0]["met_scan"]["b_variance"][cut] == pytest.approx(
            (background.weight[chosen] ** 2).sum()
        )


def test_the_significance_without_a_met_cut_has_none(events):
    """Even where the MET axis begins above zero."""
    axis = Axis(start=60, stop=200, step=20)
    scan = scan_cuts(*events, SETTINGS.model_copy(update={"met": axis}), channels=["A"], spectra=[])
    background, signal = events
    z = compute_asimov_significance(signal.weight.sum(), background.weight.sum()).value
    assert scan["cuts"][0]["significance"]["asimov"] == pytest.approx(float(z))
    assert scan["cuts"][0]["met_scan"]["b"][0] < scan["cuts"][0]["significance"]["b"]


def test_too_few_effective_events_give_no_significance(scan):
    for cut in scan["cuts"]:
        met_scan = cut["met_scan"]
        for effective, z in zip(met_scan["effective"], met_scan["asimov"], strict=True):
            assert (z is None) == (effective < 5)
        assert any(z is None for z in met_scan["asimov"])


def test_best_is_the_largest_defined_significance(scan):
    best = scan["cuts"][0]["best"]
    defined = [z for z in scan["cuts"][0]["met_scan"]["asimov"] if z is not None]
    assert best["asimov"] == max(defined)
    assert best["simple"] >= best["asimov"] > 0


def test_a_met_cut_can_beat_the_score_cut(scan):
    """Both are reported: here the score removes the signal's hard events, and helps nothing."""
    assert scan["cuts"][0]["best"]["asimov"] > scan["cuts"][2]["best"]["asimov"]


def test_no_background_and_no_signal_are_undefined_not_infinite(events):
    background, signal = events
    nothing = signal.__class__(
        signal.channel[:0],
        signal.score[:0],
        signal.weight[:0],
        {name: column[:0] for name, column in signal.variables.items()},
    )
    scan = scan_cuts(background, nothing, SETTINGS, channels=["A"], spectra=["met"])
    assert scan["cuts"][0]["signal"]["expected"] == 0
    assert scan["cuts"][0]["best"]["asimov"] == 0
    with pytest.raises(ValueError, match="no events"):
        scan_cuts(nothing, signal, SETTINGS, channels=["A"], spectra=["met"])


def test_histograms_lose_nothing_but_nan():
    axis = Axis(start=0, stop=10, step=5)
    values = np.array([-1, 2, 7, 99, np.nan])
    found = fill_histogram(axis, values, np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert found == {"values": [3.0, 7.0], "variances": [5.0, 25.0]}
