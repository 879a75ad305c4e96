"""Scans against those of another program, pyBumpHunter (BSD-3)."""

import numpy as np
import pytest
from pyBumpHunter import BumpHunter1D
from scipy.stats import norm

from bump_events import CENTRE, draw_events, make_settings
from rapidmass.search.bumps.hunt import make_spectrum
from rapidmass.search.bumps.windows import SIGNAL, place_windows

ENERGY = 13000.0
SETTINGS = make_settings(range={"start": 120, "stop": 400}, step=2)


def scan(spectrum, counts, expected):
    """Let the other program scan a window, with the background that our fit expects."""
    edges = spectrum.edges
    other = BumpHunter1D(
        rang=(edges[0], edges[-1]), bins=edges, width_min=2, width_max=6, npe=100, nworker=1, seed=1
    )
    other.bump_scan(counts, expected, is_hist=True)
    return other


@pytest.fixture(scope="module")
def hunted():
    """Window, spectrum, counts and excess where the excess is largest."""
    mass = draw_events(40000, 250).mass
    found = []
    for window in place_windows(SETTINGS):
        spectrum = make_spectrum(SETTINGS, window, ENERGY)
        counts = spectrum.count(mass)
        found.append((window, spectrum, counts, spectrum.measure(counts[None])))
    return max(found, key=lambda one: one[3].significance[0])


def test_both_find_the_same_bump(hunted):
    window, spectrum, counts, ours = hunted
    other = scan(spectrum, counts, ours.sidebands.expected[0])
    first, width = other.min_loc_ar[0], other.min_width_ar[0]
    assert window.low < CENTRE < window.high
    assert spectrum.edges[first] < CENTRE < spectrum.edges[first + width]


def test_both_have_the_same_p_value_but_for_the_uncertainty_of_the_background(hunted):
    _, spectrum, counts, ours = hunted
    other = scan(spectrum, counts, ours.sidebands.expected[0])
    cells = np.flatnonzero(spectrum.region == SIGNAL)
    local = other.res_ar[len(cells) - 2][cells[0]]  # by width, from 2 on, and by place
    background, error = ours.background[0], ours.error[0]
    shrunk = norm.isf(local) * np.sqrt(background / (background + error**2))
    assert ours.significance[0] == pytest.approx(shrunk, abs=0.3)


def test_neither_finds_a_bump_where_there_is_none():
    window = place_windows(SETTINGS)[0]
    spectrum = make_spectrum(SETTINGS, window, ENERGY)
    counts = spectrum.count(draw_events(40000).mass)
    found = spectrum.measure(counts[None])
    assert abs(found.significance[0]) < 3
    assert scan(spectrum, counts, found.sidebands.expected[0]).global_Pval > 0.01
