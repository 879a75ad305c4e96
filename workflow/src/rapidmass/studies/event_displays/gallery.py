"""All figures of the study of matrices: single events, differences, errors of cells."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from rapidmass.plotting.style import Frame
from rapidmass.representations.rmm.layout import Layout
from rapidmass.studies.event_displays.error_figures import draw_errors
from rapidmass.studies.event_displays.figures import draw_difference, draw_event, read_cells

BACKGROUND = "background"


class ErrorGroup(NamedTuple):
    """A group of events whose errors are drawn.

    Parameters
    ----------
    kind
        `background`, `signals` or `altered`.
    name
        Signal or alteration; `background`.
    errors
        What `rapidmass.studies.event_displays.cell_errors.explain_losses` says of it.
    """

    kind: str
    name: str
    errors: Mapping[str, Any]


def list_error_groups(explanation: Mapping[str, Any]) -> Iterator[ErrorGroup]:
    """List the groups of a network.

    Parameters
    ----------
    explanation
        What `rapidmass.studies.event_displays.cell_errors.explain_losses` gives.

    Yields
    ------
    ErrorGroup
        Background first; nothing for a network that does not reconstruct its inputs.
    """
    if explanation["cells"] is not None:
        yield ErrorGroup(BACKGROUND, BACKGROUND, explanation[BACKGROUND])
        for kind in ("signals", "altered"):
            for name, errors in explanation[kind].items():
                yield ErrorGroup(kind, name, errors)


def name_difference(group: str) -> str:
    """Name the figure of the difference of a channel or signal from the background."""
    return f"difference_{group}"


def name_event(network: str, event: Mapping[str, Any]) -> str:
    """Name the figure of a single event."""
    return f"event_{network}_{event['group']}_{event['kind']}{event['rank']}"


def name_errors(network: str, group: ErrorGroup) -> str:
    """Name the figure of the errors of a group."""
    return f"errors_{network}_{group.kind}_{group.name}"


def draw_gallery(
    folder: Path,
    frame: Frame,
    differences: Mapping[str, Any],
    displays: Mapping[str, Mapping[str, Any]],
    explanations: Mapping[str, Mapping[str, Any]],
) -> None:
    """Draw all figures of the study of matrices in a selection.

    Parameters
    ----------
    folder
        Where to write.
    frame
        What figures have in common.
    differences
        What `rapidmass.search.mean_matrices.compare_matrices` gave.
    displays
        By network, what `rapidmass.studies.event_displays.select.collect_displays` gave.
    explanations
        By network, what `rapidmass.studies.event_displays.cell_errors.explain_losses` gave.
    """
    layout, background = Layout(**differences["layout"]), read_cells(differences[BACKGROUND])
    for name, group in differences["groups"].items():
        output = folder / name_difference(name)
        draw_difference(frame, name, group, background, layout, output)
    for network, content in displays.items():
        layout, own = Layout(**content["layout"]), replace(frame, architecture=network)
        for event in content["events"]:
            draw_event(own, event, layout, content["cells"], folder / name_event(network, event))
    for network, explanation in explanations.items():
        own = replace(frame, architecture=network)
        for errors in list_error_groups(explanation):
            label = label_group(frame, errors)
            output = folder / name_errors(network, errors)
            draw_errors(own, label, errors.errors, explanation, output)


def label_group(frame: Frame, group: ErrorGroup) -> str:
    """Get what a figure calls a group of events."""
    if group.kind == BACKGROUND:
        return "all background"
    if group.kind == "altered":
        return f"altered: {group.name.replace('_', ' ')}"
    return frame.get_label(group.name)
