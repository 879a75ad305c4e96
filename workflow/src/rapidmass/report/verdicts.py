"""Whether a score is better than others, and a cut on it better than none."""

from collections.abc import Mapping, Sequence
from typing import Any

from rapidmass.report.formatting import UNDEFINED, join_words
from rapidmass.search.bootstrap import JUDGED
from rapidmass.statistics.poisson_bootstrap import BETTER, NOT_BETTER, UNDECIDED, judge_difference

NO_BASELINE = "no baseline to compare with"

Scan = Mapping[str, Any]


def compare_scans(scan: Scan, baselines: Mapping[str, Scan]) -> str:
    """Say whether a network is better than every baseline, by a paired bootstrap.

    Parameters
    ----------
    scan
        Scan of the network.
    baselines
        Scans of the same signal by the baselines, by name.

    Returns
    -------
    str
        `better` if its efficiency at 1 % background and its best significance are both larger than
        those of every baseline, see `rapidmass.statistics.poisson_bootstrap.judge_difference`.
        `not better`, and than what, if one is smaller than that of a baseline; else `undecided`,
        and what is.
    """
    if not baselines:
        return NO_BASELINE
    found: dict[str, list[str]] = {NOT_BETTER: [], UNDECIDED: []}
    for what, key, measure in (
        ("efficiency", "efficiency", _get_efficiency),
        ("Z", "profiled", _get_significance),
    ):
        verdicts = {
            name: judge_difference(
                measure(scan), measure(other), scan["bootstrap"][key], other["bootstrap"][key]
            )
            for name, other in baselines.items()
        }
        for kind in found:
            names = [name for name, verdict in verdicts.items() if verdict == kind]
            found[kind] += [f"{what} against {join_words(names)}"] if names else []
    for verdict, lost in found.items():
        if lost:
            return f"{verdict}: {'; '.join(lost)}"
    return BETTER


def judge_cut(scan: Scan) -> str:
    """Judge whether a cut on the score raises the significance above that of MET cuts alone.

    Parameters
    ----------
    scan
        From `rapidmass.search.scan.scan_cuts`.

    Returns
    -------
    str
        `better`, `not better`, `undecided`, or `undefined` without one of the significances.
    """
    alone = scan["cuts"][0]["best"]
    if scan["best"] is None or alone is None:
        return UNDEFINED
    replicas: Mapping[str, Sequence[float | None]] = scan["bootstrap"]
    return judge_difference(
        scan["best"]["profiled"], alone["profiled"], replicas["profiled"], replicas["alone"]
    )


def _get_efficiency(scan: Scan) -> float | None:
    entries = (scan["roc"] or {"efficiencies": []})["efficiencies"]
    found = (e["efficiency"] for e in entries if e["background_efficiency"] == JUDGED)
    return next(found, None)


def _get_significance(scan: Scan) -> float | None:
    return None if scan["best"] is None else scan["best"]["profiled"]
