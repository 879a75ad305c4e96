"""One training, from where its checkpoint stands to its end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import torch

from rapidmass.config.models.network import NeuralNetwork
from rapidmass.config.models.training import Expand
from rapidmass.datasets.splits import Part
from rapidmass.models.inputs.class_weights import ClassWeights
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.models.networks.base import Network
from rapidmass.models.training.arithmetic import fixed_arithmetic
from rapidmass.models.training.checkpoints import Keeper, load_checkpoint
from rapidmass.models.training.epochs import Trainer
from rapidmass.models.training.process_group import ProcessGroup
from rapidmass.models.training.progress import Progress
from rapidmass.models.training.schedule import Stretch
from rapidmass.models.training.untrained import build_untrained


@dataclass(frozen=True, eq=False)
class Course:
    """All that a process must know to train a network.

    Parameters
    ----------
    name, architecture, scaler, seed, validation_fraction, excluded_channel, megasets, augmented, \
    followed, expand, checkpoint, checkpoint_interval
        As of `rapidmass.models.training.train.train`.
    signals
        Files of signals.
    class_weights
        By part, what events count there; None unless it is a classifier.
    rows
        Number of events of each megaset.
    threads
        Of each process.
    fingerprint
        Everything that the training depends on.
    """

    name: str
    architecture: NeuralNetwork
    scaler: Scaler
    seed: int
    validation_fraction: float
    excluded_channel: str | None
    megasets: Sequence[Path]
    augmented: Sequence[Path]
    signals: Sequence[Path]
    followed: Path | None
    class_weights: Mapping[Part, ClassWeights] | None
    expand: Expand
    rows: Sequence[int]
    threads: int
    checkpoint: Path
    checkpoint_interval: float
    fingerprint: Mapping[str, Any]

    def build_trainer(self, device: torch.device, group: ProcessGroup | None) -> Trainer:
        """Build an untrained network, and what trains it on a device."""
        return Trainer(
            self.name,
            self.architecture,
            self.scaler,
            self.seed,
            self.validation_fraction,
            device,
            self.excluded_channel,
            self.signals,
            self.class_weights,
            self.followed,
            self.expand,
            group,
        )

    @property
    def schedule(self) -> list[tuple[int, int]]:
        """Megaset and epoch, in the order of training."""
        return [*product(range(len(self.megasets)), range(self.architecture.epochs))]

    @property
    def seen_share(self) -> float:
        """About which share of the events of a megaset is trained on."""
        seen = 1 if self.scaler.fold is None else 1 - 1 / self.scaler.fold.number
        seen *= 1 if self.class_weights is None else 2  # signals come beside the background
        return seen * (1 - self.validation_fraction)


def follow(
    course: Course,
    device: torch.device,
    is_asked_to_end: Callable[[], bool],
    group: ProcessGroup | None = None,
) -> Trainer:
    """Train from the checkpoint on, if there is one, to the end.

    Parameters
    ----------
    course
        What to train.
    device
        Where.
    is_asked_to_end
        Tells whether to end before.
    group
        The processes that share each batch, the first of which keeps the checkpoint; None if there
        is one alone.

    Returns
    -------
    Trainer
        Done.

    Raises
    ------
    Interrupted
        If it was asked to end, once the state is saved.
    ValueError
        As of `rapidmass.models.training.train.train`.
    """
    with fixed_arithmetic(device, course.threads):
        trainer = course.build_trainer(device, group)
        keeper = Keeper(
            course.name,
            course.checkpoint,
            course.fingerprint,
            course.checkpoint_interval,
            is_asked_to_end,
            writes=group is None or group.share.rank == 0,
        )
        state = keeper.load()
        if state is not None:
            trainer.restore(state)
        if group is not None:
            group.wait()  # until all have read what the first one will soon replace
        _do_epochs(course, trainer, keeper)
    return trainer


def _do_epochs(course: Course, trainer: Trainer, keeper: Keeper) -> None:
    schedule = course.schedule
    rows = sum(course.rows[megaset] for megaset, _ in schedule[trainer.finished :])
    progress = Progress(course.name, rows * course.seen_share - trainer.begun)
    pause = partial(keeper.visit, trainer.get_state)
    for done, (megaset, epoch) in enumerate(schedule):
        if done < trainer.finished:
            continue
        copy = course.augmented[megaset] if course.architecture.needs_augmented else None
        ends = done / len(schedule), (done + 1) / len(schedule)
        stretch = Stretch(*ends, course.rows[megaset] * course.seen_share)
        path = course.megasets[megaset]
        trainer.do_epoch(path, megaset, epoch, progress, pause, stretch, copy)
        keeper.save(trainer.get_state())


def read_finished(course: Course) -> tuple[Network, list[dict[str, Any]]]:
    """Read the network and the history of a training that other processes have finished.

    Parameters
    ----------
    course
        What was trained.

    Returns
    -------
    Network
        On the processor.
    list of dict
        One record an epoch.

    Raises
    ------
    RuntimeError
        If its checkpoint is not there.
    """
    state = load_checkpoint(course.checkpoint, course.fingerprint)
    if state is None or len(state.history) < len(course.schedule):
        raise RuntimeError(f"{course.checkpoint}: the end of the training of {course.name} is lost")
    network = build_untrained(course.architecture, course.scaler, course.seed)
    network.load_state_dict(state.network)
    return network, state.history
