"""Templates, limits and contributions to the uncertainty of fits as figures."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import mplhep
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from rapidmass.plotting.labels import add_corner, add_legend
from rapidmass.plotting.stacks import draw_signals, draw_stack, set_log_scale
from rapidmass.plotting.style import CHANNEL_COLOURS, Frame, leave_headroom, write_figure

BANDS = (("-2", "2", "#f5bb54"), ("-1", "1", "#607641"))
FEMTOBARN = 1000.0
HEIGHT = 0.3
MOST_PARAMETERS = 12


def draw_limits(
    frame: Frame, signal: str, fits: Mapping[str, Mapping[str, Any]], output: Path
) -> None:
    """Draw the upper limits on a signal by each score, with their bands.

    Parameters
    ----------
    frame
        What figures have in common.
    signal
        Name of the signal.
    fits
        By score, from `rapidmass.search.fit.fit_signal`.
    output
        Where to write, without suffix.
    """
    theory = next(iter(fits.values()))["cross_section"] * FEMTOBARN
    bands = {name: _scale(found["limits"]) for name, found in fits.items()}
    seen = {name: _scale((found["observed"] or {}).get("limits")) for name, found in fits.items()}
    numbers = {
        **frame.describe(),
        "signal": signal,
        "cross_section_fb": theory,
        "limits_fb": bands,
        "observed_fb": seen,
    }
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes((0.2, 0.12, 0.52, 0.84))
        drawn = [theory]
        for row, name in enumerate(bands):
            drawn += _draw_row(axes, row, bands[name], seen[name].get("observed"))
        axes.axvline(theory, color="#bd1f01", linewidth=2, ymax=0.74)
        axes.set_xscale("log")
        axes.set_xlim(min(drawn) / 1.6, max(drawn) * 1.6)
        leave_headroom(axes, -0.6, len(bands) - 0.4, 0.38)
        axes.set_yticks(range(len(bands)), list(bands), fontsize=11)
        axes.tick_params(axis="y", which="minor", left=False, right=False)
        axes.set_xlabel("Upper limit on cross section x branching fraction [fb]")
        add_corner(axes, frame, frame.get_label(signal))
        _add_legend(axes, seen=any(seen.values()))


def _scale(limits: Mapping[str, float | None] | None) -> dict[str, float]:
    """Scale limits to fb; those that pseudo-experiments do not give are left out."""
    return {n: FEMTOBARN * limit for n, limit in (limits or {}).items() if limit is not None}


def _draw_row(axes: Axes, row: int, limits: Mapping[str, float], seen: float | None) -> list[float]:
    if "0" not in limits:
        where = axes.get_yaxis_transform()
        axes.text(0.03, row, "undefined", transform=where, va="center", fontsize=11)
        return []
    for low, high, colour in BANDS:
        if low in limits and high in limits:
            axes.barh(row, limits[high] - limits[low], 2 * HEIGHT, limits[low], color=colour)
    axes.vlines(limits["0"], row - HEIGHT, row + HEIGHT, color="black", linestyle="--")
    if seen is not None:
        axes.plot([seen], [row], "o", color="black", markersize=6)
    return [*limits.values(), *([] if seen is None else [seen])]


def _add_legend(axes: Axes, *, seen: bool) -> None:
    handles = [
        Line2D([], [], color="black", linestyle="--"),
        *(Patch(color=colour) for _, _, colour in reversed(BANDS)),
        Line2D([], [], color="#bd1f01", linewidth=2),
    ]
    labels = ["expected, 95 % CLs", r"$\pm 1\,\sigma$", r"$\pm 2\,\sigma$", "predicted"]
    if seen:
        handles.append(Line2D([], [], color="black", marker="o", linestyle="none"))
        labels.append("observed")
    add_legend(axes, handles, labels)


def draw_masses(
    frame: Frame,
    series: tuple[str, Sequence[tuple[float, str]]],
    fits: Mapping[str, Mapping[str, Mapping[str, Any]]],
    shown: str,
    output: Path,
) -> None:
    """Draw the upper limits of a series of signals against their mass.

    Parameters
    ----------
    frame
        What figures have in common.
    series
        Its name, and masses and names of its signals, by rising mass.
    fits
        By signal and score.
    shown
        The score whose bands are drawn; of the others there are medians.
    output
        Where to write, without suffix.
    """
    name, points = series
    masses = [mass for mass, _ in points]
    own = [fits[signal] for _, signal in points]
    theory = [FEMTOBARN * next(iter(one.values()))["cross_section"] for one in own]
    limits = {scorer: [_scale(one[scorer]["limits"]) for one in own] for scorer in own[0]}
    numbers = {
        **frame.describe(), "series": name, "masses": masses, "cross_section_fb": theory,
        "shown": shown, "limits_fb": limits,
    }  # fmt: skip
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes((0.12, 0.12, 0.6, 0.84))
        axes.set_yscale("log")
        bands = {n: _list_band(limits[shown], n) for n in ("-2", "-1", "0", "1", "2")}
        for low, high, colour in BANDS:
            axes.fill_between(masses, bands[low], bands[high], color=colour, linewidth=0)
        handles = [axes.plot(masses, bands["0"], color="black", linestyle="--", marker=".")[0]]
        others = [scorer for scorer in limits if scorer != shown]
        for k, scorer in enumerate(others):
            look: dict[str, Any] = {"color": CHANNEL_COLOURS[k % 11], "linewidth": 1.2}
            handles += axes.plot(masses, _list_band(limits[scorer], "0"), linestyle=":", **look)
        handles += axes.plot(masses, theory, color="#bd1f01", linewidth=2)
        drawn = [*theory, *(v for one in limits.values() for each in one for v in each.values())]
        leave_headroom(axes, min(drawn) / 1.5, max(drawn) * 1.5)
        axes.set_xlabel("Mass [GeV]")
        axes.set_ylabel("Upper limit on cross section x branching fraction [fb]")
        add_corner(axes, frame, frame.get_label(name))
        patches = [Patch(color=colour) for *_, colour in BANDS[::-1]]
        words = [f"expected, {shown}", *others, "prediction", "68 %", "95 %"]
        add_legend(axes, [*handles, *patches], words)


def _list_band(limits: Sequence[Mapping[str, float]], band: str) -> list[float]:
    return [one.get(band, np.nan) for one in limits]


def draw_templates(frame: Frame, signal: str, found: Mapping[str, Any], output: Path) -> None:
    """Draw what is expected in the bins of a fit, and what was seen in them.

    Parameters
    ----------
    frame
        What figures have in common, with the score as its network.
    signal
        Name of the signal.
    found
        From `rapidmass.search.fit.fit_signal`, with bins.
    output
        Where to write, without suffix.
    """
    bins, observed = found["bins"], found["observed"]
    edges = np.arange(len(bins["background"]["values"]) + 1, dtype=np.float64) + 0.5
    numbers = {
        **frame.describe(),
        "signal": signal,
        "bins": bins,
        "fitted_background": observed and observed["fitted_background"],
    }
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes((0.12, 0.12, 0.6, 0.84))
        handles, labels = draw_stack(axes, frame, edges, bins["channels"])
        more = draw_signals(axes, frame, edges, {signal: bins["signal"]})
        handles, labels = handles + more[0], labels + more[1]
        if observed:
            fitted = observed["fitted_background"]
            axes.stairs(fitted, edges, color="#bd1f01", linestyle="--", baseline=None)
            mplhep.histplot(
                np.array(bins["observed"]), edges, ax=axes, histtype="errorbar", color="black",
                yerr=np.sqrt(bins["observed"]), flow="none",
            )  # fmt: skip
            handles += [
                Line2D([], [], color="#bd1f01", linestyle="--"),
                Line2D([], [], color="black", marker="o", linestyle="none"),
            ]
            labels += ["background after the fit", frame.plots.data_label]
        drawn = [bins["background"]["values"], bins["signal"]["values"], bins["observed"] or []]
        set_log_scale(axes, drawn, 0.36)
        for end in _find_ends(bins):
            axes.axvline(end + 0.5, color="#606060", linewidth=1, linestyle=":", ymax=0.66)
        axes.set_xlim(edges[0], edges[-1])
        axes.set_xlabel("Number of the bin")
        axes.set_ylabel("Events / bin")
        status = frame.plots.data_status if observed else None
        add_corner(axes, frame, status=status)
        add_legend(axes, handles, labels)


def _find_ends(bins: Mapping[str, Any]) -> list[int]:
    """Find after which bins another row of the grid, or another region, begins."""
    cells = bins["cells"]
    rows = [min((cell[0] for cell in own), default=-1) for own in cells]
    ends = np.cumsum([region["bins"] for region in bins["regions"].values()])[:-1].tolist()
    if len(bins["axes"]) > 1:
        ends += [k for k in range(1, len(rows)) if rows[k] != rows[k - 1]]
    return sorted(set(ends))


def draw_ranking(frame: Frame, signal: str, found: Mapping[str, Any], output: Path) -> None:
    """Draw what contributes to the uncertainty of the signal strength, and pulls of data.

    Parameters
    ----------
    frame
        What figures have in common, with the score as its network.
    signal
        Name of the signal.
    found
        From `rapidmass.search.fit.fit_signal`, with a ranking.
    output
        Where to write, without suffix.
    """
    ranking = found["ranking"]
    shown = ranking["parameters"][:MOST_PARAMETERS][::-1]
    pulls = (found["observed"] or {}).get("pulls", {})
    numbers = {**frame.describe(), "signal": signal, **ranking, "pulls": pulls}
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes((0.3, 0.12, 0.6, 0.84))
        impacts = [one["impact"] / ranking["strength_uncertainty"] for one in shown]
        rows = np.arange(len(shown))
        axes.barh(rows, impacts, 0.6, color="#3f90da", alpha=0.6)
        for row, one in zip(rows, shown, strict=True):
            if one["constraint"] is None:
                continue
            pull = pulls.get(one["name"], {"value": 0.0, "free": False})
            centre = pull["value"] - (1.0 if pull["free"] else 0.0)
            axes.errorbar(
                [centre], [row], xerr=one["constraint"], color="black", fmt="o", markersize=5
            )
        axes.axvline(0, color="black", linewidth=1)
        leave_headroom(axes, -0.6, len(shown) - 0.4, 0.4)
        axes.set_xlim(-1.6, 1.6)
        names = [one["name"].replace("_", " ") for one in shown]
        axes.set_yticks(rows, names, fontsize=11)
        axes.tick_params(axis="y", which="minor", left=False, right=False)
        axes.set_xlabel(r"Pull, and impact / uncertainty of the signal strength")
        add_corner(axes, frame, frame.get_label(signal))
