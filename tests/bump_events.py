"""Events of a falling mass with Gaussian features, and a narrow signal."""

import numpy as np
import pyarrow as pa

from labelled_events import SELECTION
from rapidmass.config.studies.bump_hunt import BumpHunt
from rapidmass.representations.table.representation import PREFIX, FeatureTable
from rapidmass.representations.tables import make_table
from rapidmass.search.bumps.hunt import HuntEvents
from rapidmass.storage.event_keys import make_event_keys
from rapidmass.storage.tables import sort_by_key
from synthetic_megasets import write_events

CENTRE = 200.0
RESOLUTION = 0.03
SETTINGS = {
    "mass": "m_ll",
    "range": {"start": 140, "stop": 290},
    "resolution": RESOLUTION,
    "sidebands": 2,
    "step": 4,
    "efficiencies": [1, 0.05, 0.01],
    "folds": 3,
    "ensemble": 4,
    "trees": 40,
    "toys": 19,
}


def make_settings(**changes):
    return BumpHunt.model_validate({**SETTINGS, **changes})


def draw_events(background, signal=0, *, seed=1, features=4, correlation=0.0):
    """Draw events between 100 and 500 GeV; `correlation` shifts the first feature with the mass."""
    rng = np.random.default_rng(seed)
    # a power law by its inverse distribution function
    share = 1 - rng.random(background) * (1 - 5.0**-4)
    mass = 100 * share ** (-1 / 4)
    x = rng.normal(size=(background, features))
    x[:, 0] += correlation * np.log(mass / 150)
    of_signal = CENTRE * np.exp(RESOLUTION * rng.normal(size=signal))
    mass = np.concatenate([mass, of_signal])
    x = np.vstack([x, rng.normal(1.6, 0.5, size=(signal, features))]).astype(np.float32)
    key = make_event_keys(
        seed, "toy", np.ones(len(mass), np.int64), np.arange(len(mass), dtype=np.uint64)
    )
    return HuntEvents(key, mass, x, tuple(f"x{k}" for k in range(features)))


def write_shard(path, events, *, weight=1.0, names=None):
    """Write events as a shard of a table."""
    names = names or events.names
    table = FeatureTable(tuple((name, name) for name in names))
    encoded = {f"{PREFIX}{name}": pa.array(events.features[:, k]) for k, name in enumerate(names)}
    columns = {
        "key": events.key,
        "generator_weight": np.full(len(events.key), weight),
        "scale_factor": np.ones(len(events.key)),
        "m_ll": events.mass.astype(np.float32),
        "met": np.arange(len(events.key), dtype=np.float32),
    }
    return write_events(path, sort_by_key(make_table(table, encoded, columns, SELECTION)))
