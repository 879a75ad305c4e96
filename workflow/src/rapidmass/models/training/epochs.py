"""One training, epoch by epoch: everything in it that changes from step to step."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from itertools import chain, count
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rapidmass.config.models.network import NeuralNetwork
from rapidmass.config.models.training import Expand
from rapidmass.datasets.splits import Part
from rapidmass.models.inputs.class_weights import ClassWeights
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.models.inputs.shares import WHOLE
from rapidmass.models.training.checkpoints import State
from rapidmass.models.training.event_reader import EventReader
from rapidmass.models.training.process_group import ProcessGroup
from rapidmass.models.training.progress import Progress
from rapidmass.models.training.schedule import Schedule, Stretch
from rapidmass.models.training.steps import PARTS, Mean, Steps
from rapidmass.models.training.untrained import build_untrained
from rapidmass.storage.event_keys import derive_seed

logger = logging.getLogger(__name__)


@dataclass
class _Epoch:
    """An epoch that is not finished: how many batches were done, and their loss."""

    megaset: int
    epoch: int
    batches: int = 0
    training: Mean = field(default_factory=Mean)


class Trainer:
    """A network on its way through the megasets, and the state of its optimiser.

    Parameters
    ----------
    name
        Name of the architecture.
    architecture
        What to build, and how to train it.
    scaler
        Makes the inputs.
    seed
        Decides initial weights, order of events and noise.
    validation_fraction
        Fraction of events that only measure the loss.
    device
        Where to train.
    excluded_channel
        Channel that it is not to see.
    signals
        Files of signals, for families that tell them from the background.
    class_weights
        By part, what events count there.
    followed
        File of the scores to follow, for families that do.
    expand
        Where stored elements are made dense.
    group
        The processes that share each batch; None if there is one alone.
    """

    def __init__(
        self,
        name: str,
        architecture: NeuralNetwork,
        scaler: Scaler,
        seed: int,
        validation_fraction: float,
        device: torch.device,
        excluded_channel: str | None = None,
        signals: Sequence[Path] = (),
        class_weights: Mapping[Part, ClassWeights] | None = None,
        followed: Path | None = None,
        expand: Expand = "auto",
        group: ProcessGroup | None = None,
    ) -> None:
        self._name = name
        self._architecture = architecture
        self._seed = seed
        self._validation_fraction = validation_fraction
        self._events = EventReader(
            architecture,
            scaler,
            validation_fraction,
            device,
            excluded_channel=excluded_channel,
            signals=signals,
            class_weights=class_weights,
            followed=followed,
            expand=expand,
            share=WHOLE if group is None else group.share,
        )
        self.features = self._events.features
        self.network = build_untrained(architecture, scaler, seed).to(device)
        self._optimiser = torch.optim.Adam(
            self.network.parameters(),
            lr=architecture.optimiser.learning_rate,
            weight_decay=architecture.optimiser.weight_decay,
            decoupled_weight_decay=True,
            fused=True,
        )
        is_mixed = architecture.precision == "bf16"
        self._steps = Steps(name, self.network, self._optimiser, device, is_mixed, group)
        self._schedule = Schedule(architecture.optimiser)
        self.history: list[dict[str, Any]] = []
        self._unfinished: _Epoch | None = None

    @property
    def finished(self) -> int:
        """Number of finished epochs."""
        return len(self.history)

    @property
    def begun(self) -> int:
        """Number of events that an unfinished epoch was trained on."""
        return 0 if self._unfinished is None else self._unfinished.training.events

    def get_state(self) -> State:
        """Get what a checkpoint must hold."""
        unfinished = None
        if self._unfinished is not None:
            unfinished = {**asdict(self._unfinished), "noise": self.network.get_noise_state()}
        return State(
            self.network.state_dict(), self._optimiser.state_dict(), self.history, unfinished
        )

    def restore(self, state: State) -> None:
        """Go back to where a checkpoint was made."""
        self.network.load_state_dict(state.network)
        self._optimiser.load_state_dict(state.optimiser)
        self.history = list(state.history)
        batches = 0
        if state.unfinished is not None:
            content = dict(state.unfinished)
            self.network.set_noise_state(content.pop("noise"))
            self._unfinished = _Epoch(**{**content, "training": Mean(**content["training"])})
            batches = self._unfinished.batches
        logger.info(
            "%s: continuing after %d finished epochs and %d batches of the next",
            self._name,
            self.finished,
            batches,
        )

    def do_epoch(
        self,
        path: Path,
        megaset: int,
        epoch: int,
        progress: Progress,
        pause: Callable[[], None],
        stretch: Stretch,
        augmented: Path | None = None,
    ) -> None:
        """Train on a megaset once, and measure the loss on its validation part.

        The history gets a record of `megaset`, `epoch`, and weighted means per event:
        `training_loss`, `validation_loss` and its parts there, `reconstruction_loss` (all three per
        cell) and `kl` (nats per event). So validation_loss = reconstruction_loss + kl_weight * kl /
        inputs. Each is None where there are no events, or the family has no such part. Beside them
        are `training_events`, `validation_events` and `training_weight_pb` (None for classifiers).

        Parameters
        ----------
        path
            The megaset.
        megaset, epoch
            Their numbers. Order and noise belong to them, so nothing random outlives an epoch.
        progress
            Where to count events.
        pause
            Called after every batch, where `get_state` is all that it takes to go on. An epoch that
            ends there by an exception is taken up by the next call, also in another process.
        stretch
            Which part of the training this epoch is.
        augmented
            The megaset of augmented events, for families that need them.

        Raises
        ------
        ValueError
            If the loss is no longer finite.
        """
        if self._unfinished is None:
            self.network.seed_noise(derive_seed(self._seed, "noise", megaset, epoch))
            self._unfinished = _Epoch(megaset, epoch)
        training = self._unfinished.training
        files = path, augmented
        self._train(files, self._unfinished, progress, pause, stretch)
        validation = self._validate(files, self._unfinished, pause)
        record = {
            "megaset": megaset,
            "epoch": epoch,
            "training_loss": training.get(),
            **{name: mean.get() for name, mean in validation.items()},
            "training_events": training.events,
            "validation_events": validation["validation_loss"].events,
            "training_weight_pb": self._events.measure_weight(training.weight),
        }
        self.history.append(record)
        self._unfinished = None
        progress.report(
            f"megaset {megaset}, epoch {epoch}: training loss {record['training_loss']}, "
            f"validation loss {record['validation_loss']}, kl {record['kl']}"
        )

    def _train(
        self,
        files: tuple[Path, Path | None],
        here: _Epoch,
        progress: Progress,
        pause: Callable[[], None],
        stretch: Stretch,
    ) -> None:
        order = derive_seed(self._seed, "order", here.megaset, here.epoch)
        self.network.train()
        with closing(self._events.iterate(files, "training", order, here.batches)) as batches:
            for batch in batches:
                self._schedule.apply(self._optimiser, stretch.locate(here.training.events))
                sums = self._steps.learn(batch)
                here.training.add(sums, batch.weight)
                self._check_finite(here.training.total, here, files[0])
                here.batches += 1
                progress.add(len(batch))
                pause()

    def try_rates(self, path: Path, rates: Iterable[float]) -> Iterator[float]:
        """Train one step with each learning rate.

        Parameters
        ----------
        path
            A megaset; it begins anew where it ends.
        rates
            Learning rates.

        Yields
        ------
        float
            Weighted mean of the losses of the events of a step, before it.
        """
        self.network.seed_noise(derive_seed(self._seed, "noise of rates"))
        self.network.train()
        rounds = (
            self._events.iterate((path, None), "training", derive_seed(self._seed, "rates", number))
            for number in count()
        )
        for batch, rate in zip(chain.from_iterable(rounds), rates, strict=False):
            for group in self._optimiser.param_groups:
                group["lr"] = rate
            mean = Mean()
            mean.add(self._steps.learn(batch), batch.weight)
            yield mean.total / mean.weight

    def _check_finite(self, loss: float, here: _Epoch, megaset: Path) -> None:
        if not np.isfinite(loss):
            raise ValueError(
                f"{self._name}: the loss is not finite in epoch {here.epoch} of megaset "
                f"{here.megaset} ({megaset}). Try a smaller learning_rate, "
                "negative_weights: absolute_rescaled, or activations with bounds (tanh)"
            )

    def _validate(
        self, files: tuple[Path, Path | None], here: _Epoch, pause: Callable[[], None]
    ) -> dict[str, Mean]:
        self.network.seed_noise(derive_seed(self._seed, "validation noise", here.megaset))
        self.network.eval()
        means = {name: Mean() for name in PARTS}
        if self._validation_fraction > 0:
            with closing(self._events.iterate(files, "validation", None)) as batches:
                for batch in batches:
                    sums = self._steps.measure(batch)
                    for name, some in sums.items():
                        if some:
                            means[name].add(some, batch.weight)
                    # the last step of all is seen here alone
                    self._check_finite(means["validation_loss"].total, here, files[0])
                    pause()  # to go on from here is to measure anew: that is soon done
        return means
