"""Learning rates that change in the course of a training."""

import warnings
from typing import Final, NamedTuple

import numpy as np
import torch
from torch.optim.lr_scheduler import OneCycleLR

from rapidmass.config.models.network import OneCycle, Optimiser

_STEPS: Final = 1000  # of the whole training; in between is interpolated


class Stretch(NamedTuple):
    """The part of a training that an epoch is.

    Parameters
    ----------
    begin, end
        Shares of the training that are done before and after it.
    events
        About how many events it trains on.
    """

    begin: float
    end: float
    events: float

    def locate(self, events: int) -> float:
        """Give the share of the training that is done after so many events of the epoch."""
        return self.begin + (self.end - self.begin) * min(events / max(self.events, 1.0), 1.0)


class Schedule:
    """Sets learning rate and momentum of an optimiser: a function of what is done, and no state.

    Parameters
    ----------
    settings
        Learning rate, and the cycle if there is one.
    """

    def __init__(self, settings: Optimiser) -> None:
        self._rates = self._momenta = None
        if settings.one_cycle is not None:
            self._rates, self._momenta = tabulate(settings.learning_rate, settings.one_cycle)

    def apply(self, optimiser: torch.optim.Optimizer, share: float) -> None:
        """Set what the next step uses.

        Parameters
        ----------
        optimiser
            Changed in place.
        share
            Of the training that is done, 0 to 1.
        """
        if self._rates is None or self._momenta is None:
            return
        places = np.linspace(0, 1, _STEPS)
        for group in optimiser.param_groups:
            group["lr"] = float(np.interp(share, places, self._rates))
            group["betas"] = (float(np.interp(share, places, self._momenta)), group["betas"][1])


def tabulate(largest: float, cycle: OneCycle) -> tuple[list[float], list[float]]:
    """Tabulate a cycle of L. N. Smith and N. Topin (arXiv:1708.07120), as torch makes it.

    Parameters
    ----------
    largest
        Largest learning rate.
    cycle
        Its shape.

    Returns
    -------
    tuple of list
        Learning rate and first momentum of Adam, from the first step to the last.
    """
    weight = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.Adam([weight], lr=largest)
    scheduler = OneCycleLR(
        optimiser,
        max_lr=largest,
        total_steps=_STEPS,
        pct_start=cycle.warm_up,
        div_factor=cycle.first_divisor,
        # torch divides the first rate by it
        final_div_factor=cycle.last_divisor / cycle.first_divisor,
        base_momentum=cycle.momenta[0],
        max_momentum=cycle.momenta[1],
    )
    rates, momenta = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # nothing is trained here
        for step in range(_STEPS):
            rates.append(float(optimiser.param_groups[0]["lr"]))
            momenta.append(float(optimiser.param_groups[0]["betas"][0]))
            if step < _STEPS - 1:
                scheduler.step()
    return rates, momenta
