"""What limits the sensitivity: simulation, statistics or systematic uncertainties."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy.optimize import brentq

from rapidmass.report.formatting import Table, write_measurement, write_number, write_share
from rapidmass.report.products import RunProducts, SelectionProducts
from rapidmass.statistics.significance import compute_profiled_significance

COLUMNS = (
    "Selection", "Signal", "Cuts", "Z expected", "s", "b",
    "Variance of b from statistics", "from simulation", "from systematics",
    "Z with infinite simulation", "Simulation needed for 95 % of it",
)  # fmt: skip
GOAL = 0.95  # of the significance with infinite simulation
MET_ALONE = "MET alone"
_MOST = 1e9  # times the simulation that there is


def tabulate_budget(run: RunProducts) -> Table:
    """Tabulate what the uncertainty of the background behind the best cuts consists of.

    Parameters
    ----------
    run
        What the report tells.

    Returns
    -------
    Table
        Two rows a selection and signal: MET alone, and the score with the largest significance.
    """
    rows = []
    for selection in run.selections:
        for signal in selection.settings.signals:
            for name, best in _list_best(selection, signal):
                start = [selection.name, signal, name]
                rows.append([*start, *_describe(best, run.scan.background_uncertainty)])
    note = (
        "Z expected: with the uncertainty of the background, cuts chosen on one half of the "
        f"events and evaluated on the other. Cuts: on {MET_ALONE}; or on the score with the "
        "largest Z and on MET, which is an optimum of many scores and hence a little too large. "
        "Variance of b: shares of what the number of events would fluctuate by (√b), of the finite "
        "simulation, and of the stated systematic uncertainty and systematic variations. The last "
        "column: how many times as many simulated events of the background as there are."
    )
    return Table(COLUMNS, rows, words=3, note=note)


def summarise_budget(run: RunProducts) -> list[str]:
    """Say in a sentence a selection what is expected, and what limits it.

    Parameters
    ----------
    run
        What the report tells.

    Returns
    -------
    list of str
        Nothing for a selection without signals.
    """
    lines = []
    for selection in run.selections:
        found = [
            (best["profiled"], signal, name, best)
            for signal in selection.settings.signals
            for name, best in _list_best(selection, signal)
            if best is not None
        ]
        if not found:
            if selection.settings.signals:
                lines.append(
                    f"{selection.name}: no significance is defined; too little background is "
                    "simulated behind every cut."
                )
            continue
        _, signal, name, best = max(found, key=lambda row: row[0])
        z = write_measurement(best["profiled"], best["profiled_uncertainty"])
        shares = _split_variance(best, run.scan.background_uncertainty)
        largest = max(shares, key=lambda what: shares[what])
        lines.append(
            f"{selection.name}: the largest expected significance behind cuts is {z}, for {signal} "
            f"with {name}. What limits it most is {largest}, {write_share(shares[largest])} of the "
            "variance of the background."
        )
    return lines


def _list_best(
    selection: SelectionProducts, signal: str
) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    scans = {scorer.name: scorer.scan_contents[signal] for scorer in selection.scorers}
    if not scans:
        return
    yield MET_ALONE, next(iter(scans.values()))["cuts"][0]["best"]
    defined = {name: scan["best"] for name, scan in scans.items() if scan["best"] is not None}
    if defined:
        name = max(defined, key=lambda name: defined[name]["profiled"])
        yield name, defined[name]


def _get_systematic(best: Mapping[str, Any], stated: float) -> float:
    return float(np.hypot(stated, best.get("b_systematic") or 0.0))


def _split_variance(best: Mapping[str, Any], stated: float) -> dict[str, float]:
    b = best["b"]
    parts = {
        "statistics": b,
        "simulation": best["b_variance"],
        "systematic uncertainties": (_get_systematic(best, stated) * b) ** 2,
    }
    total = sum(parts.values())
    return {what: part / total for what, part in parts.items()}


def _describe(best: Mapping[str, Any] | None, stated: float) -> list[str]:
    if best is None:
        return ["undefined", *["–"] * (len(COLUMNS) - 4)]
    shares = _split_variance(best, stated).values()
    limit, needed = find_needed_simulation(
        best["s"], best["b"], best["b_variance"], _get_systematic(best, stated)
    )
    return [
        write_measurement(best["profiled"], best["profiled_uncertainty"]),
        write_number(best["s"]),
        write_measurement(best["b"], best["b_variance"] ** 0.5),
        *map(write_share, shares),
        write_number(limit),
        "enough" if needed <= 1 else f"{write_number(needed, 2)} times as much",
    ]


def find_needed_simulation(
    s: float, b: float, b_variance: float, systematic: float
) -> tuple[float, float]:
    """Find the significance with infinite simulation, and how much is needed for nearly as much.

    Parameters
    ----------
    s, b
        Expected signal and background events.
    b_variance
        Variance of b from the simulation that there is.
    systematic
        Relative systematic uncertainty of b.

    Returns
    -------
    float, float
        Expected significance without uncertainty from simulation, and how many times as much
        simulation gives `GOAL` of it; 1 where there is enough.
    """

    def compute(times: float) -> float:
        found = compute_profiled_significance(
            s, b, 0.0, b_variance / times, background_uncertainty=systematic
        )
        return float(found.value)

    limit = compute(np.inf)
    if compute(1.0) >= GOAL * limit:
        return limit, 1.0
    power = brentq(lambda x: compute(10.0**x) - GOAL * limit, 0.0, np.log10(_MOST))
    return limit, float(10.0**power)
