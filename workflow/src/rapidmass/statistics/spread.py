"""How a number spreads over trainings that differ in their seeds alone."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def summarise_values(
    values: Sequence[float | None], uncertainties: Sequence[float | None] = ()
) -> dict[str, Any]:
    """Summarise one number over all replicas.

    Parameters
    ----------
    values
        One a replica; None where it is not defined.
    uncertainties
        Statistical uncertainties of each.

    Returns
    -------
    dict
        `values`; `mean`, `spread` (standard deviation of a replica, with n - 1), `low`, `high`
        (None unless two values are defined) and `uncertainty`: the mean statistical one.
    """
    defined = np.array([value for value in values if value is not None])
    known = [value for value in uncertainties if value is not None]
    summary: dict[str, Any] = {
        "values": list(values),
        "uncertainty": float(np.mean(known)) if known else None,
        **dict.fromkeys(("mean", "spread", "low", "high")),
    }
    if defined.size >= 2:
        summary["mean"] = float(defined.mean())
        summary["spread"] = float(defined.std(ddof=1))
        summary["low"], summary["high"] = float(defined.min()), float(defined.max())
    return summary
