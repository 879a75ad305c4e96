"""Training of a network, megaset after megaset."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import torch

from rapidmass.config.models.classifier import AnyClassifier
from rapidmass.config.models.network import NeuralNetwork
from rapidmass.config.models.training import Expand, TrainingSettings
from rapidmass.datasets.splits import Part
from rapidmass.models.export.model_card import Trained
from rapidmass.models.inputs.class_sums import ClassSums, measure_classes
from rapidmass.models.inputs.class_weights import ClassWeights, make_training_weights
from rapidmass.models.inputs.event_weights import get_mean_weight
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.models.networks.base import Network
from rapidmass.models.training.checkpoints import identify_megaset, remove_checkpoint
from rapidmass.models.training.course import Course, follow, read_finished
from rapidmass.models.training.processes import check_processes, train_together
from rapidmass.models.training.sigterm import notice_sigterm
from rapidmass.provenance.fingerprints import digest_product
from rapidmass.representations.base import select_elements
from rapidmass.storage.parquet import open_shard
from rapidmass.storage.tables import get_selection

__all__ = ["remove_checkpoint", "train"]

NOTHING: Mapping[str, Path] = MappingProxyType({})


def train(
    megasets: Sequence[Path],
    scaler: Scaler,
    architecture: NeuralNetwork,
    *,
    settings: TrainingSettings,
    seed: int,
    validation_fraction: float,
    checkpoint: Path,
    checkpoint_interval: float = math.inf,
    name: str,
    selection: str,
    code: str,
    excluded_channel: str | None = None,
    augmented: Sequence[Path] = (),
    signals: Mapping[str, Path] = NOTHING,
    followed: Path | None = None,
    expand: Expand = "auto",
) -> Trained:
    """Train a network on every megaset in turn.

    Network and optimiser keep their state from the first step to the last. The losses of events
    are weighted with the event weights, whatever the family. The state is saved after each epoch,
    within epochs at intervals, and at SIGTERM, which ends the process after the batch at hand. A
    training that was stopped, in whatever way, continues from there and ends with the same weights,
    bit for bit, as one that was not.

    Parameters
    ----------
    megasets
        Files in the order of training.
    scaler
        Fitted once, on all of them.
    architecture
        The network, its optimiser, and how long to train.
    settings
        How to train.
    seed
        Decides initial weights, order of events and noise.
    validation_fraction
        Fraction of events that only measure the loss.
    checkpoint
        Where to keep the state. Remove it with `remove_checkpoint` once the model is written.
    checkpoint_interval
        Seconds from one saving to the next within an epoch.
    name
        Name of the architecture.
    selection
        Name of the selection that the events passed.
    code
        Digest of the code that trains: what other code began is not continued.
    excluded_channel
        Background channel that the network is not to see.
    augmented
        Megasets of augmented events, one for each of `megasets`, for families that need them.
    signals
        Files by signal, for families that tell them from the background.
    followed
        Scores of the events of the megasets, for families that follow them.
    expand
        Where stored elements are made dense; it changes nothing else.

    Returns
    -------
    Trained
        The same for the same arguments, on the same kind of processor.

    Raises
    ------
    Interrupted
        At SIGTERM, once the state is saved.
    ValueError
        If the scaler does not suit the loss, no element varies, scaler or megasets are of another
        selection, there is no event to train on, or the loss is no longer finite; the message names
        megaset and epoch.
    """
    _check_scaler(name, scaler, architecture, is_told=bool(signals))
    if architecture.needs_augmented and len(augmented) != len(megasets):
        raise ValueError(f"{name} needs the augmented events of each of {len(megasets)} megasets")
    if (architecture.followed is None) != (followed is None):
        raise ValueError(f"{name}: a network has a file of scores if, and only if, it follows them")
    _check_selections(selection, scaler, [*megasets, *signals.values()])
    identities = [identify_megaset(path) for path in megasets]
    if not any(identity["rows"] for identity in identities):
        raise ValueError(f"{name}: no event in {len(identities)} megasets; check the selection")
    classes = weigh_classes(
        name,
        architecture,
        megasets,
        signals,
        scaler=scaler,
        validation_fraction=validation_fraction,
    )
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    check_processes(name, settings.processes, architecture.batch_size, device.type)
    fingerprint = {
        "code": code,
        "architecture": architecture.model_dump(
            mode="json", exclude={"representation", "scaling", "scores"}
        ),
        "settings": settings.model_dump(mode="json"),
        "seed": seed,
        "validation_fraction": validation_fraction,
        "scaler": hashlib.sha256(json.dumps(scaler.to_json()).encode()).hexdigest(),
        "megasets": identities,
        "excluded_channel": excluded_channel,
        "augmented": [identify_megaset(path) for path in augmented],
        "signals": {signal: identify_megaset(path) for signal, path in signals.items()},
        "followed": None if followed is None else digest_product(followed),
        "torch": str(torch.__version__),
        "device": device.type,
    }
    course = Course(
        name,
        architecture,
        scaler,
        seed,
        validation_fraction,
        excluded_channel,
        megasets,
        augmented,
        [*signals.values()],
        followed,
        None if classes is None else classes.weights,
        expand,
        [identity["rows"] for identity in identities],
        settings.threads_each,
        checkpoint,
        checkpoint_interval,
        fingerprint,
    )
    network, history = _follow(course, settings.processes, device)
    return Trained(
        name=name,
        network=network.cpu().eval(),
        architecture=architecture,
        settings=settings,
        scaler=scaler,
        features=select_elements(scaler.representation, architecture.exclude_features),
        seed=seed,
        validation_fraction=validation_fraction,
        selection=selection,
        code=code,
        excluded_channel=excluded_channel,
        megasets=identities,
        device=device.type,
        history=history,
        classes=None if classes is None else classes.sums,
    )


def _follow(
    course: Course, processes: int, device: torch.device
) -> tuple[Network, list[dict[str, Any]]]:
    """Train in as many processes; return the network and its history."""
    with notice_sigterm() as is_asked_to_end:
        if processes == 1:
            trainer = follow(course, device, is_asked_to_end)
            return trainer.network, trainer.history
        train_together(course, processes, device.type, is_asked_to_end)
    return read_finished(course)


class Classes(NamedTuple):
    """Sums over the training part of classes, and by part what their events count."""

    sums: ClassSums
    weights: Mapping[Part, ClassWeights]


def weigh_classes(
    name: str,
    architecture: NeuralNetwork,
    megasets: Sequence[Path],
    signals: Mapping[str, Path],
    *,
    scaler: Scaler,
    validation_fraction: float,
) -> Classes | None:
    """Weigh the classes of a classifier; None for other families.

    Parameters
    ----------
    name, architecture, megasets, signals, scaler, validation_fraction
        As of `train`.

    Returns
    -------
    Classes or None
        For `rapidmass.models.training.epochs.Trainer`.

    Raises
    ------
    ValueError
        If there are no signals.
    """
    if not isinstance(architecture, AnyClassifier):
        return None
    if not signals:
        raise ValueError(f"{name} tells signals from background: it needs signals")
    sums = measure_classes(
        megasets, signals, fold=scaler.fold, validation_fraction=validation_fraction
    )
    return Classes(sums["training"], make_training_weights(name, architecture, sums))


def _check_scaler(
    name: str, scaler: Scaler, architecture: NeuralNetwork, *, is_told: bool = False
) -> None:
    if architecture.needs_unit_range and scaler.bounds != (0.0, 1.0):
        raise ValueError(
            "a network that ends in a sigmoid needs inputs in [0, 1], also from events beyond the "
            "training range: set the scaling to kind: minmax and clip: true (it is kind: "
            f"{scaler.kind}, clip: {scaler.clip}), or end the network in another activation"
        )
    kind = scaler.representation.kind
    if architecture.takes and kind not in architecture.takes:
        raise ValueError(
            f"{name} is of the family {architecture.family}, which takes "
            f"{' or '.join(sorted(architecture.takes))}, but the events are shown as {kind}"
        )
    seen = select_elements(scaler.representation, architecture.exclude_features)
    if not scaler.scale[seen].any():
        raise ValueError(
            f"none of the features that {name} sees varies among the {scaler.sums.n_events} events "
            "of the training part: all events would look alike. Check the expressions of the "
            "ntuple format and exclude_features; more simulated events may be needed"
        )
    if not is_told:  # what events of classes count follows from other sums
        get_mean_weight(scaler.sums, architecture.negative_weights)


def _check_selections(selection: str, scaler: Scaler, megasets: Sequence[Path]) -> None:
    found = {"the scaler": scaler.selection}
    for path in megasets:
        with open_shard(path) as parquet:
            found[str(path)] = get_selection(parquet.schema_arrow)
    for origin, other in found.items():
        if other not in (None, selection):  # files made by other means may not tell
            raise ValueError(
                f"{origin} is of the selection {other}, but the network is for {selection}: train "
                "it on the megasets of its own selection, with the scaler fitted to them"
            )
