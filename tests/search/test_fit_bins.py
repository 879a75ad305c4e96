from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fit_events import FOLDER, give, make_pair
from halves import find_at_once
from rapidmass.config.studies.fits import Fits
from rapidmass.search.fit_bins import choose_bins
from rapidmass.search.fit_merging import group_bins
from rapidmass.search.fit_predictions import Cells
from rapidmass.search.fit_templates import fill_channels, fill_signal
from rapidmass.statistics.folds import draw_folds
from rapidmass.statistics.weighted_events import count_effective

SCORE = {"variable": "score", "shares": [0, 0.5, 0.9]}
MET = {"variable": "met", "edges": [0, 50, 100]}


@pytest.fixture(scope="module")
def background():
    return make_pair()[0]


def test_each_half_has_the_edges_of_the_other(background):
    bins, _ = choose_bins(give(background), Fits(axes=[SCORE]), FOLDER)
    folds = draw_folds(background.key)
    thresholds = find_at_once(background.score, background.weight, folds, [0, 0.5, 0.9])
    place = bins.find(background)
    for half in (0, 1):
        own, lower = folds == half, thresholds[1 - half]
        expected = (background.score[own][:, None] > lower[1:]).sum(axis=1)
        np.testing.assert_array_equal(place[own], expected)


def test_bins_of_two_variables_hold_what_lies_between_their_edges(background):
    bins, _ = choose_bins(give(background), Fits(axes=[SCORE, MET]), FOLDER)
    place = bins.find(background)
    assert bins.size == 9
    assert bins.list_cells()[5] == [[1, 2]]
    middle = place == 4
    met = background.variables["met"]
    assert met[middle].min() >= 50
    assert met[middle].max() < 100
    assert met[place == 5].min() >= 100
    assert (place >= 0).all()


def test_what_lies_below_the_first_edge_takes_no_part(background):
    axes = [{"variable": "score", "shares": [0.9]}, {"variable": "met", "edges": [50, 100]}]
    bins, _ = choose_bins(give(background), Fits(axes=axes), FOLDER)
    inside = bins.find(background) >= 0
    assert background.variables["met"][inside].min() >= 50
    folds = draw_folds(background.key)
    threshold = find_at_once(background.score, background.weight, folds, [0.9])[:, 0]
    assert background.score[inside].min() > threshold.min()


contents = st.lists(st.tuples(st.floats(-2, 50), st.floats(0.01, 50)), min_size=1, max_size=12)


@settings(max_examples=200, deadline=None)
@given(contents, st.floats(0.5, 20))
def test_merged_bins_have_enough_and_keep_their_order(contents, minimum):
    total, variance = (np.array(values) for values in zip(*contents, strict=True))
    group = group_bins(Cells(total, total, variance), minimum)
    if group is None:
        sums = [total[k:].sum() for k in range(len(total))]
        effective = [count_effective(s, variance[k:].sum()) for k, s in enumerate(sums)]
        assert all(s <= 0 or e < minimum for s, e in zip(sums, effective, strict=True))
        return
    assert group[0] == 0
    assert set(np.diff(group)) <= {0, 1}
    for number in range(1, group.max() + 1):
        s, v = (values[group == number].sum() for values in (total, variance))
        assert s > 0
        assert count_effective(s, v) >= minimum


def test_no_bin_that_is_fitted_is_without_background(background):
    fine = {"variable": "met", "edges": list(range(0, 400, 10))}
    bins, _ = choose_bins(
        give(background), Fits(axes=[SCORE, fine], minimum_effective_events=7), FOLDER
    )
    total = sum(one.values for one in fill_channels([background], bins, ["A", "B"]).values())
    variance = sum(one.variances for one in fill_channels([background], bins, ["A", "B"]).values())
    assert bins.size < 3 * 40
    assert total.min() > 0
    # what is expected decides; the variance is never below it, nor below what is there
    assert np.all(variance >= bins.variance * (1 - 1e-9))
    place = bins.find(background)
    squares = np.bincount(place[place >= 0], background.weight[place >= 0] ** 2, bins.size)
    assert np.all(variance >= squares * (1 - 1e-9))
    assert np.median(count_effective(total, variance)) >= 7
    assert total.sum() == pytest.approx(background.weight.sum())


def test_regions_are_cuts_on_event_variables(background):
    regions = [
        {"name": "few", "where": "jets < 2"},
        {"name": "many", "where": "jets == 3"},
        {"name": "control", "where": "jets == 2", "control": True},
    ]
    bins, left_out = choose_bins(give(background), Fits(axes=[MET], regions=regions), FOLDER)
    assert left_out == []
    assert bins.count_bins() == [3, 3, 1]
    place, jets = bins.find(background), background.variables["jets"]
    np.testing.assert_array_equal(place == 6, jets == 2)
    np.testing.assert_array_equal(np.isin(place, [3, 4, 5]), jets == 3)


def test_a_region_with_too_little_simulation_is_named(background):
    regions = [{"name": "all", "where": "jets < 9"}, {"name": "none", "where": "jets > 9"}]
    bins, left_out = choose_bins(give(background), Fits(axes=[MET], regions=regions), FOLDER)
    assert left_out == ["none"]
    assert [region.name for region in bins.regions] == ["all"]


def test_no_event_may_be_in_two_regions(background):
    regions = [{"name": "a", "where": "jets < 2"}, {"name": "b", "where": "jets < 1"}]
    with pytest.raises(ValueError, match="is in both a and b"):
        choose_bins(give(background), Fits(axes=[MET], regions=regions), FOLDER)


def test_a_variable_must_be_a_number(background):
    met = background.variables["met"].copy()
    met[7] = np.nan
    broken = replace(background, variables={**background.variables, "met": met})
    with pytest.raises(ValueError, match=r"fits\.axes: met of event .* is nan .*isfinite"):
        choose_bins(give(broken), Fits(axes=[MET]), FOLDER)


def test_a_signal_of_negative_weights_counts_as_none():
    background, signal = make_pair()
    bins, _ = choose_bins(give(background), Fits(axes=[MET]), FOLDER)
    turned = replace(signal, weight=np.where(signal.variables["met"] < 50, -1.0, signal.weight))
    values = fill_signal(turned, bins).values
    assert values[0] == 0
    assert values[1:].sum() == pytest.approx(fill_signal(signal, bins).values[1:].sum())
