"""Expected limits in words and tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rapidmass.config.studies.limits import Limits
from rapidmass.report.formatting import (
    UNDEFINED,
    Table,
    join_words,
    write_cut,
    write_number,
    write_share,
)
from rapidmass.report.sections import Figure, Section

FEMTOBARN = 1000.0
OBSERVABLES = {"met": "missing transverse momentum", "score": "the anomaly score"}
COLUMNS = (
    "Signal", "Score", "Bins", "Median [fb]", "−1 σ to +1 σ [fb]", "−2 σ to +2 σ [fb]",
    "Cross section [fb]", "Limit / cross section", "Excluded if there is no signal?",
)  # fmt: skip
METHOD = (
    "Largest cross section that data without a signal would on average not exclude, at 95 % "
    "confidence. Behind a cut on the score (share of the background removed: {cut}), {observable} "
    "is fitted in bins that are chosen by the background alone: each holds half of what the one "
    "below holds, and at least the number of effective simulated events that significances need. "
    "The limit is that of the CLs method in the asymptotic approximation; the bands are where it "
    "lies if the background fluctuates by one and two standard deviations. No data take part."
)
CAVEATS = (
    "The background has an uncertainty from the size of the simulation in each bin, and a "
    "systematic one of {systematic} that is the same in all of them: bins with much background "
    "measure it, so that the others profit. An uncertainty of the shape is not in the fit, and the "
    "uncertainty of the signal neither. Cross sections are those of the sample sheet with "
    "k-factors and filter efficiencies, and so are the limits. In bins with few events the "
    "asymptotic approximation excludes somewhat too much. The fits are stored in the format of "
    "pyhf beside the numbers ({files})."
)
VARIATIONS = (
    "The systematic variations add to it in quadrature what they change of the background behind "
    "the cut on the score, which is {least} to {most}: also the same in all bins."
)


def name_limits(signal: str) -> str:
    """Name the figure of a signal's limits, without suffix."""
    return f"limits_{signal}"


def describe_limits(
    folder: Path, limits: Mapping[str, Mapping[str, Mapping[str, Any]]], settings: Limits
) -> Section:
    """Describe the expected limits of one selection.

    Parameters
    ----------
    folder
        Where the figures are.
    limits
        By score and signal, from `rapidmass.studies.limits.measure.fit_limit`; at least one.
    settings
        What was fitted.

    Returns
    -------
    Section
        With a table and one figure a signal.
    """
    by_signal = next(iter(limits.values()))
    systematic = next(iter(by_signal.values()))["background_uncertainty"]
    rows = [
        _write_row(signal, scorer, found[signal])
        for signal in by_signal
        for scorer, found in limits.items()
    ]
    reasons = {
        f"{scorer}, {signal}: {result['reason']}"
        for scorer, found in limits.items()
        for signal, result in found.items()
        if result["limits"] is None
    }
    note = f"Undefined: {join_words(sorted(reasons))}." if reasons else ""
    varied = [
        result["systematics"]["total"]
        for found in limits.values()
        for result in found.values()
        if "systematics" in result and result["systematics"]["total"] is not None
    ]
    variations = VARIATIONS.format(
        least=write_share(min(varied, default=0.0)), most=write_share(max(varied, default=0.0))
    )
    cut = write_cut(settings.quantile)
    observable = OBSERVABLES.get(settings.observable, f"the variable {settings.observable}")
    return Section(
        "limits",
        "Expected limits",
        text=(
            METHOD.format(cut=cut, observable=observable),
            CAVEATS.format(
                systematic=f"{100 * systematic:.3g} %", files="limits/*/*.workspace.json"
            ),
            *([variations] if varied else []),
        ),
        tables=(Table(COLUMNS, rows, words=2, note=note),),
        figures=tuple(
            Figure(
                folder / f"{name_limits(signal)}.png",
                f"Expected limits on {signal}",
                "Expected upper limits by each score, with their bands; red: the predicted cross "
                "section. A signal is within reach of a score whose band lies left of the line.",
            )
            for signal in by_signal
        ),
    )


def _write_row(signal: str, scorer: str, result: Mapping[str, Any]) -> list[str]:
    theory = write_number(FEMTOBARN * result["cross_section"])
    if result["limits"] is None:
        return [signal, scorer, *[UNDEFINED] * 4, theory, *[UNDEFINED] * 2]
    limits = {n: write_number(FEMTOBARN * value) for n, value in result["limits"].items()}
    return [
        signal,
        scorer,
        str(len(result["bins"]["background"])),
        limits["0"],
        f"{limits['-1']} to {limits['1']}",
        f"{limits['-2']} to {limits['2']}",
        theory,
        write_number(result["strengths"]["0"]),
        "yes" if result["strengths"]["0"] < 1 else "no",
    ]
