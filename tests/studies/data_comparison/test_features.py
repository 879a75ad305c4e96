"""Histograms of all features against those of dense matrices."""

import numpy as np
import pytest

from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.tables import decode
from rapidmass.studies.data_comparison.features import (
    FINE,
    FeatureList,
    Filling,
    RangeFinder,
    Values,
)
from synthetic_comparison import finish
from synthetic_megasets import LAYOUT, make_events

FEATURES = FeatureList(LAYOUT, ["met", "ht", "m_ll", "m_lll", "angle"])


@pytest.fixture(scope="module")
def table():
    return finish(make_events(3000, seed=3), 1)


def collect(table):
    """All features densely, shape (events, features); NaN is absent."""
    dense = decode(table).fill(padding=np.nan)
    dense[:, 0] = np.nan
    return np.column_stack([dense, *(table[name].to_numpy() for name in FEATURES.variables)])


def fill(table, pieces=1, most=20):
    weights = table["weight"].to_numpy()
    finder = RangeFinder(FEATURES)
    finder.add(FEATURES.list_values(table), weights)
    filling = Filling(FEATURES, finder.choose_bins(most), 2)
    step = table.num_rows // pieces
    for start in range(0, table.num_rows, step):
        some = table.slice(start, step)
        group = (some["key"].to_numpy() % np.uint64(2)).astype(np.int64)
        values = FEATURES.list_values(some)
        filling.add(some, values, weights[start : start + step], group)
    return filling


def test_histograms_are_those_of_the_dense_features(table):
    filling, dense, weights = fill(table, pieces=4), collect(table), table["weight"].to_numpy()
    odd = table["key"].to_numpy() % np.uint64(2) == 1
    for k in range(len(FEATURES)):
        column = dense[:, k].astype(np.float64)
        present = np.isfinite(column)
        assert filling.present[k] == np.count_nonzero(present)
        if not present.any():
            assert filling.binning.bins[k] == 0
            continue
        edges = filling.binning.get_edges(k)
        fine = np.linspace(edges[0], edges[-1], FINE * (len(edges) - 1) + 1)
        inside = np.clip(column, edges[0], np.nextafter(edges[-1], 0))
        for group, chosen in enumerate((present & ~odd, present & odd)):
            expected, _ = np.histogram(inside[chosen], fine, weights=weights[chosen])
            found = filling.values[group, k, : len(expected)]
            # an edge that cannot be represented may fall to either side
            assert found.sum() == pytest.approx(expected.sum())
            np.testing.assert_allclose(np.cumsum(found), np.cumsum(expected), atol=2.0)
            squares = filling.variances[group, k].sum()
            assert squares == pytest.approx((weights[chosen] ** 2).sum())


def test_what_may_be_negative_has_bins_on_both_sides(table):
    filling = fill(table)
    edges = filling.binning.get_edges(FEATURES.names.index("angle"))
    assert -3.5 <= edges[0] < -2.5
    assert 2.5 < edges[-1] <= 3.5
    assert 10 <= len(edges) <= 21


def test_pieces_do_not_matter(table):
    whole, pieces = fill(table), fill(table, pieces=7)
    np.testing.assert_allclose(pieces.values, whole.values, rtol=1e-12)
    np.testing.assert_allclose(pieces.totals, whole.totals)
    for name, counted in whole.categories.items():
        assert counted.keys() == pieces.categories[name].keys()


def test_categories_are_counted(table):
    filling, weights = fill(table), table["weight"].to_numpy()
    for name in ("flavour", "n_ele"):
        column = np.array([str(value) for value in table[name].to_pylist()])
        counted = filling.categories[name]
        assert set(counted) == set(column)
        for label, sums in counted.items():
            assert sums[0].sum() == pytest.approx(weights[column == label].sum())
            assert sums[1].sum() == pytest.approx((weights[column == label] ** 2).sum())


def test_bins_hold_almost_everything_and_are_round(table):
    filling, dense = fill(table), collect(table)
    for k in np.flatnonzero(filling.binning.bins):
        edges, column = filling.binning.get_edges(k), dense[:, k]
        column = column[np.isfinite(column)]
        assert 1 <= len(edges) - 1 <= 20
        assert np.mean((column >= edges[0]) & (column <= edges[-1])) > 0.985
        step = edges[1] - edges[0]
        mantissa = step / 10 ** np.floor(np.log10(step) + 1e-9)
        assert np.isclose(mantissa, [1, 2, 2.5, 5]).any()
        assert edges[0] / step == pytest.approx(round(edges[0] / step))


def test_a_spike_far_from_zero_is_resolved():
    """As a Z boson's mass: most bins lie where the events are."""
    table = make_events(2000, seed=5)
    peak = np.random.default_rng(1).normal(91, 2, 2000).astype(np.float32)
    table = finish(table, 1).drop_columns("m_ll").append_column("m_ll", [peak])
    binning = fill(table).binning
    edges = binning.get_edges(FEATURES.names.index("m_ll"))
    assert 80 < edges[0] < 87
    assert 95 < edges[-1] < 100


def test_met_is_compared_once(table):
    """The first cell and the variable are the same number, but for its unit."""
    filling = fill(table)
    assert FEATURES.names[0] == "met"
    assert filling.present[0] == 0
    assert filling.present[LAYOUT.n_cells] == 3000


def test_single_values_have_a_bin():
    finder = RangeFinder(FeatureList(Layout(types={"ele": 1}), ["met"]))
    row = np.zeros(1, dtype=np.int64)
    finder.add(Values(row + 4, np.zeros(1, dtype=np.float32), row), np.ones(1))
    binning = finder.choose_bins(10)
    assert binning.bins[-1] >= 1
    assert np.all(np.diff(binning.get_edges(4)) > 0)
