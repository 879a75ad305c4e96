import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.statistics.class_tails import MEASURED, ClassTails
from rapidmass.statistics.weight_classes import WeightClasses, share_above

weights = st.lists(st.floats(1e-3, 1e3) | st.floats(-1e3, -1e-3), min_size=1, max_size=60).map(
    np.array
)


@given(weights, st.floats(1e-6, 1e6))
def test_classes_hold_every_event_once_in_any_unit(weight, factor):
    classes = WeightClasses(weight)
    assert classes.all.number.sum() == len(weight)
    assert classes.all.weight.sum() == pytest.approx(weight.sum(), abs=1e-9 * np.abs(weight).sum())
    assert classes.all.square.sum() == pytest.approx((weight**2).sum())
    # within an octave, squared weights differ fourfold
    mean = classes.all.square / classes.all.number
    for kind, number in enumerate(classes.all.number):
        own = weight[classes.index == kind] ** 2
        assert len(own) == number
        assert own.max() < 4.0001 * own.min()
        assert own.min() <= mean[kind] * 1.0001
    scaled = WeightClasses(weight * factor)
    np.testing.assert_array_equal(scaled.all.number, classes.all.number)


def test_sums_above_edges_are_those_of_a_loop():
    rng = np.random.default_rng(1)
    weight, values = rng.choice([1.0, 10.0, -3.0], 200), rng.uniform(0, 5, 200)
    chosen = np.flatnonzero(rng.uniform(size=200) > 0.3)
    edges = np.arange(5.0)
    classes = WeightClasses(weight)
    bins = np.searchsorted(edges, values[chosen], side="right") - 1
    found = classes.sum_above(chosen, bins, len(edges))
    for kind, value in enumerate([1.0, -3.0, 10.0]):
        for place, edge in enumerate(edges):
            passed = weight[chosen][values[chosen] >= edge]
            own = passed[passed == value]
            assert found.number[kind, place] == len(own)
            assert found.weight[kind, place] == pytest.approx(own.sum())
            assert found.square[kind, place] == pytest.approx((own**2).sum())


def test_what_is_measured_is_believed_and_what_is_not_is_predicted():
    weight = np.concatenate([np.ones(1000), np.full(4, 500.0)])
    classes = WeightClasses(weight)
    passed = np.arange(100)  # a tenth of the light ones, none of the heavy ones
    share = 100 / weight.sum()
    expected = classes.expect_behind(classes.sum(passed), share)
    assert expected.number.tolist() == [100, pytest.approx(4 * share)]
    assert expected.weight.sum() == pytest.approx(100 + 2000 * share)
    assert expected.square.sum() == pytest.approx(100 + 4 * 500**2 * share)
    # one heavy event of four is no contradiction where a tenth is expected to pass
    one = classes.sum(np.append(passed, 1000))
    assert classes.expect_behind(one, 0.1).number.tolist() == [100, pytest.approx(0.4)]
    # all four are
    all_four = classes.sum(np.append(passed, np.arange(1000, 1004)))
    assert classes.expect_behind(all_four, 0.1).number.tolist() == [100, 4]
    assert classes.expect_behind(classes.sum(passed), 0.1, enriched=2.0).number[1] == 0.8


def test_a_class_of_many_events_may_hide_some_that_would_pass():
    weight = np.concatenate([np.ones(30_000), np.full(600, 100.0)])
    classes = WeightClasses(weight)
    passed = classes.sum(np.arange(90))  # 0.1 % of all weight, none of the heavy ones
    assert classes.expect_behind(passed, 0.001).number.tolist() == [90, 0]
    own = np.array([0.003, 0.002])
    found = classes.expect_behind(passed, 0.001, own)
    assert found.number.tolist() == [90, pytest.approx(1.2)]
    assert found.square[1] == pytest.approx(1.2 * 100**2)
    # no event where 30 are predicted is a contradiction
    assert classes.expect_behind(passed, 0.001, np.array([0.003, 0.05])).number[1] == 0


def survive(weight, values, edges):
    classes = WeightClasses(weight)
    tails = ClassTails(len(classes.all.number))
    tails.add(classes.index, values)
    bins = np.searchsorted(edges, values, side="right") - 1
    above = classes.sum_above(slice(None), bins, len(edges))
    return tails.survive(above.number, share_above(above, classes.all), edges)


def test_tails_go_on_as_exponentials():
    rng = np.random.default_rng(2)
    values = rng.exponential(30, 2000)
    edges = np.arange(0.0, 400.0, 20.0)
    (found,) = survive(np.ones(2000), values, edges)
    above = np.array([(values >= edge).sum() for edge in edges])
    measured = above >= MEASURED
    np.testing.assert_allclose(found[measured], above[measured] / 2000)
    truth = np.exp(-edges / 30)
    assert np.all(np.abs(np.log(found[~measured] / truth[~measured])) < 0.5 * edges[~measured] / 30)
    assert np.all(np.diff(found) < 0)


def test_a_class_of_two_events_takes_the_share_of_all_weight():
    values = np.concatenate([np.linspace(0, 100, 101), [3.0, 7.0]])
    weight = np.concatenate([np.ones(101), [100.0, 100.0]])
    found = survive(weight, values, np.array([0.0, 50.0]))
    assert found[1].tolist() == [1.0, pytest.approx(51 / 301)]


def test_events_without_weight_do_not_make_heavy_ones_lighter():
    classes = WeightClasses(np.array([0.0, 0.0, 8.0, 8.0, 1.0]))
    assert classes.all.number.tolist() == [2, 1, 2]
    assert classes.all.square.tolist() == [0, 1, 128]
    assert WeightClasses(np.zeros(3)).all.number.tolist() == [3]
