"""All figures of one network in one selection."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from rapidmass.config.search.scan import Axis, ScanSettings
from rapidmass.plotting.losses import EPOCH, draw_losses
from rapidmass.plotting.names import (
    LOSSES,
    SCORES,
    SCORES_OF_DATA,
    has_cuts,
    name_significance,
    name_spectrum,
)
from rapidmass.plotting.scores import draw_data, draw_scores, read_data
from rapidmass.plotting.significance import draw_significance
from rapidmass.plotting.spectra import draw_spectrum
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.scores.blinding import read_thresholds
from rapidmass.scores.read import ScoredEvents, iterate_background, read_signal
from rapidmass.search.histograms import SCORE, fill_pieces
from rapidmass.search.shift_effects import describe_differences


@dataclass(frozen=True)
class ArchitectureProducts:
    """What the figures of a network are drawn from.

    Parameters
    ----------
    history
        JSON file of the training.
    background
        Scores of the test set.
    signals
        Scores by signal.
    normalisations
        JSON files of the samples' normalisations, by signal.
    scans
        JSON files of the scans, by signal.
    data
        Scores of data; may be none. They say themselves which events are blinded.
    shifted
        Scores of the test set in each systematic variation, by name.
    sources
        What is uncertain, by variation.
    """

    history: Path
    background: Path
    signals: Mapping[str, Path]
    normalisations: Mapping[str, Path]
    scans: Mapping[str, Path]
    data: Sequence[Path] = ()
    shifted: Mapping[str, Path] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)


def draw_architecture(
    folder: Path,
    frame: Frame,
    products: ArchitectureProducts,
    settings: ScanSettings,
    *,
    spectra: Sequence[str],
    scored_share: float,
    data_luminosity: float | None = None,
) -> None:
    """Draw every figure of a network: losses, scores, spectra behind cuts, significances.

    Parameters
    ----------
    folder
        Where to write what `rapidmass.plotting.names.list_architecture_figures` lists.
    frame
        What the figures have in common.
    products
        What to draw.
    settings
        Bins and cuts.
    spectra
        Variables whose distributions the scans kept.
    scored_share
        Share of the background that has scores.
    data_luminosity
        Luminosity of the data in pb^-1; needed if there are data.

    Raises
    ------
    ValueError
        If the scans do not share their cuts, files of data are not blinded by the same ones, or
        the luminosity of the data is missing.
    """
    if products.data and data_luminosity is None:
        raise ValueError(f"{frame.selection}: the luminosity of the data is not given")
    scans = {name: read_json(products.scans[name]) for name in frame.signals}
    thresholds = _get_thresholds(scans, products.scans)
    # scores alone: spectra are those of the scans
    read = partial(
        iterate_background, luminosity=frame.luminosity, scored_share=scored_share, variables=()
    )
    background = read(products.background)
    signals = {
        name: read_signal(
            products.signals[name],
            name,
            weight=read_json(products.normalisations[name])["weight"],
            luminosity=frame.luminosity,
            variables=(),
        )
        for name in frame.signals
    }
    history = read_json(products.history)
    draw_losses(frame, history["epochs"], folder / LOSSES, history.get("step", EPOCH))
    uncut = next(iter(scans.values()), {}).get("score")
    varied = uncut and uncut["systematics"]["background"]
    draw_scores(frame, settings.score, background, signals, thresholds, folder / SCORES, varied)
    if products.data and data_luminosity is not None and has_cuts(settings.score_quantiles):
        hidden = _get_blinding(products.data)
        show = partial(read, below=hidden)
        draw_data(
            frame,
            settings.score,
            show(products.background),
            read_data(products.data, hidden.get("score")),
            threshold=hidden.get("score"),
            luminosity=data_luminosity,
            output=folder / SCORES_OF_DATA,
            systematics=_compare_shifts(products, settings.score, show),
        )
    if scans:
        _draw_scans(folder, frame, scans, {name: settings.get_axis(name) for name in spectra})


def _compare_shifts(
    products: ArchitectureProducts, axis: Axis, show: Callable[[Path], Iterable[ScoredEvents]]
) -> dict[str, Any] | None:
    """Compare the simulation that is shown beside data with its systematic variations."""
    if not products.shifted:
        return None
    nominal = np.array(fill_pieces(axis, SCORE, show(products.background))["values"])
    differences = {
        name: np.array(fill_pieces(axis, SCORE, show(path))["values"]) - nominal
        for name, path in products.shifted.items()
    }
    return describe_differences(differences, products.sources)


def _draw_scans(
    folder: Path,
    frame: Frame,
    scans: Mapping[str, Mapping[str, Any]],
    spectra: Mapping[str, Axis],
) -> None:
    quantiles = [cut["quantile"] for cut in next(iter(scans.values()))["cuts"]]
    for variable, axis in spectra.items():
        for k, quantile in enumerate(quantiles):
            cuts = {name: scan["cuts"][k] for name, scan in scans.items()}
            draw_spectrum(frame, variable, cuts, folder / name_spectrum(variable, quantile), axis)
    for name, scan in scans.items():
        draw_significance(frame, name, scan, folder / name_significance(name))


def _get_blinding(paths: Sequence[Path]) -> dict[str, float]:
    """Get the scores above which events are missing from the data: nothing once unblinded."""
    found = [read_thresholds(path) for path in paths]
    if any(hidden != found[0] for hidden in found):
        names = ", ".join(map(str, paths))
        raise ValueError(f"{names} are not blinded by the same cuts; score them anew")
    return found[0]


def _get_thresholds(
    scans: Mapping[str, Mapping[str, Any]], paths: Mapping[str, Path]
) -> dict[float, float]:
    """Get the thresholds by quantile: the same in every scan, as they come from background."""
    found = [{cut["quantile"]: cut["threshold"] for cut in scan["cuts"]} for scan in scans.values()]
    if any(cuts != found[0] for cuts in found):
        names = ", ".join(str(paths[name]) for name in scans)
        raise ValueError(f"the scans {names} have different cuts on the score; make them anew")
    first = found[0] if found else {}
    return {quantile: cut for quantile, cut in first.items() if cut is not None}
