import pytest
import torch
from pydantic import ValidationError

from example_networks import make_chain, make_masked_autoencoder
from rapidmass.models.networks.base import Inputs
from rapidmass.models.networks.registry import build_network

CELLS = 9
PRESENT = (torch.arange(CELLS) % 3 > 0).float().expand(20, -1)


def build(**changes):
    torch.manual_seed(1)
    return build_network(make_masked_autoencoder(**changes), (), CELLS)


@pytest.mark.parametrize("loss", ["l1", "mse"])
def test_the_loss_is_the_mean_over_present_cells(loss):
    network, x = build(loss=loss), torch.randn(20, CELLS)
    kept = PRESENT[0].bool()
    difference = (network.layers(x) - x)[:, kept]
    expected = (difference.abs() if loss == "l1" else difference.square()).mean(dim=1)
    losses = network.compute_losses(Inputs(x, PRESENT))
    torch.testing.assert_close(losses.total, expected)
    described = network.describe_events(x, PRESENT)
    torch.testing.assert_close(10 ** described["score_mean_error"], expected)
    torch.testing.assert_close(10 ** described["score_error"], expected * kept.sum())
    assert (described["cell_errors"][:, ~kept] == 0).all()


def test_nothing_is_learnt_from_absent_cells():
    """Their outputs have no gradient."""
    network, x = build(), torch.randn(20, CELLS)
    network.compute_losses(Inputs(x, PRESENT)).total.sum().backward()
    bias = network.layers[-2].bias.grad
    assert (bias[PRESENT[0] == 0] == 0).all()
    assert (bias[PRESENT[0] == 1] != 0).any()


def test_an_event_without_cells_has_no_loss():
    network = build()
    losses = network.compute_losses(Inputs(torch.zeros(2, CELLS), torch.zeros(2, CELLS)))
    assert torch.equal(losses.total, torch.zeros(2))


def test_it_must_be_told_which_cells_there_are():
    with pytest.raises(ValueError, match="which cells an event has"):
        build().compute_losses(Inputs(torch.zeros(2, CELLS)))


def test_it_gives_back_its_inputs():
    with pytest.raises(ValidationError, match="units: inputs"):
        make_masked_autoencoder(layers=make_chain((4, "tanh")))
    with pytest.raises(ValidationError, match="another activation"):
        make_masked_autoencoder(layers=make_chain(("inputs", "sigmoid")))
