"""Trained networks: what they are, and the files that keep them."""

import io
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rapidmass.config.models.network import NeuralNetwork
from rapidmass.config.models.training import TrainingSettings
from rapidmass.models.inputs.class_sums import ClassSums, describe_classes
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.models.networks.base import Network
from rapidmass.provenance.atomic_files import write_json, write_whole


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network and what it was made from.

    Parameters
    ----------
    name
        Name of the architecture in the configuration.
    network
        On the processor, ready for inference.
    architecture, settings
        What it was built and trained with.
    scaler
        Makes its inputs.
    features
        Flat indices of the elements that it sees.
    seed, validation_fraction, selection, code, excluded_channel
        As given to `train`.
    megasets
        Name, rows, size and digest of each.
    device
        Where it was trained: `cpu` or `cuda`.
    history
        One record an epoch, as `rapidmass.models.training.epochs.Trainer.do_epoch` describes it.
    classes
        Sums of the weights of the training part, of classifiers.
    """

    name: str
    network: Network
    architecture: NeuralNetwork
    settings: TrainingSettings
    scaler: Scaler
    features: NDArray[np.int64]
    seed: int
    validation_fraction: float
    selection: str
    code: str
    excluded_channel: str | None
    megasets: list[dict[str, Any]]
    device: str
    history: list[dict[str, Any]]
    classes: ClassSums | None = None


def write_model(
    trained: Trained,
    *,
    weights: Path,
    history: Path,
    card: Path,
    provenance: Mapping[str, Any],
    parity: Mapping[str, float] | None = None,
) -> None:
    """Write weights, history and card: the same bytes for the same training.

    Parameters
    ----------
    trained
        What to write.
    weights
        For `torch.load`: the state dictionary of the network.
    history
        JSON: one record an epoch.
    card
        JSON: what the network is, what it was trained on, and how well.
    provenance
        Where the network comes from, as `rapidmass.provenance.requests.describe` tells it.
    parity
        What `rapidmass.models.export.onnx_check.check_parity` found.
    """
    buffer = io.BytesIO()  # torch.save would write the name of a file into it
    torch.save(trained.network.state_dict(), buffer)
    with write_whole(weights) as temporary:
        temporary.write_bytes(buffer.getvalue())
    write_json(history, {"epochs": trained.history})
    write_json(card, describe_model(trained, provenance, parity))


def describe_model(
    trained: Trained, provenance: Mapping[str, Any], parity: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """Describe a trained network in JSON types.

    Parameters
    ----------
    trained
        The network.
    provenance
        Where it comes from, as `rapidmass.provenance.requests.describe` tells it.
    parity
        What `rapidmass.models.export.onnx_check.check_parity` found.

    Returns
    -------
    dict
        The content of its card; no times in it. `training_loss`, `validation_loss` and `kl` are
        those of the last epoch, in the units of the history.
    """
    scaler = trained.scaler
    last = trained.history[-1]
    seen = [record for record in trained.history if record["epoch"] == 0]
    return {
        "name": trained.name,
        "selection": trained.selection,
        "code": trained.code,
        "excluded_channel": trained.excluded_channel,
        "architecture": trained.architecture.model_dump(
            mode="json", exclude={"representation", "scaling", "scores"}
        ),
        "settings": trained.settings.model_dump(mode="json"),
        "parameters": sum(p.numel() for p in trained.network.parameters()),
        "representation": scaler.representation.describe(),
        "inputs": len(trained.features),
        "excluded_features": len(scaler.representation.element_names) - len(trained.features),
        "scaling": {"kind": scaler.kind, "clip": scaler.clip, "events": scaler.sums.n_events},
        "seed": trained.seed,
        "validation_fraction": trained.validation_fraction,
        "fold": None if scaler.fold is None else list(scaler.fold),
        "megasets": trained.megasets,
        "training_events": sum(record["training_events"] for record in seen),
        "training_weight_pb": None
        if trained.classes is not None
        else sum(record["training_weight_pb"] for record in seen),
        "validation_events": sum(record["validation_events"] for record in seen),
        "training_loss": last["training_loss"],
        "validation_loss": last["validation_loss"],
        "kl": last["kl"],
        **_describe_classes(trained),
        "parity": None if parity is None else dict(parity),
        "device": trained.device,
        "python": platform.python_version(),
        "provenance": dict(provenance),
    }


def _describe_classes(trained: Trained) -> dict[str, Any]:
    """Describe what a classifier learned from, and which of its inputs are always 0.

    Its history counts events of signals each time that they come.
    """
    if trained.classes is None:
        return {}
    scaler = trained.scaler
    names = scaler.representation.element_names
    told = describe_classes(trained.classes)
    useless = [
        f"the feature {names[k]} does not vary among the background events of the training part: "
        "the network does not see it; see exclude_features."
        for k in trained.features
        if scaler.scale[k] == 0
    ]
    return {
        **told,
        "training_events": sum(
            sample.events for samples in trained.classes.values() for sample in samples.values()
        ),
        "warnings": [*told["warnings"], *useless],
    }
