"""Impact parameters of tracks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapidmass.generator.particles import CHARGED, NEUTRAL
from rapidmass.generator.tracks import find_perigee, measure_tracks

FIELD_RADIUS = 1e3 / 0.6  # mm of a particle with 1 GeV in 2 T


@given(
    st.floats(0.5, 50),
    st.floats(-3, 3),
    st.sampled_from([-1, 1]),
    st.floats(-2, 2),
    st.floats(0, 3),
)
@settings(max_examples=100, deadline=None)
def test_the_perigee_is_the_nearest_point_of_the_circle(pt, phi0, charge, d0, angle):
    """From a perigee along the circle, and back."""
    angle *= 5 / (FIELD_RADIUS * pt)  # a way of up to 15 mm
    radius = FIELD_RADIUS * pt
    x, y = -d0 * np.sin(phi0), d0 * np.cos(phi0)
    cx, cy = x + charge * radius * np.sin(phi0), y - charge * radius * np.cos(phi0)
    phi = phi0 - charge * angle
    made = cx - charge * radius * np.sin(phi), cy + charge * radius * np.cos(phi)
    found, at = find_perigee(*(np.array([v]) for v in (pt, phi, charge, *made)))
    assert found[0] == pytest.approx(d0, abs=1e-6)
    assert np.cos(at[0] - phi0) == pytest.approx(1, abs=1e-9)


def test_stiff_tracks_are_straight():
    pt, phi, x, y = np.array([1e5]), np.array([0.3]), np.array([2.0]), np.array([1.0])
    d0, _ = find_perigee(pt, phi, np.array([1]), x, y)
    assert d0[0] == pytest.approx(y[0] * np.cos(0.3) - x[0] * np.sin(0.3), abs=1e-4)


class Pions:
    """Charged pions of 5 GeV along an axis, made where one says."""

    def __init__(self, n, x=0.0, y=0.0, phi=0.0, kind=CHARGED):
        self.pt, self.eta, self.phi = np.full(n, 5.0), np.zeros(n), np.full(n, phi)
        self.x, self.y, self.z = np.full(n, x), np.full(n, y), np.zeros(n)
        self.kind = np.full(n, kind)
        self.pdg_id = np.where(np.arange(n) % 2, 211, -211)


def measure(particles, jet_phi=0.0):
    n = len(particles.pt)
    rng = np.random.default_rng(5)
    return measure_tracks(particles, np.arange(n), np.full(n, jet_phi), rng)


def test_prompt_tracks_are_symmetric_with_tails():
    found = measure(Pions(40_000, phi=0.1))
    significance = found["D0Sig"][found["Track"]]
    assert 0.9 < len(significance) / 40_000 < 0.94
    assert np.mean(significance > 0) == pytest.approx(0.5, abs=0.015)
    low, high = np.percentile(significance, [15.87, 84.13])
    assert (high - low) / 2 == pytest.approx(1, abs=0.05)
    assert 0.005 < np.mean(np.abs(significance) > 4) < 0.02
    assert set(found["Charge"].tolist()) == {-1, 1}


def test_decays_in_front_of_the_collision_have_positive_signs():
    # made 3 mm along the axis, and turned away from it
    found = measure(Pions(2_000, x=3.0, phi=0.1))
    significance = found["D0Sig"][found["Track"]]
    assert np.mean(significance > 0) > 0.98
    assert np.median(significance) == pytest.approx(
        3.0 * np.sin(0.1) / np.hypot(0.01, 0.02), rel=0.1
    )
    behind = measure(Pions(2_000, x=-3.0, phi=0.1))
    assert np.mean(behind["D0Sig"][behind["Track"]] < 0) > 0.98


def test_what_has_no_charge_leaves_no_track():
    found = measure(Pions(100, kind=NEUTRAL))
    assert not found["Track"].any()
    assert not found["Charge"].any()
    assert not found["D0Sig"].any()
