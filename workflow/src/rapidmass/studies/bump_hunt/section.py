"""A bump hunt in words and tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rapidmass.report.formatting import Table, write_number, write_share
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section


def find_best(found: Mapping[str, Any]) -> int:
    """Find the window with the smallest local p-value behind any cut; the first without one."""

    def judge(place: int) -> float:
        window = found["windows"][place]
        known = [cut["p_value"] for cut in window["cuts"] if cut["p_value"] is not None]
        return min(known, default=2.0) if window["after"]["passed"] else 2.0

    return min(range(len(found["windows"])), key=judge)


def describe_hunt(
    folder: Path, found: Mapping[str, Any], hunt: Mapping[str, Any], *, pseudo: bool
) -> Section:
    """Describe a bump hunt.

    Parameters
    ----------
    folder
        Where the figures are.
    found
        From `rapidmass.studies.bump_hunt.measure.measure_hunt`.
    hunt
        Settings.
    pseudo
        Whether all data are pseudo-data.

    Returns
    -------
    Section
        With tables of cuts and of gates.
    """
    best = found["windows"][find_best(found)]
    prose = Prose(
        "bump_hunt",
        what="pseudo-data" if pseudo else "data",
        hunt=hunt,
        best=best,
        names=list(best["features"]),
        simulated=any(window["spurious"] for window in found["windows"]),
        shrinks=min(cut["shrinks"] for window in found["windows"] for cut in window["cuts"]),
        **{key: value for key, value in found.items() if key != "provenance"},
    )
    figures = [
        _show(folder, f"spectrum_{k}", "Mass spectrum", prose.write("spectrum", cut["efficiency"]))
        for k, cut in enumerate(best["cuts"])
    ]
    figures.append(_show(folder, "p_values", "Local p-values", prose.write("p_values")))
    figures.append(_show(folder, "gates", "Gates", prose.write("gates")))
    if best["signals"]:
        figures.append(
            _show(folder, "improvement", "Gain in significance", prose.write("improvement"))
        )
    figures.append(_show(folder, "features", "What is selected", prose.write("selected")))
    return Section(
        "bump-hunt",
        f"Bumps in {hunt['mass']}",
        text=prose.list_paragraphs("text"),
        tables=(_tabulate_cuts(found, prose), _tabulate_gates(found, prose)),
        figures=tuple(figures),
    )


def _show(folder: Path, name: str, title: str, caption: str) -> Figure:
    return Figure(folder / f"{name}.png", title, caption)


def _tabulate_cuts(found: Mapping[str, Any], prose: Prose) -> Table:
    rows = [
        [
            f"{window['window'][2]:.4g} to {window['window'][3]:.4g}",
            "none" if cut["efficiency"] == 1 else write_share(cut["efficiency"]),
            write_number(cut["observed"], 6),
            write_number(cut["background"]),
            write_number(cut["error"], 2),
            _write_spurious(cut),
            str(cut["parameters"]),
            write_number(cut["goodness"], 2),
            write_number(cut["p_value"] if window["after"]["passed"] else None, 2),
        ]
        for window in found["windows"]
        for cut in window["cuts"]
    ]
    columns = (
        "Signal region", "Kept", "Observed", "Background", "Uncertainty", "Spurious",
        "Parameters", "p of the fit", "Local p",
    )  # fmt: skip
    return Table(columns, rows, words=2, note=prose.write("cuts"))


def _write_spurious(cut: Mapping[str, Any]) -> str:
    if cut["spurious"] is None:
        return write_number(None)
    return f"{write_number(cut['spurious'], 2)} ± {write_number(cut['spurious_error'], 2)}"


def _tabulate_gates(found: Mapping[str, Any], prose: Prose) -> Table:
    rows = [
        [
            f"{window['window'][2]:.4g} to {window['window'][3]:.4g}",
            ", ".join(window["before"]["caught"] or window["treated"]) or "none",
            "yes" if window["after"]["passed"] else "no",
            *(
                f"{window[stage]['auc']:.3f} ± {window[stage]['error']:.3f}"
                for stage in ("before", "after")
            ),
        ]
        for window in found["windows"]
    ]
    columns = ("Signal region", "Features that know the mass", "Passed", "AUC before", "AUC after")
    return Table(columns, rows, words=3, note=prose.write("gates_note"))
