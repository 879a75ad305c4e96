"""Experiments without a difference: data and simulation drawn from events that are the truth."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.scores.read import ScoredEvents
from rapidmass.search.pseudo_experiments import Expected, draw_data
from rapidmass.search.simulated_samples import Sample, Simulation

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Truth:
    """What experiments are drawn from.

    Parameters
    ----------
    background, signal
        Simulated events: what they expect is true.
    sources
        What is uncertain of the background, by name, each of shape (variations, events).
    scorer
        Name of the score.
    """

    background: Sample
    signal: Sample
    sources: dict[str, Array]
    scorer: str

    @classmethod
    def take(cls, simulation: Simulation, signal: str, scorer: str) -> "Truth":
        """Take a simulation for true.

        Parameters
        ----------
        simulation
            Background and signals.
        signal
            Which signal.
        scorer
            Which score.

        Returns
        -------
        Truth
            With what is uncertain of the background alone.
        """
        background = simulation.background
        number = len(background.weight)
        sources = {name: change[:, :number] for name, change in simulation.sources.items()}
        return cls(background, simulation.signals[signal], sources, scorer)


class Experiment(NamedTuple):
    """One experiment.

    Parameters
    ----------
    simulation
        Background that data are compared with: each event of the truth a Poisson number of times.
    data
        Events as they are seen, each with a weight of 1.
    sources
        What is uncertain of the simulation.
    """

    simulation: Sample
    data: Sample
    sources: dict[str, Array]


def draw_experiment(truth: Truth, rng: np.random.Generator) -> Experiment:
    """Draw simulation and data.

    Parameters
    ----------
    truth
        What they are drawn from. What is uncertain is elsewhere for each experiment.
    rng
        What they follow from.

    Returns
    -------
    Experiment
        Without signal.
    """
    everything = np.arange(len(truth.background.weight))
    simulated = np.repeat(everything, rng.poisson(1.0, len(everything)))
    expected = Expected(truth.background.weight, list(truth.sources.values()))
    seen = np.repeat(everything, draw_data(expected, rng).astype(np.int64))
    return Experiment(
        truth.background.take(simulated),
        truth.background.take(seen),
        {name: change[:, simulated] for name, change in truth.sources.items()},
    )


def draw_counts(
    truth: Truth, uncertainty: float, strength: float, rng: np.random.Generator
) -> ScoredEvents:
    """Draw data for a fit: background of a rate that is uncertain, and signal.

    Parameters
    ----------
    truth
        What is drawn from.
    uncertainty
        Relative, of the rate of the background: it is moved by a normal deviate of this size.
    strength
        Of the signal.
    rng
        What it follows from.

    Returns
    -------
    ScoredEvents
        With weights of 1.
    """
    rate = max(1 + uncertainty * rng.standard_normal(), 0.0)
    parts = []
    for sample, factor in ((truth.background, rate), (truth.signal, strength)):
        events = sample.show(truth.scorer)
        number = rng.poisson(factor * events.weight)
        parts.append((events, np.repeat(np.arange(len(number)), number)))
    (background, seen), (signal, hidden) = parts
    names = background.variables
    return ScoredEvents(
        np.concatenate([background.key[seen], signal.key[hidden]]),
        np.full(len(seen) + len(hidden), "data"),
        np.concatenate([background.score[seen], signal.score[hidden]]),
        np.ones(len(seen) + len(hidden)),
        {
            name: np.concatenate([background.variables[name][seen], signal.variables[name][hidden]])
            for name in names
        },
    )
