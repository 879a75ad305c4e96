"""The study of altered events: each alteration against the whole test set."""

from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import roc_auc_score

from likeness import assert_alike
from rapidmass.config.studies.altered_events import Noise, ScalePt
from rapidmass.scores.ordered import open_ordered
from rapidmass.studies.altered_events import measure
from rapidmass.studies.altered_events.measure import study_alterations

ALTERATIONS = [
    ScalePt(name="pt", objects=["ele"], factors=[2, 5, 9]),
    Noise(name="noise"),
]
N = 4000


def write_scores(path, scores, weights, labels=None):
    columns = {
        "key": np.arange(len(scores), dtype=np.uint64),
        "channel": ["top"] * len(scores),
        "weight": weights,
        "score_kl": scores.astype(np.float32),
    }
    if labels is not None:
        columns["alteration"] = labels
    pq.write_table(pa.table(columns), path)
    return path


@pytest.fixture
def scores(tmp_path):
    """Scores of the test set, and shifted ones of altered events: none for the factor 9."""
    rng = np.random.default_rng(2)
    nominal, weights = rng.normal(size=N), rng.choice([0.5, 1.0, 1.5], N)
    shifts = {"pt_x2": 0.5, "pt_x5": 2.0, "noise": -1.0}
    parts = {label: rng.normal(shift, size=N // 2) for label, shift in shifts.items()}
    labels = np.repeat(list(parts), N // 2)
    order = rng.permutation(len(labels))
    altered = np.concatenate(list(parts.values()))
    altered_weights = rng.uniform(0.5, 1.5, len(labels))
    paths = (
        write_scores(tmp_path / "test.parquet", nominal, weights),
        write_scores(
            tmp_path / "altered.parquet",
            altered[order], altered_weights[order], labels[order].tolist(),
        ),
    )  # fmt: skip
    return paths, nominal, weights, altered, altered_weights, labels


def study(paths, **changes):
    settings = {
        "column": "score_kl", "luminosity": 100.0, "scored_share": 0.2,
        "minimum_effective_events": 10, "folder": paths[0].parent,
    }  # fmt: skip
    return study_alterations(*paths, ALTERATIONS, **{**settings, **changes})


def test_each_alteration_is_compared_with_the_test_set(scores):
    paths, nominal, weights, altered, altered_weights, labels = scores
    found = study(paths)
    assert [entry["label"] for entry in found["alterations"]] == [
        "pt_x2",
        "pt_x5",
        "pt_x9",
        "noise",
    ]
    assert [entry["factor"] for entry in found["alterations"]] == [2, 5, 9, None]
    assert [entry["settings"]["kind"] for entry in found["alterations"]] == ["scale_pt"] * 3 + [
        "noise"
    ]
    threshold = None
    for entry in found["alterations"]:
        chosen = labels == entry["label"]
        assert entry["events"] == chosen.sum()
        if not chosen.any():
            continue
        both = np.concatenate([nominal, altered[chosen]]).astype(np.float32)
        expected = roc_auc_score(
            np.repeat([0, 1], [N, chosen.sum()]),
            both,
            sample_weight=np.concatenate([weights, altered_weights[chosen]]),
        )
        assert entry["auc"] == pytest.approx(expected, abs=1e-6)
        assert sum(entry["shape"]["values"]) == pytest.approx(
            altered_weights[chosen].sum() * 100 / 0.2
        )
        assert len(entry["shape"]["values"]) == len(found["edges"]) - 1
        cut = entry["efficiencies"][0]
        assert cut["background_efficiency"] == 0.01
        above = altered[chosen] > cut["threshold"]
        share = altered_weights[chosen][above].sum() / altered_weights[chosen].sum()
        assert cut["efficiency"] == pytest.approx(share, abs=2e-3)
        assert cut["low"] <= cut["efficiency"] <= cut["high"]
        assert threshold in (None, cut["threshold"]), "the cut is one of background alone"
        threshold = cut["threshold"]
    assert found["test"]["events"] == N


def test_pieces_give_the_same_numbers(scores, monkeypatch):
    whole = study(scores[0])
    monkeypatch.setattr(measure, "open_ordered", partial(open_ordered, events_per_piece=900))
    assert_alike(study(scores[0]), whole, rel=1e-11)


def test_an_alteration_of_no_event_is_undefined_and_not_an_error(scores):
    absent = study(scores[0])["alterations"][2]
    assert absent["events"] == 0
    assert absent["auc"] is None
    assert absent["efficiencies"][0]["efficiency"] is None


def test_no_efficiency_is_quoted_where_little_background_is_left(scores):
    for floor, defined in ((2, [True, True]), (10, [True, False]), (1e6, [False, False])):
        found = study(scores[0], minimum_effective_events=floor)["alterations"][0]
        assert found["auc"] is not None
        assert [cut["efficiency"] is not None for cut in found["efficiencies"]] == defined


def test_a_missing_score_is_named(scores):
    with pytest.raises(ValueError, match=r"test\.parquet has no column 'score'"):
        study(scores[0], column="score")
