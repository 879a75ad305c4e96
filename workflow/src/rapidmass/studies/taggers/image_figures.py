"""Images of jets as taggers see them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.colors import LogNorm, Normalize, SymLogNorm
from matplotlib.figure import Figure

from rapidmass.plotting.pixels import PANEL, draw_pixels, make_panels
from rapidmass.plotting.style import Frame, write_figure

_DECADES: Final = 4.0  # from the faintest colour to the strongest
_SMALL: Final = 2.4  # inches, of one jet among many
_UNITS: Final = {
    "pt": "Transverse momentum [GeV]",
    "fraction": "Share of the transverse momentum",
    "root": "Root of the share of the transverse momentum",
    "log": r"log(1 + $p_T$ / GeV)",
}


def draw_means(
    frame: Frame, measured: Mapping[str, Any], pair: tuple[str, str], output: Path
) -> None:
    """Draw the mean image of a signal and of a channel, and their difference.

    Parameters
    ----------
    frame
        What figures have in common, with the network.
    measured
        From `rapidmass.studies.taggers.images.measure_tagger_images`.
    pair
        Names of the signal and of the channel.
    output
        Where to write, without suffix.
    """
    signal, channel = (np.asarray(measured["classes"][name]["mean"]) for name in pair)
    difference = signal - channel
    numbers = {**frame.describe(), **dict(zip(pair, (signal, channel), strict=True))}
    top = float(max(signal.max(), channel.max())) or 1.0
    largest = float(np.abs(difference).max()) or 1.0
    means = LogNorm(top / 10**_DECADES, top)
    signed = SymLogNorm(largest / 100, linscale=0.5, vmin=-largest, vmax=largest)
    rows = len(measured["channels"])
    with write_figure(output, numbers, (PANEL * 3 + 3.0, PANEL * rows + 0.8)) as figure:
        grid = make_panels(figure, rows, 3)
        labels = [frame.get_label(name) for name in pair]
        titles = (*labels, f"{labels[0]} - {labels[1]}")
        for k, name in enumerate(measured["channels"]):
            for axes, image, title in zip(grid[k], (signal, channel, difference), titles,
                                          strict=True):  # fmt: skip
                own, cmap = (signed, "RdBu_r") if image is difference else (means, "viridis_r")
                lit = image[k] if image is difference else _hide_dark(image[k], means)
                drawn = draw_pixels(axes, lit, measured["width"], own, cmap=cmap)
                axes.set_title(f"{title}, {name}", fontsize=11)
                if image is channel:
                    shown = drawn
        unit = _UNITS[measured["intensity"]]
        _add_bar(figure, grid[:, :2], shown, unit)
        powers = 10.0 ** np.arange(np.ceil(np.log10(signed.linthresh)), np.log10(largest))
        ticks = [*-powers[::-1], 0.0, *powers]
        _add_bar(figure, grid[:, 2:], drawn, "Difference", ticks=ticks)


def draw_filters(frame: Frame, measured: Mapping[str, Any], output: Path) -> None:
    """Draw the filters of the first convolution.

    Parameters
    ----------
    frame
        What figures have in common, with the network.
    measured
        As for `draw_means`, with filters.
    output
        Where to write, without suffix.
    """
    filters = np.asarray(measured["filters"])
    number, channels = filters.shape[:2]
    largest = float(np.abs(filters).max()) or 1.0
    norm = Normalize(-largest, largest)
    numbers = {**frame.describe(), "filters": filters}
    with write_figure(output, numbers, (0.8 * number + 2.0, 0.9 * channels + 0.6)) as figure:
        grid = figure.subplots(channels, number, squeeze=False)
        for k, name in enumerate(measured["channels"]):
            for axes, picture in zip(grid[k], filters[:, k], strict=True):
                drawn = axes.imshow(picture, origin="lower", norm=norm, cmap="RdBu_r")
                axes.set(xticks=[], yticks=[])
                axes.tick_params(which="both", length=0)
            grid[k][0].set_ylabel(name, fontsize=11)
        _add_bar(figure, grid, drawn, "Weight")


def draw_extremes(frame: Frame, measured: Mapping[str, Any], output: Path) -> None:
    """Draw the jets of the largest and of the smallest scores of each class.

    Parameters
    ----------
    frame
        What figures have in common, with the network.
    measured
        As for `draw_means`.
    output
        Where to write, without suffix.
    """
    rows = [
        (name, kind, one[kind])
        for name, one in measured["classes"].items()
        for kind in ("largest", "smallest")
        if one[kind]
    ]
    # the channels of an image are shown together
    images = [[np.sum(jet["image"], axis=0) for jet in jets] for _, _, jets in rows]
    top = max(float(image.max()) for row in images for image in row) or 1.0
    norm = LogNorm(top / 10**_DECADES, top)
    columns = max(len(row) for row in images)
    numbers = {**frame.describe(), "jets": [[*row[:2], row[2]] for row in rows]}
    with write_figure(output, numbers, (_SMALL * columns + 2.5, _SMALL * len(rows) + 1)) as figure:
        grid = make_panels(figure, len(rows), columns)
        for places, (name, kind, jets), pictures in zip(grid, rows, images, strict=True):
            for axes in places[len(jets) :]:
                axes.set_axis_off()
            for axes, jet, image in zip(places, jets, pictures, strict=False):
                lit = _hide_dark(image, norm)
                drawn = draw_pixels(axes, lit, measured["width"], norm)
                title = f"{frame.get_label(name)}, {kind}: {jet['score']:.2f}"
                axes.set_title(title.replace("-", "−"), fontsize=9)
        _add_bar(figure, grid, drawn, _UNITS[measured["intensity"]])


def _hide_dark(image: Any, norm: Normalize) -> Any:  # noqa: ANN401
    return np.where(image > norm.vmin, image, np.nan)


def _add_bar(
    figure: Figure,
    grid: Any,  # noqa: ANN401
    drawn: Any,  # noqa: ANN401
    label: str,
    ticks: Sequence[float] | None = None,
) -> None:
    figure.colorbar(drawn, ax=np.ravel(grid).tolist(), label=label, ticks=ticks)
