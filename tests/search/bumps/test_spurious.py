"""Spurious signals: closed forms, and a spectrum that the function does not describe."""

import numpy as np
import pytest

from rapidmass.search.bumps.spectra import Spectrum
from rapidmass.search.bumps.spurious import Spurious, measure_spurious, shrink
from rapidmass.search.bumps.windows import SIGNAL, make_windows

WINDOW = make_windows(
    140, 290, resolution=0.03, half_width=2, sideband=2, gap=0, step=4
)[1]  # fmt: skip
EDGES, REGION = WINDOW.cut_cells(4)


def make_spectrum():
    return Spectrum(EDGES, REGION, energy=13000.0, parameters=(3, 3), minimum_events=20)


def fall(events):
    """Expected events of a power law, which is among the functions."""
    share = EDGES[:-1] ** -4.0 - EDGES[1:] ** -4.0
    return events * share / share.sum()


def test_only_what_is_beyond_two_standard_deviations_counts():
    found = Spurious(np.array([5.0, -5.0, 1.0, np.nan]), np.array([1.0, 2.0, 1.0, np.nan]))
    assert found.find_excess() == pytest.approx([3, 1, 0, 0])


def test_significances_shrink_as_variances_add_up():
    assert shrink(np.array([75.0]), np.array([5.0]), np.array([10.0])) == pytest.approx(
        [np.sqrt(0.5)]
    )
    assert shrink(np.array([0.0, np.nan]), np.zeros(2), np.ones(2)) == pytest.approx([1, 1])


@pytest.mark.parametrize("weight", [1.0, 0.1])
def test_a_spectrum_that_is_described_has_no_spurious_signal_and_one_with_a_bump_has(weight):
    counts = fall(20000)
    data = counts / 2
    smooth = measure_spurious(make_spectrum(), counts[None], weight * counts[None], data[None])
    assert abs(smooth.signal[0]) < 0.05 * smooth.error[0]
    signal = REGION == SIGNAL
    bent = counts * np.where(signal, 1.2, 1.0)
    found = measure_spurious(make_spectrum(), bent[None], weight * bent[None], data[None])
    assert found.signal[0] == pytest.approx(0.2 * data[signal].sum(), rel=0.01)
    assert found.find_excess()[0] > 0


def test_the_error_is_the_spread_of_spurious_signals():
    """Over many sets of weighted events."""
    rng, weight = np.random.default_rng(1), 0.2
    counts = weight * rng.poisson(fall(10000) / weight, (800, len(REGION)))
    data = np.tile(fall(10000), (800, 1))
    found = measure_spurious(make_spectrum(), counts, weight * counts, data)
    assert found.signal.std() == pytest.approx(found.error.mean(), rel=0.1)


def test_without_simulation_nothing_is_known():
    nothing = np.zeros((1, len(REGION)))
    found = measure_spurious(make_spectrum(), nothing, nothing, fall(100)[None])
    assert np.isnan(found.signal).all()
    assert found.find_excess() == pytest.approx([0])
