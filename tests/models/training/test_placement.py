"""Events made dense where a network is are those that the processor makes dense, bit for bit."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import rapidmass.representations
from example_networks import make_autoencoder, make_discriminator, make_masked_autoencoder
from other_representations import DESCRIPTIONS, FOLDERS, show_events
from rapidmass.config.models.training import ScalingSettings, TrainingSettings
from rapidmass.models.inputs.batches import Batch, PackedBatch, take_dense
from rapidmass.models.inputs.loader import Recipe, iterate_batches
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.models.training.expansion import Expansion
from rapidmass.models.training.placement import Placer
from rapidmass.models.training.train import train
from synthetic_megasets import make_events, write_events

FRACTION = 0.2
CPU = torch.device("cpu")
SCALINGS = {
    "minmax": ScalingSettings(kind="minmax", clip=True),
    "max": ScalingSettings(kind="max", clip=True),
    "standard": ScalingSettings(kind="standard", clip=False),
    "log_standard": ScalingSettings(kind="log_standard", clip=False),
}


@pytest.fixture(scope="module")
def megasets(tmp_path_factory):
    """Events, and harder ones of the same keys in the place of copies, some out of range."""
    folder = tmp_path_factory.mktemp("placement")
    events, harder = (make_events(900, hardness=hardness) for hardness in (1, 3))
    return [
        write_events(folder / f"{name}.parquet", table, pieces=3)
        for name, table in (("m", events), ("copies", harder))
    ]


@pytest.fixture(scope="module")
def scalers(megasets):
    return {
        kind: fit_scaler(megasets[:1], scaling, validation_fraction=FRACTION)
        for kind, scaling in SCALINGS.items()
    }


def read(path, scaler, features, *, packs, augmented=None, size=256, first=0):
    recipe = Recipe(scaler, features, FRACTION, "keep", needs_mask=True, packs=packs)
    batches = iterate_batches(
        path, recipe, part="training", batch_size=size, shuffle_seed=4, first=first,
        augmented=augmented,
    )  # fmt: skip
    expansion = Expansion(scaler, features, needs_mask=True, device=CPU)
    return list(batches), Placer(CPU, expansion)


def are_same_bits(one, other):
    return one.numpy().tobytes() == other.numpy().tobytes()


@settings(deadline=None, max_examples=20)
@given(
    kind=st.sampled_from(sorted(SCALINGS)),
    size=st.integers(20, 1000),
    first=st.integers(0, 2),
    start=st.integers(0, 300),
    n_features=st.integers(1, 36),
    with_copies=st.booleans(),
)
def test_both_ways_give_the_same_bits(
    megasets, scalers, kind, size, first, start, n_features, with_copies
):
    scaler = scalers[kind]
    features = np.sort(np.random.default_rng(size).permutation(36)[:n_features])
    copies = megasets[1] if with_copies else None
    dense, packed = (
        read(megasets[0], scaler, features, packs=packs, augmented=copies, size=size, first=first)
        for packs in (False, True)
    )
    assert len(dense[0]) == len(packed[0])
    piece = slice(start, start + 170)
    for one, other in zip(dense[0], packed[0], strict=True):
        assert isinstance(other, PackedBatch)
        # 36 cells of 4 bytes are more than the filled ones of 6
        assert other.x.values.nbytes + other.x.columns.nbytes < one.x.nbytes or n_features < 36
        expected, weight = dense[1].place(one).get(piece)
        found, weight_found = packed[1].place(other).get(piece)
        assert are_same_bits(weight_found, weight)
        assert found.label is None
        assert (found.augmented is None) == (copies is None)
        for a, b in zip(found[:3], expected[:3], strict=True):
            assert a is b is None or are_same_bits(a, b)


@pytest.mark.parametrize("kind", sorted(DESCRIPTIONS))
def test_other_representations_come_the_same_way_or_stay_dense(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(rapidmass.representations, "__path__", FOLDERS)
    path = write_events(tmp_path / "m.parquet", show_events(kind, 300), pieces=2)
    scaler = fit_scaler([path], SCALINGS["minmax"], validation_fraction=FRACTION)
    features = np.arange(1, len(scaler.scale))
    dense, packed = (read(path, scaler, features, packs=packs) for packs in (False, True))
    stays_dense = kind in ("table", "jets")
    for one, other in zip(dense[0], packed[0], strict=True):
        assert isinstance(other, Batch if stays_dense else PackedBatch)
        (expected, _), (found, _) = (
            reading[1].place(batch).get(slice(None))
            for reading, batch in ((dense, one), (packed, other))
        )
        assert are_same_bits(found.x, expected.x)
        assert are_same_bits(found.mask, expected.mask)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (make_autoencoder, "minmax"),
        (make_masked_autoencoder, "log_standard"),
        (make_discriminator, "standard"),
    ],
)
def test_networks_do_not_notice(megasets, scalers, make, kind, tmp_path):
    architecture = make(epochs=2, batch_size=100)
    trained = {
        expand: train(
            megasets[:1],
            scalers[kind],
            architecture,
            settings=TrainingSettings(),
            seed=1,
            validation_fraction=FRACTION,
            checkpoint=tmp_path / f"{expand}.pt",
            name="net",
            selection="lep",
            code="",
            augmented=megasets[1:] if architecture.needs_augmented else (),
            expand=expand,
        )
        for expand in ("host", "device")
    }
    weights = {expand: found.network.state_dict() for expand, found in trained.items()}
    assert trained["host"].history == trained["device"].history
    for name, weight in weights["host"].items():
        assert are_same_bits(weight, weights["device"][name])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a graphics processor")
@pytest.mark.parametrize("packs", [False, True])
def test_a_graphics_processor_gets_the_same_bits(megasets, scalers, packs):
    scaler, features = scalers["minmax"], np.arange(36)
    (batches, _), (dense, _) = (
        read(megasets[0], scaler, features, packs=way, augmented=megasets[1], size=64)
        for way in (packs, False)
    )
    device = torch.device("cuda")
    expansion = Expansion(scaler, features, needs_mask=True, device=device)
    sent = Placer(device, expansion).place_ahead(batch for batch in batches)
    for placed, batch in zip(sent, dense, strict=True):
        assert {tensor.device.type for tensor in placed.tensors} == {"cuda"}
        found, weight = placed.get(slice(None))
        assert are_same_bits(weight.cpu(), torch.from_numpy(batch.weight))
        for name in ("x", "mask", "augmented"):
            expected = torch.from_numpy(getattr(batch, name))
            assert are_same_bits(getattr(found, name).cpu(), expected)


def test_packed_events_are_refused_where_dense_ones_are_needed(megasets, scalers):
    batches, _ = read(megasets[0], scalers["max"], np.arange(36), packs=True)
    with pytest.raises(TypeError, match="make them with a recipe that does not pack"):
        next(take_dense(batches))
    with pytest.raises(TypeError, match="without an expansion"):
        Placer(CPU).place(batches[0])
