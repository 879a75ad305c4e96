"""Words and tables on images of jets."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rapidmass.plotting.style import Frame
from rapidmass.report.formatting import Table, write_count, write_measurement, write_number
from rapidmass.report.formatting import write_share as share
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section


def describe_images(
    folder: Path, frame: Frame, measured: Mapping[str, Mapping[str, Any]]
) -> Section:
    """Describe what networks make of images.

    Parameters
    ----------
    folder
        Where the figures are.
    frame
        What figures have in common.
    measured
        By network, what `rapidmass.studies.jet_images.measure.measure_images` gave.

    Returns
    -------
    Section
        Of the report.
    """
    most = max((g["jets"] for one in measured.values() for g in one["groups"].values()), default=0)
    prose = Prose("jet_images", jets=most)
    shown = {name: one for name, one in measured.items() if one["groups"]}
    figures = []
    if any(one["compression"] for one in shown.values()):
        figures.append(
            Figure(
                folder / "compression.png",
                "Error of the mass against bytes",
                prose.write("tradeoff"),
            )
        )
    return Section(
        "jet-images",
        "Images of jets",
        text=prose.list_paragraphs("text"),
        tables=(
            _tabulate_residuals(frame, shown, prose),
            _tabulate_anomalies(frame, shown, prose),
            _tabulate_compression(shown, prose),
        ),
        figures=tuple(figures),
        sections=tuple(
            Section(
                f"jet-images-{name}",
                f"Network {name}",
                figures=(
                    Figure(
                        folder / f"images_{name}.png",
                        f"Images and reconstructions of {name}",
                        prose.write("images"),
                    ),
                ),
            )
            for name in shown
        ),
    )


def _write_residual(found: Mapping[str, Any]) -> list[str]:
    keys = ("median", "half_68", "half_95", "tail")
    return ["undefined" if found[key] is None else share(found[key]) for key in keys]


def _tabulate_residuals(
    frame: Frame, shown: Mapping[str, Mapping[str, Any]], prose: Prose
) -> Table:
    rows = [
        (
            name,
            frame.get_label(group),
            quantity,
            write_count(one["jets"]),
            *_write_residual(one[key]),
            write_number(one["pixel_error"]),
            share(one["negative"]),
            share(one["outside"]),
        )
        for name, found in shown.items()
        for group, one in found["groups"].items()
        for quantity, key in (("transverse momentum", "pt"), ("mass", "mass"))
    ]
    columns = (
        "Network", "Jets of", "Residual of", "Jets", "Median", "68 %", "95 %", "Beyond 10 %",
        "Error [GeV]", "Negative", "Outside",
    )  # fmt: skip
    return Table(columns, rows, words=3, note=prose.write("residuals"))


def _tabulate_anomalies(
    frame: Frame, shown: Mapping[str, Mapping[str, Any]], prose: Prose
) -> Table:
    rows = [
        (
            name,
            frame.get_label(signal),
            variable,
            write_measurement(one["auc"], one["uncertainty"]),
            write_number(one["rank_correlation"]),
        )
        for name, found in shown.items()
        for signal, variables in found["anomalies"].items()
        for variable, one in variables.items()
    ]
    columns = ("Network", "Signal", "Variable", "Area under the curve", "Rank correlation")
    return Table(columns, rows, words=3, note=prose.write("anomalies"))


def _tabulate_compression(shown: Mapping[str, Mapping[str, Any]], prose: Prose) -> Table:
    rows = []
    for name, found in shown.items():
        for row in found["compression"]:
            own = row["name"].startswith("latent")
            if not own and name != next(iter(shown)):
                continue  # the same without any network
            what = f"{name}: {row['name']}" if own else row["name"]
            residuals = (share(row[key]["half_95"] or 0.0) for key in ("pt", "mass"))
            rows.append((what, write_number(row["bytes"]), *residuals))
    columns = (
        "What is stored", "Bytes of a jet", "95 % of transverse momentum", "95 % of mass",
    )  # fmt: skip
    return Table(columns, rows, note=prose.write("compression"))
