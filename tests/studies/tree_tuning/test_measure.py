"""A search for settings of trees on Gaussians."""

import numpy as np
import pytest

from labelled_events import FRACTION, SELECTION, fit, make_trees, write_gaussians
from rapidmass.config.studies.tree_tuning import TreeTuning
from rapidmass.datasets.folds import Fold
from rapidmass.models.classifiers.events import LabelledEvents
from rapidmass.studies.tree_tuning.measure import search, tune_trees

TUNING = TreeTuning(trials=10, random_trials=4, inner_folds=3)
BAD = {"max_depth": 8, "learning_rate": 1.0, "max_trees": 20}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    files = write_gaussians(tmp_path_factory.mktemp("events"), 1500)
    return tune_trees(
        *files, fit(files[0], Fold(0, 2)), make_trees(**BAD), TUNING,
        name="bdt", selection=SELECTION, validation_fraction=FRACTION, seed=3, threads=1,
    )  # fmt: skip


def make_pool(n=600):
    rng = np.random.default_rng(1)
    label = (np.arange(n) % 2).astype(np.float32)
    x = rng.normal(label[:, None], 1, (n, 2)).astype(np.float32)
    return LabelledEvents(x, label, np.ones(n, np.float32))


def test_better_settings_are_found_and_are_better_on_unseen_events(found):
    configured, *tried = found["trials"]
    assert configured["parameters"]["learning_rate"] == 1.0
    best = found["trials"][found["best"]]
    assert best["loss"] == min(t["loss"] for t in found["trials"] if t["loss"] is not None)
    # much less than ln 2; trees of depth 8 at a rate of 1 learn by heart
    assert best["loss"] < configured["loss"] - 0.01
    assert found["unseen"]["tuned"]["value"] > found["unseen"]["configured"]["value"]
    assert len(tried) == 10
    assert {key: found["network"][key] for key in best["parameters"]} == best["parameters"]
    assert found["network"]["max_trees"] == 20


def test_bad_settings_are_given_up_early_and_random_ones_are_not(found):
    _, *tried = found["trials"]
    assert all(trial["loss"] is not None for trial in tried[:4])
    given_up = [trial for trial in tried if trial["loss"] is None]
    assert given_up
    assert all(len(trial["folds"]) < 3 for trial in given_up)
    # given up where the mean so far is above the median of all that got there before
    for trial in given_up:
        step = len(trial["folds"])
        before = [t for t in tried[: tried.index(trial)] if len(t["folds"]) >= step]
        assert np.mean(trial["folds"]) > np.median([np.mean(t["folds"][:step]) for t in before])


def test_the_same_seed_gives_the_same_trials():
    tuning = TreeTuning(trials=2, random_trials=2, inner_folds=2)
    settings = make_trees(max_trees=5)
    runs = [
        search(make_pool(), settings, tuning, name="bdt", seed=seed, threads=1)
        for seed in (1, 1, 2)
    ]
    assert runs[0] == runs[1] != runs[2]


def test_the_space_is_checked():
    with pytest.raises(ValueError, match=r"learning_rate: 0\.5 is above 0\.1"):
        TreeTuning(space={"learning_rate": [0.5, 0.1]})
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        TreeTuning(space={"max_depth": [0, 3]})
