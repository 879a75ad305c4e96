"""One training, epoch by epoch: everything in it that changes from step to step."""

import logging
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rapidmass.architectures import build_network
from rapidmass.architectures.network import Losses
from rapidmass.checkpoints import State
from rapidmass.config.architecture import Architecture
from rapidmass.identity import derive_seed
from rapidmass.loader import Batch, get_mean_weight, iterate_batches
from rapidmass.parts import Part
from rapidmass.scaling import Scaler

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_MESSAGES = 30.0
# On a processor, activations of a whole batch would not stay in cache. The gradients of pieces add
# up to the gradient of the batch, so this decides speed and the last bits, nothing else.
EVENTS_PER_PIECE = 2048


class Progress:
    """Tells the log how fast training goes and how long it will take.

    Parameters
    ----------
    name
        Whose progress it is.
    events
        About how many events there are to train on, all epochs together.
    """

    def __init__(self, name: str, events: float) -> None:
        self._name = name
        self._events = events
        self._done = 0
        self._start = self._last = time.monotonic()

    def add(self, events: int) -> None:
        """Count events, and say so now and then."""
        self._done += events
        if time.monotonic() - self._last > SECONDS_BETWEEN_MESSAGES:
            self.report("training")

    def report(self, what: str) -> None:
        """Say what was reached, and the pace."""
        self._last = time.monotonic()
        rate = self._done / max(self._last - self._start, 1e-9)
        left = max(self._events - self._done, 0.0) / rate if rate else 0.0
        logger.info("%s: %s; %.3g events/s, %.0f s left", self._name, what, rate, left)


@dataclass
class _Mean:
    """Weighted mean of losses, in float64."""

    total: float = 0.0
    weight: float = 0.0
    events: int = 0

    def add(self, losses: Tensor, weight: Tensor) -> None:
        wide = weight.double()
        self.total += float((losses.detach().double() * wide).sum())
        self.weight += float(wide.sum())
        self.events += len(weight)

    def get(self) -> float | None:
        return self.total / self.weight if self.weight > 0 else None


@dataclass
class _Epoch:
    """An epoch that is not finished: how many batches were done, and their loss."""

    megaset: int
    epoch: int
    batches: int = 0
    training: _Mean = field(default_factory=_Mean)


class Run:
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
    """

    def __init__(
        self,
        name: str,
        architecture: Architecture,
        scaler: Scaler,
        seed: int,
        validation_fraction: float,
        device: torch.device,
    ) -> None:
        self._name = name
        self._architecture = architecture
        self._scaler = scaler
        self._seed = seed
        self._validation_fraction = validation_fraction
        self._device = device
        self._mean_weight = get_mean_weight(scaler, architecture.negative_weights)
        self.cells = scaler.layout.select_cells(architecture.exclude_cells)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive_seed(seed, "initial weights"))
            self.network = build_network(architecture, len(self.cells)).to(device)
        self._optimiser = torch.optim.Adam(
            self.network.parameters(), lr=architecture.optimiser.learning_rate, fused=True
        )
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
    ) -> None:
        """Train on a megaset once, and measure the loss on its validation part.

        The history gets a record of `megaset`, `epoch`, and weighted means per event:
        `training_loss`, `validation_loss` and its parts there, `reconstruction_loss` (all three per
        cell) and `kl` (nats per event). So validation_loss = reconstruction_loss + kl_weight * kl /
        inputs. Each is None where there are no events; `kl` is None for autoencoders. Beside them
        are `training_events`, `validation_events` and `training_weight_pb`.

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

        Raises
        ------
        ValueError
            If the loss is no longer finite.
        """
        if self._unfinished is None:
            self.network.seed_noise(derive_seed(self._seed, "noise", megaset, epoch))
            self._unfinished = _Epoch(megaset, epoch)
        training = self._unfinished.training
        self._train(path, self._unfinished, progress, pause)
        validation = self._validate(path, megaset, pause)
        record = {
            "megaset": megaset,
            "epoch": epoch,
            "training_loss": training.get(),
            **{name: mean.get() for name, mean in validation.items()},
            "training_events": training.events,
            "validation_events": validation["validation_loss"].events,
            "training_weight_pb": training.weight * self._mean_weight,
        }
        self.history.append(record)
        self._unfinished = None
        progress.report(
            f"megaset {megaset}, epoch {epoch}: training loss {record['training_loss']}, "
            f"validation loss {record['validation_loss']}, kl {record['kl']}"
        )

    def _train(
        self, path: Path, here: _Epoch, progress: Progress, pause: Callable[[], None]
    ) -> None:
        order = derive_seed(self._seed, "order", here.megaset, here.epoch)
        self.network.train()
        with closing(self._iterate(path, "training", order, here.batches)) as batches:
            for batch in batches:
                self._optimiser.zero_grad(set_to_none=True)
                for losses, weight in self._compute_losses(batch):
                    loss = (losses.total * weight).sum() / len(batch.x)
                    loss.backward()  # type: ignore[no-untyped-call]
                    here.training.add(losses.total, weight)
                self._optimiser.step()
                if not np.isfinite(here.training.total):
                    raise ValueError(
                        f"{self._name}: the loss is not finite in epoch {here.epoch} of megaset "
                        f"{here.megaset} ({path}). Try a smaller learning_rate, negative_weights: "
                        "absolute, or activations with bounds (tanh)"
                    )
                here.batches += 1
                progress.add(len(batch.x))
                pause()

    @torch.no_grad()
    def _validate(self, path: Path, megaset: int, pause: Callable[[], None]) -> dict[str, _Mean]:
        self.network.seed_noise(derive_seed(self._seed, "validation noise", megaset))
        self.network.eval()
        names = ("validation_loss", "reconstruction_loss", "kl")  # as the fields of Losses
        means = {name: _Mean() for name in names}
        if self._validation_fraction > 0:
            with closing(self._iterate(path, "validation", None)) as batches:
                for batch in batches:
                    for losses, weight in self._compute_losses(batch):
                        for mean, part in zip(means.values(), losses, strict=True):
                            if part is not None:
                                mean.add(part, weight)
                    pause()  # to go on from here is to measure anew: that is soon done
        return means

    def _iterate(
        self, path: Path, part: Part, shuffle_seed: int | None, first: int = 0
    ) -> Generator[Batch, None, None]:
        return iterate_batches(
            path,
            self._scaler,
            self.cells,
            part=part,
            validation_fraction=self._validation_fraction,
            batch_size=self._architecture.batch_size,
            shuffle_seed=shuffle_seed,
            negative_weights=self._architecture.negative_weights,
            first=first,
        )

    def _compute_losses(self, batch: Batch) -> Iterator[tuple[Losses, Tensor]]:
        n_events = len(batch.x)
        step = EVENTS_PER_PIECE if self._device.type == "cpu" else n_events
        for start in range(0, n_events, step):
            piece = slice(start, start + step)
            x = torch.from_numpy(batch.x[piece]).to(self._device)
            weight = torch.from_numpy(batch.weight[piece]).to(self._device)
            yield self.network.compute_losses(x), weight
