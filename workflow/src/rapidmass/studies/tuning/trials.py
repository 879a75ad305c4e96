"""Trials of a tuning: proposed from the results of others, done one by one, kept as they end."""

import logging
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import optuna
from optuna.trial import TrialState, create_trial

from rapidmass.config.models.network import NeuralNetwork
from rapidmass.config.studies.tuning import TuningSpace
from rapidmass.provenance.atomic_files import read_json, write_json
from rapidmass.storage.event_keys import derive_seed
from rapidmass.studies.tuning.space import apply_parameters, list_distributions

logger = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """What came out of a training.

    Parameters
    ----------
    losses
        Validation loss after each epoch; None where it is not finite.
    weights
        Number of weights and biases of the network; None if training ended early.
    failure
        Why there is no result; None if there is one.
    """

    losses: list[float | None]
    weights: int | None
    failure: str | None


@dataclass(frozen=True)
class Trial:
    """A trial that is done.

    Parameters
    ----------
    round, batch, number
        Its place: batches of a round run side by side, trials of a batch in turn.
    parameters
        What was tried, by the names of `list_distributions`; None: the network as configured.
    losses, weights, failure
        As in `Outcome`.
    """

    round: int
    batch: int
    number: int
    parameters: dict[str, Any] | None
    losses: list[float | None]
    weights: int | None
    failure: str | None

    @property
    def loss(self) -> float | None:
        """The validation loss of the last epoch; None if the trial failed."""
        return None if self.failure else self.losses[-1]


@dataclass(frozen=True)
class Batch:
    """A batch of trials to do.

    Parameters
    ----------
    name
        Name of the network in the configuration.
    network
        The network as configured.
    space
        What is varied.
    round, batch
        Which batch it is, from 0. The first one of all begins with the network as configured.
    trials
        How many trials there are in it.
    random_trials
        Until there are so many results, parameters are drawn at random.
    seed
        The seed of the analysis.
    """

    name: str
    network: NeuralNetwork
    space: TuningSpace
    round: int
    batch: int
    trials: int
    random_trials: int
    seed: int

    @property
    def has_reference(self) -> bool:
        """Whether the network as configured is trained too, to compare with."""
        return self.round == self.batch == 0


def propose_parameters(batch: Batch, number: int, done: Sequence[Trial]) -> dict[str, Any]:
    """Propose the parameters of a trial: tree-structured Parzen estimator.

    J. Bergstra et al., Advances in Neural Information Processing Systems 24 (2011), section 4, as
    Optuna has it. Trials that failed count as worse than all others.

    Parameters
    ----------
    batch
        The batch that the trial belongs to.
    number
        Of the trial in it.
    done
        Trials that are known, in a fixed order.

    Returns
    -------
    dict
        The same for the same arguments.
    """
    seed = derive_seed(batch.seed, "tuning", batch.name, batch.round, batch.batch, number)
    sampler = optuna.samplers.TPESampler(n_startup_trials=batch.random_trials, seed=seed)
    study = make_study(batch.space, done, sampler)
    return dict(study.ask(list_distributions(batch.space)).params)


def make_study(
    space: TuningSpace,
    done: Iterable[Trial],
    sampler: optuna.samplers.BaseSampler | None = None,
) -> optuna.Study:
    """Put trials into a study of Optuna, in memory.

    Parameters
    ----------
    space
        What is varied.
    done
        The trials; the network as configured is left out, as it may lie outside the space.
    sampler
        For further trials.

    Returns
    -------
    optuna.Study
        To be minimised.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # it would tell of each study and trial
    study = optuna.create_study(sampler=sampler)
    for trial in done:
        if trial.parameters is not None:
            state = TrialState.PRUNED if trial.loss is None else TrialState.COMPLETE
            study.add_trial(
                create_trial(
                    state=state,
                    value=trial.loss,
                    params=trial.parameters,
                    distributions=list_distributions(space),
                )
            )
    return study


def run_batch(
    batch: Batch,
    earlier: Sequence[Trial],
    measure: Callable[[NeuralNetwork], Outcome],
    *,
    progress: Path,
    request: str,
) -> list[Trial]:
    """Do the trials of a batch.

    Parameters
    ----------
    batch
        What to do.
    earlier
        Trials of all batches of the rounds before.
    measure
        Trains a network.
    progress
        File that keeps the trials which are done, so that a batch that was interrupted goes on from
        there and ends with the same results. Remove it once they are written elsewhere.
    request
        Digest of all that decides the results: what was begun under another one is done again.

    Returns
    -------
    list of Trial
        In order.
    """
    reference = int(batch.has_reference)
    total = batch.trials + reference
    done = _read_progress(progress, request)
    if done:
        logger.info("%s: trials done before: %d of %d", batch.name, len(done), total)
    for number in range(len(done), total):
        parameters, network = None, batch.network
        if number >= reference:
            parameters = propose_parameters(batch, number, [*earlier, *done])
            network = apply_parameters(batch.network, parameters)
        _announce(batch, number, total, parameters)
        outcome = measure(network)
        done.append(Trial(batch.round, batch.batch, number, parameters, **outcome._asdict()))
        write_json(progress, {"request": request, "trials": [asdict(trial) for trial in done]})
        _report(batch, done, earlier)
    return done


def _announce(batch: Batch, number: int, total: int, parameters: dict[str, Any] | None) -> None:
    shown = "as configured"
    if parameters is not None:
        shown = ", ".join(
            f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
            for name, value in parameters.items()
        )
    where = f"trial {number + 1} of {total} in batch {batch.batch} of round {batch.round}"
    logger.info("%s: %s: %s", batch.name, where, shown)


def _report(batch: Batch, done: Sequence[Trial], earlier: Sequence[Trial]) -> None:
    last = done[-1]
    losses = [trial.loss for trial in (*earlier, *done) if trial.loss is not None]
    logger.info(
        "%s: trial %d: %s; smallest loss so far %.6g",
        batch.name,
        last.number + 1,
        last.failure or f"validation loss {last.loss:.6g}, {last.weights} weights",
        min(losses, default=math.inf),
    )


def _read_progress(path: Path, request: str) -> list[Trial]:
    if not path.exists():
        return []
    try:
        content = read_json(path)
        if content.get("request") != request:
            logger.warning("%s is of another configuration or code: the batch starts anew", path)
            return []
        return [Trial(**trial) for trial in content["trials"]]
    except (ValueError, KeyError, TypeError):
        logger.warning("%s is damaged: the batch starts anew", path)
        return []
