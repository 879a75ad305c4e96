"""Trees that a study grows, and what they have not seen, on Gaussians."""

from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from labelled_events import draw_gaussians, grow, make_trees, write_material, write_sample
from rapidmass.datasets.folds import Fold
from rapidmass.scores.unseen_trees import score_unseen
from rapidmass.statistics.roc import compute_auc


def test_every_event_is_scored_once_by_trees_that_did_not_see_it(tmp_path):
    shares = {"subsample": 0.5, "colsample_bytree": 0.5}  # so that few scores are equal
    material = write_material(tmp_path, {"near": 1.0, "far": 2.0}, **shares)
    background, scored = score_unseen(material, ["far"], ["far", "near"])
    files = {"": material.megasets[0], **material.samples}
    for name, events in {"": background, **scored}.items():
        keys = pq.read_table(files[name])["key"].to_numpy()
        assert sorted(events.key) == sorted(keys)
    # among the background of its fold, the background is uniform
    assert np.quantile(background.score, [0.25, 0.5, 0.75]) == pytest.approx(
        [0.25, 0.5, 0.75], abs=0.02
    )
    assert background.score.mean() == pytest.approx(0.5, abs=1e-6)
    assert set(scored["near"].channel) == {"near"}
    doubled = score_unseen(replace(material, luminosity=2.0), ["far"], ["far"])[1]["far"]
    assert doubled.weight == pytest.approx(0.2)


def test_nothing_is_found_where_labels_say_nothing(tmp_path):
    """Trees that know their own events by heart tell nothing of others."""
    deep = {"max_depth": 12, "learning_rate": 1.0, "min_child_weight": 0.0, "reg_lambda": 0.0}
    material = write_material(tmp_path, {"same": 0.0}, background=1500, signal=1500, **deep)
    background, scored = score_unseen(material, ["same"], ["same"])
    signal = scored["same"]
    auc = compute_auc(background.score, background.weight, signal.score, signal.weight)
    assert abs(auc.value - 0.5) < 3 * auc.uncertainty
    trees = grow(material.megasets, material.samples, make_trees(**deep), fold=Fold(0, 2))
    seen = [
        trees.compute_scores(np.column_stack([pq.read_table(p)[f"feature:f{k}"] for k in (0, 1)]))
        for p in (material.megasets[0], material.samples["same"])
    ]
    by_heart = compute_auc(seen[0], np.ones(1500), seen[1], np.ones(1500))
    assert by_heart.value > 0.55


def test_a_sample_without_events_has_no_scores(tmp_path):
    material = write_material(tmp_path, {"far": 2.0}, background=600, signal=300)
    empty = write_sample(tmp_path / "none.parquet", draw_gaussians(0, 0.0, seed=3), 0.1, "none")
    found = replace(material, samples={**material.samples, "none": empty})
    _, scored = score_unseen(found, ["far"], ["none"])
    assert len(scored["none"].key) == 0
