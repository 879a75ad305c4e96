"""One training, epoch by epoch: everything in it that changes from step to step."""

import logging
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from itertools import chain, count
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rapidmass.config.models.network import NeuralNetwork
from rapidmass.datasets.splits import Part
from rapidmass.models.inputs.class_weights import ClassWeights
from rapidmass.models.inputs.followed_scores import FollowedScores
from rapidmass.models.inputs.loader import Batch, Recipe, iterate_batches
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.models.inputs.signal_batches import SignalEvents, iterate_signals
from rapidmass.models.networks.base import Inputs, Losses
from rapidmass.models.networks.registry import build_network
from rapidmass.models.training.checkpoints import State
from rapidmass.models.training.progress import Progress
from rapidmass.models.training.schedule import Schedule, Stretch
from rapidmass.representations.base import select_elements
from rapidmass.storage.event_keys import derive_seed

logger = logging.getLogger(__name__)

# On a processor, activations of a whole batch would not stay in cache. The gradients of pieces add
# up to the gradient of the batch, so this decides speed and the last bits, nothing else.
EVENTS_PER_PIECE = 2048


@dataclass
class _Mean:
    """Weighted mean of losses, in float64."""

    total: float = 0.0
    weight: float = 0.0
    events: int = 0

    def add(self, sums: Sequence[Tensor], weight: NDArray[np.float32]) -> None:
        """Add a batch: what `_sum` gave for each of its pieces, and its weights."""
        self.total += float(torch.stack(list(sums)).sum())
        self.weight += float(weight.sum(dtype=np.float64))
        self.events += len(weight)

    def get(self) -> float | None:
        return self.total / self.weight if self.weight > 0 else None


def _sum(losses: Tensor, weight: Tensor) -> Tensor:
    """Sum weighted losses, where they are: a graphics card need not be waited for."""
    return (losses.detach().double() * weight.double()).sum()


@dataclass
class _Epoch:
    """An epoch that is not finished: how many batches were done, and their loss."""

    megaset: int
    epoch: int
    batches: int = 0
    training: _Mean = field(default_factory=_Mean)


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
    ) -> None:
        self._name = name
        self._architecture = architecture
        self._seed = seed
        self._validation_fraction = validation_fraction
        self._device = device
        self._is_mixed = architecture.precision == "bf16"
        representation = scaler.representation
        self.features = select_elements(representation, architecture.exclude_features)
        self._recipe = Recipe(
            scaler,
            self.features,
            validation_fraction,
            architecture.negative_weights,
            excluded_channel=excluded_channel,
            needs_mask=architecture.needs_mask,
            target=architecture.labels,
            class_weights=class_weights,
            followed=None if followed is None else FollowedScores.read(followed),
        )
        self._signals = signals
        self._sampled: SignalEvents | None = None
        if class_weights is not None:
            sampling = class_weights["training"].sampling
            self._sampled = SignalEvents(signals, self._recipe, sampling)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive_seed(seed, "initial weights"))
            network = build_network(architecture, representation.shape, len(self.features))
            self.network = network.to(device)
        self._optimiser = torch.optim.Adam(
            self.network.parameters(),
            lr=architecture.optimiser.learning_rate,
            weight_decay=architecture.optimiser.weight_decay,
            decoupled_weight_decay=True,
            fused=True,
        )
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
            self._unfinished = _Epoch(**{**content, "training": _Mean(**content["training"])})
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
            # what events of classes count has no unit
            "training_weight_pb": None if self._sampled else training.weight / self._recipe.unit,
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
        with closing(self._iterate(files, "training", order, here.batches)) as batches:
            for batch in batches:
                self._schedule.apply(self._optimiser, stretch.locate(here.training.events))
                sums = self._learn(batch)
                here.training.add(sums, batch.weight)
                self._check_finite(here.training.total, here, files[0])
                here.batches += 1
                progress.add(len(batch.x))
                pause()

    def _learn(self, batch: Batch) -> list[Tensor]:
        """Do one step of the optimiser; the sums of the weighted losses before it."""
        self._optimiser.zero_grad(set_to_none=True)
        sums = []
        for losses, weight in self._compute_losses(batch):
            loss = (losses.total * weight).sum() / len(batch.x)
            loss.backward()  # type: ignore[no-untyped-call]
            sums.append(_sum(losses.total, weight))
        self._optimiser.step()
        return sums

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
            self._iterate((path, None), "training", derive_seed(self._seed, "rates", number))
            for number in count()
        )
        for batch, rate in zip(chain.from_iterable(rounds), rates, strict=False):
            for group in self._optimiser.param_groups:
                group["lr"] = rate
            mean = _Mean()
            mean.add(self._learn(batch), batch.weight)
            yield mean.total / mean.weight

    def _check_finite(self, loss: float, here: _Epoch, megaset: Path) -> None:
        if not np.isfinite(loss):
            raise ValueError(
                f"{self._name}: the loss is not finite in epoch {here.epoch} of megaset "
                f"{here.megaset} ({megaset}). Try a smaller learning_rate, "
                "negative_weights: absolute_rescaled, or activations with bounds (tanh)"
            )

    @torch.no_grad()
    def _validate(
        self, files: tuple[Path, Path | None], here: _Epoch, pause: Callable[[], None]
    ) -> dict[str, _Mean]:
        self.network.seed_noise(derive_seed(self._seed, "validation noise", here.megaset))
        self.network.eval()
        names = ("validation_loss", "reconstruction_loss", "kl")  # as the fields of Losses
        means = {name: _Mean() for name in names}
        if self._validation_fraction > 0:
            with closing(self._iterate(files, "validation", None)) as batches:
                for batch in batches:
                    sums: dict[str, list[Tensor]] = {name: [] for name in names}
                    for losses, weight in self._compute_losses(batch):
                        for name, part in zip(names, losses, strict=True):
                            if part is not None:
                                sums[name].append(_sum(part, weight))
                    for name, some in sums.items():
                        if some:
                            means[name].add(some, batch.weight)
                    # the last step of all is seen here alone
                    self._check_finite(means["validation_loss"].total, here, files[0])
                    pause()  # to go on from here is to measure anew: that is soon done
        return means

    def _iterate(
        self,
        files: tuple[Path, Path | None],
        part: Part,
        shuffle_seed: int | None,
        first: int = 0,
    ) -> Generator[Batch, None, None]:
        size = self._architecture.batch_size
        if self._sampled:
            size //= 2
        batches = iterate_batches(
            files[0],
            self._recipe,
            part=part,
            batch_size=size,
            shuffle_seed=shuffle_seed,
            first=first,
            augmented=files[1],
        )
        if self._sampled and shuffle_seed is not None:
            yield from self._sampled.mix(batches, size=size, first=first, seed=shuffle_seed)
            return
        yield from batches
        if self._sampled:
            yield from iterate_signals(self._signals, self._recipe, part, size)

    def _compute_losses(self, batch: Batch) -> Iterator[tuple[Losses, Tensor]]:
        n_events = len(batch.x)
        step = EVENTS_PER_PIECE if self._device.type == "cpu" else n_events
        for start in range(0, n_events, step):
            piece = slice(start, start + step)
            parts = (batch.mask, batch.augmented, batch.label)
            optional = (None if part is None else self._move(part[piece]) for part in parts)
            inputs = Inputs(self._move(batch.x[piece]), *optional)
            with torch.autocast(self._device.type, torch.bfloat16, enabled=self._is_mixed):
                losses = self.network.compute_losses(inputs)
            yield losses, self._move(batch.weight[piece])

    def _move(self, array: NDArray[np.float32]) -> Tensor:
        return torch.from_numpy(array).to(self._device)
