"""Words and tables on matrices: single events, differences, and what makes events anomalous."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rapidmass.plotting.style import Frame
from rapidmass.report.formatting import Table, write_count, write_number, write_share
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

DIFFERENCES = (
    "Each map shows the mean matrix of one channel or signal divided by the mean matrix of the "
    "whole background, cell by cell: red cells are larger or more often filled than in the "
    "background, blue ones smaller or less often. Means are over all events, and a cell that an "
    "event does not have counts as 0, so both the number of objects and their kinematics show. "
    "Grey: no event of either has the cell. A dot marks a cell whose difference is below two "
    "standard deviations of the simulated samples, or has no uncertainty: it may be a fluctuation."
)
EVENTS = (
    "Single simulated events of the test set and of the signals: one of median score, and those "
    "that the network finds most anomalous. Data are not looked at one by one. Left, the matrix, "
    "grey where the event has no such object. Right, where the network gives back its inputs, what "
    "each cell adds to the error that the score is made of; grey are cells that the network does "
    "not see or that its error leaves out."
)
ERRORS = (
    "The score of a network that gives back its inputs comes from the sum, or the mean, of the "
    "errors of its cells, after scaling. Their weighted means, cell by cell, say why "
    "events are anomalous: where a group of events has larger mean errors than the background, the "
    "network fails to describe it. Left, the mean error over all events; right, its ratio to that "
    "of the background, with dots as above. The tables list the cells that add most to the "
    "excess, the sum over all cells of mean error minus mean error of the background. Shares can "
    "exceed 100 % in sum, as other cells have smaller errors than in the background. The column "
    "of events that have the cell tells two causes apart: an error that is larger because "
    "the objects are there more often, and one that is larger where they are. The score is a "
    "logarithm, so single events of large error count more in these means than in its median."
)
ALTERED = (
    "Altered events are events of the test set, changed on purpose before their matrices were "
    "built."
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
    parts = [
        Section(
            "matrix-differences",
            "Channels and signals relative to the background",
            text=(DIFFERENCES,),
            figures=tuple(_list_differences(folder, differences)),
            small=True,
        )
    ]
    for network in displays:
        parts.append(_describe_events(folder, frame, network, displays[network]))
        parts.append(_describe_errors(folder, network, explanations[network], cells))
    return Section(
        "matrix-displays", "Matrices: events, differences, errors", sections=tuple(parts)
    )


def _list_differences(folder: Path, differences: Mapping[str, Any]) -> Iterator[Figure]:
    for name, group in differences["groups"].items():
        yield Figure(
            folder / f"{name_difference(name)}.png",
            f"{name} relative to the background",
            "Mean matrix over that of the whole background. Simulated events: "
            f"{write_count(group['events'])}.",
        )


def _describe_events(
    folder: Path, frame: Frame, network: str, content: Mapping[str, Any]
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
    text = [EVENTS]
    if absent:
        text.append(f"Without events: {', '.join(absent)}.")
    return Section(
        f"events-{network}", f"Single events, as {network} sees them", tuple(text),
        figures=tuple(figures),
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
    folder: Path, network: str, explanation: Mapping[str, Any], cells: int
) -> Section:
    anchor, title = f"errors-{network}", f"What makes events anomalous to {network}"
    groups = list(list_error_groups(explanation))
    if not groups:
        text = f"{network} does not give back its inputs: there are no errors of cells to compare."
        return Section(anchor, title, (text,))
    altered = [ALTERED] if explanation["altered"] else []
    return Section(
        anchor,
        title,
        text=(ERRORS, *altered),
        sections=tuple(
            _describe_group(folder, network, group, explanation, cells) for group in groups
        ),
    )


def _describe_group(
    folder: Path, network: str, group: ErrorGroup, explanation: Mapping[str, Any], cells: int
) -> Section:
    title = {"signals": "signal ", "altered": "alteration "}.get(group.kind, "") + group.name
    figure = Figure(
        folder / f"{name_errors(network, group)}.png",
        f"Mean errors of cells, {network}: {title}",
        f"Simulated events: {write_count(group.errors['events'])}. Colours of the mean error have "
        "the same scale in all figures of a network.",
    )
    anchor, title = f"errors-{network}-{group.kind}-{group.name}", f"{title[0].upper()}{title[1:]}"
    if group.kind == BACKGROUND:
        return Section(anchor, title, figures=(figure,))
    ranked = rank_cells(group.errors, explanation[BACKGROUND], cells)
    if not ranked:
        text = "In sum its errors are not larger than those of the background."
        return Section(anchor, title, (text,), figures=(figure,))
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
