"""Invented experiments with three features and three nuisances, for tests of two-sample tests."""

import numpy as np

POOL = 20  # events a drawn one, of which a Poisson process is picked


class Experiment:
    """Weighted simulation of a truth that is known, and data of the same truth.

    Parameters
    ----------
    seed
        What everything follows from.
    simulated
        Events of simulation.
    expected
        Events of data that it stands for.
    signal
        Expected events of a signal, narrow in the first feature and large in the second.
    uncertain
        Whether the truth is moved by three nuisances, of which `sources` says what they do.
    heavy
        Whether few simulated events carry a large part of the weight.
    deviates
        Where the nuisances are; None: each is a normal deviate.
    """

    def __init__(
        self, seed, simulated, expected, signal=0, *, uncertain=False, heavy=False, deviates=None
    ):
        rng = np.random.default_rng(seed)
        simulation = draw(rng, simulated)
        weight = np.ones(simulated)
        if heavy:
            weight[rng.uniform(size=simulated) < 0.03] = 12.0
        self.weight = weight * (expected / (simulated * (1 + 0.03 * 11 * heavy)))
        self.sources = move(simulation) if uncertain else []
        pool = draw(rng, POOL * expected)
        change = np.zeros(len(pool))
        if uncertain:
            where = rng.normal(size=3) if deviates is None else deviates
            change = sum(nu * source[0] for nu, source in zip(where, move(pool), strict=True))
        background = pool[rng.uniform(size=len(pool)) < np.exp(change) / POOL]
        added = draw(rng, rng.poisson(signal))
        added[:, 0] = 1.5 + 0.3 * added[:, 0]
        added[:, 1] += 3.0
        self.data = np.vstack([background, added])
        self.is_signal = np.arange(len(self.data)) >= len(background)
        self.simulation = simulation

    @property
    def rows(self):
        """All features: of the simulation, and behind it of data."""
        return np.vstack([self.simulation, self.data])

    def count(self):
        """Weights of all rows as data, and as simulation."""
        none = np.zeros(len(self.weight)), np.zeros(len(self.data))
        return (
            np.concatenate([none[0], np.ones(len(self.data))]),
            np.concatenate([self.weight, none[1]]),
        )


def draw(rng, events):
    """Draw two falling features and one that is normal."""
    return np.column_stack(
        [rng.normal(size=events), rng.exponential(size=events), rng.normal(size=events)]
    )


def move(events):
    """Change the logarithm of weights by a rate of 10 %, a slope, and a tail."""
    ups = [np.full(len(events), 0.1), 0.1 * events[:, 0], 0.05 * (events[:, 1] - 1)]
    return [np.array([up, -up]) for up in ups]
