import numpy as np
import pytest

from labelled_events import FRACTION, fit, write_sample
from rapidmass.datasets.folds import Fold, find_folds
from rapidmass.datasets.splits import select_part
from rapidmass.models.classifiers.events import read_labelled
from rapidmass.models.inputs.class_sums import measure_classes
from rapidmass.models.inputs.class_weights import make_class_weights
from rapidmass.representations.tables import decode
from rapidmass.storage.parquet import read_shard


def read(megasets, signals, features=(0, 1), part="training", fold=None, policy="keep"):
    sums = measure_classes(megasets, signals, fold=fold, validation_fraction=FRACTION)
    weights = make_class_weights(sums["training"], "balanced_yield", policy)
    return read_labelled(
        megasets,
        signals,
        fit(megasets, fold),
        np.array(features),
        weights,
        part=part,
        validation_fraction=FRACTION,
    )


@pytest.mark.parametrize("part", ["training", "validation"])
def test_events_of_a_part_are_read_without_those_of_the_fold(events, part):
    fold = Fold(1, 3)
    megasets, signals = events
    found = read(megasets, signals, part=part, fold=fold)
    expected, labels = [], []
    for label, path in ((0, megasets[0]), (1, signals["s"])):
        table = read_shard(path)
        keys = table["key"].to_numpy()
        mine = select_part(keys, part, FRACTION) & (find_folds(keys, 3) != 1)
        expected.append(decode(table).fill(padding=np.nan)[mine])
        labels += [label] * np.count_nonzero(mine)
    assert np.array_equal(found.x, np.concatenate(expected), equal_nan=True)
    assert found.label.tolist() == labels
    assert np.isnan(found.x[:, 1]).any()
    assert found.weight[found.label == 1].sum() == pytest.approx(
        found.weight[found.label == 0].sum(), rel=1e-5 if part == "training" else 0.2
    )


def test_features_are_chosen(events):
    whole, one = read(*events), read(*events, features=[1])
    assert np.array_equal(one.x[:, 0], whole.x[:, 1], equal_nan=True)


def test_events_that_count_nothing_are_left_out(events, tmp_path):
    megasets, signals = events
    weight = np.tile([1.0, 1.0, -1.0], 50)
    x = np.zeros((150, 2))
    x[:, 1] = weight
    other = write_sample(tmp_path / "c.parquet", x, weight, "c")
    kept = read([*megasets, other], signals, policy="drop")
    assert not (kept.x[:, 1] == -1).any()
    assert (kept.x[:, 1] == 1).any()


def test_files_of_other_features_and_numbers_that_are_not_finite_are_refused(events, tmp_path):
    megasets, _ = events
    other = write_sample(tmp_path / "s.parquet", np.zeros((50, 3)), 1.0, "s")
    with pytest.raises(ValueError, match=r"s.parquet"):
        read(megasets, {"s": other})
    x = np.zeros((50, 2))
    x[7, 1] = np.inf
    broken = write_sample(tmp_path / "t.parquet", x, 1.0, "s")
    with pytest.raises(ValueError, match=r"t.parquet: an element of event \d+ is inf"):
        [read(megasets, {"s": broken}, part=part) for part in ("training", "validation")]
