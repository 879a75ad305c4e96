"""Memory that is too small for a batch costs time, and not the result."""

import logging

import numpy as np
import pytest
import torch

from example_networks import make_autoencoder, make_vae
from rapidmass.models.inputs.batches import Batch
from rapidmass.models.networks.registry import build_network
from rapidmass.models.training.placement import Placer
from rapidmass.models.training.steps import Steps

N_INPUTS, EVENTS = 12, 500
RNG = np.random.default_rng(5)
CPU = torch.device("cpu")
BATCH = Placer(CPU).place(
    Batch(
        RNG.uniform(size=(EVENTS, N_INPUTS)).astype(np.float32),
        RNG.exponential(size=EVENTS).astype(np.float32),
    )
)


def make_steps(architecture, room=None):
    """A network that needs memory for each event, of which there is enough for `room` of them."""
    torch.manual_seed(1)
    network = build_network(architecture, (N_INPUTS,), N_INPUTS)
    network.seed_noise(3)
    compute, asked = network.compute_losses, []

    def compute_in_room(inputs):
        asked.append(len(inputs.x))
        if room is not None and len(inputs.x) > room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return compute(inputs)

    network.compute_losses = compute_in_room
    optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
    steps = Steps("net", network, optimiser, CPU, is_mixed=False)
    return network, steps, asked


@pytest.mark.parametrize("room", [400, 100, 1])
def test_pieces_are_halved_until_they_fit_and_the_weights_are_the_same(room, caplog):
    network, steps, asked = make_steps(make_autoencoder(), room)
    free, without_bound, _ = make_steps(make_autoencoder())
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            sums, expected = steps.learn(BATCH), without_bound.learn(BATCH)
            assert float(sum(sums)) == pytest.approx(float(sum(expected)), rel=1e-6)
    for one, other in zip(network.parameters(), free.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)
    # found once, and kept
    assert sum(size > room for size in asked) == len(caplog.records)
    assert "net: out of memory with 500 events at once; from now on 250" in caplog.text
    measured = steps.measure(BATCH)
    assert float(sum(measured["validation_loss"])) == pytest.approx(
        float(sum(without_bound.measure(BATCH)["validation_loss"])), rel=1e-5
    )
    assert measured["kl"] == []


def test_noise_begins_anew_with_smaller_pieces(monkeypatch):
    _, steps, _ = make_steps(make_vae(), room=250)
    monkeypatch.setattr("rapidmass.models.training.steps.EVENTS_PER_PIECE", 250)
    _, halved, _ = make_steps(make_vae())
    first, expected = steps.learn(BATCH), halved.learn(BATCH)
    assert torch.equal(torch.stack(first), torch.stack(expected))


def test_too_little_memory_for_one_event_says_what_to_do():
    _, steps, _ = make_steps(make_autoencoder(), room=0)
    with pytest.raises(ValueError, match=r"net: .* too small for one event: give the network"):
        steps.learn(BATCH)
