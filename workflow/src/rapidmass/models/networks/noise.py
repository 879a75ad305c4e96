"""The noise that networks draw while they train, which can be had again."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn


@dataclass
class _Draws:
    """Noise of a batch that several processes share: each draws all of it, and uses its own."""

    events: int
    rows: Tensor
    drawn: list[Tensor] = field(default_factory=list)
    used: int = 0


class NoisyModule(nn.Module):
    """A module that draws its noise from a generator of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._noise: torch.Generator | None = None
        self._draws: _Draws | None = None

    def seed_noise(self, seed: int) -> None:
        """Start the noise of training anew.

        Parameters
        ----------
        seed
            The same seed gives the same noise.
        """
        device = next(self.parameters()).device
        self._noise = torch.Generator(device=device).manual_seed(seed)

    def get_noise_state(self) -> Tensor:
        """Get where the noise of training stands.

        Returns
        -------
        Tensor
            For `set_noise_state`, on the same kind of processor.

        Raises
        ------
        RuntimeError
            If `seed_noise` was not called.
        """
        if self._noise is None:
            raise RuntimeError("call seed_noise before training")
        return self._noise.get_state()

    def set_noise_state(self, state: Tensor) -> None:
        """Let the noise of training go on from where it stood.

        Parameters
        ----------
        state
            From `get_noise_state`.
        """
        device = next(self.parameters()).device
        self._noise = torch.Generator(device=device).set_state(state)

    def share_noise(self, events: int, rows: Tensor, *, is_new: bool) -> None:
        """Draw noise from now on for some events of a batch, as one process draws it for all.

        Parameters
        ----------
        events
            Number of events in the batch.
        rows
            Shape (events here,): which of them come next.
        is_new
            Whether nothing of this batch was drawn so far.
        """
        drawn = [] if is_new or self._draws is None else self._draws.drawn
        self._draws = _Draws(events, rows, drawn)

    def draw_noise(self, like: Tensor) -> Tensor:
        """Draw standard normal numbers.

        Parameters
        ----------
        like
            Gives shape, type and device.

        Returns
        -------
        Tensor
            Of the same shape.

        Raises
        ------
        RuntimeError
            If `seed_noise` was not called: unseeded noise could not be reproduced.
        """
        if self._draws is None:
            return self._draw(like.shape, like)
        draws = self._draws
        if draws.used == len(draws.drawn):
            draws.drawn.append(self._draw((draws.events, *like.shape[1:]), like))
        draws.used += 1
        return draws.drawn[draws.used - 1][draws.rows]

    def _draw(self, shape: tuple[int, ...], like: Tensor) -> Tensor:
        if self._noise is None:
            raise RuntimeError("call seed_noise before training")
        return torch.randn(shape, generator=self._noise, dtype=like.dtype, device=like.device)
