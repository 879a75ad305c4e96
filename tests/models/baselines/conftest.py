"""Megasets and a scaler to fit baselines on."""

import pyarrow as pa
import pytest

from rapidmass.config.models.training import ScalingSettings
from rapidmass.datasets.splits import select_part
from rapidmass.models.baselines.registry import fit_baseline, load_baseline, read_settings
from rapidmass.models.inputs.scaler_fit import fit_scaler
from synthetic_megasets import make_events, write_events

FRACTION = 0.25


@pytest.fixture(scope="session")
def events():
    return make_events(3000, seed=1)


@pytest.fixture(scope="session")
def training(events):
    """The training part of the events."""
    keys = events.column("key").to_numpy()
    return events.filter(pa.array(select_part(keys, "training", FRACTION)))


@pytest.fixture(scope="session")
def megaset(events, tmp_path_factory):
    return write_events(tmp_path_factory.mktemp("megaset") / "0.parquet", events, pieces=3)


@pytest.fixture(scope="session")
def scaler(megaset):
    return fit_scaler([megaset], ScalingSettings(), validation_fraction=FRACTION)


@pytest.fixture
def fit(megaset, scaler, tmp_path):
    """Fit a baseline, to the megaset if nothing else is said, and load it."""

    def fit_one(content, *, megasets=None, name="model", **changes):
        given = {"scaler": scaler, "validation_fraction": FRACTION, "seed": 1, "threads": 1}
        path = tmp_path / f"{name}.npz"
        arguments = {**given, "output": path, "provenance": {}, **changes}
        fit_baseline(read_settings(content), megasets or [megaset], **arguments)
        return load_baseline(content["kind"], path, megaset)

    return fit_one


@pytest.fixture
def fit_anew(fit, tmp_path):
    """Fit a baseline to a table of events, with a scaler of its own, without validation part."""

    def fit_one(content, table, **changes):
        path = write_events(tmp_path / "anew.parquet", table)
        scaler = fit_scaler([path], ScalingSettings(), validation_fraction=0)
        return fit(content, megasets=[path], scaler=scaler, validation_fraction=0, **changes)

    return fit_one
