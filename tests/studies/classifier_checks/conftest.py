import numpy as np
import pytest

from labelled_events import FRACTION, draw_gaussians, grow, make_trees, write_sample
from rapidmass.config.studies.classifier_checks import ClassifierChecks
from rapidmass.datasets.folds import Fold
from rapidmass.models.classifiers.trees_export import export_trees
from rapidmass.provenance.atomic_files import write_whole
from rapidmass.scores.read import ScoredEvents
from rapidmass.studies.classifier_checks.measure import Trained, check_model, check_scores

CHECKS = ClassifierChecks(permutations=19, repetitions=2, events=3000, variables=["met"])
N = 3000


@pytest.fixture(scope="package")
def trained(tmp_path_factory):
    """Trees on two Gaussians one unit apart in the first of three features, exported."""
    folder = tmp_path_factory.mktemp("trained")
    background = draw_gaussians(N, 0.0, seed=1, features=3, missing=0.2)
    signal = draw_gaussians(N, 1.0, seed=2, features=3, missing=0.2)
    megasets = [write_sample(folder / "b.parquet", background, 1.0, "b")]
    signals = {"s": write_sample(folder / "s.parquet", signal, 0.1, "s")}
    settings = make_trees(max_trees=60)
    trees = grow(megasets, signals, settings, fold=Fold(0, 2))
    export_trees(trees, folder / "model.onnx", provenance={})
    with write_whole(folder / "booster.ubj") as path:
        path.write_bytes(trees.booster.save_raw("ubj"))
    return Trained(
        "bdt", settings, folder / "model.onnx", folder / "booster.ubj", megasets, signals, FRACTION
    )


@pytest.fixture(scope="package")
def checks():
    return CHECKS


@pytest.fixture(scope="package")
def scored():
    """Background of two channels, and a signal; MET rises with the score, mass does not."""
    rng = np.random.default_rng(5)

    def make(n, shift, channels, weight):
        score = rng.normal(shift, 1, n)
        variables = {"met": 50 + 10 * score, "m_ll": rng.exponential(30, n)}
        channel = rng.choice(channels, n)
        keys = np.arange(n, dtype=np.uint64)
        return ScoredEvents(keys, channel, score, np.full(n, weight), variables)

    return make(20000, 0.0, ["Zjets", "ttbar"], 0.5), make(2000, 2.0, ["s"], 0.01)


@pytest.fixture(scope="package")
def found(trained, scored, tmp_path_factory):
    background, signal = scored
    return {
        **check_model(trained, CHECKS, seed=1, threads=1),
        **check_scores(
            lambda: [background],
            [signal],
            CHECKS,
            channels=["Zjets", "ttbar"],
            minimum_effective_events=10,
            folder=tmp_path_factory.mktemp("checks"),
        ),
    }
