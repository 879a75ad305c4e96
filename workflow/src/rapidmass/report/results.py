"""The results of every scan: how well scores separate, the best cuts, and what they beat."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from rapidmass.report.formatting import (
    UNDEFINED,
    Table,
    write_cut,
    write_interval,
    write_measurement,
    write_number,
    write_setting,
)
from rapidmass.report.products import RunProducts, ScorerProducts
from rapidmass.report.reference_analysis import tabulate_reference
from rapidmass.report.verdicts import compare_scans, judge_cut

SEPARATION = (
    "Selection", "Signal", "Score", "Kind", "Better than every baseline?", "AUC",
    "Signal efficiency at 1 % background", "at 0.1 % background", "at 0.01 % background",
    "Largest ε_s/√ε_b",
)  # fmt: skip
CUTS = (
    "Selection", "Signal", "Score", "Kind", "Better than every baseline?",
    "Score cut better than none?", "Score cuts", "MET cuts [GeV]", "s", "b", "Effective b",
    "Z, b known", "Z, b uncertain", "Z of MET cuts alone, b uncertain",
)  # fmt: skip


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
    for labels, verdict, scan in _list_scans(run):
        words = [*labels, verdict]
        separation.append([*words, *_write_roc(scan["roc"])])
        cuts.append([*words, *_write_cuts(scan)])
    return [
        Table(SEPARATION, separation, words=5, note=_describe_separation(run)),
        Table(CUTS, cuts, words=8, note=_describe_cuts(run)),
        *filter(None, [tabulate_reference(run)]),
    ]


def _list_scans(
    run: RunProducts,
) -> Iterator[tuple[list[str], str, Mapping[str, Any]]]:
    priors = {name for name, sample in run.samples.items() if sample.role == "prior"}
    for selection in run.selections:
        told = {network.name: network.told for network in selection.networks}
        for signal in selection.settings.signals:
            baselines = {
                scorer.name: scorer.scan_contents[signal]
                for scorer in selection.scorers
                if scorer.is_baseline
            }
            for scorer in selection.scorers:
                scan = scorer.scan_contents[signal]
                verdict = "–" if scorer.is_baseline else compare_scans(scan, baselines)
                kind = _name_kind(scorer, told.get(scorer.model, ()), signal, priors)
                yield [selection.name, signal, scorer.name, kind], verdict, scan


def _name_kind(
    scorer: ScorerProducts, told: Collection[str], signal: str, priors: Collection[str]
) -> str:
    if scorer.is_baseline:
        return "baseline"
    if scorer.kind == "combination":
        return "combination"
    if not told:
        return "network"
    if priors and all(name in priors for name in told):
        return "trained on a prior"
    return f"trained on {'this' if signal in told else 'another'} signal"


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
        judge_cut(scan),
        _write_pair([_write_score_cut(scan, q) for q in found.get("quantiles", ())]),
        _write_pair([write_setting(met) for met in found.get("met", ())]),
        write_number(found.get("s")),
        write_number(found.get("b")),
        write_number(found.get("effective")),
        write_measurement(found.get("asimov"), found.get("asimov_uncertainty")),
        write_measurement(found.get("profiled"), found.get("profiled_uncertainty")),
        write_measurement(reference.get("profiled"), reference.get("profiled_uncertainty")),
    ]


def _write_score_cut(scan: Mapping[str, Any], quantile: float) -> str:
    """Write the nominal share that a cut removes, and the achieved one where it differs."""
    text = write_cut(quantile)
    removed = next(cut["removed"] for cut in scan["cuts"] if cut["quantile"] == quantile)
    achieved = f"{100 * removed:.4g} %"
    return text if text.startswith(achieved) else f"{text} (achieved: {achieved})"


def _write_pair(texts: Sequence[str]) -> str:
    """Write what was chosen on each half; once if it is the same."""
    return " and ".join(dict.fromkeys(texts)) or UNDEFINED


def _describe_separation(run: RunProducts) -> str:
    floor, replicas = run.scan.minimum_effective_events, run.scan.bootstrap_replicas
    return (
        "AUC: probability that a signal event has a larger score than a background event; 0.5 is "
        "no separation. Signal efficiencies: with 68.3 % intervals, which hold for weighted events "
        "and include that the threshold comes from a finite background; undefined where fewer than "
        f"{floor:g} effective background events are expected to pass. ε_s/√ε_b: the factor that a "
        "cut on the score alone brings to s/√b, largest of the background efficiencies tried and "
        "hence slightly too large. Baselines are scores that need no neural network. "
        f"{_describe_training(run)}A network is "
        "better if both its efficiency at 1 % background and its Z with uncertain background "
        "(table below) are larger than those of each baseline by more than 1.64 standard "
        f"deviations of the difference, in a paired bootstrap of {replicas} replicas; not better "
        "if one is smaller by as much; else undecided."
    )


def _describe_training(run: RunProducts) -> str:
    if not any(network.told for selection in run.selections for network in selection.networks):
        return ""
    return (
        "Scores that were trained on a signal say what can be found by who knows what to look "
        "for; each event was scored by what did not see it. "
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
        "is expected to be left, whether heavy events happen to pass or not. Z, b known: expected "
        "significance √(2((s+b) ln(1+s/b) − s)), corrected for what the fluctuation of a finite "
        "simulation adds on average. Z, b uncertain: the same with the uncertainty of the "
        f"background from the size of the simulated samples {stated}; this one decides on the "
        "cuts. Where it is far below Z with b known and no systematic uncertainty explains it, the "
        "simulated samples are too small for the search. The uncertainties quoted are those that "
        "the size of the simulated samples gives. A cut on the score is better than none if Z with "
        "uncertain background is larger by more than 1.64 standard deviations of the difference in "
        "a paired bootstrap, in which cuts are chosen anew; not better if it is smaller by as "
        "much; else undecided."
    )
