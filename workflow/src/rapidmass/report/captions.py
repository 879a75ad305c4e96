"""Figures of the report, each with what it shows and how to read it."""

from collections.abc import Iterator
from pathlib import Path

from rapidmass.plotting.names import (
    LOSSES,
    SCORES,
    SCORES_OF_DATA,
    SIGNIFICANCES,
    has_cuts,
    list_quantiles,
    name_matrix,
    name_roc,
    name_significance,
    name_spectrum,
)
from rapidmass.report.products import NetworkProducts, RunProducts, SelectionProducts
from rapidmass.report.sections import Figure

VARIABLES = {
    "met": "Missing transverse momentum",
    "m_ll": "Mass of the two leading leptons",
    "m_lll": "Mass of the three leading leptons",
}
READING_OF_DATA = (
    "Points that scatter around 1 say that the simulation describes the data where no signal is "
    "sought."
)
READING_OF_PSEUDO_DATA = (
    "The pseudo-data are simulation too, of the same processes but statistically independent: "
    "deviations from 1 beyond the errors come from the limited size of the simulated samples, and "
    "agreement says nothing about measured events."
)
STACK = (
    "Filled: simulated background, stacked by channel; on the logarithmic axis a channel's height "
    "is the step from its lower to its upper edge, not its area. Hatched: {band}."
)
STATISTICAL = "statistical uncertainty of the simulation"


def describe_band(network: NetworkProducts) -> str:
    """Describe the uncertainty that stacks show: with systematic variations, if there are any."""
    if any("shifts" in scan for scan in network.scan_contents.values()):
        return f"{STATISTICAL}, and its systematic variations, in quadrature"
    return STATISTICAL


SIGNIFICANT = (
    "Expected significance of each signal by each score, with uncertain background: behind the "
    "best cuts on the score and on MET, with the uncertainty from the size of the simulated "
    "samples; and of a fit, where it is done. Filled: networks. Open: baselines. Dotted lines: 2 "
    "and 5 standard deviations. What has no point is undefined or below the axis."
)
ROC = (
    "Rejection of background, one over its efficiency, against the efficiency of the signal. "
    "Bands: 68 % intervals from the size of the simulated samples. Solid: networks; dashed: "
    "baselines; dotted grey: a score that knows nothing. A curve ends where too few effective "
    "background events are expected to pass."
)


def list_training_figures(network: NetworkProducts) -> list[Figure]:
    """List the figures on a network's training.

    Parameters
    ----------
    network
        The network.

    Returns
    -------
    list of Figure
        The losses.
    """
    caption = (
        "Mean loss of an event after each epoch; dotted lines mark where training goes on to the "
        "next megaset. A validation loss that rises while the training loss falls means that the "
        "network learns its training events by heart. The training loss is measured while the "
        "weights still move, so it may lie above the validation loss."
    )
    return [Figure(_locate(network.figures, LOSSES), f"Losses of {network.name}", caption)]


def list_comparisons(selection: SelectionProducts) -> list[Figure]:
    """List the figures of all scores beside each other.

    Parameters
    ----------
    selection
        Which.

    Returns
    -------
    list of Figure
        Significances, and the ROC curves of each signal; none without signals.
    """
    if selection.comparison is None:
        return []
    folder = selection.comparison
    significances = Figure(
        _locate(folder, SIGNIFICANCES), f"Expected significances in {selection.name}", SIGNIFICANT
    )
    return [
        significances,
        *(
            Figure(_locate(folder, name_roc(signal)), f"ROC curves for {signal}", ROC)
            for signal in selection.settings.signals
        ),
    ]


def list_score_figures(
    run: RunProducts, selection: SelectionProducts, network: NetworkProducts
) -> list[Figure]:
    """List the figures of a network's scores.

    Parameters
    ----------
    run
        What the report tells.
    selection, network
        Which.

    Returns
    -------
    list of Figure
        Simulation, and data or pseudo-data where there are any.
    """
    caption = (
        "Anomaly score of the test set, scaled to the whole background. "
        f"{STACK.format(band=describe_band(network))} Lines: expected "
        "signals. Vertical lines: cuts on the score, each at the quantile of the background that "
        "the legend gives; what lies to the right passes. A signal that the network finds "
        "anomalous lies further to the right than the background."
    )
    figures = [Figure(_locate(network.figures, SCORES), f"Scores by {network.name}", caption)]
    if selection.settings.data and has_cuts(run.scan.score_quantiles):
        what = run.name_data(selection)
        path = _locate(network.figures, SCORES_OF_DATA)
        title = f"Scores of {what} by {network.name}"
        figures.append(Figure(path, title, _describe_data(run, selection, network)))
    return figures


def _describe_data(run: RunProducts, selection: SelectionProducts, network: NetworkProducts) -> str:
    what = run.name_data(selection)
    pseudo = run.list_pseudo_data(selection)
    reading = [READING_OF_PSEUDO_DATA] if pseudo else []
    if len(pseudo) < len(selection.settings.data):
        reading.insert(0, READING_OF_DATA)
    blinded = (
        f"Only what lies below the lowest cut on the score, and on any other score of the network, "
        f"is shown; {what} above it (grey) are blinded: they are in no file of scores. "
    )
    caption = (
        f"Points: {what}. Filled: simulation, scaled to the luminosity of the {what}. "
        f"{blinded if run.unblinding is None else ''}Error bars: 68 % Poisson intervals. Lower "
        f"panel: {what} over simulation; hatched: {describe_band(network)}; arrowheads stand for "
        "points outside."
    )
    return " ".join([caption, *reading])


def list_spectra(
    run: RunProducts, selection: SelectionProducts, network: NetworkProducts
) -> list[Figure]:
    """List the spectra behind a network's cuts.

    Parameters
    ----------
    run
        What the report tells.
    selection, network
        Which.

    Returns
    -------
    list of Figure
        One a variable and cut.
    """
    figures = []
    for variable in selection.settings.spectra if selection.settings.signals else ():
        for quantile in list_quantiles(run.scan.score_quantiles):
            cut = f"behind the cut that removes {100 * quantile:.10g} % of the background"
            where = "without a cut on the score" if quantile == 0 else cut
            title = f"{VARIABLES.get(variable, f'Event variable {variable}')} {where}"
            caption = (
                f"{title}. {STACK.format(band=describe_band(network))} Lines: expected signals "
                "behind the same cut. The last bin holds all events above it. A useful cut leaves "
                "the lines and lowers the stack."
            )
            path = _locate(network.figures, name_spectrum(variable, quantile))
            figures.append(Figure(path, title, caption))
    return figures


def list_significances(
    run: RunProducts, selection: SelectionProducts, network: NetworkProducts
) -> list[Figure]:
    """List the significance curves of a network.

    Parameters
    ----------
    run
        What the report tells.
    selection, network
        Which.

    Returns
    -------
    list of Figure
        One a signal.
    """
    caption = (
        "Expected significance of {signal} if only events above a MET cut are counted, for each "
        "cut on the score and for none (grey). Bands: uncertainty from the finite size of the "
        "simulated samples. Dashed: s/√b. Dotted: with the uncertainty of the background, which is "
        "that of the simulated samples, the systematic one that is stated, and systematic "
        "variations where there are any. Points end where fewer than {floor:g} effective "
        "background events are left. Where the grey curve is highest, the score does not help. "
        "Neighbouring points share their events, so they scatter less than the bands."
    )
    return [
        Figure(
            _locate(network.figures, name_significance(signal)),
            f"Significance of {signal} with {network.name}",
            caption.format(signal=signal, floor=run.scan.minimum_effective_events),
        )
        for signal in selection.settings.signals
    ]


def list_matrices(selection: SelectionProducts, folder: Path) -> Iterator[Figure]:
    """List the mean matrices of a selection in one representation.

    Parameters
    ----------
    selection
        The selection.
    folder
        Where they are drawn.

    Yields
    ------
    Figure
        One a channel and signal.
    """
    for group in (*selection.channels, *selection.settings.signals):
        path = _locate(folder, name_matrix(group))
        yield Figure(path, f"Mean matrix of {group}", f"Mean rapidity-mass matrix of {group}.")


def _locate(folder: Path, name: str) -> Path:
    return folder / f"{name}.png"
