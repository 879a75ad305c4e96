"""A small conditional flow: the density of features at each mass, learnt from sidebands.

Features become normal scores by their conditional quantiles at each mass, which interpolate over
the signal region and take shared values and absent ones as they come. A neural spline flow (C.
Durkan et al., NeurIPS 2019) with the mass as context learns how they hang together.
"""

import numpy as np
import torch
import zuko
from numpy.typing import NDArray
from scipy.stats import norm

from rapidmass.search.bumps.decorrelation import ConditionalQuantile
from rapidmass.search.bumps.ensembles import Features
from rapidmass.search.bumps.methods.base import Sample
from rapidmass.search.bumps.windows import HIGH, LOW
from rapidmass.storage.event_keys import draw_uniform

Array = NDArray[np.float64]
TRANSFORMS, HIDDEN, KNOTS = 2, (32, 32), 8
BATCH, RATE, EPOCHS, PATIENCE, HELD = 512, 2e-3, 40, 4, 0.1
EDGE = 1e-4  # of quantiles: scores stay within the splines


class ConditionalFlow:
    """Features of sidebands as standard normal numbers, and back to normal scores.

    Parameters
    ----------
    data
        Events, of which those of the sidebands are learnt from.
    seed
        What weights and batches follow from.
    threads
        Threads.

    Raises
    ------
    ValueError
        If the sidebands have too few events.
    """

    def __init__(self, data: Sample, *, seed: int, threads: int) -> None:
        sidebands = data.take((data.region == LOW) | (data.region == HIGH))
        mass = np.log(sidebands.mass)
        self._quantiles = [
            ConditionalQuantile(column.astype(np.float64), mass) for column in sidebands.features.T
        ]
        self._centre, self._scale = mass.mean(), mass.std()
        self._threads = threads
        scores, context = self._read(self.find_scores(sidebands)), self._place(sidebands.mass)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            torch.set_num_threads(threads)
            self._flow = zuko.flows.NSF(
                scores.shape[1], 1, bins=KNOTS, transforms=TRANSFORMS, hidden_features=HIDDEN
            )
            _fit(self._flow, scores, context)

    def find_scores(self, sample: Sample) -> Features:
        """Find normal scores of features at the mass of each event; shape (events, features)."""
        mass = np.log(sample.mass)
        found = np.empty(sample.features.shape, dtype=np.float32)
        for place, quantile in enumerate(self._quantiles):
            noise = draw_uniform(sample.key, f"normal score {place}")
            values = sample.features[:, place].astype(np.float64)
            share = quantile.transform(values, mass, noise)
            found[:, place] = norm.ppf(np.clip(share, EDGE, 1 - EDGE))
        return found

    def find_latent(self, sample: Sample) -> Features:
        """Find the point of each event in latent space; shape (events, features)."""
        with torch.no_grad():
            context = self._place(sample.mass)
            found = self._flow(context).transform(self._read(self.find_scores(sample)))
        return np.asarray(found.numpy(), dtype=np.float32)

    def draw_scores(self, mass: Array, seed: int) -> Features:
        """Draw normal scores of background at given masses; shape (events, features)."""
        drawn = np.random.default_rng(seed).normal(size=(len(mass), len(self._quantiles)))
        with torch.no_grad():
            found = self._flow(self._place(mass)).transform.inv(self._read(drawn))
        return np.asarray(found.numpy(), dtype=np.float32)

    def _place(self, mass: Array) -> torch.Tensor:
        return self._read(((np.log(mass) - self._centre) / self._scale)[:, None])

    @staticmethod
    def _read(values: NDArray[np.floating]) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))


def _fit(flow: zuko.flows.NSF, scores: torch.Tensor, context: torch.Tensor) -> None:
    """Fit a flow by its likelihood, and leave it as it was best on a part that is held back."""
    order = torch.randperm(len(scores))
    held, rows = order[: max(1, int(HELD * len(order)))], order[int(HELD * len(order)) :]
    optimiser = torch.optim.Adam(flow.parameters(), lr=RATE)
    best, since, kept = np.inf, 0, flow.state_dict()
    for _ in range(EPOCHS):
        for batch in torch.split(rows[torch.randperm(len(rows))], BATCH):
            optimiser.zero_grad()
            loss = -flow(context[batch]).log_prob(scores[batch]).mean()
            loss.backward()
            optimiser.step()
        with torch.no_grad():
            found = float(-flow(context[held]).log_prob(scores[held]).mean())
        since += 1
        if found < best:
            best, since = found, 0
            kept = {name: value.clone() for name, value in flow.state_dict().items()}
        if since >= PATIENCE:
            break
    flow.load_state_dict(kept)
