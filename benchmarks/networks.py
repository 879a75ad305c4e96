"""The networks of the delivered configuration, and what they learn from here."""

from pathlib import Path
from typing import Any

import yaml

from benchmarks.environment import ROOT
from rapidmass.config.models.training import ScalingSettings
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.models.inputs.scaler_fit import fit_scaler

NETWORKS = ("ae_shallow", "ae_deep")
BATCH = 8192
LEAKY_SLOPE = 0.3


def read_network(name: str) -> dict[str, Any]:
    """Read a network from the delivered configuration, for one epoch in batches of 8192.

    Parameters
    ----------
    name
        Its name there.

    Returns
    -------
    dict
        For `rapidmass.models.networks.registry.read_settings`.
    """
    text = (ROOT / "config" / "config.yaml").read_text(encoding="utf-8")
    settings: dict[str, Any] = yaml.safe_load(text)["architectures"][name]
    return {**settings, "epochs": 1, "batch_size": BATCH, "negative_weights": "absolute_rescaled"}


def make_scaler(megaset: Path, kind: str = "minmax") -> Scaler:
    """Fit a scaler to a megaset.

    Parameters
    ----------
    megaset
        The file.
    kind
        Kind of scaling.

    Returns
    -------
    Scaler
        Fitted to all events but a tenth.
    """
    settings = ScalingSettings.model_validate({"kind": kind, "clip": kind == "minmax"})
    return fit_scaler([megaset], settings, validation_fraction=0.1)
