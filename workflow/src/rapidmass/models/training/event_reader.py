"""The events that a network is trained on, batch by batch."""

from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

import torch

from rapidmass.config.models.network import NeuralNetwork
from rapidmass.config.models.training import Expand
from rapidmass.datasets.splits import Part
from rapidmass.models.inputs.batches import AnyBatch
from rapidmass.models.inputs.class_weights import ClassWeights
from rapidmass.models.inputs.followed_scores import FollowedScores
from rapidmass.models.inputs.loader import Recipe, iterate_batches
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.models.inputs.shares import WHOLE, Share
from rapidmass.models.inputs.signal_batches import SignalEvents, iterate_signals
from rapidmass.models.training.expansion import Expansion
from rapidmass.models.training.placement import Placed, Placer
from rapidmass.representations.base import select_elements


class EventReader:
    """Reads megasets for a network, and signals for those that tell them from the background.

    Parameters
    ----------
    architecture, scaler, validation_fraction, device, excluded_channel, signals, class_weights, \
    followed, expand
        As of `rapidmass.models.training.epochs.Trainer`.
    share
        Whose events of each batch to read.
    """

    def __init__(
        self,
        architecture: NeuralNetwork,
        scaler: Scaler,
        validation_fraction: float,
        device: torch.device,
        *,
        excluded_channel: str | None,
        signals: Sequence[Path],
        class_weights: Mapping[Part, ClassWeights] | None,
        followed: Path | None,
        expand: Expand,
        share: Share = WHOLE,
    ) -> None:
        self.features = select_elements(scaler.representation, architecture.exclude_features)
        self._size = architecture.batch_size
        self._share = share
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
            # signals are drawn from dense ones in memory
            packs=class_weights is None and _expands_there(expand, device),
        )
        self._signals = signals
        self._sampled: SignalEvents | None = None
        if class_weights is not None:
            sampling = class_weights["training"].sampling
            self._sampled = SignalEvents(signals, self._recipe, sampling)
        expansion = Expansion(
            scaler, self.features, needs_mask=architecture.needs_mask, device=device
        )
        self._placer = Placer(device, expansion)

    def measure_weight(self, weight: float) -> float | None:
        """Give a sum of weights of batches in pb; what events of classes count has no unit."""
        return None if self._sampled else weight / self._recipe.unit

    def iterate(
        self,
        files: tuple[Path, Path | None],
        part: Part,
        shuffle_seed: int | None,
        first: int = 0,
    ) -> Generator[Placed, None, None]:
        """Stream one part of a megaset, ahead of whoever trains.

        Parameters
        ----------
        files
            A megaset, and that of its augmented events.
        part, shuffle_seed, first
            As of `rapidmass.models.inputs.loader.iterate_batches`.

        Yields
        ------
        Placed
            Where the network is.
        """
        return self._placer.place_ahead(self._read(files, part, shuffle_seed, first))

    def _read(
        self, files: tuple[Path, Path | None], part: Part, shuffle_seed: int | None, first: int
    ) -> Generator[AnyBatch, None, None]:
        size = self._size // 2 if self._sampled else self._size
        batches = iterate_batches(
            files[0],
            self._recipe,
            part=part,
            batch_size=size,
            shuffle_seed=shuffle_seed,
            first=first,
            augmented=files[1],
            share=self._share,
        )
        if self._sampled and shuffle_seed is not None:
            yield from self._sampled.mix(
                batches, size=size, first=first, seed=shuffle_seed, share=self._share
            )
            return
        yield from batches
        if self._sampled:
            yield from iterate_signals(self._signals, self._recipe, part, size, self._share)


def _expands_there(expand: Expand, device: torch.device) -> bool:
    return expand == "device" or (expand == "auto" and device.type != "cpu")
