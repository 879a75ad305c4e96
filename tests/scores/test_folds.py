import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.datasets.folds import Fold, find_folds
from rapidmass.representations.rmm.representation import RapidityMassMatrix
from rapidmass.scores import fold_fit as module
from rapidmass.scores.fold_fit import Counts, choose_edges
from rapidmass.scores.fold_map import Curve, FoldMap, read_fold_map, write_fold_map
from rapidmass.scores.folds import FoldScorer, combine_scorers, write_fold_scores
from rapidmass.scores.write import write_scores
from synthetic_megasets import MATRIX, make_events, write_events

K = 3


@dataclass
class Stretched:
    """A score of another scale for each fold: what networks of the same kind give."""

    fold: Fold
    representation: RapidityMassMatrix = MATRIX
    selection: str | None = None
    columns: tuple = ("score", "score_kl")

    @property
    def name(self):
        return f"fold {self.fold.left_out}"

    def score(self, table):
        met = np.log(table["met"].to_numpy())
        left_out = self.fold.left_out
        return {"score": (1 + left_out) * met - 5 * left_out, "score_kl": met}


SCORERS = [Stretched(Fold(fold, K)) for fold in range(K)]


@pytest.fixture(scope="module")
def events():
    return make_events(6000, seed=5)


@pytest.fixture(scope="module")
def scored(events, tmp_path_factory):
    folder = tmp_path_factory.mktemp("folds")
    source = write_events(folder / "source.parquet", events, pieces=3)
    output, fold_map = folder / "background.parquet", folder / "background.folds.npz"
    write_fold_scores(SCORERS, [source], output, fold_map, provenance={"a": 1})
    return source, output, fold_map


def test_each_event_has_the_score_of_its_fold_on_a_common_scale(events, scored):
    table = pq.read_table(scored[1])
    assert table["key"].equals(events["key"])
    assert list(scored[1].parent.glob("tmp*")) == []
    score, folds = table["score"].to_numpy(), find_folds(events["key"].to_numpy(), K)
    assert table.schema.field("score").type == pa.float32()
    raw = np.log(events["met"].to_numpy())
    for fold in range(K):  # the order within a fold never changes
        mine = folds == fold
        assert np.array_equal(np.argsort(raw[mine]), np.argsort(score[mine]))
    weight = events["weight"].to_numpy()
    for quantile in (0.1, 0.5, 0.9, 0.99):
        cut = np.quantile(score, quantile)
        passing = [
            np.average(score[folds == f] > cut, weights=weight[folds == f]) for f in range(K)
        ]
        assert np.ptp(passing) < 0.01
    # one scale already: it hardly changes
    assert np.quantile(np.abs(table["score_kl"].to_numpy() - raw), 0.95) < 0.2


def test_what_is_scored_later_meets_the_same_map(scored, tmp_path):
    source, output, fold_map = scored
    write_scores(combine_scorers(SCORERS, [fold_map]), [source], tmp_path / "s", provenance={})
    assert pq.read_table(tmp_path / "s").equals(pq.read_table(output))
    assert combine_scorers(SCORERS[:1], []) is SCORERS[0]


def test_a_map_is_read_as_it_was_written(scored, tmp_path):
    found = read_fold_map(scored[2])
    write_fold_map(tmp_path / "m.npz", found, {"a": 1})
    assert (tmp_path / "m.npz").read_bytes() == scored[2].read_bytes()
    (tmp_path / "m.npz").write_bytes(b"no map")
    with pytest.raises(ValueError, match=r"m\.npz is no map of scores .*; remove it"):
        read_fold_map(tmp_path / "m.npz")


def test_networks_of_other_folds_are_refused(scored):
    for others in (SCORERS[::-1], SCORERS[:2], [Stretched(None)]):
        with pytest.raises((ValueError, AttributeError)):
            FoldScorer(others)
    with pytest.raises(ValueError, match="fold 1 is to score fold 0 of 2"):
        FoldScorer([Stretched(Fold(1, 2)), Stretched(Fold(0, 2))])
    with pytest.raises(ValueError, match="not made for them"):
        FoldScorer(SCORERS, FoldMap({"score": read_fold_map(scored[2]).curves["score"]}))


def test_a_fold_without_weight_is_named(events, tmp_path):
    folds = find_folds(events["key"].to_numpy(), K)
    source = write_events(tmp_path / "s.parquet", events.filter(pa.array(folds != 1)))
    output = tmp_path / "o.parquet"
    with pytest.raises(ValueError, match=re.escape("fold 1 of 3 has 0 events of total weight 0")):
        write_fold_scores(SCORERS, [source], output, tmp_path / "m.npz", provenance={})
    assert [path.name for path in tmp_path.iterdir()] == ["s.parquet"]


NUMBERS = st.floats(-100, 100, width=32)


@given(
    st.lists(st.tuples(NUMBERS, st.floats(0.1, 1) | st.floats(-0.05, 0)), min_size=30),
    st.lists(NUMBERS),
    st.sampled_from([10, 10_000]),
)
def test_curves_rise_and_keep_ties(events, others, most):
    score, weight = np.array(events).T
    folds = np.arange(len(score)) % K
    for fold in range(K):
        mine = folds == fold
        if weight[mine].sum() <= 0.1:
            return
        weight[mine] /= weight[mine].sum()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "MOST_EDGES", most)
        patched.setattr(module, "TAIL", most // 2)
        curves = fit_curves(score, weight, folds, K)
    for curve in curves:
        assert len(curve.raw) <= most
        assert (np.diff(curve.raw) > 0).all()
        assert (np.diff(curve.common) > 0).all()
        assert (curve.slopes > 0).all()
        assert (np.diff(curve.apply(np.sort(np.array([*others, *score])))) >= 0).all()


def test_beyond_its_ends_a_curve_is_straight():
    curve = Curve(np.array([1.0, 2.0]), np.array([10.0, 30.0]), np.array([2.0, 4.0]))
    found = curve.apply(np.array([0.0, 1.0, 1.5, 2.0, 2.5]))
    np.testing.assert_allclose(found, [8, 10, 20, 30, 32])
    np.testing.assert_allclose(curve.invert(found), [0.0, 1.0, 1.5, 2.0, 2.5])


def fit_curves(score, weight, folds, number):
    counts = Counts(choose_edges(score), number)
    counts.add(score, weight, folds)
    return counts.make_curves()


def make_toy(rng, size, negative):
    folds = rng.integers(0, 5, size)
    weight = np.where(rng.random(size) < negative, -1.0, 1.0)
    true = rng.normal(size=size)
    return folds, weight, np.exp(0.2 * folds) * true + np.sinh(0.1 * folds * true) + folds


def test_data_of_the_backgrounds_distribution_pass_as_expected():
    """No bias, and 68 % within the uncertainty; some backgrounds have negative weights."""
    rng = np.random.default_rng(3)
    size, observed = 4000, 1000
    pulls, ratios, places = [], [], []
    for toy in range(800):
        folds, weight, raw = make_toy(rng, size, 0.1 * (toy % 2))
        shares = weight / np.bincount(folds, weight)[folds]
        curves = FoldMap({"s": fit_curves(raw, shares, folds, 5)})
        background = curves.apply({"s": raw}, folds)["s"]
        own, _, measured = make_toy(rng, rng.poisson(observed), 0)
        data = curves.apply({"s": measured}, own)["s"]
        cuts = np.quantile(background, [0.9, 0.97])
        passing = background[:, None] > cuts
        factor = observed / weight.sum()
        expected = factor * (weight @ passing)
        variance = factor**2 * (weight**2 @ passing)
        found = (data[:, None] > cuts).sum(axis=0)
        pulls.append((found - expected) / np.sqrt(expected + variance))
        ratios.append(found / expected)
        below = background < data[:25, None]
        places.append(below @ weight / weight.sum())
    within = (np.abs(pulls) < 1).mean(axis=0)
    assert ((within > 0.63) & (within < 0.73)).all()
    uncertainty = np.std(ratios, axis=0) / np.sqrt(len(ratios))
    assert (np.abs(np.mean(ratios, axis=0) - 1) < 3 * uncertainty + 0.01).all()
    counts, _ = np.histogram(places, bins=5, range=(0, 1))
    np.testing.assert_allclose(counts / counts.sum(), 0.2, atol=0.01)
