"""Training of a network, megaset after megaset."""

import hashlib
import io
import json
import math
import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rapidmass.architectures import Network
from rapidmass.checkpoints import Keeper, identify_megaset, remove_checkpoint
from rapidmass.config.architecture import Architecture
from rapidmass.config.training import TrainingSettings
from rapidmass.epochs import Progress, Run
from rapidmass.files import write_json, write_whole
from rapidmass.interruption import notice_sigterm
from rapidmass.loader import get_mean_weight
from rapidmass.scaling import Scaler
from rapidmass.shards import open_shard
from rapidmass.tables import get_selection

__all__ = ["Trained", "remove_checkpoint", "train", "write_model"]


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
    cells
        Flat indices of the cells that it sees.
    seed, validation_fraction, selection, code
        As given to `train`.
    megasets
        Name, rows, size and digest of each.
    device
        Where it was trained: `cpu` or `cuda`.
    history
        One record an epoch, as `rapidmass.epochs.Run.do_epoch` describes it.
    """

    name: str
    network: Network
    architecture: Architecture
    settings: TrainingSettings
    scaler: Scaler
    cells: NDArray[np.int64]
    seed: int
    validation_fraction: float
    selection: str
    code: str
    megasets: list[dict[str, Any]]
    device: str
    history: list[dict[str, Any]]


def train(
    megasets: Sequence[Path],
    scaler: Scaler,
    architecture: Architecture,
    *,
    settings: TrainingSettings,
    seed: int,
    validation_fraction: float,
    checkpoint: Path,
    checkpoint_interval: float = math.inf,
    name: str,
    selection: str,
    code: str,
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

    Returns
    -------
    Trained
        The same for the same arguments, on the same kind of processor.

    Raises
    ------
    Interrupted
        At SIGTERM, once the state is saved.
    ValueError
        If the scaler does not suit the loss, scaler or megasets are of another selection, there is
        no event to train on, or the loss is no longer finite; the message names megaset and epoch.
    """
    _check_scaler(scaler, architecture)
    _check_selections(selection, scaler, megasets)
    identities = [identify_megaset(path) for path in megasets]
    if not any(identity["rows"] for identity in identities):
        raise ValueError(f"{name}: no event in {len(identities)} megasets; check the selection")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    fingerprint = {
        "code": code,
        "architecture": architecture.model_dump(mode="json"),
        "settings": settings.model_dump(mode="json"),
        "seed": seed,
        "validation_fraction": validation_fraction,
        "scaler": hashlib.sha256(json.dumps(scaler.to_json()).encode()).hexdigest(),
        "megasets": identities,
        "torch": str(torch.__version__),
        "device": device.type,
    }
    with _fixed_arithmetic(device, settings.threads), notice_sigterm() as is_asked_to_end:
        run = Run(name, architecture, scaler, seed, validation_fraction, device)
        keeper = Keeper(name, checkpoint, fingerprint, checkpoint_interval, is_asked_to_end)
        state = keeper.load()
        if state is not None:
            run.restore(state)
        schedule = [(m, e) for m in range(len(megasets)) for e in range(architecture.epochs)]
        rows = sum(identities[megaset]["rows"] for megaset, _ in schedule[run.finished :])
        progress = Progress(name, rows * (1 - validation_fraction) - run.begun)
        for megaset, epoch in schedule[run.finished :]:
            pause = partial(keeper.visit, run.get_state)
            run.do_epoch(megasets[megaset], megaset, epoch, progress, pause)
            keeper.save(run.get_state())
    return Trained(
        name=name,
        network=run.network.cpu().eval(),
        architecture=architecture,
        settings=settings,
        scaler=scaler,
        cells=run.cells,
        seed=seed,
        validation_fraction=validation_fraction,
        selection=selection,
        code=code,
        megasets=identities,
        device=device.type,
        history=run.history,
    )


def _check_scaler(scaler: Scaler, architecture: Architecture) -> None:
    if architecture.needs_unit_range and scaler.bounds != (0.0, 1.0):
        raise ValueError(
            "a network that ends in a sigmoid needs inputs in [0, 1], also from events beyond the "
            "training range: set the scaling to kind: minmax and clip: true (it is kind: "
            f"{scaler.kind}, clip: {scaler.clip}), or end the network in another activation"
        )
    get_mean_weight(scaler, architecture.negative_weights)


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


@contextmanager
def _fixed_arithmetic(device: torch.device, threads: int) -> Iterator[None]:
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(device.type == "cpu")
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(before[1])


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
        Where the network comes from, as `rapidmass.provenance.describe` tells it.
    parity
        What `rapidmass.export.check_parity` found.
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
        Where it comes from, as `rapidmass.provenance.describe` tells it.
    parity
        What `rapidmass.export.check_parity` found.

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
        "architecture": trained.architecture.model_dump(mode="json"),
        "settings": trained.settings.model_dump(mode="json"),
        "parameters": sum(p.numel() for p in trained.network.parameters()),
        "inputs": len(trained.cells),
        "excluded_cells": scaler.layout.n_cells - len(trained.cells),
        "scaling": {"kind": scaler.kind, "clip": scaler.clip, "events": scaler.n_events},
        "seed": trained.seed,
        "validation_fraction": trained.validation_fraction,
        "megasets": trained.megasets,
        "training_events": sum(record["training_events"] for record in seen),
        "training_weight_pb": sum(record["training_weight_pb"] for record in seen),
        "validation_events": sum(record["validation_events"] for record in seen),
        "training_loss": last["training_loss"],
        "validation_loss": last["validation_loss"],
        "kl": last["kl"],
        "parity": None if parity is None else dict(parity),
        "device": trained.device,
        "python": platform.python_version(),
        "provenance": dict(provenance),
    }
