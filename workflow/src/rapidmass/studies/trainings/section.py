"""Trainings against signals in words and tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidmass.report.formatting import (
    Table,
    join_words,
    write_efficiency,
    write_interval,
    write_measurement,
)
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section
from rapidmass.studies.trainings.category_section import describe_categories
from rapidmass.studies.trainings.figures import QUANTITIES
from rapidmass.studies.trainings.measure import BEST

TITLES = {
    "auc": "AUC of all scores for all signals",
    "efficiency": "Efficiencies of all scores for all signals",
    "significance": "Significances of all signals by all scores",
    "ratio": "Efficiencies relative to the own training",
}
COLUMNS = ("Signal", "Score", "AUC", "Efficiency", "Of the own training", "Z of the best cuts")
BY_KIND = {name: kind for kind, name in BEST.items()}

Cells = Mapping[str, Mapping[str, Any]]


def describe_trainings(
    folder: Path, measured: Mapping[str, Any], categories: Sequence[Mapping[str, Any]] = ()
) -> Section:
    """Describe what trainings find.

    Parameters
    ----------
    folder
        Where the figures are, called like their quantities.
    measured
        From `rapidmass.studies.trainings.measure.compare_trainings`.
    categories
        From `rapidmass.studies.trainings.categories.compare_categories`, if there are any.

    Returns
    -------
    Section
        Words on what is lost by not knowing the signal, a table, and a matrix of each quantity; the
        same of categories.
    """
    rows: Sequence[Mapping[str, Any]] = measured["rows"]
    trainings = [row for row in rows if row["kind"] == "training"]
    best = [row for row in rows if row["name"] in BY_KIND]
    prose = Prose(
        "trainings",
        background=measured["background_efficiency"],
        separations=[
            {"name": row["name"], "told": row["told"], **row["unknown_auc_loss"]}
            for row in [*trainings, *best]
            if row["unknown_auc_loss"]["number"]
        ],
        rows=[_sum_up(row) for row in trainings if row["unknown"]["number"]],
        combined=[
            {"name": row["name"], **row["every"]}
            for row in rows
            if row["kind"] == "combination" and row["every"]["number"]
        ],
        others=[_sum_up(row) for row in best if row["unknown"]["number"]],
        beaten=[found for row in trainings if best and (found := _count_won(row, best))["number"]],
        orphans=[signal for signal, own in measured["own"].items() if own is None],
    )
    table = Table(
        COLUMNS,
        [_write(signal, row) for signal in measured["signals"] for row in rows],
        words=2,
        note=prose.write("note"),
    )
    figures = [
        Figure(folder / f"{name}.png", TITLES[name], prose.write("figure", name))
        for name in QUANTITIES
    ]
    more = [describe_categories(folder, found, prose) for found in categories]
    return Section(
        "trainings",
        "Who finds whom",
        text=(*prose.list_paragraphs("text"), *(words for one in more for words in one.text)),
        tables=(table, *(one.table for one in more)),
        figures=(*figures, *(figure for one in more for figure in one.figures)),
    )


def _list_unknown(row: Mapping[str, Any]) -> Cells:
    return {
        signal: cell
        for signal, cell in row["cells"].items()
        if not cell["known"] and cell["ratio"] is not None
    }


def _sum_up(row: Mapping[str, Any]) -> dict[str, Any]:
    unknown = _list_unknown(row)
    worst = min(unknown, key=lambda signal: float(unknown[signal]["ratio"]))
    return {"name": row["name"], "told": row["told"], "worst": worst, **row["unknown"]}


def _count_won(row: Mapping[str, Any], best: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Count the unknown signals whose interval lies above that of all that know no signal.

    Where too little background is left behind any of them, there is nothing to compare.
    """
    cells = {
        signal: cell
        for signal, cell in row["cells"].items()
        if not cell["known"]
        and all(c["efficiency"] is not None for c in (cell, *(b["cells"][signal] for b in best)))
    }
    won = [
        signal
        for signal, cell in cells.items()
        if all(cell["low"] > other["cells"][signal]["high"] for other in best)
    ]
    return {
        "name": row["name"],
        "number": len(cells),
        "won": len(won),
        "won_words": join_words(won) or "none",
    }


def _write(signal: str, row: Mapping[str, Any]) -> list[str]:
    cell = row["cells"][signal]
    by = f" ({cell['by']})" if "by" in cell else " *" if cell["known"] else ""
    return [
        signal,
        f"{row['name']}{by}",
        write_measurement(cell["auc"], cell["auc_uncertainty"]),
        write_efficiency(cell),
        write_interval(cell["ratio"], cell["ratio_low"], cell["ratio_high"]),
        write_measurement(cell["significance"], cell["significance_uncertainty"]),
    ]
