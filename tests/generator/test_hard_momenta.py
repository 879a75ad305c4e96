"""What an enrichment asks for, and how decay products follow what they come from."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.config.inputs.event_filters import Enrichment
from rapidmass.generator.hard_momenta import carry, find_probability

components = st.tuples(*(st.floats(-500, 500) for _ in range(3)))


def put_on_shell(momentum, mass):
    return (*momentum, math.sqrt(mass**2 + sum(p * p for p in momentum)))


@given(components, components, components, st.floats(5, 200))
def test_two_products_are_carried_to_what_their_origin_becomes(first, second, after, mass):
    products = [put_on_shell(p, mass) for p in (first, second)]
    before = tuple(np.sum(products, axis=0))
    invariant = math.sqrt(before[3] ** 2 - sum(p * p for p in before[:3]))
    pushed = put_on_shell(after, invariant)
    carried = np.sum([carry(p, before, pushed) for p in products], axis=0)
    np.testing.assert_allclose(carried, pushed[:2], atol=1e-4)


@given(components, components)
def test_without_a_push_nothing_changes(product, other):
    momenta = [put_on_shell(p, 10) for p in (product, other)]
    before = tuple(np.sum(momenta, axis=0))
    np.testing.assert_allclose(carry(momenta[0], before, before), product[:2], atol=1e-5)


def test_push_from_rest_is_a_lorentz_boost():
    # a massless product across the push keeps its transverse momentum, one along it is shifted
    before, after = (0.0, 0.0, 0.0, 100.0), (75.0, 0.0, 0.0, 125.0)
    assert carry((0.0, 40.0, 0.0, 40.0), before, after) == pytest.approx((30, 40))
    assert carry((40.0, 0.0, 0.0, 40.0), before, after) == pytest.approx((80, 0))
    assert carry((-40.0, 0.0, 0.0, 40.0), before, after) == pytest.approx((-20, 0))


def test_largest_demand_decides_within_floor_and_one():
    enrichment = Enrichment(invisible=200, bottom=400, floor=0.05)
    found = [
        find_probability(enrichment, {"invisible": x, "bottom": b, "boson": 1000.0})
        for x, b in ((100, 100), (20, 200), (10, 10), (300, 0), (0, 900))
    ]
    assert found == pytest.approx([0.25, 0.25, 0.05, 1, 1])
