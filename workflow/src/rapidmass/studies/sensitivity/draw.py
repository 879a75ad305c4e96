"""Tabulate what scores find of all signals of one selection."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.formatting import Table, write_interval, write_number, write_setting
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section
from rapidmass.studies.sensitivity.figures import draw_efficiencies, draw_shapes
from rapidmass.studies.sensitivity.following import tabulate_following
from rapidmass.studies.sensitivity.judgements import tabulate_beyond, tabulate_judgements
from rapidmass.studies.sensitivity.summary import (
    SHARES,
    Scans,
    Summary,
    collect_efficiencies,
    summarise,
    summarise_seeds,
)

NONE = "–"
CEILING = "trained on the signal"
COLUMNS = (
    "Score", "Kind", "Background left", "Signals", "Median efficiency", "Least efficiency",
    "Weakest signal", "Better than all baselines", "Ratio to the best baseline",
    "Ratio to the best trained on it",
)  # fmt: skip


def draw_section(
    folder: Path,
    settings: Mapping[str, Any],
    inputs: Mapping[str, Sequence[Path]],
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    frame = Frame.parse(settings["frame"])
    paths = iter(inputs["scans"])
    kinds = dict(settings["kinds"])
    scans = {name: {signal: read_json(next(paths)) for signal in frame.signals} for name in kinds}
    baselines = [name for name, kind in kinds.items() if kind == "baseline"]
    told = dict(settings["told"])
    grown = read_json(inputs["ceilings"][0]) if inputs["ceilings"] else None
    if grown is not None:
        scans[CEILING] = grown["ceilings"]
        kinds[CEILING] = "trained on signals"
        told[CEILING] = list(frame.signals)
    efficiencies = {share: collect_efficiencies(scans, share) for share in SHARES}
    found = {share: summarise(efficiencies[share], baselines, told) for share in SHARES}
    rows = [
        _describe(name, kinds[name], share, found[share][name])
        for name in kinds
        for share in SHARES
        if name in found[share]
    ]
    prose = Prose("sensitivity")
    judged = read_json(inputs["scores"][0])["scores"]
    tables = [Table(COLUMNS, rows, words=2, note=prose.write("note"))]
    if grown is not None:
        tables.append(_tabulate_seeds(grown["seeds"], prose))
    followed = dict(settings["followed"])
    if followed:
        pairs = [efficiencies[share] for share in SHARES]
        tables.append(tabulate_following(judged, followed, pairs, prose.write("following")))
    tables += [
        tabulate_judgements(judged, efficiencies[SHARES[0]], prose.write("judgements")),
        tabulate_beyond(judged, prose.write("beyond")),
    ]
    tables += [
        _tabulate_signals(scans, share, frame.signals, prose.write("by_signal", _write(share)))
        for share in SHARES
    ]
    figures = _draw(folder, frame, efficiencies[SHARES[0]], judged, prose)
    text = prose.list_paragraphs("text")
    return Section("sensitivity", "Sensitivity to many signals", text, tuple(tables), figures)


def _draw(
    folder: Path,
    frame: Frame,
    efficiencies: Mapping[str, Mapping[str, float]],
    judged: Mapping[str, Any],
    prose: Prose,
) -> tuple[Figure, ...]:
    shown = [name for name in judged if len(judged) <= 10 or judged[name]["tilts"]["number"]]
    outputs = [folder / "sensitivity_signals", folder / "sensitivity_shapes"]
    draw_efficiencies(frame, efficiencies, outputs[0])
    draw_shapes(frame, {name: judged[name]["shapes"] for name in shown}, outputs[1])
    labels = "Efficiency for each signal", "Shapes behind cuts on each score"
    captions = prose.write("efficiencies"), prose.write("shapes")
    return tuple(
        Figure(output.with_suffix(".png"), label, caption)
        for output, label, caption in zip(outputs, labels, captions, strict=True)
    )


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


def _tabulate_seeds(seeds: Mapping[str, Any], prose: Prose) -> Table:
    rows = []
    for place, share in enumerate(SHARES):
        spread = summarise_seeds(seeds["efficiencies"], place)
        if spread is not None:
            values = (*spread.medians, *spread.least)
            rows.append([_write(share), str(spread.seeds), *map(write_number, values)])
    overlap = f"{100 * seeds['overlap']:.0f} %"
    columns = (
        "Background left", "Seeds", "Lowest median", "Mean", "Highest", "Lowest least", "Mean",
        "Highest",
    )  # fmt: skip
    return Table(columns, rows, words=1, note=prose.write("seeds", overlap))


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
