"""Scalers, loader, networks, export, scores and baselines know no representation.

One of the kinds is not in the library: the registry finds it in a folder of the tests.
"""

from fnmatch import fnmatch

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from torch import nn

import rapidmass.representations
from example_networks import make_autoencoder, make_masked_autoencoder
from other_representations import DESCRIPTIONS, FOLDERS, show_events
from rapidmass.config.models.fitted_baseline import IsolationForest, PrincipalComponents
from rapidmass.config.models.network import Target
from rapidmass.config.models.training import ScalingSettings, TrainingSettings
from rapidmass.datasets.splits import select_part
from rapidmass.models.baselines.registry import fit_baseline, load_baseline
from rapidmass.models.export.onnx_check import check_parity
from rapidmass.models.export.onnx_export import export_onnx
from rapidmass.models.inputs.loader import Recipe, iterate_batches
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.models.networks.base import Inputs, Losses, Network
from rapidmass.models.training import untrained
from rapidmass.models.training.train import train
from rapidmass.representations.tables import decode
from rapidmass.scores.write import NetworkScorer, write_scores
from synthetic_megasets import write_events

FRACTION = 0.2
KINDS = ("minmax", "max", "standard", "present_standard", "log_standard")


@pytest.fixture(autouse=True)
def one_more_kind(monkeypatch):
    monkeypatch.setattr(rapidmass.representations, "__path__", FOLDERS)


@pytest.fixture(params=list(DESCRIPTIONS))
def megasets(request, tmp_path):
    return [
        write_events(tmp_path / f"{k}.parquet", show_events(request.param, 1500, k + 1), pieces=2)
        for k in range(2)
    ]


def fit(megasets, kind, clip=False):
    settings = ScalingSettings(kind=kind, clip=clip)
    return fit_scaler(megasets, settings, validation_fraction=FRACTION)


def read_training(paths):
    """Training part of megasets in their order: raw elements, weights, and the tables."""
    tables = []
    for path in paths:
        table = pq.read_table(path)
        chosen = select_part(table["key"].to_numpy(), "training", FRACTION)
        tables.append(table.filter(chosen))
    raw = np.concatenate([decode(table).fill(padding=np.nan) for table in tables])
    return raw, np.concatenate([table["weight"].to_numpy() for table in tables]), tables


@pytest.mark.parametrize("kind", KINDS)
def test_scalers_are_fitted_by_group(megasets, kind):
    scaler = fit(megasets, kind)
    raw, weight, _ = read_training(megasets)
    groups = scaler.representation.scale_groups
    weights = np.broadcast_to(weight[:, None], raw.shape)
    for group in np.unique(groups):
        values, scale = raw[:, groups == group].astype(np.float64), scaler.scale[groups == group]
        assert np.unique(scale).size == 1
        present = ~np.isnan(values)
        if not present.any():  # a feature that the type does not have
            assert not scale.any()
            continue
        if kind in ("present_standard", "log_standard"):
            values = values[present]
            least = 0.1 if kind == "log_standard" else 0
            values = np.arcsinh(values * 1e4) if kind == "log_standard" else values
            mean = np.average(values, weights=weights[:, groups == group][present])
            spread = np.average((values - mean) ** 2, weights=weights[:, groups == group][present])
            assert scale[0] == pytest.approx(1 / max(np.sqrt(spread), least), rel=1e-3)
            continue
        values = np.nan_to_num(values)
        expected = {
            "minmax": lambda v: v.max() - v.min(),
            "max": lambda v: np.abs(v).max(),
            "standard": lambda v, g=group: np.sqrt(
                np.cov(v.ravel(), aweights=weights[:, groups == g].ravel(), ddof=0)
            ),
        }[kind](values)
        assert scale[0] == pytest.approx(1 / expected, rel=1e-4)
    again = Scaler.from_json(scaler.to_json())
    assert again.representation == scaler.representation
    assert np.array_equal(again.scale, scaler.scale)


@pytest.mark.parametrize("kind", KINDS)
def test_batches_hold_scaled_elements_and_the_mask(megasets, kind):
    scaler = fit(megasets, kind)
    features = np.arange(1, len(scaler.scale))
    target = Target(kind="samples", signal=["tt"])
    recipe = Recipe(scaler, features, FRACTION, "keep", needs_mask=True, target=target)
    batches = list(
        iterate_batches(megasets[0], recipe, part="training", batch_size=400, shuffle_seed=None)
    )
    raw, _, tables = read_training(megasets[:1])
    absent = np.isnan(raw)
    values = np.arcsinh(raw * np.float32(1e4)) if kind == "log_standard" else raw
    x = np.where(absent, scaler.padding, values * scaler.scale + scaler.shift)
    found = np.concatenate([batch.x for batch in batches])
    np.testing.assert_allclose(found, x[:, features], rtol=1e-5, atol=1e-6)
    mask = np.concatenate([batch.mask for batch in batches])
    np.testing.assert_array_equal(mask, ~absent[:, features])
    label = np.concatenate([batch.label for batch in batches])
    np.testing.assert_array_equal(label, np.array(tables[0]["sample"].to_pylist()) == "tt")
    assert [len(batch.x) for batch in batches[:-1]] == [400] * (len(batches) - 1)


@pytest.mark.parametrize("make", [make_autoencoder, make_masked_autoencoder])
def test_a_network_is_trained_exported_and_scores(megasets, make, tmp_path):
    architecture = make(exclude_features=["m*_*"], epochs=1)
    kind = "log_standard" if architecture.needs_mask else "minmax"
    scaler = fit(megasets, kind, clip=kind == "minmax")
    trained = do_train(megasets, scaler, architecture, tmp_path)
    names = scaler.representation.element_names
    kept = [name for name in names if not fnmatch(name, "m*_*")]
    assert [names[k] for k in trained.features] == kept != list(names)
    path = tmp_path / "model.onnx"
    export_onnx(trained, path, provenance={})
    assert check_parity(trained, path, megasets)["events"] > 100
    scores = tmp_path / "scores.parquet"
    write_scores(NetworkScorer(path, ["error"], threads=1), megasets[:1], scores, provenance={})
    found = pq.read_table(scores)
    assert found.column_names == ["key", "sample", "channel", "weight", "met", "m_ll", "score"]
    encoded = decode(pq.read_table(megasets[0]))
    mask = np.empty((len(encoded), len(trained.features)), dtype=np.float32)
    x = scaler.fill(scaler.prepare(encoded), trained.features, mask=mask)
    with torch.no_grad():
        inputs = torch.from_numpy(x), torch.from_numpy(mask)
        expected = trained.network.describe_events(*inputs)["score_error"].numpy()
    np.testing.assert_allclose(found["score"].to_numpy(), expected, rtol=1e-3, atol=1e-4)


def do_train(megasets, scaler, architecture, folder):
    return train(
        megasets,
        scaler,
        architecture,
        settings=TrainingSettings(),
        seed=3,
        validation_fraction=FRACTION,
        checkpoint=folder / "checkpoint.pt",
        name="net",
        selection="2lep",
        code="x",
    )


@pytest.mark.parametrize(
    "settings", [PrincipalComponents(components=2), IsolationForest(n_estimators=10)]
)
def test_a_baseline_is_fitted_and_scores(megasets, settings, tmp_path):
    path, scores = tmp_path / "model.npz", tmp_path / "scores.parquet"
    fit_baseline(
        settings,
        megasets,
        fit(megasets, "minmax"),
        path,
        validation_fraction=FRACTION,
        seed=1,
        threads=1,
        provenance={},
    )
    baseline = load_baseline(settings.kind, path, megasets[0])
    write_scores(baseline, megasets[:1], scores, provenance={})
    assert len(np.unique(pq.read_table(scores)["score"].to_numpy())) > 10
    met = load_baseline("met", None, megasets[0], "met")
    write_scores(met, megasets[:1], scores, provenance={})
    found = pq.read_table(scores, columns=["score", "met"])
    assert found["score"].equals(found["met"])


class Classifier(Network):
    """Tells events with the label 1 from others."""

    scores = ("logit",)

    def __init__(self, shape, n_inputs):
        super().__init__()
        self.shape = shape
        self.layer = nn.Linear(n_inputs, 1)

    def compute_losses(self, inputs):
        """Cross-entropy."""
        logit = self.layer(inputs.x).squeeze(1)
        loss = nn.functional.binary_cross_entropy_with_logits(logit, inputs.label, reduction="none")
        return Losses(loss, None, None)

    def describe_events(self, x, mask):  # noqa: ARG002
        """The logit."""
        return {"score_logit": self.layer(x).squeeze(1)}


class Supervised(type(make_autoencoder())):
    """Settings of a family that is told what events are."""

    @property
    def labels(self):
        """Events of one sample."""
        return Target(kind="region", variable="met", window=(25.0, 1e9))


def test_a_family_is_told_what_events_are(megasets, tmp_path, monkeypatch):
    monkeypatch.setattr(untrained, "build_network", lambda _, *sizes: Classifier(*sizes))
    settings = Supervised(**{**make_autoencoder().model_dump(), "loss": "mse", "epochs": 8})
    scaler = fit(megasets, "standard")
    trained = do_train(megasets, scaler, settings, tmp_path)
    assert trained.network.shape == scaler.representation.shape
    losses = [record["validation_loss"] for record in trained.history]
    assert np.isfinite(losses).all()
    table = pq.read_table(megasets[0])
    x = torch.from_numpy(scaler.transform(decode(table), trained.features))
    label = torch.from_numpy((table["met"].to_numpy() >= 25).astype(np.float32))
    with torch.no_grad():
        loss = trained.network.compute_losses(Inputs(x, label=label)).total.mean()
    assert loss < 1


def test_a_family_may_refuse_a_kind(megasets, tmp_path):
    class Picky(type(make_autoencoder())):
        takes = frozenset({"image"})

    settings = Picky(**make_autoencoder().model_dump())
    with pytest.raises(ValueError, match="which takes image, but the events are shown as"):
        do_train(megasets, fit(megasets, "minmax", clip=True), settings, tmp_path)
