"""Altered events: what scales, what stays, what is preserved, and that nothing else decides."""

import awkward as ak
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jagged_objects import to_awkward, to_list
from rapidmass.config.studies.altered_events import Noise, ScalePt, Shuffle, Swap
from rapidmass.ntuples.format.alterations import alter_events, concatenate_events
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.matrices import build, build_sparse
from synthetic_events import KINEMATICS, LAYOUT, make_events, sum_momenta

TYPES = tuple(LAYOUT.types)
ALTERATIONS = (
    ScalePt(name="pt", objects=("ele", "muo"), factors=(0.2, 3)),
    Swap(name="swapped", pairs=(("ele", "muo"), ("bjet", "ljet"))),
    Shuffle(name="shuffled"),
    Noise(name="noise"),
    Noise(name="drawn", multiplicities="drawn"),
)


def alter(events, keys, alteration):
    return list(alter_events(events, keys, TYPES, alteration))


def build_matrices(events, layout=LAYOUT):
    return build(layout, events.objects, events.met, events.met_phi)


def flatten(events, name, key):
    return getattr(events.objects[name], key)


def count(events, name):
    return events.objects[name].counts


@pytest.mark.parametrize("which", ["leading", "all"])
@pytest.mark.parametrize("recoil_met", [True, False])
def test_a_factor_of_one_changes_no_bit(which, recoil_met):
    events, keys = make_events(300)
    (altered,) = alter(
        events,
        keys,
        ScalePt(name="a", objects=TYPES, factors=[1], which=which, recoil_met=recoil_met),
    )
    original = events[altered.rows]
    before, after = (
        build_sparse(LAYOUT, e.objects, e.met, e.met_phi) for e in (original, altered.events)
    )
    assert after.values.tobytes() == before.values.tobytes()
    assert after.counts.tobytes() == before.counts.tobytes()
    assert altered.events.met.tobytes() == original.met.tobytes()
    assert altered.events.met_phi.tobytes() == original.met_phi.tobytes()


@settings(max_examples=15, deadline=None)
@given(
    factor=st.floats(0.05, 20),
    convention=st.sampled_from(["thesis", "reference"]),
    seed=st.integers(0, 1000),
)
def test_scaling_all_momenta_scales_masses_and_leaves_rapidities(factor, convention, seed):
    """In events whose MET balances all the rest, taking the recoil off MET scales it too."""
    layout = Layout(types=LAYOUT.types, convention=convention)
    events, keys = make_events(40, seed, closed=True, massless=True)
    scaling = ScalePt(name="a", objects=TYPES, factors=[factor], which="all")
    (altered,) = alter(events, keys, scaling)
    before = build_matrices(events[altered.rows], layout).reshape(-1, layout.n_cells)
    after = build_matrices(altered.events, layout).reshape(-1, layout.n_cells)
    energies = np.array(
        [name.split("_")[0] in ("met", "mT", "eT", "m") for name in layout.cell_names]
    )
    assert (before[:, energies] > 0).any(axis=0).all()
    # an mT or mass near 0 is a difference of large numbers
    np.testing.assert_allclose(
        after[:, energies],
        factor * before[:, energies],
        rtol=2e-4,
        atol=1e-5 * factor * before.max(),
    )
    np.testing.assert_allclose(after[:, ~energies], before[:, ~energies], rtol=2e-6, atol=1e-6)


def test_only_the_leading_object_of_each_type_is_scaled_and_order_is_kept():
    events, keys = make_events(200)
    scaling = ScalePt(name="a", objects=["ele"], factors=[0.2, 3], recoil_met=False)
    low, high = alter(events, keys, scaling)
    for altered, factor in ((low, 0.2), (high, 3)):
        assert altered.label == f"a_x{factor:g}"
        old, new = (to_list(e.objects["ele"]) for e in (events[altered.rows], altered.events))
        for before, after in zip(old, new, strict=True):
            expected = [{**before[0], "pt": before[0]["pt"] * factor}, *before[1:]]
            assert after == sorted(expected, key=lambda o: -o["pt"])
        for name in ("muo", "bjet"):
            kept = to_list(events[altered.rows].objects[name])
            assert to_list(altered.events.objects[name]) == kept
        np.testing.assert_array_equal(altered.events.met, events.met[altered.rows])
    old, new = (to_awkward(e.objects["ele"]).mass[:, 0] for e in (events[low.rows], low.events))
    assert new.to_list() != old.to_list(), "none changed places"


def test_all_objects_are_scaled_and_met_takes_the_recoil():
    events, keys = make_events(200)
    (altered,) = alter(
        events, keys, ScalePt(name="a", objects=["ele", "ljet"], factors=[4], which="all")
    )
    old, new = events[altered.rows], altered.events
    for name in ("ele", "ljet"):
        np.testing.assert_allclose(flatten(new, name, "pt"), 4 * flatten(old, name, "pt"))
        np.testing.assert_array_equal(flatten(new, name, "mass"), flatten(old, name, "mass"))

    def sum_all(e):
        met = e.met * np.stack([np.cos(e.met_phi), np.sin(e.met_phi)])
        return met + sum(sum_momenta(to_awkward(e.objects[name])) for name in TYPES)

    np.testing.assert_allclose(sum_all(new), sum_all(old), atol=1e-9)
    assert np.abs(new.met - old.met).min() > 0


def test_events_with_nothing_to_alter_are_left_out():
    events, keys = make_events(300)
    electrons, muons = count(events, "ele"), count(events, "muo")
    scaled = alter(events, keys, ScalePt(name="a", objects=["ele"], factors=[2, 3]))
    for altered in scaled:
        np.testing.assert_array_equal(altered.rows, np.flatnonzero(electrons > 0))
        np.testing.assert_array_equal(altered.events.event, events.event[altered.rows])
    (swapped,) = alter(events, keys, Swap(name="a", pairs=[("ele", "muo")]))
    np.testing.assert_array_equal(swapped.rows, np.flatnonzero(electrons + muons > 0))
    assert 0 < len(swapped.rows) < len(events)
    (alone,) = alter(events[:1], keys[:1], Shuffle(name="a"))
    assert len(alone.rows) == len(alone.events) == 0


def test_swapping_twice_is_the_identity_and_once_is_not():
    events, keys = make_events(300)
    swap = ALTERATIONS[1]
    (once,) = alter(events, keys, swap)
    (twice,) = alter(once.events, keys[once.rows], swap)
    original = events[once.rows]
    np.testing.assert_array_equal(build_matrices(twice.events), build_matrices(original))
    for first, second in swap.pairs:
        assert to_list(once.events.objects[first]) == to_list(original.objects[second])
        assert to_list(once.events.objects[second]) == to_list(original.objects[first])


def test_shuffling_keeps_every_distribution_and_no_value_in_its_place():
    events, keys = make_events(500)
    (altered,) = alter(events, keys, Shuffle(name="a"))
    new = altered.events
    np.testing.assert_array_equal(altered.rows, np.arange(500))
    for key in ("met", "met_phi"):
        old_values, new_values = getattr(events, key), getattr(new, key)
        np.testing.assert_array_equal(np.sort(new_values), np.sort(old_values))
        assert (new_values != old_values).all()
    for name in TYPES:
        np.testing.assert_array_equal(count(new, name), count(events, name))
        for key in KINEMATICS:
            old_values, new_values = flatten(events, name, key), flatten(new, name, key)
            np.testing.assert_array_equal(np.sort(new_values), np.sort(old_values))
            assert (new_values != old_values).mean() > 0.99
    # each feature goes its own way: what was one object is spread over several events
    pairs = {(o["pt"], o["eta"]) for event in to_list(events.objects["ele"]) for o in event}
    kept = pairs & {(o["pt"], o["eta"]) for e in to_list(new.objects["ele"]) for o in e}
    assert len(kept) < 0.02 * len(pairs)
    pt = to_awkward(new.objects["ljet"]).pt
    assert ak.all(pt[:, 1:] <= pt[:, :-1])


def test_shuffled_slots_come_from_the_same_slot():
    events, keys = make_events(500)
    (altered,) = alter(events, keys, Shuffle(name="a"))
    many = to_awkward(events.objects["ele"])[count(events, "ele") == 4]
    shuffled = to_awkward(altered.events.objects["ele"])[count(events, "ele") == 4]
    # the hardest object's pT is still drawn from those of hardest objects
    ratio = ak.mean(shuffled.pt[:, 0]) / ak.mean(many.pt[:, 0])
    assert ratio > 0.75
    assert ak.mean(many.pt[:, 0]) > 1.5 * ak.mean(many.pt)


@pytest.mark.parametrize("multiplicities", ["kept", "drawn"])
def test_noise_is_drawn_from_all_objects_of_a_type(multiplicities):
    events, keys = make_events(800)
    (altered,) = alter(events, keys, Noise(name="a", multiplicities=multiplicities))
    new = altered.events
    np.testing.assert_array_equal(new.event, events.event)
    for name in TYPES:
        same = (count(new, name) == count(events, name)).mean()
        assert same == 1 if multiplicities == "kept" else same < 0.4
        for key in KINEMATICS:
            old_values, new_values = flatten(events, name, key), flatten(new, name, key)
            assert set(new_values) <= set(old_values)
            assert len(set(new_values)) < 0.8 * len(new_values), "not drawn with replacement"
            spread = old_values.std() * np.sqrt(2 / len(new_values))
            assert abs(new_values.mean() - old_values.mean()) < 4 * spread
    pt = to_awkward(new.objects["ljet"]).pt[count(new, "ljet") > 1]
    assert ak.mean(pt[:, 0] == pt[:, 1]) < 0.02, "objects of an event are draws of their own"
    assert set(new.met) <= set(events.met)
    assert np.corrcoef(new.met, events.met)[0, 1] < 0.15


@pytest.mark.parametrize("alteration", ALTERATIONS, ids=lambda a: a.name)
def test_identity_and_weights_are_those_of_the_original(alteration):
    events, keys = make_events(100)
    for altered in alter(events, keys, alteration):
        for name in ("run", "event", "dataset", "generator_weight", "scale_factor"):
            expected = getattr(events, name)[altered.rows]
            np.testing.assert_array_equal(getattr(altered.events, name), expected)
        assert set(altered.events.objects) == set(TYPES)


@pytest.mark.parametrize("alteration", ALTERATIONS[:2], ids=lambda a: a.name)
def test_what_mixes_no_events_does_not_depend_on_others(alteration):
    events, keys = make_events(200)
    whole = alter(events, keys, alteration)
    halves = [alter(events[s], keys[s], alteration) for s in (slice(0, 90), slice(90, 200))]
    for altered, *parts in zip(whole, *halves, strict=True):
        together = concatenate_events([part.events for part in parts])
        np.testing.assert_array_equal(together.event, altered.events.event)
        np.testing.assert_array_equal(build_matrices(together), build_matrices(altered.events))
