"""Tables of signal and background events as trainings of classifiers read them."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from rapidmass.config.models.classifier import Classifier
from rapidmass.config.models.parametrised import ParametrisedClassifier
from rapidmass.config.models.training import ScalingSettings, TrainingSettings
from rapidmass.config.models.xgboost import BoostedTrees
from rapidmass.datasets.folds import Fold
from rapidmass.models.classifiers.boosted_trees import grow_trees
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.models.training.train import train
from rapidmass.representations.table.representation import PREFIX, FeatureTable
from rapidmass.representations.tables import make_table
from rapidmass.scores.unseen_trees import TreeMaterial
from rapidmass.storage.event_keys import make_event_keys
from rapidmass.storage.tables import sort_by_key
from synthetic_megasets import write_events

HIGGSML = Path(__file__).parents[2] / "shared/data/higgsml"
FRACTION = 0.2
SELECTION = "lep"
LAYERS = [{"units": 16, "activation": "relu"}]


def write_sample(path, x, weight, sample, *, seed=1, names=None, more=None):
    """Write events of one sample as a megaset; x is (events, features), NaN where absent."""
    names = names or [f"f{k}" for k in range(x.shape[1])]
    table = FeatureTable(tuple((name, name) for name in names))
    encoded = {
        f"{PREFIX}{name}": pa.array(x[:, k].astype(np.float32)) for k, name in enumerate(names)
    }
    n = len(x)
    numbers = np.arange(n, dtype=np.uint64)
    columns = {
        "key": make_event_keys(seed, sample, np.ones(n, np.int64), numbers),
        "sample": pa.array([sample] * n, pa.string()),
        "channel": pa.array([sample] * n, pa.string()),
        "weight": np.broadcast_to(np.asarray(weight, dtype=np.float64), n).copy(),
        **(more or {}),
    }
    return write_events(path, sort_by_key(make_table(table, encoded, columns, SELECTION)))


def draw_gaussians(n, shift, *, seed, features=2, missing=0.0):
    """Draw unit Gaussians; the first feature is shifted, some of the last one are absent."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, features))
    x[:, 0] += shift
    x[rng.random(n) < missing, -1] = np.nan
    return x


def write_gaussians(folder, n=2000, *, shift=1.0, weights=(1.0, 1.0), missing=0.2):
    """Write background, and a signal of the same size; return megasets and signals."""
    background = draw_gaussians(n, 0.0, seed=1, missing=missing)
    signal = draw_gaussians(n, shift, seed=2, missing=missing)
    return (
        [write_sample(folder / "b.parquet", background, weights[0], "b")],
        {"s": write_sample(folder / "s.parquet", signal, weights[1], "s")},
    )


def fit(megasets, fold=None, kind="standard"):
    settings = ScalingSettings(kind=kind, clip=False)
    return fit_scaler(megasets, settings, validation_fraction=FRACTION, fold=fold)


def make_trees(**changes):
    settings = {"target": {"signals": ["s"]}, "max_trees": 40, "max_depth": 2}
    return BoostedTrees(**{**settings, **changes})


def make_classifier(**changes):
    settings = {"target": {"signals": ["s"]}, "layers": LAYERS, "batch_size": 256, "epochs": 4}
    return Classifier(**{**settings, **changes})


def make_parametrised(masses, /, **changes):
    settings = {
        "target": {"signals": list(masses)},
        "masses": masses,
        "layers": LAYERS,
        "batch_size": 256,
        "epochs": 4,
    }
    return ParametrisedClassifier(**{**settings, **changes})


def grow(megasets, signals, settings=None, *, fold=None, seed=1):
    return grow_trees(
        megasets,
        signals,
        fit(megasets, fold),
        settings or make_trees(),
        name="bdt",
        selection=SELECTION,
        validation_fraction=FRACTION,
        seed=seed,
        threads=1,
    )


def write_material(folder, shifts, *, folds=2, background=6000, signal=3000, **trees):
    """Write Gaussians for trees that a study grows: background, and signals by their shifts."""
    megaset = write_sample(folder / "b.parquet", draw_gaussians(background, 0.0, seed=1), 1.0, "b")
    samples = {
        name: write_sample(
            folder / f"{name}.parquet", draw_gaussians(signal, shift, seed=2), 0.1, name, seed=k + 2
        )
        for k, (name, shift) in enumerate(shifts.items())
    }
    scalers = [fit([megaset], Fold(k, folds)) for k in range(folds)]
    return TreeMaterial(
        [megaset], samples, scalers, make_trees(**trees), SELECTION, FRACTION, 1, 1, "test"
    )


def do_train(megasets, signals, settings, folder, *, fold=None, processes=1, **changes):
    return train(
        megasets,
        fit(megasets, fold, settings.scaling.kind),
        settings,
        settings=TrainingSettings(processes=processes),
        seed=1,
        validation_fraction=FRACTION,
        checkpoint=folder / "checkpoint.pt",
        name="dnn",
        selection=SELECTION,
        code="",
        signals=signals,
        **changes,
    )


def read_higgsml(folder):
    """Write the public sample as megasets, -999 as absent; skip the test where it is not there."""
    if not HIGGSML.is_dir():
        pytest.skip(f"the public sample of the HiggsML challenge is not in {HIGGSML}")
    paths = {}
    for sample, file in (("b", "train_sml_bg.csv"), ("s", "train_sml_sig.csv")):
        with (HIGGSML / file).open() as stream:
            names = stream.readline().strip().split(",")
        columns = [k for k, name in enumerate(names) if name[:4] in ("DER_", "PRI_")]
        content = np.loadtxt(
            HIGGSML / file, delimiter=",", skiprows=1, usecols=[*columns, names.index("Weight")]
        )
        x = np.where(content[:, :-1] == -999, np.nan, content[:, :-1])
        paths[sample] = write_sample(
            folder / f"{sample}.parquet",
            x,
            content[:, -1],
            sample,
            names=[names[k] for k in columns],
        )
    return [paths["b"]], {"s": paths["s"]}
