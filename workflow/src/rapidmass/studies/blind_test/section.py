"""The blind test in words and tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rapidmass.report.formatting import UNDEFINED, Table, write_number, write_setting
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section
from rapidmass.statistics.significance import compute_wilson_interval
from rapidmass.studies.blind_test.verdicts import (
    CUT,
    RATIOS,
    SCORES,
    find_strength,
    name_absurd,
)

NAMES = {
    CUT: "best cut on MET",
    "kernel": "all features, kernels",
    "trees": "all features, boosted trees",
    RATIOS: "all features, together",
    SCORES: "all scores, together",
}


def name_figure(signal: str) -> str:
    """Name the figure of a signal, without suffix."""
    return f"power_{signal}"


def name_tests(found: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """Name the tests.

    Parameters
    ----------
    found
        From `rapidmass.studies.blind_test.measure.study_power`.

    Returns
    -------
    tests : dict
        Those of all features, of all scores together, and the cut: by key, with words.
    scores : list
        Those of single scores, if they are more than one.
    """
    groups, power = found["groups"], _get_power(found)
    scores = groups[SCORES]
    chosen = [*groups[RATIOS], *(name for name in (RATIOS, SCORES) if name in power), CUT]
    if len(scores) == 1:
        chosen[-1:-1] = scores
    return {name: NAMES.get(name, name) for name in chosen}, scores if len(scores) > 1 else []


def describe_blind_test(
    folder: Path, found: Mapping[str, Any], labels: Mapping[str, str]
) -> Section:
    """Describe which hidden signals are found.

    Parameters
    ----------
    folder
        Where the figures are.
    found
        From `rapidmass.studies.blind_test.measure.study_power`, with `luminosity` and `features`.
    labels
        What signals are called, by name.

    Returns
    -------
    Section
        With a table of half powers, a table and a figure for each signal.
    """
    tests, scores = name_tests(found)
    verdict = _find_half_powers(found, tests)
    keys = ("experiments", "toys", "level", "expected", "effective", "simulated", "features",
            "sources", "luminosity", "groups")  # fmt: skip
    prose = Prose(
        "blind_test",
        signals=list(found["signals"]),
        strengths=[write_setting(p["strength"]) for p in _get_points(found)[1:]],
        scores=scores or found["groups"][SCORES],
        verdict=verdict,
        words=tests,
        absurd=name_absurd,
        excluded={name: signal["excluded"] for name, signal in found["signals"].items()},
        size=_describe_size(found),
        **{key: found[key] for key in keys},
    )
    return Section(
        "blind_test",
        "Blind test",
        text=prose.list_paragraphs("text"),
        tables=(
            _tabulate_half_powers(found, verdict, tests, prose),
            *(_tabulate_signal(found, name, prose) for name in found["signals"]),
        ),
        figures=tuple(
            Figure(
                folder / f"{name_figure(name)}.png",
                f"Power against the strength of {name}",
                prose.write("power", name),
            )
            for name in labels
        ),
    )


def _get_points(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    points: list[dict[str, Any]] = next(iter(found["signals"].values()))["points"]
    return points


def _get_power(found: Mapping[str, Any]) -> dict[str, float]:
    power: dict[str, float] = _get_points(found)[0]["power"]
    return power


def _find_half_powers(
    found: Mapping[str, Any], tests: Mapping[str, str]
) -> dict[str, dict[str, float | None]]:
    return {
        name: {test: find_strength(signal["points"], test) for test in tests}
        for name, signal in found["signals"].items()
    }


def _describe_size(found: Mapping[str, Any]) -> dict[str, float]:
    """Describe how often tests find something where there is no signal: least and most."""
    shares = _get_power(found).values()
    return {"least": min(shares), "most": max(shares)}


def _write_strength(strength: float | None, excluded: float | None) -> str:
    if strength is None:
        return UNDEFINED
    mark = " (absurd)" if name_absurd(strength, excluded) else ""
    return f"{write_number(strength, 2)}{mark}"


def _tabulate_half_powers(
    found: Mapping[str, Any],
    verdict: Mapping[str, Mapping[str, float | None]],
    tests: Mapping[str, str],
    prose: Prose,
) -> Table:
    rows = [
        [name, *(_write_strength(s, found["signals"][name]["excluded"]) for s in half.values())]
        for name, half in verdict.items()
    ]
    return Table(("Signal", *tests.values()), rows, note=prose.write("half"))


def _tabulate_signal(found: Mapping[str, Any], name: str, prose: Prose) -> Table:
    tests, scores = name_tests(found)
    signal = found["signals"][name]
    rows = [
        [
            write_setting(point["strength"]),
            name_absurd(point["strength"], signal["excluded"]) or "-",
            write_number(point["events"]),
            write_number(point["counting"], 2),
            *(
                _write_share(point["power"][test], found["experiments"])
                for test in (*tests, *scores)
            ),
        ]
        for point in signal["points"]
    ]
    columns = ("Strength", "Absurd", "Events", "Z of the cut", *tests.values(), *scores)
    return Table(columns, rows, words=2, note=prose.write("table", name, signal["cut"]))


def _write_share(share: float, experiments: int) -> str:
    low, high = compute_wilson_interval(share, experiments)
    return f"{100 * share:.0f} % ({100 * float(low):.0f} to {100 * float(high):.0f})"
