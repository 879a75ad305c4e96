"""Trainings on categories of signals in words and a table."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rapidmass.report.formatting import Table, write_interval
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure
from rapidmass.studies.trainings.transfer import SAME, SEVERAL

CATEGORY_FIGURES = {
    "auc": "AUC of trainings on categories",
    "significance": "Significances by trainings on categories",
}
COLUMNS = ("Training and signal", "Pairs", "AUC lost", "Efficiency kept", "Z kept")


class Described(NamedTuple):
    """What a section says of categories."""

    text: Sequence[str]
    table: Table
    figures: Sequence[Figure]


def describe_categories(folder: Path, found: Mapping[str, Any], prose: Prose) -> Described:
    """Describe what trainings on categories find.

    Parameters
    ----------
    folder
        Where the figures are, called like their quantities, after `categories_`.
    found
        From `rapidmass.studies.trainings.categories.compare_categories`.
    prose
        The words of the study.

    Returns
    -------
    Described
        Words, a table of what is lost, and two matrices.
    """
    transfer: Sequence[Mapping[str, Any]] = found["transfer"]
    others = [row for row in transfer if row["difference"] not in (SAME, SEVERAL)]
    costliest = max(others, key=lambda row: float(row["auc_loss"]["median"] or 0.0), default=None)
    numbers = {
        "number": len(found["categories"]),
        "properties": list(map(_read_name, found["categories"][0]["values"])),
        "transfer": [{**row, "words": _name_difference(row["difference"])} for row in transfer],
        "together": found["together"],
        "trials": [trials for trials in found["trials"] if trials["number"] is not None],
        "costliest": costliest and _read_name(costliest["difference"]),
    }
    rows = [(_name_difference(row["difference"]), row) for row in transfer]
    rows += [(f"{row['name']} of all", row) for row in found["together"]]
    return Described(
        prose.list_paragraphs("categories", numbers),
        Table(COLUMNS, [_write(*row) for row in rows], note=prose.write("category_note")),
        [
            Figure(folder / f"categories_{name}.png", title, prose.write("category_figure", name))
            for name, title in CATEGORY_FIGURES.items()
        ],
    )


def _name_difference(difference: str) -> str:
    if difference == SAME:
        return "they are of the same category"
    return f"they differ in {_read_name(difference)}"


def _read_name(key: str) -> str:
    return key.replace("_", " ")


def _write(name: str, row: Mapping[str, Any]) -> list[str]:
    written = []
    for key in ("auc_loss", "efficiency", "significance"):
        one = row[key]
        number = f" [{one['number']}]" if key != "auc_loss" else ""
        written.append(write_interval(one["median"], one["low"], one["high"]) + number)
    return [name, str(row["pairs"]), *written]
