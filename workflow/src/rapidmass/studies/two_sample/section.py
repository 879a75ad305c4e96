"""A test of data against simulation in words and tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rapidmass.report.formatting import UNDEFINED, Table, write_number
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section

METHODS = {"kernel": "kernels", "trees": "boosted trees"}
MOST_COLUMNS = 6  # features of listed events


def describe_difference(
    folder: Path, found: Mapping[str, Any], *, normalisation: bool, pseudo: bool
) -> Section:
    """Describe whether data are distributed as simulation.

    Parameters
    ----------
    folder
        Where the figures are.
    found
        From `rapidmass.studies.two_sample.measure.study_difference`.
    normalisation
        Whether the number of events counted.
    pseudo
        Whether the data are pseudo-data.

    Returns
    -------
    Section
        With a table of tests and one of events, and two figures a method.
    """
    what = "pseudo-data" if pseudo else "data"
    keys = (
        "observed", "expected", "simulated", "effective", "features", "elements", "sources",
    )  # fmt: skip
    prose = Prose(
        "two_sample",
        what=what,
        normalisation=normalisation,
        blinded=bool(found["thresholds"]),
        pseudo=pseudo,
        **{key: found[key] for key in keys},
    )
    figures = []
    for method in found["tests"]:
        name = METHODS[method]
        figures += [
            Figure(
                folder / f"null_{method}.png",
                f"Statistic by {name}",
                prose.write("null", name),
            ),
            Figure(
                folder / f"importance_{method}.png",
                f"Features by {name}",
                prose.write("importance", name),
            ),
        ]
    return Section(
        "two-sample",
        f"{what.capitalize()} against simulation in all features at once",
        text=prose.list_paragraphs("text"),
        tables=(_tabulate_tests(found, prose), _tabulate_events(found, prose)),
        figures=tuple(figures),
    )


def _tabulate_tests(found: Mapping[str, Any], prose: Prose) -> Table:
    rows = []
    for method, test in found["tests"].items():
        toys = np.array(test["toys"])
        rows.append(
            [
                METHODS[method],
                write_number(test["statistic"]),
                write_number(float(toys.mean())),
                write_number(float(toys.std(ddof=1))),
                str(len(toys)),
                write_number(test["p_value"], 2),
            ]
        )
    if len(rows) > 1:
        rows.append(["together", *[UNDEFINED] * 3, rows[0][4], write_number(found["p_value"], 2)])
    columns = ("Method", "t", "Mean", "Standard deviation", "Pseudo-experiments", "p")
    return Table(columns, rows, note=prose.write("tests"))


def _tabulate_events(found: Mapping[str, Any], prose: Prose) -> Table:
    test = found["tests"].get("kernel") or next(iter(found["tests"].values()))
    ordered = sorted(test["importance"], key=lambda name: -test["importance"][name])
    shown = ordered[:MOST_COLUMNS]
    rows = [
        [
            event["key"],
            write_number(float(np.exp(event["log_ratio"]))),
            *(write_number(event["features"][name]) for name in shown),
        ]
        for event in test["events"]
    ]
    return Table(("Event", "Ratio", *shown), rows, note=prose.write("events"))
