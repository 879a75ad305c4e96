"""Words and tables on taggers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rapidmass.plotting.style import Frame
from rapidmass.report.formatting import (
    Table,
    write_count,
    write_interval,
    write_measurement,
    write_setting,
)
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section
from rapidmass.studies.taggers.image_section import describe_tagger_images
from rapidmass.studies.taggers.labels import label_tagger, split_name


def name_figure(kind: str, pair: Mapping[str, Any], number: int) -> str:
    """Name a figure of a pair: channels may have signs that a path cannot have."""
    return f"{kind}_{pair['signal']}_{number}"


def describe_taggers(
    folder: Path,
    frame: Frame,
    measured: Mapping[str, Any],
    images: Mapping[str, Mapping[str, Any]],
) -> Section:
    """Describe what taggers reject.

    Parameters
    ----------
    folder
        Where the figures are.
    frame
        What figures have in common.
    measured
        From `rapidmass.studies.taggers.measure.measure_taggers`.
    images
        By tagger that sees images, what
        `rapidmass.studies.taggers.images.measure_tagger_images` gave.

    Returns
    -------
    Section
        A part for each pair of signal and channel, and for each tagger that sees images.
    """
    prose = Prose(
        "taggers",
        efficiency=measured["efficiency"],
        variable=measured["variable"],
        reference=frame.get_label(measured["reference"]),
        floor=measured["floor"],
    )
    return Section(
        "taggers",
        "Taggers",
        text=prose.list_paragraphs("text"),
        sections=(
            *(
                _describe_pair(folder, frame, measured, number, prose)
                for number in range(len(measured["pairs"]))
            ),
            *(
                describe_tagger_images(folder, frame, name, one, prose)
                for name, one in images.items()
            ),
        ),
    )


def _describe_pair(
    folder: Path, frame: Frame, measured: Mapping[str, Any], number: int, prose: Prose
) -> Section:
    pair = measured["pairs"][number]
    signal, channel = (frame.get_label(pair[key]) for key in ("signal", "channel"))
    repeated = any(one["seeds"] for one in pair["taggers"].values())
    rows = [
        (
            label_tagger(frame, name),
            write_measurement(*_read_auc(one)),
            *_write_bin(place),
            *(_write_seeds(one["seeds"], number) if repeated else ()),
        )
        for name, one in pair["taggers"].items()
        for number, place in enumerate(one["bins"])
    ]
    columns = (
        "Tagger", "Area under the curve", measured["variable"], "Jets of the signal",
        "Jets of the background", "Rejection", "Of the reference",
        *(("Area over seeds", "Rejection over seeds") if repeated else ()),
    )  # fmt: skip
    return Section(
        f"taggers-{pair['signal']}-{number}",
        f"{signal} against {channel}",
        tables=(Table(columns, rows, words=1, note=_write_note(pair, prose)),),
        figures=(
            Figure(
                folder / f"{name_figure('curves', pair, number)}.png",
                "Rejection against efficiency",
                prose.write("curves"),
            ),
            Figure(
                folder / f"{name_figure('bins', pair, number)}.png",
                f"Rejection by {measured['variable']}",
                prose.write("bins"),
            ),
        ),
        small=True,
    )


def _write_note(pair: Mapping[str, Any], prose: Prose) -> str:
    seeds = [one["seeds"] for one in pair["taggers"].values() if one["seeds"]]
    note = prose.write("note")
    across = any(split_name(name)[1] for name in pair["taggers"])
    more = (
        prose.write("seeds", seeds[0]["number"]) if seeds else "",
        prose.write("across") if across else "",
    )
    return " ".join((note, *filter(None, more)))


def _write_seeds(seeds: Mapping[str, Any] | None, number: int) -> list[str]:
    if seeds is None:
        return ["-", "-"]
    found = (seeds["auc"], seeds["bins"][number])
    return [write_measurement(one["mean"], one["spread"]) for one in found]


def _read_auc(one: Mapping[str, Any]) -> tuple[float | None, float | None]:
    found = one["auc"]
    return (None, None) if found is None else (found["value"], found["uncertainty"])


def _write_bin(place: Mapping[str, Any]) -> list[str]:
    ends = [place[key] for key in ("from", "to")]
    return [
        "all" if None in ends else " to ".join(write_setting(end) for end in ends),
        write_count(place["signal_jets"]),
        write_count(place["background_jets"]),
        write_interval(place["rejection"], place["low"], place["high"]),
        write_interval(place["ratio"], place["ratio_low"], place["ratio_high"]),
    ]
