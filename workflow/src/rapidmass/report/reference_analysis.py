"""Significances of this analysis beside those of an earlier one."""

from collections.abc import Mapping
from math import sqrt
from typing import Any

from rapidmass.config.search.scan import ReferenceSignificances
from rapidmass.report.formatting import Table, write_measurement, write_number
from rapidmass.report.products import RunProducts, SelectionProducts
from rapidmass.search.summary import find_largest

COLUMNS = (
    "Selection", "Signal", "Analysis", "Largest Z, as quoted", "Largest Z, whole background",
    "Z, cuts chosen on other events",
)  # fmt: skip


def tabulate_reference(run: RunProducts) -> Table | None:
    """Tabulate significances that another analysis quotes beside those of this one.

    Parameters
    ----------
    run
        What the report tells.

    Returns
    -------
    Table or None
        None if no other analysis is given, or none of its selections and signals is in this one.
    """
    reference = run.scan.reference_significances
    if reference is None:
        return None
    rows = []
    for selection in run.selections:
        quoted = reference.significances.get(selection.name, {})
        for signal in selection.settings.signals:
            earlier = [
                [
                    selection.name,
                    signal,
                    f"earlier: {network}",
                    write_number(values[signal]),
                    write_number(values[signal] * sqrt(reference.background_share)),
                    "–",
                ]
                for network, values in quoted.items()
                if signal in values
            ]
            rows += earlier + (_list_own(selection, signal) if earlier else [])
    if not rows:
        return None
    return Table(COLUMNS, rows, words=3, note=_describe(reference))


def _list_own(selection: SelectionProducts, signal: str) -> list[list[str]]:
    rows = []
    for scorer in selection.scorers:
        if not scorer.is_baseline:
            scan = scorer.scan_contents[signal]
            largest = write_number(_find_largest(scan))
            best: Mapping[str, Any] = scan["best"] or {}
            crossed = write_measurement(best.get("asimov"), best.get("asimov_uncertainty"))
            rows.append([selection.name, signal, f"this: {scorer.name}", "–", largest, crossed])
    return rows


def _find_largest(scan: Mapping[str, Any]) -> float | None:
    found = [find_largest(cut) for cut in scan["cuts"][1:]]
    return max((z for z in found if z is not None), default=None)


def _describe(reference: ReferenceSignificances) -> str:
    share = reference.background_share
    correction = (
        f" It set {100 * share:.3g} % of its background, unscaled, against its whole signal: for "
        f"the whole background its significances are divided by √{1 / share:.3g}, which holds "
        "where the signal is small beside the background."
        if share < 1
        else ""
    )
    caveat = f" Caution: {reference.caveat}" if reference.caveat else ""
    return (
        f"Earlier: {reference.source}.{correction}{caveat} Largest Z: of all MET cuts behind a cut "
        "on the score, on the events that it was found on; the last column is free of this choice. "
        "In all of them the background counts as known. The two analyses differ in simulation, "
        "detector and object definitions, so that equal numbers are not to be expected."
    )
