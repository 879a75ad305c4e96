"""Words on images of jets as taggers see them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rapidmass.plotting.style import Frame
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section


def list_pairs(measured: Mapping[str, Any]) -> list[tuple[str, str]]:
    """List the pairs of signal and channel of which there are jets."""
    kinds = {name: one["kind"] for name, one in measured["classes"].items()}
    return [
        (signal, channel)
        for signal, kind in kinds.items()
        if kind == "signal"
        for channel, other in kinds.items()
        if other == "background"
    ]


def describe_tagger_images(
    folder: Path, frame: Frame, name: str, measured: Mapping[str, Any], prose: Prose
) -> Section:
    """Describe what a tagger sees in images.

    Parameters
    ----------
    folder
        Where the figures are.
    frame
        What figures have in common.
    name
        Of the tagger.
    measured
        From `rapidmass.studies.taggers.images.measure_tagger_images`.
    prose
        Words of the study.

    Returns
    -------
    Section
        With mean images, filters, and jets.
    """
    return Section(
        f"tagger-images-{name}",
        f"What {frame.get_label(name)} looks at",
        text=prose.list_paragraphs("images"),
        figures=tuple(_list_figures(folder, name, measured, prose)),
        small=True,
    )


def _list_figures(
    folder: Path, name: str, measured: Mapping[str, Any], prose: Prose
) -> Iterator[Figure]:
    for number in range(len(list_pairs(measured))):
        yield Figure(folder / f"means_{name}_{number}.png", "Mean images", prose.write("means"))
    if measured["filters"]:
        path = folder / f"filters_{name}.png"
        yield Figure(path, "Filters of the first convolution", prose.write("filters"))
    if measured["classes"]:
        path = folder / f"extremes_{name}.png"
        yield Figure(path, "Jets of extreme scores", prose.write("extremes"))
