"""The result of every scan: the best cuts, and whether the score helps."""

from collections.abc import Mapping, Sequence
from typing import Any

from rapidmass.report.contents import RunProducts
from rapidmass.report.wording import (
    UNDEFINED,
    Table,
    write_cut,
    write_measurement,
    write_number,
)
from rapidmass.search.summary import summarise_scan

COLUMNS = (
    "Selection", "Architecture", "Signal", "Score cut helps?", "Score cut", "MET cut [GeV]",
    "s", "b", "Effective b", "Z", "Z, no score cut", "its MET cut [GeV]", "Z, neither cut",
    "Z, score cut alone",
)  # fmt: skip


def find_best(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Find the row with the largest significance.

    Parameters
    ----------
    rows
        From `rapidmass.search.summary.summarise_scan`.

    Returns
    -------
    dict or None
        None where no significance is defined.
    """
    defined = [row for row in rows if row["asimov"] is not None]
    return max(defined, key=lambda row: float(row["asimov"])) if defined else None


def judge_cut(with_cut: Mapping[str, Any] | None, without: Mapping[str, Any]) -> str:
    """Judge whether a cut on the score raises the significance.

    Parameters
    ----------
    with_cut
        The best row with a cut.
    without
        The row without.

    Returns
    -------
    str
        `yes`, `no`, `not clearly` (by less than the statistical uncertainty of the larger one) or
        `undefined`.
    """
    if with_cut is None or without["asimov"] is None:
        return UNDEFINED
    gain = with_cut["asimov"] - without["asimov"]
    if gain <= 0:
        return "no"
    return "yes" if gain > with_cut["asimov_uncertainty"] else "not clearly"


def tabulate_results(run: RunProducts) -> Table:
    """Tabulate the best cuts of every scan beside the same scan without a cut on the score.

    Parameters
    ----------
    run
        What the report tells.

    Returns
    -------
    Table
        One row per selection, architecture and signal.
    """
    lines = []
    for selection in run.selections:
        for network in selection.networks:
            for signal, scan in network.scan_contents.items():
                rows = summarise_scan(
                    scan, selection=selection.name, architecture=network.name, signal=signal
                )
                lines.append(_write_row(rows))
    note = (
        "s, b: expected signal and background events behind both cuts. Effective b: (Σw)² / Σw² of "
        "the simulated background that is left. Z: expected significance √(2((s+b) ln(1+s/b) − s)) "
        "with the uncertainty that the size of the simulated samples gives it; systematic "
        "uncertainties are not in it. “not clearly”: the gain is smaller than that uncertainty "
        "(the two scans share events, so their uncertainties are not independent)."
    )
    return Table(COLUMNS, lines, words=5, note=note)


def _write_row(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    without, cuts = rows[0], rows[1:]
    best = find_best(cuts)
    found: Mapping[str, Any] = best or {}
    alone = [row["asimov_without_met_cut"] for row in cuts]
    defined = [value for value in alone if value is not None]
    return [
        without["selection"],
        without["architecture"],
        without["signal"],
        judge_cut(best, without),
        write_cut(best["quantile"]) if best else UNDEFINED,
        write_number(found.get("met")),
        write_number(found.get("s")),
        write_number(found.get("b")),
        write_number(found.get("effective")),
        write_measurement(found.get("asimov"), found.get("asimov_uncertainty")),
        write_measurement(without["asimov"], without["asimov_uncertainty"]),
        write_number(without["met"]),
        write_number(without["asimov_without_met_cut"]),
        write_number(max(defined) if defined else None),
    ]
