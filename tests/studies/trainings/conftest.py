import numpy as np
import pytest

from rapidmass.search.bootstrap import JUDGED
from rapidmass.studies.trainings.measure import Row, compare_trainings

SIGNALS = ("A_light", "A_heavy", "B")
ROWS = [
    Row("all", "training", ("A_light", "A_heavy")),
    Row("one", "training", ("A_light",)),
    Row("ae", "label_free"),
    Row("met", "variable"),
    Row("ht", "variable"),
    Row("cuts", "fitted_cuts", ("A_light",)),
]
EFFICIENCIES = {
    "all": (0.4, 0.3, 0.2), "one": (0.5, 0.15, 0.05), "ae": (0.1, 0.09, 0.1),
    "met": (0.05, 0.12, 0.08), "ht": (0.06, 0.01, 0.01), "cuts": (0.2, 0.03, 0.01),
}  # fmt: skip


def make_scan(efficiency, replicas, z=1.0):
    return {
        "best": {"profiled": z, "profiled_uncertainty": 0.1},
        "roc": {
            "auc": {"value": 0.5 + efficiency, "uncertainty": 0.01},
            "efficiencies": [
                {
                    "background_efficiency": share,
                    "efficiency": efficiency * share / JUDGED,
                    "low": 0.9 * efficiency,
                    "high": 1.1 * efficiency,
                }
                for share in (JUDGED, 0.1 * JUDGED)
            ],
        },
        "bootstrap": {"efficiency": list(replicas)},
    }


@pytest.fixture
def scans():
    """Scans whose replicas share all their luck."""
    luck = np.random.default_rng(3).normal(1, 0.2, 200)
    return {
        name: {
            signal: make_scan(value, value * luck)
            for signal, value in zip(SIGNALS, values, strict=True)
        }
        for name, values in EFFICIENCIES.items()
    }


@pytest.fixture
def measured(scans):
    return compare_trainings(ROWS, scans, SIGNALS)
