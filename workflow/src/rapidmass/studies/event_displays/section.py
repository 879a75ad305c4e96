"""Words and tables on matrices: single events, differences, and what makes events anomalous."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rapidmass.plotting.style import Frame
from rapidmass.report.formatting import Table, write_number, write_share
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section
from rapidmass.representations.rmm.layout import Layout
from rapidmass.studies.event_displays.cell_errors import rank_cells
from rapidmass.studies.event_displays.gallery import (
    BACKGROUND,
    ErrorGroup,
    list_error_groups,
    name_difference,
    name_errors,
    name_event,
)

KINDS = {
    "met": "missing transverse momentum",
    "mT": "transverse mass with MET",
    "hL": "rapidity",
    "eT": "transverse energy",
    "deT": "imbalance with the object before",
    "m": "mass of the pair",
    "h": "rapidity difference",
}
# where conventions differ in more than the unit
MEANINGS = {"reference": KINDS, "thesis": {**KINDS, "mT": "transverse energy"}}


def describe_displays(
    folder: Path,
    frame: Frame,
    differences: Mapping[str, Any],
    displays: Mapping[str, Mapping[str, Any]],
    explanations: Mapping[str, Mapping[str, Any]],
    *,
    cells: int,
) -> Section:
    """Describe what `rapidmass.studies.event_displays.gallery.draw_gallery` draws.

    Parameters
    ----------
    folder, frame, differences, displays, explanations
        As given to `draw_gallery`.
    cells
        How many cells a table lists.

    Returns
    -------
    Section
        Of the report.
    """
    prose = Prose("event_displays")
    parts = [
        Section(
            "matrix-differences",
            "Channels and signals relative to the background",
            text=prose.list_paragraphs("differences"),
            figures=tuple(_list_differences(folder, differences, prose)),
            small=True,
        )
    ]
    for network in displays:
        parts.append(_describe_events(folder, frame, network, displays[network], prose))
        parts.append(_describe_errors(folder, network, explanations[network], cells, prose))
    return Section(
        "matrix-displays", "Matrices: events, differences, errors", sections=tuple(parts)
    )


def _list_differences(
    folder: Path, differences: Mapping[str, Any], prose: Prose
) -> Iterator[Figure]:
    for name, group in differences["groups"].items():
        yield Figure(
            folder / f"{name_difference(name)}.png",
            f"{name} relative to the background",
            prose.write("difference", group["events"]),
        )


def _describe_events(
    folder: Path, frame: Frame, network: str, content: Mapping[str, Any], prose: Prose
) -> Section:
    figures = [
        Figure(
            folder / f"{name_event(network, event)}.png",
            _title_event(event),
            _describe_event(event),
        )
        for event in content["events"]
    ]
    absent = [
        name
        for name in (BACKGROUND, *frame.signals)
        if all(event["group"] != name for event in content["events"])
    ]
    return Section(
        f"events-{network}", f"Single events, as {network} sees them",
        prose.list_paragraphs("events", absent), figures=tuple(figures),
    )  # fmt: skip


def _title_event(event: Mapping[str, Any]) -> str:
    name = event["group"]
    if event["kind"] == "typical":
        return f"An event of median score, {name}"
    return f"Most anomalous event number {event['rank'] + 1}, {name}"


def _describe_event(event: Mapping[str, Any]) -> str:
    names = {"met": "MET", "ht": "scalar sum of pT", "m_ll": "m_ll", "m_lll": "m_lll"}
    numbers = [
        f"{label} {write_number(event[name])} GeV"
        for name, label in names.items()
        if event.get(name) is not None
    ]
    channel = f"channel {event['channel']}, " if event["channel"] else ""
    return (
        f"Simulated event {event['key']:016x}, {channel}score {write_number(event['score'])}, "
        f"{', '.join(numbers)}."
    )


def _describe_errors(
    folder: Path, network: str, explanation: Mapping[str, Any], cells: int, prose: Prose
) -> Section:
    anchor, title = f"errors-{network}", f"What makes events anomalous to {network}"
    groups = list(list_error_groups(explanation))
    if not groups:
        return Section(anchor, title, prose.list_paragraphs("no_errors", network))
    return Section(
        anchor,
        title,
        text=prose.list_paragraphs("errors", bool(explanation["altered"])),
        sections=tuple(
            _describe_group(folder, network, group, explanation, cells, prose) for group in groups
        ),
    )


def _describe_group(
    folder: Path,
    network: str,
    group: ErrorGroup,
    explanation: Mapping[str, Any],
    cells: int,
    prose: Prose,
) -> Section:
    title = {"signals": "signal ", "altered": "alteration "}.get(group.kind, "") + group.name
    figure = Figure(
        folder / f"{name_errors(network, group)}.png",
        f"Mean errors of cells, {network}: {title}",
        prose.write("group", group.errors["events"]),
    )
    anchor, title = f"errors-{network}-{group.kind}-{group.name}", f"{title[0].upper()}{title[1:]}"
    if group.kind == BACKGROUND:
        return Section(anchor, title, figures=(figure,))
    ranked = rank_cells(group.errors, explanation[BACKGROUND], cells)
    if not ranked:
        return Section(anchor, title, prose.list_paragraphs("no_excess"), figures=(figure,))
    table = _tabulate_cells(group.errors, explanation, ranked)
    return Section(anchor, title, tables=(table,), figures=(figure,))


def _tabulate_cells(
    group: Mapping[str, Any],
    explanation: Mapping[str, Any],
    ranked: list[tuple[int, float]],
) -> Table:
    layout = Layout(**explanation["layout"])
    names, meanings = layout.cell_names, MEANINGS[layout.convention]
    background = explanation[BACKGROUND]
    rows = []
    for place, share in ranked:
        name = names[explanation["cells"][place]]
        mean, usual = group["mean"][place], background["mean"][place]
        rows.append(
            (
                name,
                meanings[name.split("_")[0]],
                write_share(share),
                write_number(mean),
                write_number(usual),
                write_number(mean / usual) if usual > 0 else "–",
                write_share(group["present"][place]),
                write_share(background["present"][place]),
            )
        )
    columns = (
        "Cell", "What it is", "Share of the excess", "Mean error", "Of the background", "Ratio",
        "Events that have it", "Of the background",
    )  # fmt: skip
    return Table(columns, rows, words=2)
