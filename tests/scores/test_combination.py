"""Combinations of scores, in memory and as files."""

from functools import partial
from tempfile import gettempdir

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapidmass.datasets.folds import find_folds
from rapidmass.scores import alike, combination
from rapidmass.scores.blinding import read_thresholds, write_thresholds
from rapidmass.scores.combination import Combiner, Scored, combine_p_values, write_combination
from rapidmass.scores.ordered import open_ordered
from rapidmass.statistics.roc import RocCurve
from rapidmass.storage.event_keys import make_event_keys


def make_keys(number, sample="b"):
    return make_event_keys(1, sample, np.ones(number, np.int64), np.arange(number, dtype=np.uint64))


def make_scores(number, shifts, seed=1):
    rng = np.random.default_rng(seed)
    return [rng.normal(shift, size=number).astype(np.float32) for shift in shifts]


def make_combiner(background, rule="sum_log_p", folds=3):
    return Combiner(lambda: [background], rule=rule, folds=folds, folder=gettempdir())


def make_scored(number=6000, shifts=(0, 0), seed=1, sample="b"):
    return Scored(
        make_keys(number, sample), make_scores(number, shifts, seed), None, np.ones(number)
    )


@given(st.lists(st.lists(st.floats(-40, 0), min_size=2, max_size=2), min_size=1, max_size=9))
@settings(max_examples=50)
def test_rules_by_hand(rows):
    log_p = np.array(rows).T
    np.testing.assert_allclose(
        combine_p_values(log_p, "sum_log_p"), [-(a + b) for a, b in rows], atol=1e-12
    )
    assert combine_p_values(log_p, "min_p").tolist() == [-min(a, b) for a, b in rows]


@pytest.mark.parametrize("rule", ["sum_log_p", "min_p"])
def test_the_combination_is_uniform_on_background(rule):
    background = make_scored()
    p = 10.0 ** -make_combiner(background, rule).combine(background).astype(float)
    for share in (0.5, 0.1, 0.01):
        assert (p < share).mean() == pytest.approx(share, abs=5 * np.sqrt(2 * share / len(p)))


def test_two_scores_that_each_see_a_little_see_more_together():
    """And the smallest p-value finds what one of them sees alone."""
    found = {}
    for rule in ("sum_log_p", "min_p"):
        background = make_scored(20_000)
        combiner = make_combiner(background, rule)
        reference = combiner.combine(background)
        for name, shifts in (("both", (1.5, 1.5)), ("one", (2.5, 0))):
            signal = make_scored(3000, shifts, seed=2, sample="s")
            scores = {
                "combined": (reference, combiner.combine(signal)),
                "first": (background.scores[0], signal.scores[0]),
            }
            for which, (b, s) in scores.items():
                roc = RocCurve(b, np.ones(len(b)), s, np.ones(len(s)))
                found[rule, name, which] = roc.compute_efficiency(0.01, 1).efficiency
    for rule in ("sum_log_p", "min_p"):
        assert found[rule, "both", "combined"] > 1.3 * found[rule, "both", "first"]
    assert found["min_p", "one", "combined"] > found["sum_log_p", "one", "combined"]
    assert found["sum_log_p", "both", "combined"] > found["min_p", "both", "combined"]


def test_a_constant_score_adds_nothing():
    background = make_scored()
    score = background.scores[0]
    background = background._replace(scores=[score, np.zeros_like(score)])
    found = make_combiner(background, folds=2).combine(background)
    own = find_folds(background.keys, 2)
    for fold in (0, 1):
        mine = own == fold
        order = np.argsort(score[mine], kind="stable")
        assert (np.diff(found[mine][order]) >= 0).all()


def test_no_event_ranks_itself():
    """Scores of a fold are the same whatever its own background is."""
    background = make_scored(900)
    own = find_folds(background.keys, 3)
    changed = [np.where(own == 1, 50.0, score).astype(np.float32) for score in background.scores]
    combiners = map(make_combiner, (background, background._replace(scores=changed)))
    one, other = (combiner.combine(background.select(own == 1)) for combiner in combiners)
    np.testing.assert_array_equal(one, other)


def write_file(path, keys, score, thresholds=None, **columns):
    table = pa.table({"key": keys, "score": score, **columns})
    path.parent.mkdir(exist_ok=True, parents=True)
    pq.write_table(table.replace_schema_metadata(write_thresholds(thresholds or {})), path)
    return path


@pytest.fixture
def files(tmp_path):
    keys, scores = make_keys(3000), make_scores(3000, (0, 0))
    weight = np.full(3000, 0.5)
    background = [
        write_file(tmp_path / "a/b.parquet", keys, scores[0], weight=weight, met=scores[1]),
        write_file(tmp_path / "b/b.parquet", keys, scores[1], weight=weight, score_x=scores[0]),
    ]
    return background, keys, scores


def do_write(sources, background, output, **changes):
    settings = {"rule": "sum_log_p", "folds": 3, "classes": False, "provenance": {"made": "here"}}
    write_combination(sources, background, output, **{**settings, **changes})
    return pq.read_table(output)


def test_a_file_has_the_columns_of_the_first_score(files, tmp_path):
    background, keys, scores = files
    table = do_write(background, background, tmp_path / "out.parquet")
    assert table.column_names == ["key", "score", "weight", "met"]
    scored = Scored(keys, scores, None, np.full(3000, 0.5))
    expected = make_combiner(scored).combine(scored)
    np.testing.assert_array_equal(table["score"].to_numpy(), expected)
    assert b'"made": "here"' in table.schema.metadata[b"rapidmass.provenance.requests"]


def test_blinded_events_stay_hidden(files, tmp_path):
    """What one score hides is in no file, and so is what the combination selects."""
    background, _, _ = files
    keys = make_keys(100, "d")
    a, b = make_scores(100, (0, 0), seed=7)
    low = a < 1
    sources = [
        write_file(tmp_path / "a/d.parquet", keys[low], a[low], {"score": 1.0}),
        write_file(tmp_path / "b/d.parquet", keys[b < 0.5], b[b < 0.5], {"score": 0.5}),
    ]
    output = tmp_path / "d.parquet"
    table = do_write(sources, background, output, blind_above={"score": 0.3})
    assert read_thresholds(output) == {"score": 0.3}
    assert table["score"].to_numpy().max() < 0.3
    assert set(table["key"].to_pylist()) < set(keys[low & (b < 0.5)].tolist())


def test_scores_of_other_events_are_refused(files, tmp_path):
    background, keys, scores = files
    short = write_file(tmp_path / "c.parquet", keys[1:], scores[0][1:])
    with pytest.raises(ValueError, match="hold scores of other events; remove"):
        do_write([background[0], short], background, tmp_path / "out.parquet")
    turned = write_file(tmp_path / "d.parquet", keys[::-1], scores[0])
    with pytest.raises(ValueError, match="in another order"):
        do_write([background[0], turned], background, tmp_path / "out.parquet")


def test_classes_come_from_the_last_file(files, tmp_path):
    background, keys, scores = files
    label = (np.arange(3000) % 2).astype(np.float32)
    loud = [scores[0] + 10 * label, scores[1]]
    paths = [
        write_file(tmp_path / "e/b.parquet", keys, loud[0], weight=np.ones(3000)),
        background[1],
        write_file(tmp_path / "f/b.parquet", keys, label),
    ]
    table = do_write(paths, paths, tmp_path / "out.parquet", classes=True)
    # within its class an event of the second one is not strange: both have as many large scores
    large = table["score"].to_numpy() > 1.0
    assert large[label == 1].sum() == pytest.approx(large[label == 0].sum(), rel=0.4)
    without = do_write(paths[:2], paths[:2], tmp_path / "other.parquet")
    large = without["score"].to_numpy() > 1.0
    assert large[label == 1].sum() > 5 * large[label == 0].sum()


@pytest.mark.parametrize("classes", [False, True])
def test_pieces_give_the_same_combination(files, tmp_path, monkeypatch, classes):
    """Of events that are more than fit in memory, not a bit is another one."""
    background, keys, _ = files
    label = np.random.default_rng(3).poisson(2, len(keys)).astype(np.float32)
    paths = [*background, write_file(tmp_path / "n/b.parquet", keys, label)]
    whole = do_write(paths, paths, tmp_path / "whole.parquet", classes=classes)
    pieces = partial(open_ordered, events_per_piece=400)
    monkeypatch.setattr(combination, "open_ordered", pieces)
    monkeypatch.setattr(alike, "ROWS_AT_ONCE", 700)
    folder = tmp_path / "pieces"
    folder.mkdir()
    assert do_write(paths, paths, folder / "out.parquet", classes=classes).equals(whole)
    assert [path.name for path in folder.iterdir()] == ["out.parquet"]
