"""What came out of a tuning: the best trial, and the network that it describes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml
from optuna.importance import get_param_importances

from rapidmass.config.models.network import NeuralNetwork
from rapidmass.config.studies.tuning import TuningSpace
from rapidmass.provenance.atomic_files import read_json, write_whole
from rapidmass.studies.tuning.space import apply_parameters
from rapidmass.studies.tuning.trials import Trial, make_study

# Below, densities of the better trials say more of chance than of parameters.
MINIMUM_TRIALS = 10


def read_trials(paths: Sequence[Path]) -> list[Trial]:
    """Read the trials of batches.

    Parameters
    ----------
    paths
        JSON files with `trials`, in any order.

    Returns
    -------
    list of Trial
        In the order of rounds, batches and numbers.

    Raises
    ------
    ValueError
        If a file holds none.
    """
    trials = []
    for path in paths:
        content = read_json(path)
        if "trials" not in content:
            raise ValueError(f"{path} holds no trials of a tuning; remove it to have it made anew")
        trials += [Trial(**trial) for trial in content["trials"]]
    return sorted(trials, key=lambda trial: (trial.round, trial.batch, trial.number))


def find_best(trials: Sequence[Trial]) -> int:
    """Find the trial with the smallest loss, the first of equals.

    Parameters
    ----------
    trials
        In order. The network as configured does not compete.

    Returns
    -------
    int
        Its index.

    Raises
    ------
    ValueError
        If all trials failed.
    """
    losses = {
        index: trial.loss
        for index, trial in enumerate(trials)
        if trial.parameters is not None and trial.loss is not None
    }
    if not losses:
        reasons = "; ".join(sorted({str(trial.failure) for trial in trials})[:3])
        raise ValueError(
            f"none of {len(trials)} trials has a loss: {reasons}. Choose smaller learning rates in "
            "studies.tuning.space"
        )
    return min(losses, key=lambda index: losses[index])


def compute_importances(trials: Sequence[Trial], space: TuningSpace) -> dict[str, float]:
    """Compute how much each parameter decides whether a trial is among the better ones.

    PED-ANOVA (S. Watanabe, A. Bansal, F. Hutter, arXiv:2304.10255): how the density of a parameter
    in the better trials differs from that in all.

    Parameters
    ----------
    trials
        All of them.
    space
        What was varied.

    Returns
    -------
    dict
        Share by parameter, their sum is 1; empty where too few trials have a loss.
    """
    varied = [trial for trial in trials if trial.parameters is not None and trial.loss is not None]
    if len(varied) < MINIMUM_TRIALS:
        return {}
    shares = get_param_importances(make_study(space, varied))
    return {name: float(shares[name]) for name in sorted(shares)}


def describe_tuning(
    trials: Sequence[Trial], network: NeuralNetwork, space: TuningSpace
) -> dict[str, Any]:
    """Describe a tuning in JSON types.

    Parameters
    ----------
    trials
        All of them, in order.
    network
        The network as configured, with its own number of epochs.
    space
        What was varied.

    Returns
    -------
    dict
        `trials`; `best`, the index of the best; `network`, the settings that it stands for;
        `configured_loss`, that of the network as configured, None if it failed; `importances`.
    """
    best = find_best(trials)
    parameters = trials[best].parameters or {}
    configured = [trial.loss for trial in trials if trial.parameters is None]
    return {
        "trials": [{**asdict(trial), "loss": trial.loss} for trial in trials],
        "best": best,
        "network": apply_parameters(network, parameters).model_dump(mode="json"),
        "configured_loss": configured[0] if configured else None,
        "importances": compute_importances(trials, space),
    }


def write_block(path: Path, name: str, selection: str, tuning: Mapping[str, Any]) -> None:
    """Write the network of the best trial as a block of the configuration.

    Parameters
    ----------
    path
        The YAML file to write.
    name
        Name of the network that was tuned; that of the new one ends in `_tuned`.
    selection
        Where it was tuned.
    tuning
        From `describe_tuning`.
    """
    best, configured = tuning["trials"][tuning["best"]], tuning["configured_loss"]
    before = "not finite" if configured is None else f"{configured:.6g}"
    heading = (
        f"# {name} after tuning in {selection}: validation loss {best['loss']:.6g}, "
        f"as configured {before}.\n"
        "# Put it into the block `architectures`, or name this file behind --configfile as well.\n"
    )
    block = {"architectures": {f"{name}_tuned": tuning["network"]}}
    with write_whole(path) as temporary:
        text = yaml.safe_dump(block, sort_keys=False)
        temporary.write_text(heading + text, encoding="utf-8")
