"""Tables of what speaks for scores without signals, and of what they know beyond MET."""

from collections.abc import Mapping
from itertools import pairwise
from statistics import fmean, median
from typing import Any

from rapidmass.report.formatting import Table, write_number
from rapidmass.studies.sensitivity.without_signals import rank_alike

NONE = "–"
JUDGED = ("tilts", "lowest tilts", "rare processes")


def collect_judgements(judged: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Collect what speaks for each score without signals.

    Parameters
    ----------
    judged
        What was measured, by score.

    Returns
    -------
    dict
        By judgement and score; what is undefined is left out.
    """
    found: dict[str, dict[str, float]] = {name: {} for name in JUDGED}
    for score, one in judged.items():
        if one["tilts"]["median"] is not None:
            found["tilts"][score] = one["tilts"]["median"]
            found["lowest tilts"][score] = one["tilts"]["low"]
        if one["channels"]:
            found["rare processes"][score] = fmean(one["channels"].values())
    return found


def tabulate_judgements(
    judged: Mapping[str, Any], efficiencies: Mapping[str, Mapping[str, float]], note: str
) -> Table:
    """Tabulate these judgements beside what scores find of real signals.

    Parameters
    ----------
    judged
        What was measured, by score.
    efficiencies
        At 1 % of the background, by score and signal.
    note
        Text below.

    Returns
    -------
    Table
        A row for each score; last, how alike each judgement ranks them to the median efficiency
        for signals.
    """
    found = collect_judgements(judged)
    real = {name: median(own.values()) for name in judged if (own := efficiencies.get(name))}
    rows = [
        [
            name,
            write_number(real[name]) if name in real else NONE,
            *(write_number(found[kind][name]) if name in found[kind] else NONE for kind in JUDGED),
        ]
        for name in judged
    ]
    agreement = [rank_alike(real, found[kind]) for kind in JUDGED]
    rows.append(
        ["rank correlation", "1", *(NONE if one is None else f"{one:.2f}" for one in agreement)]
    )
    columns = (
        "Score", "Median efficiency for signals", "Median for tilts", "Lowest tenth of tilts",
        "Mean for rare processes",
    )  # fmt: skip
    return Table(columns, rows, words=1, note=note)


def tabulate_beyond(judged: Mapping[str, Any], note: str) -> Table:
    """Tabulate what scores know beyond MET, and how far their cuts move the background.

    Parameters
    ----------
    judged
        What was measured, by score.
    note
        Text below.

    Returns
    -------
    Table
        A row for each score.
    """
    first = next(iter(judged.values()))
    edges = first["beyond_met"]["edges"]
    between = [f"{low:.0f} to {high:.0f}" for low, high in pairwise(edges)]
    ends = [f"up to {edges[0]:.0f}", *between, f"above {edges[-1]:.0f}"]
    shapes = list(first["shapes"])
    rows = []
    for name, one in judged.items():
        bins = [_write_bin(part) for part in one["beyond_met"]["bins"]]
        aucs = one["beyond_met"]["auc"].values()
        cuts = [one["shapes"][shape]["cuts"] for shape in shapes]
        moved = [write_number(own[-1]["distance"]) if len(own) > 1 else NONE for own in cuts]
        rows.append([name, *bins, f"{median(aucs):.3f}" if aucs else NONE, *moved])
    columns = (
        "Score", *(f"MET {end} GeV" for end in ends), "Mean AUC",
        *(f"{shape} moved" for shape in shapes),
    )  # fmt: skip
    return Table(columns, rows, words=1, note=note)


def _write_bin(part: Mapping[str, Any]) -> str:
    if part["auc"] is None:
        return NONE
    efficiency = NONE if part["efficiency"] is None else write_number(part["efficiency"])
    return f"{part['auc']:.3f} ({efficiency})"
