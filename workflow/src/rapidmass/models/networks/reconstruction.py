"""What networks share that give back what they see, through a narrow place."""

from abc import abstractmethod
from typing import Literal

from torch import Tensor

from rapidmass.config.models.network import Loss
from rapidmass.models.networks.base import (
    Inputs,
    Losses,
    Network,
    compute_cell_losses,
    score_errors,
)


class ReconstructingNetwork(Network):
    """A network from elements to a latent vector, and back.

    Parameters
    ----------
    loss
        Of an element.
    """

    scores: tuple[str, ...] = ("error", "mean_error")

    def __init__(self, loss: Loss | Literal["l1"]) -> None:
        super().__init__()
        self.loss = loss

    @abstractmethod
    def encode(self, x: Tensor) -> Tensor:
        """Compute latent vectors, shape (events, latent)."""

    @abstractmethod
    def decode(self, latent: Tensor) -> Tensor:
        """Reconstruct elements, shape (events, elements)."""

    def measure_errors(self, output: Tensor, x: Tensor, mask: Tensor) -> Tensor:  # noqa: ARG002
        """Compute the error of each element: its squared difference, also where it is absent."""
        return (output - x).square()

    def compute_losses(self, inputs: Inputs) -> Losses:
        """Compute the mean loss over the elements of each event."""
        errors = compute_cell_losses(self.decode(self.encode(inputs.x)), inputs.x, self.loss)
        # not mean(): its gradient would take a division for each cell
        loss = errors.sum(dim=1) / inputs.x.shape[1]
        return Losses(total=loss, reconstruction=loss, divergence=None)

    def describe_events(self, x: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Reconstruct events, and say how badly."""
        latent = self.encode(x)
        output = self.decode(latent)
        errors = self.measure_errors(output, x, mask)
        return {
            **score_errors(errors, mask),
            "reconstruction": output,
            "cell_errors": errors,
            "latent": latent,
        }
