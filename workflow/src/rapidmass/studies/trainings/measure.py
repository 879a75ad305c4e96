"""Every classifier against every signal, relative to the training that knows the signal best."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from rapidmass.search.bootstrap import JUDGED
from rapidmass.statistics.poisson_bootstrap import LEAST

Kind = Literal["training", "combination", "fitted_cuts", "label_free", "variable"]
Scans = Mapping[str, Mapping[str, Mapping[str, Any]]]
ENDS = (0.1587, 0.8413)  # of a 68.3 % interval
BEST = {"label_free": "best score without labels", "variable": "best single variable"}


@dataclass(frozen=True)
class Row:
    """A score that takes part.

    Parameters
    ----------
    name
        Name of the score.
    kind
        A classifier, several of them as one score, cuts that were fitted to signals, what was
        fitted to background alone, or an event variable.
    told
        Signals that it was fitted to.
    """

    name: str
    kind: Kind
    told: tuple[str, ...] = ()


def compare_trainings(rows: Sequence[Row], scans: Scans, signals: Sequence[str]) -> dict[str, Any]:
    """Compare what every score finds of every signal.

    Parameters
    ----------
    rows
        The scores.
    scans
        From `rapidmass.search.scan.scan_cuts`, by score and signal.
    signals
        In the order of columns.

    Returns
    -------
    dict
        `background_efficiency`; `signals`; `own`: of each signal the training that was told of the
        fewest signals beside it (None if none knows it; of equals, the first); `rows`, each with
        `name`, `kind`, `told`, `cells` by signal, `every` and `unknown`. A cell has
        `efficiency`, `low` and `high` at the background efficiency, `significance` and
        `significance_uncertainty` of the best cuts, `known`, and `ratio`, `ratio_low` and
        `ratio_high` of the efficiency to that of
        the own training. `every` has the median and least ratio over all signals, and
        their `number`; `unknown` over those that the score was not told of,
        `unknown_auc_loss` over the same of `auc_loss`: the own training's AUC minus that of the
        score. A cell has `auc` and `auc_uncertainty` as well. The last rows are the
        best of each kind that knows no signal, signal by signal, with its name in each cell, `by`.
    """
    trainings = [row for row in rows if row.kind == "training"]
    own = {signal: find_own(trainings, signal) for signal in signals}
    found = [
        _describe_row(
            row.name,
            row.kind,
            row.told,
            {s: _fill_cell(row, s, own[s], scans) for s in signals},
        )
        for row in rows
    ]
    for kind, name in BEST.items():
        best = {
            signal: cell
            for signal in signals
            if (cell := _find_best((row for row in found if row["kind"] == kind), signal))
        }
        if len(best) == len(signals):
            found.append(_describe_row(name, kind, (), best))
    return {
        "background_efficiency": JUDGED,
        "signals": list(signals),
        "own": own,
        "rows": found,
    }


def find_own(trainings: Iterable[Row], signal: str) -> str | None:
    """Find the training that knows a signal best.

    Parameters
    ----------
    trainings
        In the order of the configuration.
    signal
        Name of the signal.

    Returns
    -------
    str or None
        The first of those that were told of the fewest signals, this one among them.
    """
    known = [row for row in trainings if signal in row.told]
    return min(known, key=lambda row: len(row.told)).name if known else None


def _fill_cell(row: Row, signal: str, own: str | None, scans: Scans) -> dict[str, Any]:
    scan = scans[row.name][signal]
    measured = _get_efficiency(scan)
    best = scan["best"] or {"profiled": None, "profiled_uncertainty": None}
    cell = {
        **{key: measured[key] for key in ("efficiency", "low", "high")},
        "significance": best["profiled"],
        "significance_uncertainty": best["profiled_uncertainty"],
        "auc": scan["roc"] and scan["roc"]["auc"]["value"],
        "auc_uncertainty": scan["roc"] and scan["roc"]["auc"]["uncertainty"],
        "auc_loss": None,
        "known": signal in row.told,
        **dict.fromkeys(("ratio", "ratio_low", "ratio_high")),
    }
    return cell if own is None else cell | _relate(scan, scans[own][signal])


def _get_efficiency(scan: Mapping[str, Any]) -> Mapping[str, Any]:
    entries = (scan["roc"] or {"efficiencies": []})["efficiencies"]
    nothing = dict.fromkeys(("efficiency", "low", "high"))
    return next((e for e in entries if e["background_efficiency"] == JUDGED), nothing)


def _relate(scan: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, float | None]:
    """Relate a score to the own training; replicas of the same events are pairs, luck falls out."""
    rocs = scan["roc"], other["roc"]
    lost = None if None in rocs else rocs[1]["auc"]["value"] - rocs[0]["auc"]["value"]
    above, below = (_get_efficiency(one)["efficiency"] for one in (scan, other))
    if above is None or not below:
        return {"auc_loss": lost}
    pairs = list(
        zip(scan["bootstrap"]["efficiency"], other["bootstrap"]["efficiency"], strict=True)
    )
    ratios = [a / b for a, b in pairs if a is not None and b]
    if len(ratios) < max(LEAST * len(pairs), 2):
        return {"auc_loss": lost, "ratio": above / below}
    low, high = np.quantile(ratios, ENDS)
    ends = {"ratio_low": float(low), "ratio_high": float(high)}
    return {"auc_loss": lost, "ratio": above / below, **ends}


def _find_best(rows: Iterable[Mapping[str, Any]], signal: str) -> dict[str, Any] | None:
    """Find the row with the largest efficiency for a signal; where there is none, largest AUC."""
    cells = [{**row["cells"][signal], "by": row["name"]} for row in rows]
    for key in ("efficiency", "auc"):
        defined = [cell for cell in cells if cell[key] is not None]
        if defined:
            return max(defined, key=lambda cell: float(cell[key]))
    return None


def _describe_row(
    name: str, kind: str, told: Sequence[str], cells: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    defined = [cell for cell in cells.values() if cell["ratio"] is not None]
    lost = [
        cell["auc_loss"]
        for cell in cells.values()
        if not cell["known"] and cell["auc_loss"] is not None
    ]
    return {
        "name": name,
        "kind": kind,
        "told": list(told),
        "cells": {signal: dict(cell) for signal, cell in cells.items()},
        "every": _sum_up([cell["ratio"] for cell in defined]),
        "unknown": _sum_up([cell["ratio"] for cell in defined if not cell["known"]]),
        "unknown_auc_loss": {
            "number": len(lost),
            "median": float(np.median(lost)) if lost else None,
            "largest": max(lost, default=None),
        },
    }


def _sum_up(ratios: Sequence[float]) -> dict[str, float | None]:
    return {
        "number": len(ratios),
        "median": float(np.median(ratios)) if ratios else None,
        "least": min(ratios, default=None),
    }
