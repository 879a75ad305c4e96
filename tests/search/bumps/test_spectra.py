"""Fits of falling spectra: against another minimiser, and as p-values."""

import numpy as np
import pytest
from iminuit import Minuit
from scipy.stats import kstest, norm

from bump_events import draw_events
from rapidmass.search.bumps.spectra import Spectrum
from rapidmass.search.bumps.windows import LOW, SIGNAL, make_windows

WINDOW = make_windows(
    140, 290, resolution=0.03, half_width=2, sideband=2, gap=0, step=4
)[1]  # fmt: skip
ENERGY = 13000.0


def make_spectrum(parameters=(3, 4), minimum_events=20):
    edges, region = WINDOW.cut_cells(4)
    return Spectrum(
        edges, region, energy=ENERGY, parameters=parameters, minimum_events=minimum_events
    )


@pytest.mark.parametrize("events", [400, 20000])
def test_a_fit_is_that_of_minuit(events):
    spectrum = make_spectrum((3, 3))
    counts = spectrum.count(draw_events(events).mass)
    found = spectrum.fit(counts[None])
    side, x = spectrum.region != SIGNAL, np.sqrt(spectrum.edges[1:] * spectrum.edges[:-1]) / ENERGY
    width = np.diff(spectrum.edges)

    def expect(a, b, c):
        # around the middle of the window, where the parameters are of order one
        return np.exp(a + b * np.log(x / 0.015) + c * np.log((1 - x) / 0.985) * 100) * width

    def deviance(a, b, c):
        mean, n = expect(a, b, c)[side], counts[side]
        return 2 * (mean - n + n * np.log(np.where(n > 0, n, 1) / mean)).sum()

    minuit = Minuit(deviance, np.log(counts.sum() / (width.sum())), -4.0, 0.0)
    minuit.strategy = 2
    for _ in range(5):
        minuit.migrad(ncall=20000)
    assert found.converged[0]
    assert found.deviance[0] == pytest.approx(minuit.fval, abs=1e-3)
    expected = expect(*minuit.values)
    assert found.expected[0] == pytest.approx(expected, rel=2e-3)


def test_p_values_are_uniform_without_a_signal():
    spectrum = make_spectrum()
    rng = np.random.default_rng(3)
    expected = spectrum.fit(spectrum.count(draw_events(50000).mass)[None]).expected[0]
    found = spectrum.measure(rng.poisson(expected, (1500, len(expected))).astype(float))
    assert kstest(found.p_value, "uniform").pvalue > 0.01
    assert abs(found.significance.mean()) < 0.1
    assert found.significance.std() == pytest.approx(1, abs=0.08)


def test_the_uncertainty_of_the_background_is_that_of_repetitions():
    spectrum = make_spectrum((3, 3))
    rng = np.random.default_rng(4)
    expected = spectrum.fit(spectrum.count(draw_events(50000).mass)[None]).expected[0]
    found = spectrum.measure(rng.poisson(expected, (800, len(expected))).astype(float))
    assert found.background.std() == pytest.approx(found.error.mean(), rel=0.1)


def test_an_excess_is_as_significant_as_counting_says():
    """With many events the profile likelihood is a Gaussian with both variances."""
    spectrum = make_spectrum((3, 3))
    counts = spectrum.fit(spectrum.count(draw_events(400_000).mass)[None]).expected[0]
    plain = spectrum.measure(counts[None])
    assert plain.significance[0] == pytest.approx(0, abs=1e-3)
    more = counts.copy()
    signal = np.flatnonzero(spectrum.region == SIGNAL)
    excess = 3 * np.hypot(np.sqrt(plain.background[0]), plain.error[0])
    more[signal] += excess / len(signal)
    found = spectrum.measure(more[None])
    assert found.significance[0] == pytest.approx(3, abs=0.1)
    assert found.p_value[0] == pytest.approx(norm.sf(found.significance[0]))


def test_more_parameters_are_taken_where_few_do_not_do():
    edges = np.geomspace(100, 1000, 60)
    spectrum = Spectrum(
        edges, np.full(59, LOW, np.int8), energy=1500.0, parameters=(2, 5), minimum_events=20
    )
    x = np.sqrt(edges[1:] * edges[:-1]) / 1500
    straight = 1e5 * np.diff(edges) / 1000 * x**-2
    bent = straight * np.exp(-0.3 * np.log(x) ** 2)
    found = spectrum.fit(np.array([straight, bent]))
    assert found.parameters[0] == 2
    assert found.parameters[1] > 3


def test_goodness_is_poor_where_a_sideband_has_a_step():
    spectrum = make_spectrum((3, 3))
    counts = spectrum.count(draw_events(50000).mass)
    rng = np.random.default_rng(1)
    assert spectrum.test_goodness(counts, toys=100, rng=rng) > 0.02
    counts[:4] *= 1.5
    assert spectrum.test_goodness(counts, toys=100, rng=rng) < 0.02


def test_few_events_in_sidebands_give_no_p_value():
    spectrum = make_spectrum(minimum_events=30)
    counts = np.zeros((1, len(spectrum.region)))
    counts[0, 0] = 29
    assert np.isnan(spectrum.measure(counts).p_value[0])


def test_a_window_beyond_the_energy_of_the_collision_is_an_error():
    edges, region = WINDOW.cut_cells(4)
    with pytest.raises(ValueError, match=r"lower studies\.bump_hunt\.range\.stop"):
        Spectrum(edges, region, energy=200.0, parameters=(3, 4), minimum_events=20)
