"""All that a run found, in the forms that others take."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import uproot
from pypdf import PdfWriter
from rocrate.rocrate import ROCrate

from rapidmass.results.bundle import write_bundle
from rapidmass.results.hepdata import write_submission
from rapidmass.results.reading import Results, iterate_contents

MAIN = ("comparison/significances", "comparison/roc_*", "figures/*/scores*", "sections/*/p_values")
"""Figures of the summary, in this order."""


def export_results(
    results: Results, output: Path, title: str = "Results of a search with rapidmass"
) -> list[str]:
    """Export a run.

    Parameters
    ----------
    results
        Products of a run.
    output
        A new folder. It appears whole or not at all.
    title
        Of the run.

    Returns
    -------
    list of str
        What was written, for people.

    Raises
    ------
    ValueError
        If the folder is there already, or the run is not finished.
    """
    if output.exists():
        raise ValueError(f"{output} is there already: remove it, or name another folder")
    results.read_scans()
    partial = output.with_name(f".{output.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        told = list(_write_all(results, partial, title))
        partial.rename(output)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return told


def _write_all(results: Results, folder: Path, title: str) -> list[str]:
    figures = find_histograms(results)
    tables = write_submission(results, figures, folder / "hepdata")
    histograms = write_root(results, figures, folder / "histograms.root")
    workspaces = copy_workspaces(results, folder / "workspaces")
    pages = write_summary(results, folder / "summary.pdf")
    networks = write_bundle(results, folder / "networks")
    describe_crate(folder, title)
    return [
        f"hepdata: {tables} tables, submission.tar.gz",
        f"histograms.root: {histograms} histograms",
        f"workspaces: {workspaces} of pyhf",
        f"summary.pdf: {pages} pages",
        f"networks: {len(networks)}, with layouts, cuts and examples in Python and C++",
        "ro-crate-metadata.json: what is in this folder",
    ]


def find_histograms(results: Results) -> dict[str, list[str]]:
    """Find the figures that show histograms, by selection.

    Parameters
    ----------
    results
        Products of a run.

    Returns
    -------
    dict
        Names of figures, sorted.
    """
    return {
        selection: [
            name
            for name in results.list_figures(selection)
            if any(iterate_contents(results.read_figure(selection, name)))
        ]
        for selection in results.selections
    }


def write_root(results: Results, figures: Mapping[str, Sequence[str]], path: Path) -> int:
    """Write histograms as TH1D: `<selection>/<figure>/<channel>`.

    Parameters
    ----------
    results
        Products of a run.
    figures
        By selection.
    path
        The ROOT file.

    Returns
    -------
    int
        Number of histograms.
    """
    count = 0
    with uproot.recreate(path) as file:
        for selection, names in figures.items():
            for name in names:
                for part, histogram in results.read_histograms(selection, name).items():
                    if np.isfinite(histogram.axes[0].edges).all():
                        file[f"{selection}/{name}/{part}"] = histogram
                        count += 1
    return count


def copy_workspaces(results: Results, folder: Path) -> int:
    """Copy the workspaces of the fits: `<selection>/<score>/<signal>.json`; return their number."""
    folder.mkdir()
    found = sorted(results.folder.glob("*/fits/*/*.workspace.json"))
    for path in found:
        target = folder / path.parents[2].name / path.parent.name
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target / path.name.replace(".workspace", ""))
    return len(found)


def write_summary(results: Results, path: Path) -> int:
    """Join the main figures into one PDF file, with bookmarks; return the number of pages."""
    writer = PdfWriter()
    for selection in results.selections:
        for pattern in MAIN:
            for figure in sorted((results.folder / selection).glob(f"{pattern}.pdf")):
                name = figure.relative_to(results.folder).with_suffix("")
                writer.append(figure, outline_item=str(name))
    writer.write(path)
    return len(writer.pages)


def describe_crate(folder: Path, title: str) -> None:
    """Describe the files of an export as a research object (RO-Crate)."""
    crate = ROCrate()
    crate.name = title
    crate.description = (
        "Histograms, statistical models, networks and figures that a run of rapidmass made."
    )
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        place = str(path.relative_to(folder))
        crate.add_file(path, place, properties={"contentSize": str(path.stat().st_size)})
    crate.metadata.write(folder)
