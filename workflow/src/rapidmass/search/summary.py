"""The table of all scans: selection x architecture x signal."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidmass.files import write_json, write_whole

COLUMNS = (
    "selection", "architecture", "signal", "quantile", "threshold", "met", "s", "b", "effective",
    "asimov", "asimov_uncertainty", "simple", "asimov_without_met_cut",
)  # fmt: skip


def summarise_scan(
    scan: Mapping[str, Any], *, selection: str, architecture: str, signal: str
) -> list[dict[str, Any]]:
    """Condense one scan to a row per cut on the score.

    Parameters
    ----------
    scan
        From `rapidmass.search.scan.scan_cuts`.
    selection, architecture, signal
        What was scanned.

    Returns
    -------
    list of dict
        Keys as in `COLUMNS`. MET cut, yields and significances are those of the best MET cut, or
        None where no significance is defined. The first row is the scan without a score cut.
    """
    rows = []
    for cut in scan["cuts"]:
        best = cut["best"] or {}
        row: dict[str, Any] = {
            "selection": selection,
            "architecture": architecture,
            "signal": signal,
        }
        row |= {key: cut[key] for key in ("quantile", "threshold")}
        row |= {
            key: best.get(key)
            for key in ("met", "s", "b", "effective", "asimov", "asimov_uncertainty", "simple")
        }
        row["asimov_without_met_cut"] = cut["significance"]["asimov"]
        rows.append(row)
    return rows


def write_summary(rows: Sequence[Mapping[str, Any]], json_path: Path, csv_path: Path) -> None:
    """Write the table as JSON and CSV.

    Parameters
    ----------
    rows
        From `summarise_scan`, of all scans.
    json_path, csv_path
        Files to write.
    """
    write_json(json_path, {"rows": [dict(row) for row in rows]})
    with write_whole(csv_path) as temporary, temporary.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
