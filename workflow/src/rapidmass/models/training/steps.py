"""Losses and gradients of batches, piece by piece, where the network is."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rapidmass.models.networks.base import Inputs, Losses, Network
from rapidmass.models.training.placement import Placed
from rapidmass.models.training.process_group import ProcessGroup

Found = TypeVar("Found")
LOGGER = logging.getLogger(__name__)

# On a processor, activations of a whole batch would not stay in cache. The gradients of pieces add
# up to the gradient of the batch, so this decides speed and the last bits, nothing else.
EVENTS_PER_PIECE = 2048
PARTS = ("validation_loss", "reconstruction_loss", "kl")  # as the fields of `Losses`


@dataclass
class Mean:
    """Weighted mean of losses, in float64."""

    total: float = 0.0
    weight: float = 0.0
    events: int = 0

    def add(self, sums: Sequence[Tensor], weight: NDArray[np.float32]) -> None:
        """Add a batch: the sums of its pieces from `Steps`, and its weights."""
        self.total += float(torch.stack(list(sums)).sum())
        self.weight += float(weight.sum(dtype=np.float64))
        self.events += len(weight)

    def get(self) -> float | None:
        """Get the mean; None without events."""
        return self.total / self.weight if self.weight > 0 else None


class Steps:
    """What is done with each batch.

    A batch is taken in pieces. On a graphics processor a piece is the whole batch, until its memory
    is too small: then pieces are halved, as often as it takes. Gradients of pieces add up, so the
    result is the same but for rounding, and for the noise of families that draw any.

    Parameters
    ----------
    name
        What errors call the network.
    network
        On its device.
    optimiser
        Of its weights.
    device
        Where both are.
    is_mixed
        Whether products are made of bfloat16.
    group
        The processes that share each batch; None if there is one alone.
    """

    def __init__(
        self,
        name: str,
        network: Network,
        optimiser: torch.optim.Optimizer,
        device: torch.device,
        is_mixed: bool,
        group: ProcessGroup | None = None,
    ) -> None:
        self._name = name
        self._network = network
        self._optimiser = optimiser
        self._device = device
        self._is_mixed = is_mixed
        self._group = group
        self._piece = EVENTS_PER_PIECE if device.type == "cpu" else None

    def learn(self, batch: Placed) -> list[Tensor]:
        """Do one step of the optimiser.

        Parameters
        ----------
        batch
            Events.

        Returns
        -------
        list of Tensor
            Sums of the weighted losses of the pieces before the step, float64.

        Raises
        ------
        ValueError
            If the memory of the graphics processor is too small for a single event.
        """
        sums = self._fit_memory(batch, self._add_gradients)
        if self._group is not None:
            self._group.add_gradients(self._network.parameters())
            sums = self._group.add_sums({"loss": sums})["loss"]
        self._optimiser.step()
        return sums

    @torch.no_grad()
    def measure(self, batch: Placed) -> dict[str, list[Tensor]]:
        """Measure the loss of a batch and its parts, and change nothing.

        Parameters
        ----------
        batch
            Events.

        Returns
        -------
        dict
            By part, sums of the weighted losses of the pieces; empty if the family has no such
            part.

        Raises
        ------
        ValueError
            If the memory of the graphics processor is too small for a single event.
        """
        sums = self._fit_memory(batch, self._add_losses)
        return sums if self._group is None else self._group.add_sums(sums)

    def _add_gradients(self, batch: Placed) -> list[Tensor]:
        self._optimiser.zero_grad(set_to_none=True)
        sums = []
        for losses, weight in self._compute_losses(batch):
            loss = (losses.total * weight).sum() / len(batch)
            loss.backward()  # type: ignore[no-untyped-call]
            sums.append(_sum(losses.total, weight))
        return sums

    def _add_losses(self, batch: Placed) -> dict[str, list[Tensor]]:
        sums: dict[str, list[Tensor]] = {name: [] for name in PARTS}
        for losses, weight in self._compute_losses(batch):
            for name, part in zip(PARTS, losses, strict=True):
                if part is not None:
                    sums[name].append(_sum(part, weight))
        return sums

    def _fit_memory(self, batch: Placed, do: Callable[[Placed], Found]) -> Found:
        noise = self._network.get_noise_state()
        while True:
            try:
                return do(batch)
            except torch.OutOfMemoryError as error:
                piece = min(self._piece or batch.n_here, batch.n_here)
                if piece <= 1:
                    raise ValueError(
                        f"{self._name}: the memory of the graphics processor is too small for one "
                        "event: give the network fewer units, or the job a larger processor"
                    ) from error
            self._piece = -(-piece // 2)
            LOGGER.warning(
                "%s: out of memory with %d events at once; from now on %d. A smaller batch_size "
                "needs no such pieces",
                self._name, piece, self._piece,
            )  # fmt: skip
            self._network.set_noise_state(noise)
            torch.cuda.empty_cache()

    def _compute_losses(self, batch: Placed) -> Iterator[tuple[Losses, Tensor]]:
        step = self._piece or max(batch.n_here, 1)
        for start in range(0, max(batch.n_here, 1), step):
            piece = slice(start, start + step)
            inputs, weight = batch.get(piece)
            rows = batch.find_rows(piece)
            if rows is not None:
                if len(rows) == 0:
                    inputs, weight, rows = _stand_in(inputs, weight, rows)
                self._network.share_noise(len(batch), rows.to(self._device), is_new=start == 0)
            with torch.autocast(self._device.type, torch.bfloat16, enabled=self._is_mixed):
                losses = self._network.compute_losses(inputs)
            yield losses, weight


def _stand_in(inputs: Inputs, weight: Tensor, rows: Tensor) -> tuple[Inputs, Tensor, Tensor]:
    """Make an event that counts nothing for a process without any: it needs noise and gradients."""
    empty, weight, rows = (t.new_zeros(1, *t.shape[1:]) for t in (inputs.x, weight, rows))
    found = [None if t is None else t.new_zeros(1, *t.shape[1:]) for t in inputs[1:]]
    return Inputs(empty, *found), weight, rows


def _sum(losses: Tensor, weight: Tensor) -> Tensor:
    """Sum weighted losses, where they are: a graphics card need not be waited for."""
    return (losses.detach().double() * weight.double()).sum()
