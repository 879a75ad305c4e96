"""The calibration of p-values and intervals in words and tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rapidmass.report.formatting import Table, write_count, write_number
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section
from rapidmass.statistics.significance import compute_wilson_interval

NAMES = {
    "chi2": "χ²",
    "shape": "χ² of the shape",
    "distance": "Kolmogorov–Smirnov",
    "excess": "excess along the score",
    "kernel": "all features, kernels",
    "trees": "all features, boosted trees",
    "together": "all features, together",
    "discovery": "fit: discovery",
}
FIGURE = "p_values"
AS_THEY_SHOULD = ("uniform", "as stated")


def describe_calibration(
    folder: Path, found: Mapping[str, Any], what: Mapping[str, Any]
) -> Section:
    """Describe which p-values and intervals mean what they say.

    Parameters
    ----------
    folder
        Where the figure is.
    found
        From `rapidmass.studies.calibration.measure.calibrate`, with `luminosity`.
    what
        `scorer`, `signal`, `variable`, and whether fits are `asymptotic`.

    Returns
    -------
    Section
        With a table of p-values, one of intervals, and a figure.
    """
    tests, intervals = found["tests"], found["intervals"]
    keys = ("experiments", "toys", "expected", "simulated", "sources", "strength", "reason",
            "luminosity")  # fmt: skip
    prose = Prose(
        "calibration",
        **{key: found[key] for key in keys},
        **what,
        tests=_group({NAMES[name]: test["verdict"] for name, test in tests.items()}),
        intervals=_group({name: one["verdict"] for name, one in intervals.items()}),
    )
    return Section(
        "calibration",
        "Calibration of p-values and intervals",
        text=prose.list_paragraphs("text"),
        tables=(
            Table(
                ("P-value", "Experiments", "Mean", "p ≤ 0.05", "Uniformity", "Verdict"),
                [_list_test(NAMES[name], test) for name, test in tests.items()],
                note=prose.write("p_values"),
            ),
            Table(
                ("Interval", "Experiments", "Stated", "Covered", "Verdict"),
                [_list_interval(name, one) for name, one in intervals.items()],
                note=prose.write("coverage"),
            ),
        ),
        figures=(
            Figure(folder / f"{FIGURE}.png", "P-values without a difference", prose.write("ecdf")),
        ),
    )


def _group(verdicts: Mapping[str, str]) -> dict[str, list[str]]:
    """List names by verdict, those that are as they should be first."""
    order = (*AS_THEY_SHOULD, "conservative", "too small")
    return {
        verdict: [name for name, own in verdicts.items() if own == verdict]
        for verdict in order
        if verdict in verdicts.values()
    }


def _list_test(name: str, test: Mapping[str, Any]) -> list[str]:
    number = len(test["p_values"])
    return [
        name,
        write_count(number),
        write_number(test["mean"], 2),
        _write_share(test["small"], number),
        write_number(test["uniform"], 2),
        test["verdict"],
    ]


def _list_interval(name: str, one: Mapping[str, Any]) -> list[str]:
    return [
        name,
        write_count(one["number"]),
        f"{100 * one['stated']:.3g} %",
        _write_share(one["covered"], one["number"]),
        one["verdict"],
    ]


def _write_share(share: float, number: int) -> str:
    low, high = compute_wilson_interval(share, number)
    return f"{100 * share:.0f} % ({100 * float(low):.0f} to {100 * float(high):.0f})"
