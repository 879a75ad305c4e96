"""How the channels are shared out among megasets and test set."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from rapidmass.storage.parquet import iterate_events

logger = logging.getLogger(__name__)


def measure_composition(
    megasets: Sequence[Path], tests: Sequence[Path], channels: Sequence[str]
) -> dict[str, Any]:
    """Measure how the channels are shared out.

    Parameters
    ----------
    megasets, tests
        The files of all megasets and of the test set.
    channels
        Names of the channels.

    Returns
    -------
    dict
        `channels`: for each channel `events` and `weight` (pb) per megaset (list) and `test_events`
        and `test_weight`, `shares` of the weight of each megaset, and `pull`: the largest deviation
        of a megaset from the expected share of the channel's weight, in standard deviations.
    """
    parts = [_sum_weights([path], channels) for path in megasets]
    test = _sum_weights(tests, channels)
    totals = [sum(part[name][1] for name in channels) for part in parts]
    result: dict[str, Any] = {}
    for name in channels:
        weights = np.array([part[name][1] for part in parts])
        expected = weights.mean()
        # of a typical megaset: one without events has no error of its own
        spread = np.sqrt(np.mean([part[name][2] for part in parts]))
        result[name] = {
            "events": [int(part[name][0]) for part in parts],
            "weight": weights.tolist(),
            "shares": [
                w / total if total else 0.0 for w, total in zip(weights, totals, strict=True)
            ],
            "test_events": int(test[name][0]),
            "test_weight": float(test[name][1]),
            "pull": float(np.abs(weights - expected).max() / spread) if spread > 0 else 0.0,
        }
        logger.info(
            "%s: %.3g pb, %.1f %% of it in the test set, largest pull of a megaset %.1f",
            name,
            weights.sum() + test[name][1],
            100 * test[name][1] / (weights.sum() + test[name][1] or 1.0),
            result[name]["pull"],
        )
    return {"channels": result}


def _sum_weights(paths: Sequence[Path], channels: Sequence[str]) -> dict[str, list[float]]:
    sums = {name: [0.0, 0.0, 0.0] for name in channels}
    for path in paths:
        for events in iterate_events(path, ["channel", "weight"]):
            squared = events.append_column(
                "square", pc.multiply(events["weight"], events["weight"])
            )
            groups = squared.group_by("channel", use_threads=False).aggregate(
                [("weight", "count"), ("weight", "sum"), ("square", "sum")]
            )
            for row in groups.to_pylist():
                total = sums[row["channel"]]
                total[0] += row["weight_count"]
                total[1] += row["weight_sum"]
                total[2] += row["square_sum"]
    return sums
