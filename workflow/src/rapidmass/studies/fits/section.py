"""Fits in words and tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidmass.config.studies.fits import Fits
from rapidmass.report.formatting import UNDEFINED, Table, join_words, write_number
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section
from rapidmass.studies.fits.masses import choose_score, find_excluded, order_series

FEMTOBARN = 1000.0
NAMES = {"met": "MET", "score": "the anomaly score"}
COLUMNS = (
    "Signal", "Score", "By", "Bins", "Z of the fit", "Z of the best cut", "Z of the best MET cut",
    "Fit / best MET cut",
)  # fmt: skip
LIMITS = (
    "Signal", "Score", "By", "Median [fb]", "−1 σ to +1 σ [fb]", "−2 σ to +2 σ [fb]",
    "Asymptotic median [fb]", "Predicted [fb]", "Limit / prediction",
)  # fmt: skip
OBSERVED = ("Signal", "Score", "Observed limit [fb]", "Expected [fb]", "Z", "Fitted strength")
EXCLUDED = (
    "Series", "Score", "Excluded masses, median [GeV]", "If the limit is 1 σ weaker",
    "If it is 1 σ stronger",
)  # fmt: skip

Fitted = Mapping[str, Mapping[str, Any]]


def name_figure(kind: str, signal: str) -> str:
    """Name a figure of a signal, without suffix."""
    return f"{kind}_{signal}"


def choose_shown(fits: Fitted) -> str | None:
    """Choose the score whose fit is drawn: that with the largest expected significance.

    Parameters
    ----------
    fits
        By score, of one signal.

    Returns
    -------
    str or None
        Its name; None where there is no fit.
    """
    known = {name: found["significance"] for name, found in fits.items() if found.get("bins")}
    return max(known, key=lambda name: float(known[name]), default=None)


def describe_fits(
    folder: Path,
    fits: Mapping[str, Fitted],
    scans: Mapping[str, Fitted],
    settings: Fits,
) -> Section:
    """Describe the fits of one selection.

    Parameters
    ----------
    folder
        Where the figures are.
    fits, scans
        By signal and score, from `rapidmass.search.fit.fit_signal` and
        `rapidmass.search.scan.scan_cuts`.
    settings
        What was fitted.

    Returns
    -------
    Section
        Tables of significances and limits, and figures of each signal.
    """
    pairs = [(signal, scorer) for signal, by_scorer in fits.items() for scorer in by_scorer]
    results = [fits[signal][scorer] for signal, scorer in pairs]
    reasons = sorted(
        {f"{b}, {a}: {fits[a][b]['reason']}" for a, b in pairs if fits[a][b]["reason"]}
    )
    prose = Prose(
        "fits",
        axes=" and ".join(NAMES.get(a.variable, a.variable) for a in settings.axes),
        regions=[region.name for region in settings.regions],
        free=list(settings.free_channels),
        systematic=results[0]["background_uncertainty"],
        floor=settings.minimum_effective_events,
        toys=settings.toys,
        toys_below=settings.toys_below,
        errors=_list_errors(results),
        varied=[
            one["systematics"] for one in results if one.get("systematics", {}).get("smoothed")
        ],
        smoothing=settings.smoothing,
        prune_norm=settings.prune_norm,
        prune_shape=settings.prune_shape,
        left_out=sorted({name for one in results for name in one["regions_left_out"]}),
    )
    note = f"Undefined: {join_words(reasons)}." if reasons else ""
    rows = [_write_fit(a, b, fits[a][b], scans[a][b]) for a, b in pairs]
    limits = [_write_limit(a, b, fits[a][b]) for a, b in pairs]
    tables = [Table(COLUMNS, rows, words=3, note=note), Table(LIMITS, limits, words=3)]
    seen = [_write_observed(a, b, fits[a][b]) for a, b in pairs if fits[a][b]["observed"]]
    series = {
        name: points
        for name, masses in settings.mass_series.items()
        if len(points := order_series(masses, list(fits))) > 1
    }
    excluded = [
        _write_excluded(name, points, fits, scorer)
        for name, points in series.items()
        for scorer in fits[points[0][1]]
    ]
    if excluded:
        tables.append(Table(EXCLUDED, excluded, words=2, note=prose.write("excluded")))
    if seen:
        tables.append(Table(OBSERVED, seen, words=2))
    return Section(
        "fits",
        "Fits",
        text=prose.list_paragraphs("text"),
        tables=tuple(tables),
        figures=tuple(_list_figures(folder, fits, series, prose)),
    )


def _write_excluded(
    name: str, series: Sequence[tuple[float, str]], fits: Mapping[str, Fitted], scorer: str
) -> list[str]:
    ranges = [find_excluded(series, fits, scorer, band) for band in ("0", "1", "-1")]
    return [
        name,
        scorer,
        *(
            join_words([f"{low:.0f} to {high:.0f}" for low, high in one]) or "none"
            for one in ranges
        ),
    ]


def _list_figures(
    folder: Path,
    fits: Mapping[str, Fitted],
    series: Mapping[str, Sequence[tuple[float, str]]],
    prose: Prose,
) -> list[Figure]:
    figures = [
        Figure(
            folder / f"{name_figure('masses', name)}.png",
            f"Limits against mass: {name}",
            prose.write("masses"),
        )
        for name, points in series.items()
        if choose_score(points, fits) is not None
    ]
    for signal, by_scorer in fits.items():
        kinds = {"limits": f"Limits on {signal}"}
        shown = choose_shown(by_scorer)
        if shown is not None:
            kinds["templates"] = f"Bins of the fit of {signal} by {shown}"
            kinds["ranking"] = f"Uncertainties of the fit of {signal} by {shown}"
        for kind, title in kinds.items():
            path = folder / f"{name_figure(kind, signal)}.png"
            figures.append(Figure(path, title, prose.write(kind)))
    return figures


def _list_errors(results: list[Mapping[str, Any]]) -> list[float]:
    """List the relative uncertainties that pseudo-experiments leave in median limits."""
    toys = [one["toys"] for one in results if one.get("toys")]
    return [
        one["limit_uncertainties"]["0"] / one["limits"]["0"] for one in toys if one["limits"]["0"]
    ]


def _name_method(found: Mapping[str, Any]) -> str:
    return "toys" if found.get("uses_toys") else "asymptotic"


def _get_profiled(best: Mapping[str, Any] | None) -> float | None:
    return None if best is None else best["profiled"]


def _write_fit(
    signal: str, scorer: str, found: Mapping[str, Any], scan: Mapping[str, Any]
) -> list[str]:
    cut, met = _get_profiled(scan["best"]), _get_profiled(scan["cuts"][0]["best"])
    cuts = [write_number(cut), write_number(met)]
    z = found["significance"]
    if z is None:
        return [signal, scorer, *[UNDEFINED] * 3, *cuts, UNDEFINED]
    bins = str(len(found["bins"]["cells"]))
    gain = write_number(z / met if met else None)
    return [signal, scorer, _name_method(found), bins, write_number(z), *cuts, gain]


def _write_limit(signal: str, scorer: str, found: Mapping[str, Any]) -> list[str]:
    theory = write_number(FEMTOBARN * found["cross_section"])
    if found["limits"] is None:
        return [signal, scorer, *[UNDEFINED] * 5, theory, UNDEFINED]
    limits = {n: write_number(v and FEMTOBARN * v) for n, v in found["limits"].items()}
    asymptotic = found["asymptotic"]["strengths"]["0"] * found["cross_section"]
    return [
        signal,
        scorer,
        _name_method(found),
        limits["0"],
        f"{limits['-1']} to {limits['1']}",
        f"{limits['-2']} to {limits['2']}",
        write_number(FEMTOBARN * asymptotic),
        theory,
        write_number(found["strengths"]["0"]),
    ]


def _write_observed(signal: str, scorer: str, found: Mapping[str, Any]) -> list[str]:
    observed, expected = found["observed"], found["limits"]["0"]
    limit = observed["limits"]["observed"]
    strength = (
        f"{write_number(observed['strength'])} ± {write_number(observed['strength_uncertainty'])}"
    )
    return [
        signal,
        scorer,
        write_number(limit and FEMTOBARN * limit),
        write_number(expected and FEMTOBARN * expected),
        write_number(observed["significance"]),
        strength,
    ]
