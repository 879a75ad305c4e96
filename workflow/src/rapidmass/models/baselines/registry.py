"""Scores that need no network: one module a kind, found by name."""

import importlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from pydantic import TypeAdapter

from rapidmass.config.models.baseline import AnyBaseline
from rapidmass.config.models.fitted_baseline import FittedBaseline
from rapidmass.models.baselines import variables
from rapidmass.models.baselines.base import Baseline, Kind, read_model, write_model
from rapidmass.models.baselines.training_events import TrainingEvents
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.representations.base import select_elements
from rapidmass.representations.registry import read_representation
from rapidmass.storage.parquet import open_shard

__all__ = ["Baseline", "fit_baseline", "load_baseline", "read_settings"]


def read_settings(content: Mapping[str, Any]) -> AnyBaseline:
    """Read the settings of a baseline.

    Parameters
    ----------
    content
        As in the configuration; `kind` says which kind it is.

    Returns
    -------
    Section
        Settings of that kind.

    Raises
    ------
    ValueError
        If there is no such kind, or the settings are not what it takes.
    """
    settings: AnyBaseline = TypeAdapter(AnyBaseline).validate_python(content)
    return settings


def fit_baseline(
    settings: AnyBaseline,
    megasets: Sequence[Path],
    scaler: Scaler,
    output: Path,
    *,
    validation_fraction: float,
    seed: int,
    threads: int,
    provenance: Mapping[str, Any],
    signals: Mapping[str, Path] = MappingProxyType({}),
    luminosity: float | None = None,
) -> None:
    """Fit a baseline to the training part of all megasets, importing only the module of its kind.

    Parameters
    ----------
    settings
        Settings of a kind that is fitted.
    megasets, scaler, validation_fraction, seed, threads, signals, luminosity
        See `rapidmass.models.baselines.training_events.TrainingEvents`.
    output
        File to write, NumPy's npz: the same bytes for the same input.
    provenance
        Where the fit comes from: stored in the file.

    Raises
    ------
    ValueError
        If the kind has nothing to fit, there is no event to fit it to, or files do not belong to
        the scaler.
    """
    if not isinstance(settings, FittedBaseline):
        raise ValueError(f"baselines of the kind {settings.kind!r} are not fitted")
    features = select_elements(scaler.representation, settings.exclude_features)
    training = TrainingEvents(
        megasets, scaler, features, validation_fraction, seed, threads, signals, luminosity
    )
    arrays = _find_module(settings.kind).fit(settings, training)
    write_model(output, settings.kind, scaler, features, arrays, provenance)


def load_baseline(
    kind: str, model: Path | None, events: Path, variable: str | None = None
) -> Baseline:
    """Load a baseline, importing only the module of its kind.

    Parameters
    ----------
    kind
        What the configuration calls it.
    model
        What `fit_baseline` wrote; None for kinds that are not fitted.
    events
        A file of events to score: kinds that are not fitted take events of its representation.
    variable
        The event variable that is the score; None for kinds that are fitted.

    Returns
    -------
    Baseline
        Scores events.

    Raises
    ------
    ValueError
        If there is no such kind, it is fitted and has no file or the reverse, or a file is damaged
        or of another kind.
    """
    if variable is None:
        module = _find_module(kind)
        if model is None:
            raise ValueError(f"a baseline of the kind {kind!r} needs the file of its fit")
        found = read_model(model, kind)
        scaler, compute = found.scaler, partial(module.score, found)
        return Baseline(
            str(model), scaler.representation, scaler.selection, compute, fold=scaler.fold
        )
    with open_shard(events) as parquet:
        representation = read_representation(parquet.schema_arrow, str(events))
    return Baseline(variable, representation, None, partial(variables.score, variable))


def _find_module(module: str) -> Kind:
    """Import the module of a kind that is fitted."""
    name = f"{__package__}.{module}"
    try:
        return cast("Kind", importlib.import_module(name))
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise ValueError(f"no baseline of the kind {module!r}: there is no {name}") from None
