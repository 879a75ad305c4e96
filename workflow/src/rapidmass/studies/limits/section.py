"""Expected limits in words and tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rapidmass.config.studies.limits import Limits
from rapidmass.report.formatting import (
    UNDEFINED,
    Table,
    join_words,
    write_number,
)
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section

FEMTOBARN = 1000.0
OBSERVABLES = {"met": "missing transverse momentum", "score": "the anomaly score"}
COLUMNS = (
    "Signal", "Score", "Bins", "Median [fb]", "−1 σ to +1 σ [fb]", "−2 σ to +2 σ [fb]",
    "Cross section [fb]", "Limit / cross section", "Excluded if there is no signal?",
)  # fmt: skip


def name_limits(signal: str) -> str:
    """Name the figure of a signal's limits, without suffix."""
    return f"limits_{signal}"


def describe_limits(
    folder: Path, limits: Mapping[str, Mapping[str, Mapping[str, Any]]], settings: Limits
) -> Section:
    """Describe the expected limits of one selection.

    Parameters
    ----------
    folder
        Where the figures are.
    limits
        By score and signal, from `rapidmass.studies.limits.measure.fit_limit`; at least one.
    settings
        What was fitted.

    Returns
    -------
    Section
        With a table and one figure a signal.
    """
    by_signal = next(iter(limits.values()))
    systematic = next(iter(by_signal.values()))["background_uncertainty"]
    rows = [
        _write_row(signal, scorer, found[signal])
        for signal in by_signal
        for scorer, found in limits.items()
    ]
    reasons = {
        f"{scorer}, {signal}: {result['reason']}"
        for scorer, found in limits.items()
        for signal, result in found.items()
        if result["limits"] is None
    }
    note = f"Undefined: {join_words(sorted(reasons))}." if reasons else ""
    varied = [
        result["systematics"]["total"]
        for found in limits.values()
        for result in found.values()
        if "systematics" in result and result["systematics"]["total"] is not None
    ]
    prose = Prose(
        "limits",
        quantile=settings.quantile,
        observable=OBSERVABLES.get(settings.observable, f"the variable {settings.observable}"),
        systematic=systematic,
        changes=varied,
    )
    return Section(
        "limits",
        "Expected limits",
        text=prose.list_paragraphs("text"),
        tables=(Table(COLUMNS, rows, words=2, note=note),),
        figures=tuple(
            Figure(
                folder / f"{name_limits(signal)}.png",
                f"Expected limits on {signal}",
                prose.write("figure"),
            )
            for signal in by_signal
        ),
    )


def _write_row(signal: str, scorer: str, result: Mapping[str, Any]) -> list[str]:
    theory = write_number(FEMTOBARN * result["cross_section"])
    if result["limits"] is None:
        return [signal, scorer, *[UNDEFINED] * 4, theory, *[UNDEFINED] * 2]
    limits = {n: write_number(FEMTOBARN * value) for n, value in result["limits"].items()}
    return [
        signal,
        scorer,
        str(len(result["bins"]["background"])),
        limits["0"],
        f"{limits['-1']} to {limits['1']}",
        f"{limits['-2']} to {limits['2']}",
        theory,
        write_number(result["strengths"]["0"]),
        "yes" if result["strengths"]["0"] < 1 else "no",
    ]
