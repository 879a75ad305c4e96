"""Augmented events: one factor a group and event, nothing but scales changed."""

import awkward as ak
import numpy as np
import pytest

from jagged_objects import to_awkward, to_list
from rapidmass.config.models.augmentation import Augmentation
from rapidmass.ntuples.format.augmentation import augment_events
from rapidmass.representations.rmm.matrices import build
from synthetic_events import LAYOUT, make_events

GROUPS = [{"objects": ["ele", "muo"], "width": 3}, {"objects": ["ljet", "bjet"], "width": 2}]


def find_factors(old, new, name, find=ak.max):
    before, after = (to_awkward(events.objects[name]).pt for events in (old, new))
    ratio = find(after / before, axis=1)
    return ak.to_numpy(ak.fill_none(ratio, np.nan))


def test_a_group_has_one_factor_an_event_and_groups_and_met_are_independent():
    events, keys = make_events(2000)
    settings = Augmentation(groups=GROUPS, met_width=5)
    new = augment_events(events, keys, settings)
    factors = {}
    for group in GROUPS:
        first, second = (find_factors(events, new, name) for name in group["objects"])
        both = np.isfinite(first) & np.isfinite(second)
        np.testing.assert_allclose(first[both], second[both])
        lowest = find_factors(events, new, group["objects"][0], ak.min)
        np.testing.assert_allclose(lowest[both], first[both])
        factors[group["width"]] = first
    factors[5] = new.met / events.met
    logs = {width: np.log(found) / np.log(width) for width, found in factors.items()}
    for log in logs.values():
        known = log[np.isfinite(log)]
        assert np.abs(known).max() <= 1
        np.testing.assert_allclose(np.quantile(known, [0.05, 0.5, 0.95]), [-0.9, 0, 0.9], atol=0.1)
    known = np.isfinite(logs[3]) & np.isfinite(logs[2])
    correlation = np.corrcoef([log[known] for log in logs.values()]) - np.eye(3)
    assert np.abs(correlation).max() < 0.1
    np.testing.assert_array_equal(new.met_phi, events.met_phi)


def test_rapidities_stay_and_masses_of_a_group_scale_with_it():
    events, keys = make_events(300)
    new = augment_events(events, keys, Augmentation(groups=GROUPS))
    before, after = (
        build(LAYOUT, e.objects, e.met, e.met_phi).reshape(len(e), -1) for e in (events, new)
    )
    for cell, name in enumerate(LAYOUT.cell_names):
        if name.split("_")[0] in ("h", "hL", "deT"):
            np.testing.assert_allclose(after[:, cell], before[:, cell], rtol=1e-4, atol=1e-6)
    cell = LAYOUT.find_cell("m_ljet0_bjet0")
    factor = find_factors(events, new, "ljet")
    some = before[:, cell] > 0
    expected = before[some, cell] * factor[some]
    np.testing.assert_allclose(after[some, cell], expected, rtol=1e-4)
    mixed = LAYOUT.find_cell("m_ljet0_ele0")
    some = before[:, mixed] > 0
    assert (np.abs(after[some, mixed] / before[some, mixed] / factor[some] - 1) > 0.01).mean() > 0.8


def test_factors_belong_to_the_event():
    events, keys = make_events(100)
    settings = Augmentation()
    whole = augment_events(events, keys, settings)
    rows = np.arange(99, 40, -1)
    some = augment_events(events[rows], keys[rows], settings)
    np.testing.assert_array_equal(some.met, whole.met[rows])
    assert to_list(some.objects["ele"]) == to_list(whole.objects["ele"].take_events(rows))


def test_a_width_of_one_changes_nothing():
    events, keys = make_events(100)
    groups = [{"objects": ["ele"], "width": 1}]
    new = augment_events(events, keys, Augmentation(groups=groups, met_width=1))
    np.testing.assert_array_equal(new.met, events.met)
    for name in LAYOUT.types:
        assert to_list(new.objects[name]) == to_list(events.objects[name])


def test_lognormal_factors_have_the_width_as_standard_deviation():
    events, keys = make_events(4000)
    new = augment_events(events, keys, Augmentation(shape="lognormal", groups=[], met_width=2))
    log = np.log(new.met / events.met) / np.log(2)
    assert log.mean() == pytest.approx(0, abs=0.06)
    assert log.std() == pytest.approx(1, abs=0.05)
    np.testing.assert_allclose((np.abs(log) < 1).mean(), 0.683, atol=0.03)
