"""A search for settings of trees in words and tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rapidmass.report.formatting import Table, write_measurement, write_number
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section

RESULT = ("Architecture", "", "Loss in inner folds", "Trees", "AUC of unseen events")


def name_figure(name: str) -> str:
    """Name the figure of an architecture, without suffix."""
    return f"trials_{name}"


def describe_tuning(
    folder: Path, tunings: Mapping[str, Mapping[str, Any]], *, trials: int, inner_folds: int
) -> Section:
    """Describe the search.

    Parameters
    ----------
    folder
        Where the figures are.
    tunings
        By architecture, from `rapidmass.studies.tree_tuning.measure.tune_trees`.
    trials, inner_folds
        How many there are.

    Returns
    -------
    Section
        With a table of results, one of settings, and a figure of each architecture.
    """
    prose = Prose("tree_tuning", trials=trials, folds=inner_folds)
    results, settings = [], []
    names = list(next(iter(tunings.values()))["trials"][0]["parameters"])
    for name, found in tunings.items():
        for what, index in (("configured", 0), ("tuned", found["best"])):
            trial, auc = found["trials"][index], found["unseen"][what]
            spread = float(np.std(trial["folds"], ddof=1) / np.sqrt(len(trial["folds"])))
            results.append(
                [
                    name,
                    what,
                    write_measurement(trial["loss"], spread),
                    write_number(trial["trees"]),
                    write_measurement(auc["value"], auc["uncertainty"]),
                ]
            )
            values = (write_number(trial["parameters"][key]) for key in names)
            settings.append([name, what, *values])
    return Section(
        "tree_tuning",
        "Tuning of trees",
        text=prose.list_paragraphs("text"),
        tables=(
            Table(RESULT, results, words=2),
            Table(("Architecture", "", *names), settings, words=2, note=prose.write("note")),
        ),
        figures=tuple(
            Figure(folder / f"{name_figure(name)}.png", f"Trials of {name}", prose.write("figure"))
            for name in tunings
        ),
    )
