"""Affine maps through oneDNN: the same sums as PyTorch's own, up to twice as fast on processors."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx
from torch.nn import functional

_aten = torch.ops.aten


class _Fused(NamedTuple):
    """An activation that oneDNN applies while it multiplies.

    Parameters
    ----------
    name, scalars
        What oneDNN calls it.
    differentiate
        Takes a gradient from behind the activation to before it, knowing the output.
    """

    name: str
    scalars: list[float]
    differentiate: Callable[[Tensor, Tensor], Tensor]


_NONE = _Fused("none", [], lambda gradient, _: gradient)
_FUSED: Mapping[type[nn.Module], _Fused] = MappingProxyType(
    {
        nn.Identity: _NONE,
        nn.Tanh: _Fused("tanh", [], _aten.tanh_backward),
        nn.Sigmoid: _Fused("sigmoid", [], _aten.sigmoid_backward),
        nn.ReLU: _Fused("relu", [], lambda g, output: _aten.threshold_backward(g, output, 0)),
    }
)


def _find_fused(activation: nn.Module) -> _Fused | None:
    if isinstance(activation, nn.LeakyReLU):
        slope = activation.negative_slope
        return _Fused(
            "leaky_relu",
            [slope],
            lambda g, output: _aten.leaky_relu_backward(g, output, slope, True),
        )
    return _FUSED.get(type(activation))


def is_available() -> bool:
    """Tell whether this build of PyTorch can multiply single-precision matrices with oneDNN.

    Returns
    -------
    bool
        A property of the installation, not of any measurement.
    """
    available: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return available and hasattr(torch.ops.mkldnn, "_linear_pointwise")


def _multiply(a: Tensor, b: Tensor, bias: Tensor | None = None, fused: _Fused = _NONE) -> Tensor:
    """Compute a b^T + bias in float32, and the activation; b may be a transposed view."""
    product: Tensor = torch.ops.mkldnn._linear_pointwise(a, b, bias, fused.name, fused.scalars, "")
    return product


class _AffineFunction(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: FunctionCtx, x: Tensor, weight: Tensor, bias: Tensor | None, fused: _Fused
    ) -> Tensor:
        output = _multiply(x, weight, bias, fused)
        ctx.save_for_backward(x, weight, output)
        ctx.fused = fused  # type: ignore[attr-defined]
        return output

    @staticmethod
    def backward(
        ctx: FunctionCtx, *gradients: Tensor
    ) -> tuple[Tensor | None, Tensor, Tensor | None, None]:
        x, weight, output = ctx.saved_tensors  # type: ignore[attr-defined]
        gradient = ctx.fused.differentiate(gradients[0], output)  # type: ignore[attr-defined]
        wanted, _, has_bias, _ = ctx.needs_input_grad  # type: ignore[attr-defined]
        # oneDNN copies its first argument if that is a transposed view: be it the narrower one
        narrow = x.shape[1] < gradient.shape[1]
        return (
            _multiply(gradient, weight.t()) if wanted else None,
            _multiply(x.t(), gradient.t()).t() if narrow else _multiply(gradient.t(), x.t()),
            gradient.sum(dim=0) if has_bias else None,
            None,
        )


class Affine(nn.Linear):
    """An affine map of the last dimension, with the parameters of `torch.nn.Linear`."""

    def forward(self, x: Tensor, activation: nn.Module | None = None) -> Tensor:
        """Compute x weight^T + bias, and the activation of it; x has the shape (events, inputs)."""
        activation = activation or nn.Identity()
        if torch.compiler.is_exporting() or not self._fits(x):
            output: Tensor = activation(functional.linear(x, self.weight, self.bias))
            return output
        fused = _find_fused(activation)
        output = _AffineFunction.apply(x, self.weight, self.bias, fused or _NONE)  # type: ignore[no-untyped-call]
        return activation(output) if fused is None else output

    @staticmethod
    def _fits(x: Tensor) -> bool:
        return (
            x.device.type == "cpu"
            and x.dtype == torch.float32
            and len(x) > 0
            and is_available()
            and not torch.is_autocast_enabled("cpu")
        )


class Chain(nn.Sequential):
    """Affine maps and activations in turn, each two of them done together."""

    def forward(self, x: Tensor) -> Tensor:
        """Compute the output, in float32 under autocast too; x has the shape (events, inputs)."""
        modules = list(self)
        for affine, activation in zip(modules[::2], modules[1::2], strict=True):
            x = affine(x, activation)
        return x.float()
