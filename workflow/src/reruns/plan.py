"""The plan of a run for people: what will run, why, and for how long."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rapidmass.provenance.records import find_record
from reruns.costs import Cost, estimate_costs
from reruns.policy import RerunPolicy

SHOWN = 6
"""Reasons that are shown of one rule."""
# What a wildcard stands for, the most telling first.
NOUNS = {
    "selection": "selection", "sample": "sample", "dataset": "sample", "signal": "sample",
    "architecture": "architecture", "part": "file", "index": "megaset",
}  # fmt: skip


@dataclass
class Row:
    """Jobs of one rule."""

    rule: str
    cost: Cost
    reasons: dict[str, int] = field(default_factory=dict)


def describe_plan(dag: Any, policy: RerunPolicy) -> str:
    """Describe what will run and why, in the order in which data flow.

    Parameters
    ----------
    dag
        Snakemake's graph of jobs, which knows what has to run.
    policy
        Knows why.

    Returns
    -------
    str
        A table; empty if nothing runs.
    """
    waiting = set(dag.needrun_jobs(exclude_finished=False))  # a dry run "finishes" its jobs
    known = _list_known(dag, policy)
    costs = estimate_costs(dag.jobs, waiting)
    rows: dict[str, Row] = {}
    levels = list(dag.toposorted())
    depths = {job: depth for depth, level in enumerate(levels) for job in level}
    for level in levels:
        for job in sorted(waiting.intersection(level), key=str):
            if job.rule.norun:
                continue
            rule = job.rule.name
            row = rows.setdefault(rule, Row(rule, costs[rule]))
            for reason in _explain(dag, policy, job, known) or _follow(dag, job, depths):
                row.reasons[reason] = row.reasons.get(reason, 0) + 1
    return "\n".join(_write(list(rows.values()))) if rows else ""


def _list_known(dag: Any, policy: RerunPolicy) -> dict[str, set[str]]:
    """List the samples, networks, ... that have products already."""
    known: dict[str, set[str]] = {}
    for job in dag.jobs:
        if policy.knows(job) and policy.read_any(job) is not None:
            for name, value in job.wildcards_dict.items():
                known.setdefault(NOUNS.get(name, name), set()).add(value)
    return known


def _explain(dag: Any, policy: RerunPolicy, job: Any, known: dict[str, set[str]]) -> list[str]:
    """Explain why a job runs, from itself."""
    if dag.reason(job).forced:
        return ["forced"]
    return list(_find_own(dag, policy, job, known)) if policy.knows(job) else []


def _follow(dag: Any, job: Any, depths: dict[Any, int]) -> list[str]:
    """Name the rules that a job follows: the last ones, since these follow the others."""
    makers = [maker for maker in dag.dependencies[job] if dag.needrun(maker)]
    last = max((depths[maker] for maker in makers), default=0)
    names = sorted({maker.rule.name for maker in makers if depths[maker] == last})
    return [f"after {', '.join(names)}"] if names else ["needed"]


def _find_own(
    dag: Any,
    policy: RerunPolicy,
    job: Any,
    known: dict[str, set[str]],
) -> Iterator[str]:
    outputs = [str(path) for path in job.output]
    if any(Path(path).exists() for path in outputs):
        upstream = any(dag.needrun(maker) for maker in dag.dependencies[job])
        record = policy.read_any(job)
        if upstream and record is not None:
            yield from policy.describe_own_changes(job, record)
        else:
            yield from policy.find_faults(job) or _find_missing(job)
    elif any(find_record(path).exists() for path in outputs):
        yield "its product was deleted"
    else:
        yield _name_new(job, known)


def _find_missing(job: Any) -> list[str]:
    """Find what Snakemake misses beside products that are as asked for."""
    expected = [str(path) for path in (*job.output, job.benchmark) if path]
    return [f"{path} is missing" for path in expected if not Path(path).exists()]


def _name_new(job: Any, known: dict[str, set[str]]) -> str:
    for name, noun in NOUNS.items():
        value = job.wildcards_dict.get(name)
        if known.get(noun) and value is not None and value not in known[noun]:
            return f"new {noun} {value}"
    return "not made yet"


def _write(rows: list[Row]) -> Iterator[str]:
    total = sum((row.cost for row in rows), Cost())
    yield "What runs, and why"
    width = max(len("total"), *(len(row.rule) for row in rows))
    yield f"  {'rule':<{width}}  {'jobs':>6}  {'time':>9}  {'GPU time':>9}  because"
    for row in rows:
        first, *others = _list_reasons(row)
        yield f"  {row.rule:<{width}}  {row.cost.write()}  {first}"
        for reason in others:
            yield f"  {'':<{width}}  {'':>6}  {'':>9}  {'':>9}  {reason}"
    yield f"  {'total':<{width}}  {total.write()}  {_comment(total)}".rstrip()


def _list_reasons(row: Row) -> list[str]:
    """List the reasons of a rule, the most frequent first, with their jobs if not all."""
    ordered = sorted(row.reasons.items(), key=lambda item: (-item[1], item[0]))
    lines = [_count(reason, jobs, row.cost.jobs) for reason, jobs in ordered[:SHOWN]]
    left = len(ordered) - SHOWN
    return [*lines, f"and {left} more reasons"] if left > 0 else lines


def _count(reason: str, jobs: int, of: int) -> str:
    return reason if jobs == of else f"{reason} ({jobs} of {of} jobs)"


def _comment(total: Cost) -> str:
    if not total.known:
        return "no earlier run tells how long it takes"
    unknown = total.jobs - total.known
    note = f"; {unknown} jobs of unknown length are left out" if unknown else ""
    return f"time of one job after the other, as in earlier runs{note}"
