"""Processes that train one network together, and add up what each finds of a batch."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed
from torch import Tensor
from torch.distributed import FileStore  # type: ignore[attr-defined]

from rapidmass.models.inputs.shares import Share

# whoever started the processes sees when one of them ends; one that is slow is waited for
PATIENCE = timedelta(days=1)


class LostPeerError(RuntimeError):
    """Another process is gone, so that sums cannot be had."""


class ProcessGroup:
    """One of several processes, each with its share of every batch.

    Gradients are added up in one message, after all pieces of a batch: a process that runs out of
    memory takes its pieces again, smaller, and the others wait.

    Parameters
    ----------
    share
        Its share.
    device
        Where its network is; graphics processors exchange sums by themselves (NCCL).
    meeting
        A file that does not exist, by which the processes find each other.
    is_asked_to_end
        Tells whether this process shall end. All end together, after the batch in which one was
        asked to.
    """

    def __init__(
        self, share: Share, device: torch.device, meeting: Path, is_asked_to_end: Callable[[], bool]
    ) -> None:
        self.share = share
        self._device = device
        self._is_one_asked = is_asked_to_end
        self._are_all_asked = False
        torch.distributed.init_process_group(
            "nccl" if device.type == "cuda" else "gloo",
            store=FileStore(str(meeting), share.number),
            rank=share.rank,
            world_size=share.number,
            timeout=PATIENCE,
        )

    def is_asked_to_end(self) -> bool:
        """Tell whether all processes shall end: the same in each of them, between two sums."""
        return self._are_all_asked

    def wait(self) -> None:
        """Wait until all processes are here."""
        self.add_sums({})

    def add_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Add up the gradients of all processes, which have the same network.

        Parameters
        ----------
        parameters
            Of the network; each process gets the sum.
        """
        gradients = [p.grad for p in parameters if p.grad is not None]
        together = torch.cat([gradient.reshape(-1) for gradient in gradients])
        self._add(together)
        parts = torch.split(together, [gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))

    def add_sums(self, sums: Mapping[str, Sequence[Tensor]]) -> dict[str, list[Tensor]]:
        """Add up sums over the events of a batch, and agree on whether to end.

        Parameters
        ----------
        sums
            By name, the sums of pieces, float64; the same names are empty in each process.

        Returns
        -------
        dict
            By name, the sum over all processes; empty where it was.
        """
        found = {name: torch.stack(list(some)).sum() for name, some in sums.items() if some}
        asked = torch.tensor(self._is_one_asked(), dtype=torch.float64, device=self._device)
        together = torch.stack([*found.values(), asked])
        self._add(together)
        *totals, asked = together.unbind()
        self._are_all_asked = bool(asked)
        added = dict(zip(found, totals, strict=True))
        return {name: [added[name]] if name in added else [] for name in sums}

    def leave(self) -> None:
        """End the group, once there is nothing more to add."""
        torch.distributed.destroy_process_group()

    @staticmethod
    def _add(values: Tensor) -> None:
        try:
            torch.distributed.all_reduce(values)
        except RuntimeError as error:
            raise LostPeerError(f"another process of this training is gone: {error}") from error
