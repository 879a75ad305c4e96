import numpy as np
import pytest

from labelled_events import FRACTION, draw_gaussians, write_sample
from rapidmass.datasets.folds import Fold, is_seen
from rapidmass.datasets.splits import select_part
from rapidmass.models.inputs.class_sums import SampleSums, describe_classes, measure_classes
from rapidmass.storage.parquet import read_shard

WEIGHT = np.tile([4.0, -1.0, 0.0, 2.25], 100)


def write(folder, sample, weight=WEIGHT, seed=1):
    x = draw_gaussians(len(weight), 0, seed=seed)
    return write_sample(folder / f"{sample}.parquet", x, weight, sample)


def measure(megasets, signals, fold=None):
    return measure_classes(megasets, signals, fold=fold, validation_fraction=FRACTION)


@pytest.mark.parametrize("fold", [None, Fold(1, 3)])
def test_sums_are_those_of_the_events_of_each_part_that_a_training_sees(tmp_path, fold):
    paths = {name: write(tmp_path, name) for name in ("b", "c", "s")}
    sums = measure([paths["b"], paths["c"]], {"s": paths["s"]}, fold)
    assert {kind: set(samples) for kind, samples in sums["training"].items()} == {
        "background": {"b", "c"}, "signal": {"s"},
    }  # fmt: skip
    for name, path in paths.items():
        table = read_shard(path)
        keys, weight = table["key"].to_numpy(), table["weight"].to_numpy()
        for part in ("training", "validation"):
            mine = weight[select_part(keys, part, FRACTION) & is_seen(keys, fold)]
            found = sums[part]["signal" if name == "s" else "background"][name]
            assert found.events == np.count_nonzero(mine)
            assert found.total == pytest.approx(mine.sum())
            roots = np.sqrt(np.abs(mine))
            assert found.positive[1] == pytest.approx(roots[mine > 0].sum())
            assert found.negative[1] == pytest.approx(roots[mine < 0].sum())


def test_a_signal_without_events_is_there(tmp_path):
    write(tmp_path, "b")
    empty = write(tmp_path, "s", weight=np.empty(0))
    sums = measure([tmp_path / "b.parquet"], {"s": empty})
    assert sums["training"]["signal"]["s"].events == 0


def test_a_sample_that_adds_up_to_nothing_is_told():
    one, lost = (np.array([[2.0, 2.0, 2.0], [0.0, 0.0, n]]) for n in (0.0, 2.0))
    sums = {"background": {"b": SampleSums(*one), "c": SampleSums(*lost)}, "signal": {}}
    told = describe_classes(sums)
    assert told["classes"]["background"]["b"] == {"events": 2, "negative": 0, "weight_pb": 2.0}
    (warning,) = told["warnings"]
    assert "weights of c in the training part" in warning
