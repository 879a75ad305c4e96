"""Significances behind cuts by hand beside the best of scores."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rapidmass.plotting.labels import add_corner, add_legend
from rapidmass.plotting.style import Frame, write_figure

ROW = 0.3  # inches of a signal
MARGIN = 3.0
LEAST = 1e-4  # of the axis


def draw_significances(
    frame: Frame, found: Mapping[str, Any], best: Mapping[str, Mapping[str, Any]], output: Path
) -> None:
    """Draw the significance of each signal behind the cuts, and the best that a score reaches.

    Parameters
    ----------
    frame
        What figures have in common.
    found
        From `rapidmass.studies.cut_and_count.measure.count_behind_cuts`.
    best
        By signal `value`, `uncertainty` and `by`; may lack some.
    output
        Where to write, without suffix.
    """
    signals = list(found["combined"])
    counted = {name: found["combined"][name]["profiled"] for name in signals}
    numbers = {**frame.describe(), "counted": counted, "best": best}
    height = ROW * len(signals) + MARGIN
    with write_figure(output, numbers, (10.5, height)) as figure:
        axes = figure.add_axes((0.2, 0.9 / height, 0.5, 1 - 1.2 / height))
        rows = {name: -k for k, name in enumerate(signals)}
        known = {name: z for name, z in counted.items() if z is not None and z > LEAST}
        hand = axes.plot(
            list(known.values()), [rows[name] for name in known], "s", color="#94a4a2"
        )[0]
        reached = {n: one for n, one in best.items() if one["value"] > LEAST}
        score = axes.errorbar(
            [one["value"] for one in reached.values()],
            [rows[name] for name in reached],
            xerr=[one["uncertainty"] or 0.0 for one in reached.values()],
            fmt="o", color="#bd1f01", capsize=2,
        )  # fmt: skip
        axes.set_xscale("log")
        axes.set_ylim(-len(signals) + 0.5, 0.5 + (MARGIN - 1.2) / ROW * 0.8)
        axes.set_yticks([*rows.values()], [frame.get_label(name) for name in rows], fontsize=11)
        axes.tick_params(axis="y", which="minor", left=False, right=False)
        axes.set_xlabel(r"Expected significance $Z$")
        add_corner(axes, frame)
        add_legend(axes, [hand, score], ["cuts by hand", "best fitted score"])
