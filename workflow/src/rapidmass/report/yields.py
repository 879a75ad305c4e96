"""Tables of how many events there are, and where."""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

from rapidmass.report.formatting import (
    Table,
    write_count,
    write_luminosity,
    write_measurement,
    write_number,
    write_share,
)
from rapidmass.report.products import RunProducts, SelectionProducts

LIMIT_WITHOUT_EVENTS = 3.0  # Poisson mean that gives none in 5 % of the cases


def tabulate_raw_cutflow(selection: SelectionProducts) -> Table:
    """Tabulate how many simulated or measured events each cut leaves.

    Parameters
    ----------
    selection
        The selection.

    Returns
    -------
    Table
        One row a sample.
    """
    rows = [[name, *map(write_count, flow["raw"])] for name, flow in selection.cutflow.items()]
    return Table(("Sample", *_get_steps(selection)), rows)


def tabulate_yields(run: RunProducts, selection: SelectionProducts) -> Table:
    """Tabulate how many events are expected after each cut.

    Parameters
    ----------
    run
        What the report tells.
    selection
        The selection.

    Returns
    -------
    Table
        One row a channel, their sum, one row a signal and a data sample.
    """
    steps = _get_steps(selection)
    rows, total = [], [_EMPTY] * len(steps)
    for channel in selection.channels:
        members = run.list_members(selection, channel)
        yields = _add([_get_yields(run, selection, name) for name in members], len(steps))
        total = _add([total, yields], len(steps))
        rows.append([channel, *map(_write_yield, yields)])
    rows.append(["all backgrounds", *map(_write_yield, total)])
    marked = frozenset({len(rows) - 1})
    rows += [
        [name, *map(_write_yield, _get_yields(run, selection, name))]
        for name in selection.settings.signals
    ]
    for name in selection.settings.data:
        counts = [write_count(round(count)) for count in run.get_yields(selection, name)]
        rows.append([f"{name} (counted)", *counts])
    note = (
        f"Simulation: expected events at {write_luminosity(run.luminosity)}, with the uncertainty "
        "of the finite simulation. Where no simulated event is left, less than what is given is "
        "expected at 95 % confidence: three events with the mean weight of those before."
    )
    if selection.settings.data:
        what = run.name_data(selection).capitalize()
        note += f" {what}: as counted, at their own luminosity."
    return Table(("Channel", *steps), rows, marked=marked, note=note)


class _Yield(NamedTuple):
    """Expected events, and an upper bound on those of samples with no event left."""

    expected: float
    variance: float
    bound: float


_EMPTY = _Yield(0.0, 0.0, 0.0)


def _get_yields(run: RunProducts, selection: SelectionProducts, sample: str) -> list[_Yield]:
    expected = run.get_yields(selection, sample)
    variances = run.get_variances(selection, sample)
    yields, bound = [], 0.0
    raw = selection.cutflow[sample]["raw"]
    for count, value, variance in zip(raw, expected, variances, strict=True):
        if count:
            bound = LIMIT_WITHOUT_EVENTS * max(value, 0.0) / count
        yields.append(_Yield(value, variance, 0.0 if count else bound))
    return yields


def _write_yield(found: _Yield) -> str:
    if found.variance > 0:
        return write_measurement(found.expected, sqrt(found.variance))
    return f"< {write_number(found.bound, 2)}" if found.bound else write_number(found.expected)


def _get_steps(selection: SelectionProducts) -> list[str]:
    return list(next(iter(selection.cutflow.values()))["steps"])


def _add(parts: Sequence[Sequence[_Yield]], length: int) -> list[_Yield]:
    """Add samples; the largest bound of those without events stands for all."""
    return [
        _Yield(
            sum(part[k].expected for part in parts),
            sum(part[k].variance for part in parts),
            max((part[k].bound for part in parts), default=0.0),
        )
        for k in range(length)
    ]


def tabulate_composition(selection: SelectionProducts) -> Table:
    """Tabulate how each channel is shared out among megasets and test set.

    Parameters
    ----------
    selection
        The selection.

    Returns
    -------
    Table
        One row a channel.
    """
    rows = []
    for name, content in selection.shares.items():
        weight = sum(content["weight"]) + content["test_weight"]
        shares = content["shares"]
        rows.append(
            [
                name,
                write_count(sum(content["events"])),
                write_count(content["test_events"]),
                write_share(content["test_weight"] / weight) if weight else "–",
                f"{write_share(min(shares))} to {write_share(max(shares))}",
                write_number(content["pull"], 2),
            ]
        )
    columns = (
        "Channel", "Events in megasets", "Events in the test set", "Weight in the test set",
        "Share of a megaset's weight", "Largest pull",
    )  # fmt: skip
    note = (
        "Largest pull: how far the megaset that deviates most is from its expected share of the "
        "channel's weight, in standard deviations. Among a few dozen numbers, values up to 3 are "
        "expected."
    )
    return Table(columns, rows, note=note)
