"""The spread over seeds, of networks that were really trained with other seeds."""

from functools import partial

import numpy as np
import pytest

from example_networks import make_autoencoder
from likeness import assert_alike
from rapidmass.config.search.scan import Axis, ScanSettings
from rapidmass.scores.ordered import open_ordered
from rapidmass.scores.read import read_background, read_signal
from rapidmass.search import scored_pairs
from rapidmass.search.scan import scan_cuts
from rapidmass.statistics.roc import compute_auc
from rapidmass.studies.seeds import measure as seeds
from rapidmass.studies.seeds.measure import Replica, measure_seeds
from synthetic_megasets import write_events
from trained_variants import Variants, make_background, make_signal

LUMINOSITY, TEST_FRACTION, WEIGHT = 10.0, 0.2, 0.05
SETTINGS = ScanSettings(
    score_quantiles=[0.5, 0.9], met=Axis(start=0, stop=200, step=20), minimum_effective_events=5
)


@pytest.fixture(scope="module")
def replicas(tmp_path_factory):
    folder = tmp_path_factory.mktemp("replicas")
    megaset = write_events(folder / "megaset.parquet", make_background(2000))
    test = write_events(folder / "test.parquet", make_background(2000, seed=77))
    signal = write_events(folder / "signal.parquet", make_signal(500))
    variants = Variants(folder, make_autoencoder(batch_size=64), [test], {"sig": [signal]})
    made = [variants.make(f"ae-{seed}", [megaset], seed=seed) for seed in (1, 2, 3)]
    return [Replica(path / "background.parquet", {"sig": path / "sig.parquet"}) for path in made]


def measure(replicas, settings=SETTINGS):
    return measure_seeds(
        replicas, "score", {"sig": WEIGHT}, settings,
        luminosity=LUMINOSITY, scored_share=TEST_FRACTION, folder=replicas[0].background.parent,
    )  # fmt: skip


@pytest.fixture(scope="module")
def measured(replicas):
    return measure(replicas)


def read(replica):
    background = read_background(
        replica.background, luminosity=LUMINOSITY, scored_share=TEST_FRACTION
    )
    signal = read_signal(replica.signals["sig"], "sig", weight=WEIGHT, luminosity=LUMINOSITY)
    return background, signal


def test_every_replica_is_measured_by_itself(replicas, measured):
    metrics = measured["signals"]["sig"]["metrics"]
    assert list(metrics) == ["auc", "efficiency_0.01", "efficiency_0.001", "best_z"]
    aucs, best = [], []
    for replica in replicas:
        b, s = read(replica)
        aucs.append(compute_auc(b.score, b.weight, s.score, s.weight).value)
        cuts = scan_cuts(b, s, SETTINGS, channels=["top", "odd"], spectra=[])["cuts"][1:]
        best.append(max(cut["best"]["asimov"] for cut in cuts))
    assert metrics["auc"]["values"] == aucs
    assert metrics["best_z"]["values"] == best
    assert metrics["auc"]["mean"] == pytest.approx(np.mean(aucs))
    assert metrics["auc"]["spread"] == pytest.approx(np.std(aucs, ddof=1))
    assert (metrics["auc"]["low"], metrics["auc"]["high"]) == (min(aucs), max(aucs))


def test_pieces_give_the_same_numbers(replicas, measured, monkeypatch):
    few = partial(open_ordered, events_per_piece=300)
    for module in (scored_pairs, seeds):
        monkeypatch.setattr(module, "open_ordered", few)
    assert_alike(measure(replicas), measured, rel=1e-11)


def test_seeds_change_results(measured):
    for metric in ("auc", "best_z"):
        assert measured["signals"]["sig"]["metrics"][metric]["spread"] > 0
    assert 0.01 < measured["overlap"]["mean"] < 1
    assert len(measured["overlap"]["values"]) == 3


def test_the_same_training_has_no_spread(replicas):
    found = measure([replicas[0]] * 3)
    metrics = found["signals"]["sig"]["metrics"]
    assert metrics["auc"]["spread"] == 0
    assert metrics["best_z"]["spread"] == 0
    assert found["overlap"]["values"] == [1.0, 1.0, 1.0]
    assert max(bin_["spread"] for bin_ in found["background"]["shape"]) < 1e-12


def test_distributions_are_normalised(measured):
    for shape in (measured["background"]["shape"], measured["signals"]["sig"]["shape"]):
        assert len(shape) == len(measured["edges"]) - 1
        assert sum(bin_["mean"] for bin_ in shape) == pytest.approx(1.0)


def test_curves_rise_to_one_and_begin_where_enough_events_pass(measured):
    curve = measured["signals"]["sig"]["roc"]
    means = [point["mean"] for point in curve]
    assert means[0] is None
    defined = [mean for mean in means if mean is not None]
    assert defined == sorted(defined)
    assert defined[-1] == pytest.approx(1.0)
    place = means.index(defined[0])
    share = measured["roc_efficiencies"][place]
    assert share * 2000 == pytest.approx(5, rel=0.6)


def test_other_events_and_single_replicas_are_refused(replicas):
    with pytest.raises(ValueError, match="1 replica has no spread: give at least two"):
        measure(replicas[:1])
    wrong = Replica(replicas[0].signals["sig"], replicas[0].signals)
    with pytest.raises(ValueError, match=r"sig\.parquet holds scores of other events"):
        measure([replicas[0], wrong])


def test_a_best_significance_needs_enough_events(replicas):
    strict = SETTINGS.model_copy(update={"minimum_effective_events": 1e6})
    best = measure(replicas[:2], strict)["signals"]["sig"]["metrics"]["best_z"]
    assert best["values"] == [None, None]
    assert best["mean"] is None
