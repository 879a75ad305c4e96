"""Convolutions over images: shapes, what they see, and that they learn."""

import pytest
import torch

from rapidmass.config.models.convolutional import ConvolutionalClassifier
from rapidmass.models.networks.base import Inputs
from rapidmass.models.networks.registry import build_network

SHAPE = (2, 9, 9)


def make_settings(**changes):
    content = {
        "family": "convolutional",
        "target": {"signals": ["quarks"]},
        "convolutions": [4, 6],
        "layers": [{"units": 8, "activation": "relu"}],
    }
    return ConvolutionalClassifier(**{**content, **changes})


def build(**changes):
    torch.manual_seed(1)
    return build_network(make_settings(**changes), SHAPE, 2 * 81)


def test_parameters_are_those_of_the_layers():
    # 3 x 3 kernels, 2 x 2 pixels left of 9 x 9 after two halvings
    expected = (9 * 2 * 4 + 4) + (9 * 4 * 6 + 6) + (2 * 2 * 6 * 8 + 8) + (8 + 1)
    assert sum(weights.numel() for weights in build().parameters()) == expected


def test_elements_are_channels_rows_and_columns():
    network = build()
    image = torch.zeros((1, *SHAPE))
    image[0, 1, 4, 7] = 1.0
    mask = torch.ones((1, 2 * 81))
    flat = network.describe_events(image.flatten(1), mask)["score_logit"]
    by_hand = network.hidden(network.convolutions(image).flatten(1))
    torch.testing.assert_close(flat, network.last(by_hand).squeeze(1))


def test_it_learns_where_light_is():
    """Both classes are as bright; only neighbours tell them apart, wherever they are."""
    network = build()
    generator = torch.Generator().manual_seed(2)
    x = torch.zeros((200, *SHAPE))
    label = (torch.arange(200) % 2).float()
    places = torch.randint(0, 7, (200, 2), generator=generator)
    for k, (row, column) in enumerate(places.tolist()):
        x[k, 0, row, column] = 1
        x[k, 0, row + (label[k] == 1), column + 1 + (label[k] == 0)] = 1
    inputs = Inputs(x.flatten(1), mask=torch.ones((200, 162)), label=label)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
    first = network.compute_losses(inputs).total.mean().item()
    for _ in range(60):
        optimiser.zero_grad()
        loss = network.compute_losses(inputs).total.mean()
        loss.backward()
        optimiser.step()
    assert first == pytest.approx(0.69, abs=0.1)
    assert loss.item() < 0.3


def test_too_many_convolutions_leave_nothing():
    with pytest.raises(ValueError, match="take fewer convolutions"):
        build(convolutions=[4, 4, 4, 4])
    with pytest.raises(ValueError, match="needs all pixels"):
        make_settings(exclude_features=["all_0_0"])
