"""Packed events made dense where the network is."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rapidmass.models.inputs.scaler import Scaler


class Expansion:
    """Makes packed events dense and scales them, where the network is.

    The arithmetic is that of `rapidmass.representations.base.Encoded.fill`, operation by operation:
    a product and a sum, each rounded to float32.

    Parameters
    ----------
    scaler
        Of the elements.
    features
        Flat indices of the elements to keep.
    needs_mask
        Whether to tell which elements are present.
    device
        Where the network is.
    """

    def __init__(
        self,
        scaler: Scaler,
        features: NDArray[np.int64],
        *,
        needs_mask: bool,
        device: torch.device,
    ) -> None:
        self._needs_mask = needs_mask
        low, high = scaler.bounds or (-np.inf, np.inf)
        self._bounds = low, high
        self._scale, self._shift, padding = (
            torch.from_numpy(array[features]).to(device)
            for array in (scaler.scale, scaler.shift, scaler.padding)
        )
        self._rest = {True: padding.clamp(low, high), False: self._shift.clamp(low, high)}

    def expand(
        self, values: Tensor, columns: Tensor, counts: Tensor, *, leaves_absent: bool
    ) -> tuple[Tensor, Tensor | None]:
        """Make events dense.

        Parameters
        ----------
        values, columns
            Shape (filled elements,): as of `Packed`.
        counts
            Shape (events,): how many of them each event has.
        leaves_absent
            As of `Packed`.

        Returns
        -------
        x : Tensor, shape (events, features)
            Scaled elements.
        mask : Tensor, shape (events, features), or None
            1 where an event has the element, else 0; None if not wanted.
        """
        n_events, width = len(counts), len(self._scale)
        columns = columns.long()
        scaled = (values * self._scale[columns] + self._shift[columns]).clamp_(*self._bounds)
        events = torch.arange(n_events, device=values.device)
        # the size is known here: a graphics card need not be asked for it
        rows = torch.repeat_interleave(events, counts, output_size=len(values))
        places = rows.mul_(width).add_(columns)  # of each event and column at most once
        x = self._rest[leaves_absent].repeat(n_events, 1)
        x.view(-1).scatter_(0, places, scaled)
        if not self._needs_mask:
            return x, None
        mask = torch.zeros_like(x) if leaves_absent else torch.ones_like(x)
        mask.view(-1).scatter_(0, places, 1.0)
        return x, mask
