"""Networks over sequences: what they see of absent members, and of the order of the others."""

import numpy as np
import pyarrow as pa
import pytest
import torch

from labelled_events import SELECTION, do_train
from rapidmass.config.models.sequences import DeepSets, RecurrentClassifier
from rapidmass.models.export.onnx_check import check_parity
from rapidmass.models.export.onnx_export import export_onnx
from rapidmass.models.networks.registry import build_network
from rapidmass.representations.registry import make_representation
from rapidmass.representations.sequence.representation import LEFT_OUT, VALUES
from rapidmass.representations.tables import make_table
from rapidmass.statistics.roc import compute_auc
from rapidmass.storage.event_keys import make_event_keys
from rapidmass.storage.tables import sort_by_key
from synthetic_megasets import write_events

SHAPE = SLOTS, FEATURES = (5, 2)
COMMON = {"target": {"signals": ["s"]}, "layers": [{"units": 6, "activation": "relu"}]}
FAMILIES = {
    "lstm": lambda **more: RecurrentClassifier(cell="lstm", units=8, **COMMON, **more),
    "gru": lambda **more: RecurrentClassifier(cell="gru", units=8, **COMMON, **more),
    "deep sets": lambda **more: DeepSets(
        member_layers=[{"units": 12, "activation": "relu"}], **COMMON, **more
    ),
}


@pytest.fixture(params=FAMILIES)
def make(request):
    return FAMILIES[request.param]


def build(settings):
    torch.manual_seed(1)
    return build_network(settings, SHAPE, SLOTS * FEATURES)


def show(network, x, counts):
    """Scores of sequences of shape (events, slots, features), of which some members are there."""
    mask = (torch.arange(SLOTS) < torch.as_tensor(counts)[:, None]).float()
    mask = mask[:, :, None].expand(-1, -1, FEATURES).flatten(1)
    return network.describe_events(x.flatten(1), mask)["score_logit"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # weights of inputs and of states, and two biases, of four gates or three
        ("lstm", 4 * (8 * (4 + 8) + 2 * 8) + (8 * 6 + 6) + 7),
        ("gru", 3 * (8 * (4 + 8) + 2 * 8) + (8 * 6 + 6) + 7),
        ("deep sets", (4 * 12 + 12) + (12 * 6 + 6) + 7),
    ],
)
def test_parameters_are_those_of_the_layers(name, expected):
    assert sum(weights.numel() for weights in build(FAMILIES[name]()).parameters()) == expected


def test_what_stands_in_absent_slots_changes_nothing(make):
    network, x = build(make()), torch.randn(6, *SHAPE, generator=torch.Generator().manual_seed(2))
    counts = [0, 1, 2, 3, 4, 5]
    other = torch.where(torch.arange(SLOTS)[None, :, None] < torch.tensor(counts)[:, None, None],
                        x, 100 * x + 1)  # fmt: skip
    torch.testing.assert_close(show(network, x, counts), show(network, other, counts))
    assert torch.isfinite(show(network, x, counts)).all()


def test_only_a_reader_knows_the_order(make):
    settings = make()
    network, x = build(settings), torch.randn(4, *SHAPE, generator=torch.Generator().manual_seed(3))
    turned = x.flip(1)
    same = torch.allclose(show(network, x, [SLOTS] * 4), show(network, turned, [SLOTS] * 4))
    assert same == isinstance(settings, DeepSets)


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_a_reader_stops_behind_the_last_member(name):
    """Torch's own sequences of several lengths give the same."""
    network, x = build(FAMILIES[name]()), torch.randn(3, *SHAPE)
    counts = [5, 3, 1]
    members = torch.cat((x, torch.ones_like(x)), dim=2)
    packed = torch.nn.utils.rnn.pack_padded_sequence(members, counts, batch_first=True)
    state = network.cell(packed)[1]
    last = state[0][0] if name == "lstm" else state[0]
    expected = network.compute_logit(network.hidden(last))
    torch.testing.assert_close(show(network, x, counts), expected)


def write(path, sample, n, seed):
    """Tables of up to 5 members; of a signal the second one is like the first."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 6, n)
    members = rng.normal(size=(n, SLOTS, FEATURES)).astype(np.float32)
    if sample == "s":
        members[:, 1] = members[:, 0] + 0.1
    kept = np.arange(SLOTS) < counts[:, None]
    sequence = make_representation({
        "kind": "sequence", "object": "track", "length": SLOTS,
        "features": [["a", "track.pt"], ["b", "track.eta"]],
    })  # fmt: skip
    ends = np.concatenate(([0], np.cumsum(counts) * FEATURES)).astype(np.int32)
    kind = pa.list_(pa.field("element", pa.float32(), nullable=False))
    encoded = {
        VALUES: pa.ListArray.from_arrays(pa.array(ends), pa.array(members[kept].ravel()), kind),
        LEFT_OUT: pa.array(np.zeros(n, np.int32)),
    }
    columns = {
        "key": make_event_keys(seed, sample, np.ones(n, np.int64), np.arange(n, dtype=np.uint64)),
        "sample": pa.array([sample] * n, pa.string()),
        "channel": pa.array([sample] * n, pa.string()),
        "weight": np.ones(n),
    }
    return write_events(path, sort_by_key(make_table(sequence, encoded, columns, SELECTION)))


def test_networks_learn_and_are_exported(make, tmp_path):
    megaset = write(tmp_path / "b.parquet", "b", 1500, 1)
    signal = write(tmp_path / "s.parquet", "s", 1500, 2)
    settings = make(epochs=25, batch_size=256, optimiser={"learning_rate": 0.01})
    trained = do_train([megaset], {"s": signal}, settings, tmp_path)
    path = tmp_path / "model.onnx"
    export_onnx(trained, path, provenance={})
    assert check_parity(trained, path, [megaset, signal])["events"] == 1500
    losses = [record["validation_loss"] for record in trained.history]
    assert losses[-1] < losses[0]


def test_a_step_of_order_is_learnt_by_readers_alone():
    """Both kinds hold the same two numbers; which comes first tells them apart."""
    rng = torch.Generator().manual_seed(5)
    x = torch.zeros(400, *SHAPE)
    x[:, :2, 0] = torch.randn(400, 2, generator=rng).sort(dim=1).values
    label = (torch.arange(400) % 2).float()
    x[1::2, :2] = x[1::2, :2].flip(1)
    areas = {}
    for name in ("lstm", "deep sets"):
        network = build(FAMILIES[name]())
        optimiser = torch.optim.Adam(network.parameters(), lr=0.02)
        for _ in range(60):
            optimiser.zero_grad()
            logit = show(network, x, [2] * 400)
            torch.nn.functional.binary_cross_entropy_with_logits(logit, label).backward()
            optimiser.step()
        scores, ones = show(network, x, [2] * 400).detach().numpy().astype(float), np.ones(200)
        areas[name] = compute_auc(scores[::2], ones, scores[1::2], ones).value
    assert areas["lstm"] > 0.95
    assert 0.4 < areas["deep sets"] < 0.6


def test_no_feature_of_a_member_is_left_out(make):
    with pytest.raises(ValueError, match="needs all features"):
        make(exclude_features=["a_*"])
