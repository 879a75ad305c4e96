"""Names of the figures, known before any of them is drawn."""

from collections.abc import Sequence

SUFFIXES = (".png", ".pdf", ".json")
LOSSES = "losses"
SCORES = "scores"
SCORES_OF_DATA = "scores_data"
SIGNIFICANCES = "significances"


def name_cut(quantile: float) -> str:
    """Name a cut on the score, for use in file names.

    Parameters
    ----------
    quantile
        Share of the background that the cut removes; 0 is no cut.

    Returns
    -------
    str
        `no_cut`, `q50`, `q99p9`.
    """
    return f"q{100 * quantile:.10g}".replace(".", "p") if quantile > 0 else "no_cut"


def name_spectrum(variable: str, quantile: float) -> str:
    """Name the figure of a spectrum behind a cut.

    Parameters
    ----------
    variable
        Name of an event variable.
    quantile
        Share of the background that the cut removes; 0 is no cut.

    Returns
    -------
    str
        File name without suffix.
    """
    return f"spectrum_{variable}_{name_cut(quantile)}"


def name_significance(signal: str) -> str:
    """Name the figure of a signal's significance.

    Parameters
    ----------
    signal
        Name of the signal.

    Returns
    -------
    str
        File name without suffix.
    """
    return f"significance_{signal}"


def name_roc(signal: str) -> str:
    """Name the figure of a signal's ROC curves.

    Parameters
    ----------
    signal
        Name of the signal.

    Returns
    -------
    str
        File name without suffix.
    """
    return f"roc_{signal}"


def name_matrix(group: str) -> str:
    """Name the figure of a mean matrix.

    Parameters
    ----------
    group
        Name of a channel or signal.

    Returns
    -------
    str
        File name without suffix.
    """
    return f"matrix_{group}"


def list_quantiles(quantiles: Sequence[float]) -> list[float]:
    """List the cuts of a scan.

    Parameters
    ----------
    quantiles
        Those of the settings.

    Returns
    -------
    list of float
        Each once, rising, beginning with 0: no cut.
    """
    return sorted({0.0, *quantiles})


def has_cuts(quantiles: Sequence[float]) -> bool:
    """Tell whether there is a cut on the score: then data are shown, below the lowest one."""
    return len(list_quantiles(quantiles)) > 1


def list_architecture_figures(
    signals: Sequence[str], quantiles: Sequence[float], spectra: Sequence[str], *, has_data: bool
) -> tuple[str, ...]:
    """List what `rapidmass.plotting.network.draw_architecture` writes.

    Parameters
    ----------
    signals
        Signals of the selection.
    quantiles
        `score_quantiles` of the scan.
    spectra
        Variables whose distributions are kept.
    has_data
        Whether the selection has data. They are shown below the lowest cut only, so there must be
        a cut.

    Returns
    -------
    tuple of str
        File names without suffix; each figure has every suffix of `SUFFIXES`.
    """
    names = [LOSSES, SCORES]
    if has_data and has_cuts(quantiles):
        names.append(SCORES_OF_DATA)
    if signals:  # spectra are kept by the scans
        cuts = list_quantiles(quantiles)
        names += [name_spectrum(variable, cut) for variable in spectra for cut in cuts]
    names += [name_significance(signal) for signal in signals]
    return tuple(names)


def list_selection_figures(channels: Sequence[str], signals: Sequence[str]) -> tuple[str, ...]:
    """List what `rapidmass.plotting.rmm_matrices.draw_matrices` writes.

    Parameters
    ----------
    channels, signals
        Background channels and signals of the selection.

    Returns
    -------
    tuple of str
        File names without suffix; each figure has every suffix of `SUFFIXES`.
    """
    return tuple(name_matrix(group) for group in (*channels, *signals))
