import pytest
import torch
from torch import nn

from rapidmass.models.networks.layers import Affine, Chain, is_available


def compute(module, x, upstream):
    x = x.clone().requires_grad_()
    module.zero_grad()
    output = module(x)
    output.backward(upstream)
    return output, x.grad, module.weight.grad, module.bias.grad


@pytest.mark.parametrize(("n_events", "n_before", "n_after"), [(1, 3, 2), (257, 36, 9), (64, 1, 1)])
def test_values_and_gradients_are_those_of_exact_arithmetic(n_events, n_before, n_after):
    torch.manual_seed(1)
    affine = Affine(n_before, n_after)
    exact = nn.Linear(n_before, n_after).double()
    exact.load_state_dict({k: v.double() for k, v in affine.state_dict().items()})
    x, upstream = torch.randn(n_events, n_before), torch.randn(n_events, n_after)
    for a, b in zip(
        compute(affine, x, upstream),
        compute(exact, x.double(), upstream.double()),
        strict=True,
    ):
        torch.testing.assert_close(a.double(), b, rtol=1e-5, atol=1e-5)


def test_this_installation_has_the_fast_way():
    assert is_available()


def test_inputs_without_gradient_are_fine():
    affine = Affine(4, 2)
    affine(torch.ones(3, 4)).sum().backward()
    torch.testing.assert_close(affine.weight.grad, torch.full((2, 4), 3.0))


@pytest.mark.parametrize("x", [torch.ones(0, 4), torch.ones(3, 4, dtype=torch.float64)])
def test_other_inputs_go_the_plain_way(x):
    affine = Affine(4, 2).to(x.dtype)
    assert affine(x).shape == (len(x), 2)


ACTIVATIONS = [nn.Identity(), nn.Tanh(), nn.Sigmoid(), nn.ReLU(), nn.LeakyReLU(0.3), nn.ELU()]


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda module: type(module).__name__)
@pytest.mark.parametrize("widths", [(36, 9, 20), (5, 30, 5)])
def test_chains_are_those_of_exact_arithmetic(activation, widths):
    torch.manual_seed(1)
    modules = [Affine(widths[0], widths[1]), activation, Affine(widths[1], widths[2]), activation]
    chain = Chain(*modules)
    exact = nn.Sequential(
        nn.Linear(widths[0], widths[1]), activation, nn.Linear(widths[1], widths[2]), activation
    ).double()
    exact.load_state_dict({k: v.double() for k, v in chain.state_dict().items()})
    x, upstream = torch.randn(257, widths[0]), torch.randn(257, widths[2])
    results = []
    for network, kind in ((chain, torch.float32), (exact, torch.float64)):
        inputs = x.clone().to(kind).requires_grad_()
        output = network(inputs)
        output.backward(upstream.to(kind))
        results.append([output, inputs.grad, *(p.grad for p in network.parameters())])
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a.double(), b, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(chain[2:](chain[:2](x)), chain(x), rtol=0, atol=0)


def test_mixed_precision_multiplies_shorter_numbers_and_gives_single_precision():
    torch.manual_seed(1)
    chain, x = Chain(Affine(36, 9), nn.Tanh()), torch.randn(64, 36)
    with torch.autocast("cpu", torch.bfloat16):
        output = chain(x)
    assert output.dtype == torch.float32
    assert torch.equal(output, output.bfloat16().float())
    torch.testing.assert_close(output, chain(x), rtol=0.05, atol=0.05)
    assert not torch.equal(output, chain(x))
