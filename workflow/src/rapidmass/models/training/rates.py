"""Which learning rate suits a network: a sweep before training (L. N. Smith, WACV 2017, 464)."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch

from rapidmass.config.models.training import TrainingSettings
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.models.networks.registry import read_settings
from rapidmass.models.training.arithmetic import fixed_arithmetic
from rapidmass.models.training.epochs import Trainer
from rapidmass.models.training.train import weigh_classes
from rapidmass.provenance.atomic_files import read_json

_KEPT: Final = 0.9  # of the running mean of losses at each step
_DIVERGED: Final = 4.0  # times the smallest loss: beyond, nothing is learnt any more


class Sweep(NamedTuple):
    """Losses at rising learning rates.

    Parameters
    ----------
    rates, losses
        Of each step, up to where the loss grew out of hand; running means of losses.
    suggested
        The rate at which the loss falls fastest with the logarithm of the rate, up to its smallest
        value.
    """

    rates: Sequence[float]
    losses: Sequence[float]
    suggested: float


def sweep_rates(
    card: Mapping[str, Any],
    scaler: Scaler,
    megaset: Path,
    signals: Mapping[str, Path],
    *,
    ends: tuple[float, float] = (1e-7, 10.0),
    steps: int = 100,
    seed: int = 1,
) -> Sweep:
    """Train a network for a few steps with rising learning rates.

    Parameters
    ----------
    card
        Of a trained network: what to build. A new one is trained.
    scaler
        Of its inputs.
    megaset
        Events.
    signals
        Files by signal, for classifiers.
    ends
        First and last learning rate; steps have equal ratios.
    steps
        Number of steps.
    seed
        Decides initial weights and the order of events.

    Returns
    -------
    Sweep
        Of the running means of losses, without the bias of their beginning.

    Raises
    ------
    ValueError
        If the loss falls nowhere, or the family needs augmented events or scores to follow.
    """
    architecture = read_settings(card["architecture"])
    if architecture.needs_augmented:
        raise ValueError(f"the family {architecture.family} compares events: it cannot be swept")
    if architecture.followed is not None:
        raise ValueError(f"the family {architecture.family} follows scores: it cannot be swept")
    fraction = card["validation_fraction"]
    classes = weigh_classes(
        card["name"], architecture, [megaset], signals, scaler=scaler, validation_fraction=fraction
    )
    device = torch.device("cpu")
    threads = TrainingSettings.model_validate(card["settings"]).threads
    rates = np.geomspace(*ends, steps)
    running, losses = 0.0, []
    with fixed_arithmetic(device, threads):
        trainer = Trainer(
            card["name"], architecture, scaler, seed, fraction, device, None,
            [*signals.values()], None if classes is None else classes.weights,
        )  # fmt: skip
        for number, loss in enumerate(trainer.try_rates(megaset, rates.tolist()), start=1):
            if not math.isfinite(loss):
                break
            running = _KEPT * running + (1 - _KEPT) * loss
            losses.append(running / (1 - _KEPT**number))
            if losses[-1] > _DIVERGED * min(losses):
                break
    return Sweep(rates[: len(losses)].tolist(), losses, _suggest(rates, np.array(losses)))


def _suggest(rates: np.ndarray[Any, Any], losses: np.ndarray[Any, Any]) -> float:
    before = int(np.argmin(losses)) + 1  # behind the smallest one, it only tumbles
    if before > 2:
        slopes = np.gradient(losses[:before], np.log(rates[:before]))
        if slopes.min() < 0:
            return float(rates[np.argmin(slopes)])
    raise ValueError("the loss falls at no learning rate: try a wider range, or more steps")


def read_products(card: Mapping[str, Any]) -> tuple[Scaler, Path, dict[str, Path]]:
    """Find the files that a network was trained on.

    Parameters
    ----------
    card
        Of the network; paths in it are seen from the folder of its run.

    Returns
    -------
    Scaler
        Its scaler.
    Path
        Its first megaset.
    dict
        Files by signal.

    Raises
    ------
    ValueError
        If one is not there.
    """
    paths = [Path(path) for path in card["provenance"]["products"]]
    absent = [str(path) for path in paths if not path.exists()]
    if absent:
        raise ValueError(
            f"{absent[0]} does not exist: go to the folder of the run, where its results are"
        )
    signals = {path.stem: path for path in paths if path.parent.name == "signals"}
    megasets = sorted(path for path in paths if path.parent.name == "megasets")
    scaler = next(path for path in paths if path.parent.name == "scalers")
    return Scaler.from_json(read_json(scaler)), megasets[0], signals
