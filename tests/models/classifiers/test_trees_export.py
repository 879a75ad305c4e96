import json

import numpy as np
import onnx
import pytest
import xgboost

from labelled_events import SELECTION, draw_gaussians, grow, make_trees
from rapidmass.datasets.folds import Fold
from rapidmass.models.classifiers.trees_export import check_parity, export_trees, write_trees
from rapidmass.provenance.atomic_files import read_json
from rapidmass.representations.tables import decode
from rapidmass.scores.write import NetworkScorer
from rapidmass.storage.parquet import read_shard


def test_the_exported_trees_score_events_as_xgboost_does(events, tmp_path):
    trees = grow(*events, make_trees(max_depth=5), fold=Fold(1, 3))
    path = tmp_path / "model.onnx"
    export_trees(trees, path, provenance={})
    scorer = NetworkScorer(path, ["logit"], threads=1)
    assert (scorer.fold, scorer.selection) == (Fold(1, 3), SELECTION)
    table = read_shard(events[0][0])
    x = decode(table).fill(padding=np.nan)
    assert np.isnan(x).any()
    found = scorer.score(table)["score"]
    expected = trees.booster.predict(xgboost.DMatrix(x), output_margin=True) + trees.margin
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    parity = check_parity(trees, path, events[0])
    assert parity["events"] == table.num_rows
    assert parity["score_logit"] < 1e-5


def test_features_that_are_left_out_are_not_looked_at(events, tmp_path):
    trees = grow(*events, make_trees(exclude_features=["f1"]))
    export_trees(trees, tmp_path / "model.onnx", provenance={})
    assert check_parity(trees, tmp_path / "model.onnx", events[0])["score_logit"] < 1e-5
    assert trees.features.tolist() == [0]


def test_other_trees_are_noticed(events, trees, tmp_path):
    path = tmp_path / "model.onnx"
    export_trees(grow(*events, make_trees(max_trees=3)), path, provenance={})
    with pytest.raises(ValueError, match="score_logit differs from that of XGBoost"):
        check_parity(trees, path, events[0])


def test_files_are_the_same_for_the_same_trees_and_say_what_they_are(events, trees, tmp_path):
    names = ("booster.ubj", "history.json", "card.json", "model.onnx")
    contents = []
    for place in ("one", "two"):
        booster, history, card, path = (tmp_path / place / name for name in names)
        path.parent.mkdir()
        export_trees(trees, path, provenance={"made": "here"})
        parity = check_parity(trees, path, events[0])
        write_trees(
            trees, booster=booster, history=history, card=card,
            provenance={"made": "here"}, parity=parity,
        )  # fmt: skip
        contents.append([(tmp_path / place / name).read_bytes() for name in names])
    assert contents[0] == contents[1]
    told = read_json(card)
    assert told["classes"]["signal"] == {
        "s": {"events": pytest.approx(2400, abs=100), "negative": 0,
              "weight_pb": pytest.approx(2400, abs=100)},
    }  # fmt: skip
    best = read_json(history)["epochs"][told["trees"] - 1]
    # of the history XGBoost keeps five digits
    assert told["validation_loss"] == pytest.approx(best["validation_loss"], abs=1e-5)
    assert told["provenance"] == {"made": "here"}
    properties = {p.key: p.value for p in onnx.load(path).metadata_props}
    assert json.loads(properties["rapidmass.provenance.requests"]) == {"made": "here"}
    read = xgboost.Booster(model_file=booster)
    x = draw_gaussians(100, 0, seed=5).astype(np.float32)
    np.testing.assert_array_equal(
        read.inplace_predict(x, predict_type="margin"), trees.compute_scores(x) - trees.margin
    )


def test_an_ensemble_is_exported_whole(events, tmp_path):
    settings = make_trees(max_trees=10, subsample=0.5, ensemble=3)
    trees = grow(*events, settings)
    path = tmp_path / "model.onnx"
    export_trees(trees, path, provenance={})
    assert check_parity(trees, path, events[0])["score_logit"] < 1e-5
