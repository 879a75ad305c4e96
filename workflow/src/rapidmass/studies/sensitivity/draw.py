"""Tabulate what scores find of all signals of one selection."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.formatting import Table, write_interval, write_number, write_setting
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Section
from rapidmass.studies.sensitivity.summary import (
    SHARES,
    Scans,
    Summary,
    collect_efficiencies,
    summarise,
)

NONE = "–"
COLUMNS = (
    "Score", "Kind", "Background left", "Signals", "Median efficiency", "Least efficiency",
    "Weakest signal", "Better than all baselines", "Ratio to the best baseline",
    "Ratio to the best trained on it",
)  # fmt: skip


def draw_section(
    folder: Path,  # noqa: ARG001
    settings: Mapping[str, Any],
    inputs: Mapping[str, Sequence[Path]],
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    frame = Frame.parse(settings["frame"])
    paths = iter(inputs["scans"])
    kinds: Mapping[str, str] = dict(settings["kinds"])
    scans = {name: {signal: read_json(next(paths)) for signal in frame.signals} for name in kinds}
    baselines = [name for name, kind in kinds.items() if kind == "baseline"]
    found = {
        share: summarise(collect_efficiencies(scans, share), baselines, settings["told"])
        for share in SHARES
    }
    rows = [
        _describe(name, kinds[name], share, found[share][name])
        for name in kinds
        for share in SHARES
        if name in found[share]
    ]
    prose = Prose("sensitivity")
    tables = [Table(COLUMNS, rows, words=2, note=prose.write("note"))]
    tables += [
        _tabulate_signals(scans, share, frame.signals, prose.write("by_signal", _write(share)))
        for share in SHARES
    ]
    text = prose.list_paragraphs("text")
    return Section("sensitivity", "Sensitivity to many signals", text, tuple(tables))


def _describe(name: str, kind: str, share: float, found: Summary) -> list[str]:
    return [
        name,
        kind,
        _write(share),
        str(found.signals),
        write_number(found.median),
        write_number(found.least),
        found.weakest,
        NONE if found.ratio is None else f"{found.better} of {found.signals}",
        NONE if found.ratio is None else write_number(found.ratio),
        NONE if found.to_told is None else write_number(found.to_told),
    ]


def _tabulate_signals(scans: Scans, share: float, signals: Sequence[str], note: str) -> Table:
    rows = []
    for signal in signals:
        row = [signal]
        for by_signal in scans.values():
            roc = by_signal[signal]["roc"]
            entries = roc["efficiencies"] if roc is not None else ()
            cells = [
                write_interval(entry["efficiency"], entry["low"], entry["high"])
                for entry in entries
                if entry["background_efficiency"] == share
            ]
            row += cells or [NONE]
        rows.append(row)
    return Table(("Signal", *scans), rows, words=1, note=note)


def _write(share: float) -> str:
    return f"{write_setting(100 * share)} %"
