"""The table of all scans: selection x scorer x signal."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidmass.provenance.atomic_files import write_json, write_whole

FOUND = (
    "s", "b", "effective", "asimov", "asimov_uncertainty", "profiled", "profiled_uncertainty",
    "simple",
)  # fmt: skip
SYSTEMATIC = ("s_systematic", "b_systematic")  # last columns, where there are variations
MEASURED = ("efficiency", "low", "high")
COLUMNS = (
    "selection", "scorer", "signal", "quantile", "threshold", "met_1", "met_2", *FOUND,
    "asimov_without_met_cut", "largest_asimov", "chosen_asimov", "chosen_profiled", "auc",
    "auc_uncertainty",
    *(f"{name}_at_{share}" for share in ("0.01", "0.001", "0.0001") for name in MEASURED),
)  # fmt: skip


def summarise_scan(
    scan: Mapping[str, Any], *, selection: str, scorer: str, signal: str
) -> list[dict[str, Any]]:
    """Condense one scan to a row per cut on the score.

    Parameters
    ----------
    scan
        From `rapidmass.search.scan.scan_cuts`.
    selection, scorer, signal
        What was scanned.

    Returns
    -------
    list of dict
        Keys as in `COLUMNS`, and in `SYSTEMATIC` where a scan has systematic variations: what
        these change of s and b, relative to them, all sources together. The first row is the scan
        without a cut on the score. `met_1` and `met_2` are the MET cuts chosen on the first and on
        the second half of the events; yields and significances are what they give on the other
        half, or None where no significance is defined. `largest_asimov` is the largest of all MET
        cuts on the events that it was found on. The last columns say the same in each row:
        `chosen_` if the cut on the score is chosen too, and how well the score separates.
    """
    common = {**_summarise_roc(scan["roc"]), **_summarise_choice(scan["best"])}
    rows = []
    for cut in scan["cuts"]:
        best = cut["best"] or {}
        first, second = best.get("met", (None, None))
        rows.append(
            {
                **dict.fromkeys(COLUMNS),
                "selection": selection,
                "scorer": scorer,
                "signal": signal,
                "quantile": cut["quantile"],
                "threshold": cut["threshold"],
                "met_1": first,
                "met_2": second,
                **{key: best.get(key) for key in FOUND},
                "asimov_without_met_cut": cut["significance"]["asimov"],
                "largest_asimov": find_largest(cut),
                **common,
                **({key: best.get(key) for key in SYSTEMATIC} if "shifts" in scan else {}),
            }
        )
    return rows


def find_largest(cut: Mapping[str, Any]) -> float | None:
    """Find the largest significance of all MET cuts, on the events that it was found on.

    Parameters
    ----------
    cut
        An entry of the scan's `cuts`.

    Returns
    -------
    float or None
        Too good for other events. None where no significance is defined.
    """
    return max((z for z in cut["met_scan"]["asimov"] if z is not None), default=None)


def _summarise_choice(best: Mapping[str, Any] | None) -> dict[str, Any]:
    found = best or {}
    return {f"chosen_{key}": found.get(key) for key in ("asimov", "profiled")}


def _summarise_roc(roc: Mapping[str, Any] | None) -> dict[str, Any]:
    found = roc or {"auc": {}, "efficiencies": []}
    row = {"auc": found["auc"].get("value"), "auc_uncertainty": found["auc"].get("uncertainty")}
    for entry in found["efficiencies"]:
        share = f"{entry['background_efficiency']:g}"
        row |= {f"{name}_at_{share}": entry[name] for name in MEASURED}
    return row


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
        more = [name for name in SYSTEMATIC if any(name in row for row in rows)]
        writer = csv.DictWriter(stream, [*COLUMNS, *more], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
