"""Decays by phase space: nothing is lost, masses are kept, and no direction is preferred."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from rapidmass.generator.prior.four_momenta import (
    boost,
    decay_in_three,
    decay_in_two,
    find_momentum,
    measure_mass,
    redraw,
)

SHARES = st.tuples(*[st.floats(0, 0.32)] * 3)


def make_mother(mass, momentum):
    momenta = np.tile(momentum, (len(mass), 1)).astype(float)
    return np.column_stack([momenta, np.sqrt(mass**2 + (momenta**2).sum(axis=1))])


@given(
    st.floats(1, 5000), SHARES, st.tuples(*[st.floats(-3000, 3000)] * 3), st.integers(0, 2**32 - 1)
)
@settings(max_examples=60, deadline=None)
def test_momentum_and_masses_are_kept(mass, shares, momentum, seed):
    rng = np.random.default_rng(seed)
    masses = np.full(20, mass)
    mother = make_mother(masses, momentum)
    daughters = np.outer(masses, shares)
    for found, wanted in (
        (decay_in_two(mother, masses, *daughters[:, :2].T, rng), daughters[:, :2]),
        (decay_in_three(mother, masses, daughters, rng), daughters),
    ):
        scale = mother[:, 3].max()
        np.testing.assert_allclose(sum(found), mother, atol=1e-9 * scale)
        for momenta, one in zip(found, wanted.T, strict=True):
            # the difference of squares loses half of the digits
            np.testing.assert_allclose(measure_mass(momenta), one, atol=1e-6 * scale)


def test_momentum_of_two_bodies_by_hand():
    # Z -> mu mu: p = sqrt(m^2 / 4 - m_mu^2); W -> e nu without masses: m / 2; none at threshold
    mass, muon = np.array([91.19]), np.array([0.10566])
    assert find_momentum(mass, muon, muon) == pytest.approx(np.sqrt(mass**2 / 4 - muon**2))
    none = np.zeros(1)
    assert find_momentum(np.array([80.0]), none, none) == pytest.approx(40.0)
    assert find_momentum(np.array([80.0]), np.array([30.0]), np.array([50.0])) == 0


def test_boost_of_a_particle_at_rest_gives_the_frame():
    frame = make_mother(np.array([100.0]), (30.0, -40.0, 1200.0))
    assert boost(np.array([[0, 0, 0, 100.0]]), frame, np.array([100.0])) == pytest.approx(frame)


def test_decay_is_isotropic_in_the_rest_frame_of_a_fast_mother():
    rng, masses = np.random.default_rng(1), np.full(20_000, 100.0)
    mother = make_mother(masses, (0, 0, 500.0))
    one, _ = decay_in_two(mother, masses, 0 * masses, 0 * masses, rng)
    back = boost(one, make_mother(masses, (0, 0, -500.0)), masses)
    cosine = back[:, 2] / back[:, 3]
    assert abs(cosine.mean()) < 5 * np.sqrt(1 / 3 / len(cosine))
    assert (cosine**2).mean() == pytest.approx(1 / 3, abs=5 * np.sqrt(4 / 45 / len(cosine)))


def test_three_massless_daughters_fill_the_dalitz_plot_evenly():
    """Then the density in the squared mass of two is linear: its mean is a third of M^2."""
    rng, masses = np.random.default_rng(2), np.full(20_000, 100.0)
    found = decay_in_three(
        make_mother(masses, (10.0, 0, 0)), masses, np.zeros((len(masses), 3)), rng
    )
    for i, j in ((0, 1), (0, 2), (1, 2)):
        share = measure_mass(found[i] + found[j]) ** 2 / 100.0**2
        assert share.mean() == pytest.approx(1 / 3, abs=0.01)
        assert (share**2).mean() == pytest.approx(1 / 6, abs=0.01)


def test_mass_of_two_of_three_massive_daughters_follows_phase_space():
    rng, mass, heavy = np.random.default_rng(3), 300.0, (80.0, 90.0, 40.0)
    masses = np.full(20_000, mass)
    found = decay_in_three(
        make_mother(masses, (0, 0, 1.0)), masses, np.tile(heavy, (20_000, 1)), rng
    )
    pair = measure_mass(found[0] + found[1])

    def density(m):
        values = (np.array([v]) for v in (mass, m, heavy[2]))
        others = (np.array([v]) for v in (m, heavy[0], heavy[1]))
        return (find_momentum(*values) * find_momentum(*others)).item()

    whole, mean = (quad(f, 170, 260)[0] for f in (density, lambda m: m * density(m)))
    assert pair.mean() == pytest.approx(mean / whole, abs=5 * pair.std() / np.sqrt(len(pair)))


def test_what_is_never_accepted_is_an_error():
    with pytest.raises(ValueError, match="2 of 2 decays are not possible"):
        redraw(2, lambda rows: (np.zeros(len(rows)), np.zeros(len(rows), bool)))
