"""Taggers: which trainings are measured, and which models score for each."""

import pytest

from jobs import inputs
from jobs.model_settings import describe_training
from jobs.studies import taggers

LAYERS = [{"units": 4, "activation": "relu"}]
TARGET = {"signals": ["HLL_500"]}
TREES = {"family": "xgboost", "target": TARGET}


@pytest.fixture
def repeated(make):
    """Make a context with a network, two kinds of trees, and what is told no signal."""
    return make(
        split={"folds": 2, "test_fraction": None},
        architectures={
            "dnn": {"family": "classifier", "target": TARGET, "layers": LAYERS},
            "trees": TREES,
            "random_trees": {**TREES, "subsample": 0.5},
        },
        studies={"taggers": {"enabled": True, "seeds": 3, "variable": "met"}},
    )


def test_seeds_are_of_what_depends_on_them(repeated, make):
    found = {
        (variant.architecture, variant.replica)
        for variant in repeated.models["2lep"].values()
        if variant.replica
    }
    assert found == {(name, k) for name in ("dnn", "random_trees") for k in (1, 2)}
    assert not [name for name in make().models["2lep"] if "-seed-" in name]


def test_every_training_scores_the_same_events(repeated, wildcards):
    job = wildcards(selection="2lep")
    settings = taggers.describe_measurement(repeated, job)
    rows = settings["taggers"][1]
    numbers = {name: trainings for name, _, trainings in rows}
    assert (numbers["dnn"], numbers["trees"], numbers["random_trees"]) == (3, 1, 3)
    files = taggers.list_backgrounds(repeated, job)
    assert len(files) == sum(trainings for *_, trainings in rows)
    signals = repeated.selections["2lep"].signals
    assert len(taggers.list_signals(repeated, job)) == len(files) * len(signals)

    own, other = (
        wildcards(selection="2lep", model=name, dataset="background")
        for name in ("dnn", "dnn-seed-1")
    )
    assert inputs.list_events(repeated, own) == inputs.list_events(repeated, other)
    folds = [f"results/2lep/models/dnn-seed-1-fold-{fold}/model.onnx" for fold in (0, 1)]
    assert inputs.list_networks(repeated, other) == folds
    assert inputs.find_fold_map(repeated, other)
    assert "dnn-seed-1" in repeated.list_folded(repeated.networks)
    streams = [
        describe_training(repeated, wildcards(selection="2lep", model=name))["stream"]
        for name in ("dnn-fold-1", "dnn-seed-2-fold-1")
    ]
    assert [stream for _, stream in streams] == [["training", "dnn"], ["training", "dnn", 2]]
    assert streams[1][0] == "studies.taggers.seeds"


def test_taggers_of_other_selections_score_the_same_jets(make, wildcards):
    network = {"family": "classifier", "target": TARGET, "layers": LAYERS}
    across = ["2lep", "3lep"]
    context = make(
        split={"folds": 2, "test_fraction": None},
        architectures={"dnn": network},
        studies={"taggers": {"enabled": True, "variable": "met", "across": across}},
    )
    job = wildcards(selection="3lep", other="2lep", model="dnn", dataset="background")
    rows = taggers.describe_measurement(context, job)["taggers"][1]
    assert [name for name, *_ in rows][:2] == ["dnn", "dnn@2lep"]
    files = taggers.list_backgrounds(context, job)
    assert files[1] == "results/3lep/scores_across/2lep/dnn/background.parquet"
    signals = context.selections["3lep"].signals
    assert len(taggers.list_signals(context, job)) == len(files) * len(signals)

    # networks, and the scale of their folds, are of the other selection; the jets are the own ones
    assert taggers.list_networks_across(context, job) == [
        f"results/2lep/models/dnn-fold-{fold}/model.onnx" for fold in (0, 1)
    ]
    assert taggers.find_fold_map_across(context, job).startswith("results/2lep/scores/dnn/")
    assert all(path.startswith("results/3lep/") for path in inputs.list_events(context, job))
