"""No event of a fold is in what is fitted and trained for it: those of one fold are poisoned."""

import numpy as np
import pyarrow as pa
import pytest

from example_networks import make_autoencoder
from rapidmass.config.models.training import ScalingSettings, TrainingSettings
from rapidmass.datasets.folds import Fold, find_folds
from rapidmass.models.baselines.registry import fit_baseline, read_settings
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.models.training.train import train
from rapidmass.storage.tables import sort_by_key
from synthetic_megasets import make_events, write_events

K = 3
POISONED = 1
FRACTION = 0.2
BASELINES = [{"kind": "pca"}, {"kind": "isolation_forest", "n_estimators": 3}]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The same events twice, but those of one fold are harder in the second file."""
    folder = tmp_path_factory.mktemp("poisoned")
    sound, hard = make_events(900), make_events(900, hardness=9)
    assert sound["key"].equals(hard["key"])
    poisoned = find_folds(sound["key"].to_numpy(), K) == POISONED
    mixed = pa.concat_tables([sound.filter(pa.array(~poisoned)), hard.filter(pa.array(poisoned))])
    tables = {"sound": sound, "poisoned": sort_by_key(mixed)}
    return [write_events(folder / f"{n}.parquet", t, pieces=2) for n, t in tables.items()]


def fit(path, fold, kind="minmax"):
    settings = ScalingSettings(kind=kind, clip=kind == "minmax")
    return fit_scaler([path], settings, validation_fraction=FRACTION, fold=Fold(fold, K))


@pytest.fixture(scope="module", params=["minmax", "log_standard"])
def scalers(files, request):
    return [[fit(path, fold, request.param) for fold in range(K)] for path in files]


def find_changed(pairs):
    return [
        fold for fold, (first, second) in enumerate(zip(*pairs, strict=True)) if first != second
    ]


OTHERS = [fold for fold in range(K) if fold != POISONED]


def test_scalers(scalers):
    assert find_changed([[s.to_json() for s in found] for found in scalers]) == OTHERS
    scaler = scalers[0][2]
    assert Scaler.from_json(scaler.to_json()).fold == scaler.fold == Fold(2, K)


def test_networks(files, scalers, tmp_path):
    def do(path, scaler):
        trained = train(
            [path], scaler, make_autoencoder(batch_size=64), settings=TrainingSettings(threads=1),
            seed=1, validation_fraction=FRACTION, checkpoint=tmp_path / f"{id(scaler)}.pt",
            name="net", selection="lep", code="c0de",
        )  # fmt: skip
        counts = trained.history[0]["training_events"] + trained.history[0]["validation_events"]
        assert abs(counts - 600) < 60
        return [part.numpy().tobytes() for part in trained.network.state_dict().values()]

    found = [[do(path, s) for s in some] for path, some in zip(files, scalers, strict=True)]
    assert find_changed(found) == OTHERS


@pytest.mark.parametrize("content", BASELINES)
def test_baselines(content, files, tmp_path):
    def do(path, fold):
        output = tmp_path / "b.npz"
        fit_baseline(
            read_settings(content), [path], fit(path, fold), output,
            validation_fraction=FRACTION, seed=1, threads=1, provenance={},
        )  # fmt: skip
        with np.load(output) as arrays:
            return {n: arrays[n].tobytes() for n in arrays.files}

    assert find_changed([[do(path, fold) for fold in range(K)] for path in files]) == OTHERS
