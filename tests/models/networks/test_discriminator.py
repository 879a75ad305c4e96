import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from example_networks import make_discriminator
from rapidmass.models.networks.base import Inputs
from rapidmass.models.networks.registry import build_network

CELLS = 9


def build(**changes):
    torch.manual_seed(1)
    return build_network(make_discriminator(**changes), (), CELLS)


def draw(n, seed=0):
    numbers = torch.Generator().manual_seed(seed)
    x, copy = (torch.randn((n, CELLS), generator=numbers) for _ in range(2))
    present = (torch.rand((n, CELLS), generator=numbers) < 0.5).float()
    return Inputs(x * present, present, 2 * copy * present)


def test_the_loss_is_the_cross_entropy_of_both_kinds():
    network, inputs = build(), draw(30)
    logits = [
        network.describe_events(cells, inputs.mask)["score_logit"]
        for cells in (inputs.x, inputs.augmented)
    ]
    expected = sum(
        cross_entropy(logit, torch.full_like(logit, label), reduction="none") / 2
        for logit, label in zip(logits, (0.0, 1.0), strict=True)
    )
    losses = network.compute_losses(inputs)
    torch.testing.assert_close(losses.total, expected)
    assert losses.reconstruction is None
    assert losses.divergence is None


def test_it_learns_the_logarithm_of_the_ratio_of_densities():
    """Normal numbers, and copies of twice the width: -log 2 + 3 x^2 / 8 a cell."""
    network = build(layers=[{"units": 32, "activation": "tanh"}] * 2)
    adam = torch.optim.Adam(network.parameters(), lr=0.005)
    present = torch.zeros(2000, CELLS)
    present[:, 0] = 1
    for step in range(300):
        numbers = torch.Generator().manual_seed(step)
        x, copy = torch.zeros(2, 2000, CELLS)
        x[:, 0] = torch.randn(2000, generator=numbers)
        copy[:, 0] = 2 * torch.randn(2000, generator=numbers)
        inputs = Inputs(x, present, copy)
        adam.zero_grad()
        network.compute_losses(inputs).total.mean().backward()
        adam.step()
    x = torch.zeros(5, CELLS)
    x[:, 0] = torch.tensor([-2.0, -1.0, 0.0, 1.0, 2.0])
    with torch.no_grad():
        logit = network.describe_events(x, present[:5])["score_logit"]
    expected = -torch.log(torch.tensor(2.0)) + 3 * x[:, 0].square() / 8
    torch.testing.assert_close(logit, expected, atol=0.15, rtol=0)


def test_presence_is_an_input():
    network, inputs = build(), draw(5)
    with torch.no_grad():
        some = network.describe_events(inputs.x, inputs.mask)["score_logit"]
        other = network.describe_events(inputs.x, 1 - inputs.mask)["score_logit"]
    assert (some != other).all()


def test_it_needs_copies_and_presence():
    x = torch.zeros(2, CELLS)
    for inputs in (Inputs(x), Inputs(x, x), Inputs(x, None, x)):
        with pytest.raises(ValueError, match="augmented events"):
            build().compute_losses(inputs)
