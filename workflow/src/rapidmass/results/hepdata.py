"""Histograms and scans as a submission to HEPData."""

from collections.abc import Mapping, Sequence
from contextlib import chdir, redirect_stdout
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

from hepdata_lib import Submission, Table, Uncertainty, Variable

from rapidmass.results.reading import Results, iterate_contents

NUMBERS = ("quantile", "s", "b", "asimov", "profiled")  # of a scan, each a column

LONGEST = 64


def write_submission(results: Results, figures: Mapping[str, Sequence[str]], folder: Path) -> int:
    """Write a submission: YAML files and an archive of them, held against HEPData's schema.

    Parameters
    ----------
    results
        Products of a run.
    figures
        Figures with histograms, by selection.
    folder
        Where it goes; made.

    Returns
    -------
    int
        Number of tables.

    Raises
    ------
    ValueError
        If the submission is not valid.
    """
    submission = Submission()
    submission.comment = "Histograms and expected significances of a search with rapidmass."
    for selection, names in figures.items():
        for name in names:
            numbers = results.read_figure(selection, name)
            submission.add_table(_make_table(selection, name, numbers, len(submission.tables)))
    rows = results.read_scans().to_pylist()
    for selection in sorted({row["selection"] for row in rows}):
        own = [row for row in rows if row["selection"] == selection]
        submission.add_table(_tabulate_scans(selection, own))
    folder.mkdir(parents=True)
    told = StringIO()
    with chdir(folder), redirect_stdout(told):  # the archive goes into the working folder
        try:
            submission.create_files(".", validate=True)
        except AssertionError as error:
            raise ValueError(
                f"the submission to HEPData is not valid: {told.getvalue()}"
            ) from error
    return len(submission.tables)


def _make_table(selection: str, figure: str, numbers: Mapping[str, Any], place: int) -> Table:
    title = f"{selection} {figure.replace('/', ' ')}"
    # HEPData takes 64 signs; what is cut off would tell some from others
    table = Table(title if len(title) <= LONGEST else f"{title[: LONGEST - 6]} {place}")
    table.description = f"Events by bin, as in figure {figure} of the selection {selection}."
    table.location = figure
    edges = numbers["edges"]
    feature = numbers.get("feature") or {}
    axis = Variable(
        str(feature.get("name") or numbers.get("variable") or figure.rpartition("/")[2]),
        is_independent=True,
        is_binned=True,
    )
    axis.values = list(pairwise(edges))
    table.add_variable(axis)
    for name, bins in iterate_contents(dict(numbers)):
        events = Variable(name, is_independent=False, is_binned=False, units="events")
        events.values = list(bins["values"])
        spread = Uncertainty("stat")
        spread.values = [max(variance, 0.0) ** 0.5 for variance in bins["variances"]]
        events.add_uncertainty(spread)
        table.add_variable(events)
    return table


def _tabulate_scans(selection: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(f"{selection} scans")
    table.description = "Expected significance behind each cut on each score."
    for name in ("scorer", "signal"):
        column = Variable(name, is_independent=True, is_binned=False)
        column.values = [row[name] for row in rows]
        table.add_variable(column)
    for name in NUMBERS:
        column = Variable(name, is_independent=False, is_binned=False)
        column.values = ["-" if row[name] is None else row[name] for row in rows]
        table.add_variable(column)
    return table
