"""Counting behind cuts by hand in words and tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rapidmass.config.studies.cut_and_count import CutAndCount
from rapidmass.report.formatting import Table, write_measurement, write_number
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section

BACKGROUND = ("Cut", "Category", "Background", "Effective events")
SIGNALS = (
    "Signal", "Category", "Before the cuts", "Behind them", "Z without systematic uncertainty", "Z",
    "Best Z of a score", "By",
)  # fmt: skip

Found = Mapping[str, Any]


def describe_counts(
    figure: Path,
    found: Found,
    best: Mapping[str, Found],
    settings: CutAndCount,
    *,
    background_uncertainty: float,
    minimum_effective_events: float,
) -> Section:
    """Describe what is left behind the cuts.

    Parameters
    ----------
    figure
        From `rapidmass.studies.cut_and_count.figures.draw_significances`.
    found
        From `rapidmass.studies.cut_and_count.measure.count_behind_cuts`.
    best
        By signal the largest significance of a score, `value`, `uncertainty` and `by`; may lack
        some.
    settings
        Cuts and categories.
    background_uncertainty, minimum_effective_events
        As for the counts.

    Returns
    -------
    Section
        With a table of the background, one of signals, and a figure.
    """
    categories = found["categories"]
    prose = Prose(
        "cut_and_count",
        cuts=[cut.name for cut in settings.cuts or ()],
        categories=list(categories),
        several=len(categories) > 1,
        systematic=background_uncertainty,
        floor=minimum_effective_events,
    )
    rows = [
        [
            count["cut"] or "none",
            category,
            write_measurement(count["expected"], count["uncertainty"]),
            write_number(count["effective"]),
        ]
        for category, one in categories.items()
        for count in one["background"]
    ]
    signals = [row for name in found["combined"] for row in _write_signal(name, found, best)]
    return Section(
        "cut_and_count",
        "Cut and count",
        text=prose.list_paragraphs("text"),
        tables=(
            Table(BACKGROUND, rows, words=2, note=prose.write("background")),
            Table(SIGNALS, signals, words=2),
        ),
        figures=(
            Figure(
                figure, "Significances behind cuts by hand and of scores", prose.write("figure")
            ),
        ),
    )


def _write_signal(name: str, found: Found, best: Mapping[str, Found]) -> list[list[str]]:
    categories = {c: one["signals"][name] for c, one in found["categories"].items()}
    rows = [
        [
            name,
            category,
            write_number(one["before"]),
            write_number(one["expected"]),
            write_number(one["asimov"]),
            write_number(one["profiled"]),
            "",
            "",
        ]
        for category, one in categories.items()
    ]
    whole = found["combined"][name]
    sums = [sum(one[key] for one in categories.values()) for key in ("before", "expected")]
    reached = best.get(name, {"value": None, "uncertainty": None, "by": ""})
    combined = [
        *([name, "combined"] if len(rows) > 1 else rows.pop()[:2]),
        *map(write_number, [*sums, whole["asimov"], whole["profiled"]]),
        write_measurement(reached["value"], reached["uncertainty"]),
        reached["by"],
    ]
    return [*rows, combined]
