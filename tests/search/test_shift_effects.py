"""What a shift changes, with the statistical precision that shared events leave."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.search.shift_effects import align_shifts, compare_yields, describe_differences
from rapidmass.statistics.significance import combine_shifts
from synthetic_shifts import BACKGROUND, make_events, move, scale_weights

NOTHING = BACKGROUND.select(np.zeros(len(BACKGROUND.key), dtype=bool))


def test_a_factor_on_all_weights_is_known_exactly():
    found = compare_yields(BACKGROUND, scale_weights(BACKGROUND, 1.1))
    assert found.relative == pytest.approx(0.1)
    assert found.uncertainty == pytest.approx(0, abs=1e-12)
    assert compare_yields(BACKGROUND, BACKGROUND) == (0, 0)


def test_events_are_recognised_in_any_order():
    found = compare_yields(BACKGROUND, move(BACKGROUND))
    assert found == pytest.approx((0, 0), abs=1e-12)


def test_by_hand():
    """Three events of weight 1 and one of 2; the first leaves, another of weight 3 comes."""
    events = make_events(5)
    events = replace(events, weight=np.array([1.0, 1.0, 1.0, 2.0, 3.0]))
    found = compare_yields(events.select(np.s_[:4]), events.select(np.s_[1:]))
    ratio = 7 / 5
    residuals = [-ratio, 1 - ratio, 1 - ratio, 2 - 2 * ratio, 3]
    assert found.relative == pytest.approx(ratio - 1)
    assert found.uncertainty == pytest.approx(np.sqrt(np.sum(np.square(residuals))) / 5)


def test_a_yield_that_is_not_positive_has_no_relative_change():
    assert compare_yields(NOTHING, BACKGROUND) == (None, None)
    assert compare_yields(scale_weights(BACKGROUND, -1), BACKGROUND) == (None, None)
    assert compare_yields(BACKGROUND, NOTHING).relative == -1


def test_the_uncertainty_is_the_spread_over_repeated_simulations():
    """Poisson toys of the events; taking both yields as independent is far off."""
    score = BACKGROUND.score
    shifted = scale_weights(replace(BACKGROUND, score=score + 0.1), 1.05)
    cuts = score > 1, shifted.score > 1
    found = compare_yields(BACKGROUND.select(cuts[0]), shifted.select(cuts[1]))
    luck = np.random.default_rng(1).poisson(1, (4000, len(score)))
    ratios = (luck @ (shifted.weight * cuts[1])) / (luck @ (BACKGROUND.weight * cuts[0]))
    assert found.relative == pytest.approx(ratios.mean() - 1, rel=0.05)
    assert found.uncertainty == pytest.approx(ratios.std(), rel=0.06)
    independent = np.hypot(
        *(
            np.sqrt((events.weight[cut] ** 2).sum()) / events.weight[cut].sum()
            for events, cut in zip((BACKGROUND, shifted), cuts, strict=True)
        )
    )
    assert found.uncertainty < 0.6 * independent


def test_differences_are_described_by_shift_and_combined_by_source():
    differences = {"up": np.array([3.0, -1.0]), "down": np.array([-4.0, 0.5]), "x": np.ones(2)}
    sources = {"up": "scale", "down": "scale", "x": "x"}
    found = describe_differences(differences, sources)
    assert found["shifts"] == {"down": [-4.0, 0.5], "up": [3.0, -1.0], "x": [1.0, 1.0]}
    assert found["total"] == pytest.approx([np.sqrt(17), np.sqrt(2)])
    assert describe_differences(dict(reversed(differences.items())), sources) == found


def test_up_and_down_move_bins_together():
    up, down = np.array([5.0, -2.0, 1.0]), np.array([-4.0, 3.0, 0.5])
    (found,) = align_shifts(np.array([up, down]), ["x", "x"])
    np.testing.assert_array_equal(found, [5, -3, 1])
    np.testing.assert_array_equal(align_shifts(np.array([up, down]), ["y", "x"]), [down, up])


@given(seed=st.integers(0, 1000), sources=st.lists(st.sampled_from("xyz"), min_size=1, max_size=6))
def test_in_each_bin_sources_are_as_large_as_combined_shifts(seed, sources):
    rng = np.random.default_rng(seed)
    shifts = rng.normal(size=(len(sources), 4))
    found = align_shifts(shifts, sources)
    assert len(found) == len(set(sources))
    combined = combine_shifts(shifts, sources)
    np.testing.assert_allclose(np.sqrt((found**2).sum(axis=0)), combined)
    # turned around, or in another order, they say the same of all pairs of bins
    order = rng.permutation(len(sources))
    turned = rng.choice([-1, 1], len(sources))[:, None] * shifts
    again = align_shifts(turned[order], [sources[k] for k in order])
    np.testing.assert_allclose(again.T @ again, found.T @ found)
