"""The results of every scan: how well scores separate, the best cuts, and what they beat."""

from collections.abc import Iterator, Mapping, Sequence
from math import hypot
from typing import Any

from rapidmass.report.formatting import (
    UNDEFINED,
    Table,
    join_words,
    write_cut,
    write_interval,
    write_measurement,
    write_number,
    write_setting,
)
from rapidmass.report.products import RunProducts, ScorerProducts
from rapidmass.report.reference_analysis import tabulate_reference

SEPARATION = (
    "Selection", "Signal", "Score", "Kind", "Beats every baseline?", "AUC",
    "Signal efficiency at 1 % background", "at 0.1 % background", "at 0.01 % background",
    "Largest ε_s/√ε_b",
)  # fmt: skip
CUTS = (
    "Selection", "Signal", "Score", "Kind", "Beats every baseline?", "Score cut helps?",
    "Score cuts", "MET cuts [GeV]", "s", "b", "Effective b", "Z, b known", "Z, b uncertain",
    "Z of MET cuts alone, b uncertain",
)  # fmt: skip
JUDGED = 0.01  # background efficiency at which signal efficiencies are compared
NO_BASELINE = "no baseline to compare with"


def list_results(run: RunProducts) -> list[Table]:
    """List the tables of results.

    Parameters
    ----------
    run
        What the report tells.

    Returns
    -------
    list of Table
        Separation and cuts: one row per selection, signal and score, networks beside baselines;
        and this analysis beside an earlier one, if the configuration has its numbers.
    """
    separation, cuts = [], []
    for labels, scorer, verdict, scan in _list_scans(run):
        kind = "baseline" if scorer.is_baseline else "network"
        words = [*labels, scorer.name, kind, verdict]
        separation.append([*words, *_write_roc(scan["roc"])])
        cuts.append([*words, *_write_cuts(scan)])
    return [
        Table(SEPARATION, separation, words=5, note=_describe_separation(run)),
        Table(CUTS, cuts, words=8, note=_describe_cuts(run)),
        *filter(None, [tabulate_reference(run)]),
    ]


def _list_scans(
    run: RunProducts,
) -> Iterator[tuple[list[str], ScorerProducts, str, Mapping[str, Any]]]:
    for selection in run.selections:
        for signal in selection.settings.signals:
            baselines = {
                scorer.name: scorer.scan_contents[signal]
                for scorer in selection.scorers
                if scorer.is_baseline
            }
            for scorer in selection.scorers:
                scan = scorer.scan_contents[signal]
                verdict = "–" if scorer.is_baseline else compare_scans(scan, baselines)
                yield [selection.name, signal], scorer, verdict, scan


def compare_scans(scan: Mapping[str, Any], baselines: Mapping[str, Mapping[str, Any]]) -> str:
    """Say which baselines a network does not beat beyond the statistical uncertainties.

    Parameters
    ----------
    scan
        Scan of the network.
    baselines
        Scans of the same signal by the baselines, by name.

    Returns
    -------
    str
        `yes` if its efficiency at 1 % background and its best significance are both larger than
        those of every baseline by more than their combined uncertainties. Else `no:` and what is
        not. `undefined` where the network has no such number; a baseline without is passed over.
    """
    if not baselines:
        return NO_BASELINE
    lost = []
    for what, measure in (("efficiency", _get_efficiency), ("Z", _get_significance)):
        own = measure(scan)
        if own is None:
            lost.append(f"{what} {UNDEFINED}")
            continue
        others = {name: measure(other) for name, other in baselines.items()}
        names = [n for n, other in others.items() if other is not None and not _beats(own, other)]
        if names:
            lost.append(f"{what} not above that of {join_words(names)}")
    return f"no: {'; '.join(lost)}" if lost else "yes"


def _beats(own: tuple[float, float, float], other: tuple[float, float, float]) -> bool:
    """Whether a value is larger than another beyond the ends of both intervals, in quadrature."""
    return own[0] - other[0] > hypot(own[0] - own[1], other[2] - other[0])


def _get_efficiency(scan: Mapping[str, Any]) -> tuple[float, float, float] | None:
    entries = (scan["roc"] or {"efficiencies": []})["efficiencies"]
    for entry in entries:
        if entry["background_efficiency"] == JUDGED and entry["efficiency"] is not None:
            return entry["efficiency"], entry["low"], entry["high"]
    return None


def _get_significance(scan: Mapping[str, Any]) -> tuple[float, float, float] | None:
    best = scan["best"]
    if best is None:
        return None
    z, uncertainty = best["profiled"], best["profiled_uncertainty"]
    return z, z - uncertainty, z + uncertainty


def judge_cut(with_cut: Mapping[str, Any] | None, without: Mapping[str, Any] | None) -> str:
    """Judge whether a cut on the score raises the significance.

    Parameters
    ----------
    with_cut, without
        `best` with and without a cut on the score, from `rapidmass.search.scan.scan_cuts`.

    Returns
    -------
    str
        `yes`, `no`, `not clearly` (by less than the statistical uncertainty of the larger one) or
        `undefined`.
    """
    if with_cut is None or without is None:
        return UNDEFINED
    gain = with_cut["profiled"] - without["profiled"]
    if gain <= 0:
        return "no"
    return "yes" if gain > with_cut["profiled_uncertainty"] else "not clearly"


def _write_roc(roc: Mapping[str, Any] | None) -> list[str]:
    if roc is None:
        return [UNDEFINED] * 5
    auc = roc["auc"]
    factors = [i["improvement"] for i in roc["improvements"] if i["improvement"]]
    return [
        write_measurement(auc["value"], auc["uncertainty"]),
        *(
            write_interval(entry["efficiency"], entry["low"], entry["high"])
            for entry in roc["efficiencies"]
        ),
        write_number(max(factors, default=None)),
    ]


def _write_cuts(scan: Mapping[str, Any]) -> list[str]:
    best, alone = scan["best"], scan["cuts"][0]["best"]
    found: Mapping[str, Any] = best or {}
    reference: Mapping[str, Any] = alone or {}
    return [
        judge_cut(best, alone),
        _write_pair([write_cut(quantile) for quantile in found.get("quantiles", ())]),
        _write_pair([write_setting(met) for met in found.get("met", ())]),
        write_number(found.get("s")),
        write_number(found.get("b")),
        write_number(found.get("effective")),
        write_measurement(found.get("asimov"), found.get("asimov_uncertainty")),
        write_measurement(found.get("profiled"), found.get("profiled_uncertainty")),
        write_measurement(reference.get("profiled"), reference.get("profiled_uncertainty")),
    ]


def _write_pair(texts: Sequence[str]) -> str:
    """Write what was chosen on each half; once if it is the same."""
    return " and ".join(dict.fromkeys(texts)) or UNDEFINED


def _describe_separation(run: RunProducts) -> str:
    return (
        "AUC: probability that a signal event has a larger score than a background event; 0.5 is "
        "no separation. Signal efficiencies: with 68.3 % intervals, which hold for weighted events "
        "and include that the threshold comes from a finite background; undefined where fewer than "
        f"{run.scan.minimum_effective_events:g} effective background events pass. ε_s/√ε_b: the "
        "factor that a cut on the score alone brings to s/√b, largest of the background "
        "efficiencies tried and hence slightly too large. Baselines are scores that need no neural "
        "network. A network beats them if both its efficiency at 1 % background and its Z with "
        "uncertain background (table below) are larger than those of each baseline by more than "
        "the statistical uncertainties of both."
    )


def _has_shifts(run: RunProducts) -> bool:
    return any("shifts" in scan for *_, scan in _list_scans(run))


def _describe_cuts(run: RunProducts) -> str:
    systematic = run.scan.background_uncertainty
    others = [f"of {100 * systematic:.3g} % of b"] if systematic else []
    others += ["of the systematic variations"] if _has_shifts(run) else []
    stated = f"and {' and '.join(others)}" if others else "(no other is claimed)"
    return (
        "Cuts on the score and on MET are chosen on each half of the events and applied to the "
        "other; where the halves chose differently, both cuts are given. s, b: expected signal and "
        "background events behind them. Effective b: (Σw)² / Σw² of the simulated background that "
        "is left. Z, b known: expected significance √(2((s+b) ln(1+s/b) − s)). Z, b uncertain: "
        "the same with the uncertainty of the background from the size of the simulated samples "
        f"{stated}; this one decides on the cuts. Where it is far below Z with b known and "
        "no systematic uncertainty explains it, the simulated samples are too small for the "
        "search. The uncertainties quoted are those that the size of the simulated samples gives. "
        "“not clearly”: the gain over MET cuts alone is smaller "
        "than that (the two scans share events, so their uncertainties are not independent)."
    )
