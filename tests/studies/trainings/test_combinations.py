"""Several trainings as one score, on Gaussians with a known best score."""

from statistics import NormalDist

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rapidmass.scores import tables
from rapidmass.scores.read import ScoredEvents, join_events
from rapidmass.statistics.roc import compute_auc
from rapidmass.storage.event_keys import make_event_keys
from rapidmass.studies.trainings import combinations
from rapidmass.studies.trainings.combinations import combine
from rapidmass.studies.trainings.stacks import Stack, iterate_stacks

N = 6000
KINDS = ("stacking", "largest_quantile", "mean_logit")


def make_stack(name, shifts, *, n=N, noise=0):
    """Each training has the logit of a Gaussian that the signal shifts; more know nothing."""
    rng = np.random.default_rng(len(name))
    x = rng.normal(shifts, 1, (n, len(shifts)))
    scores = np.hstack([x - 0.5, rng.normal(size=(n, noise))])
    keys = make_event_keys(1, name, np.ones(n, np.int64), np.arange(n, dtype=np.uint64))
    return Stack(ScoredEvents(keys, np.full(n, name), scores[:, 0], np.ones(n), {}), scores)


@pytest.fixture
def rate(tmp_path):
    """Combine trainings, the background in pieces."""

    def call(kind, background, signals, told, *, folds):
        parts = np.array_split(np.arange(len(background.scores)), 3)
        pieces = [background.select(part) for part in parts]
        rated, found = combine(kind, lambda: pieces, signals, told, folds=folds, folder=tmp_path)
        return join_events(list(rated())), found

    return call


def measure(combined):
    background, signal = combined[0], combined[1]["s"]
    return compute_auc(background.score, background.weight, signal.score, signal.weight)


@pytest.mark.parametrize("kind", KINDS)
def test_two_independent_trainings_add_up(rate, kind):
    background, signals = make_stack("b", (0, 0)), {"s": make_stack("signal", (1, 1))}
    auc = measure(rate(kind, background, signals, ["s"], folds=5))
    best = NormalDist().cdf(1)  # of two unit Gaussians at a distance of the root of 2
    one = NormalDist().cdf(1 / np.sqrt(2))
    if kind == "largest_quantile":
        assert one + 0.01 < auc.value < best
    else:
        assert auc.value == pytest.approx(best, abs=3 * auc.uncertainty)


def test_a_stacking_ignores_what_knows_nothing_and_a_mean_does_not(rate):
    background = make_stack("b", (0,), noise=6)
    signals = {"s": make_stack("signal", (1,), noise=6)}
    best = NormalDist().cdf(1 / np.sqrt(2))
    stacked, mean = (
        measure(rate(kind, background, signals, ["s"], folds=5))
        for kind in ("stacking", "mean_logit")
    )
    assert stacked.value == pytest.approx(best, abs=3 * stacked.uncertainty)
    assert mean.value < best - 0.1


def test_no_event_is_in_the_fit_that_rates_it(rate):
    """Where there is nothing to learn, few events would be told apart by heart."""
    found = []
    for seed in range(20):
        background = make_stack(f"b{seed}", (0,), n=60, noise=20)
        signals = {"s": make_stack("s" * (seed + 3), (0,), n=60, noise=20)}
        found.append(measure(rate("stacking", background, signals, ["s"], folds=3)))
    mean = np.mean([auc.value for auc in found])
    assert mean == pytest.approx(0.5, abs=0.05)


def test_a_signal_that_only_one_training_knows_is_found_by_the_largest_quantile(rate):
    """The mean is spoilt by the many that do not know it."""
    n = 8
    background = make_stack("b", (0,) * n)
    signals = {"s": make_stack("signal", (3, *(0,) * (n - 1)))}
    largest, mean = (
        measure(rate(kind, background, signals, [], folds=5)).value
        for kind in ("largest_quantile", "mean_logit")
    )
    assert largest > mean + 0.03


def test_of_one_training_the_order_stays(rate):
    background, signals = make_stack("b", (0,)), {"s": make_stack("signal", (1,))}
    rated, found = rate("largest_quantile", background, signals, [], folds=2)
    order = np.corrcoef(np.argsort(np.argsort(rated.score)), np.argsort(np.argsort(
        background.scores[:, 0])))  # fmt: skip
    assert order[0, 1] > 0.999
    # a tenth of the background lies beyond 1 = -log10(0.1)
    assert np.mean(rated.score > 1) == pytest.approx(0.1, abs=0.01)
    assert np.all(np.isfinite(found["s"].score))


def test_files_of_other_events_are_refused():
    one, other = make_stack("b", (0,)).events, make_stack("c", (0,)).events
    with pytest.raises(ValueError, match="hold other events"):
        Stack.make([one, other])


def test_a_regression_of_much_background_learns_from_some_of_it(rate, monkeypatch):
    background, signals = make_stack("b", (0, 0)), {"s": make_stack("signal", (1, 1))}
    of_all, _ = rate("stacking", background, signals, ["s"], folds=5)
    monkeypatch.setattr(combinations, "FITTED", 2000)
    found = rate("stacking", background, signals, ["s"], folds=5)
    assert not np.array_equal(found[0].score, of_all.score)
    auc = measure(found)
    assert auc.value == pytest.approx(NormalDist().cdf(1), abs=3 * auc.uncertainty)


def test_the_background_is_read_in_pieces_by_all_trainings(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "ROWS", 400)
    stack = make_stack("b", (0, 0), n=1000)
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for path, score in zip(paths, stack.scores.T, strict=True):
        write_events(path, stack.events, score)
    take = {"luminosity": 2.0, "scored_share": 0.5, "variables": []}
    found = list(iterate_stacks(paths, **take))
    assert [len(part.scores) for part in found] == [400, 400, 200]
    joined = Stack.join(found)
    assert np.array_equal(joined.scores, stack.scores.astype(np.float32))
    assert np.array_equal(joined.events.weight, 4 * stack.events.weight)
    # the same first pieces, and one more in one of the files
    write_events(paths[1], stack.events.select(np.arange(800)), stack.scores[:800, 1])
    with pytest.raises(ValueError, match="hold other events"):
        list(iterate_stacks(paths, **take))


def write_events(path, events, score):
    columns = {"key": events.key, "channel": events.channel, "weight": events.weight}
    pq.write_table(pa.table({**columns, "score": score.astype(np.float32)}), path)
