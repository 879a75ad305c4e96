"""Tables of how many events there are, and where."""

from collections.abc import Sequence

from rapidmass.report.formatting import (
    Table,
    write_count,
    write_luminosity,
    write_number,
    write_share,
)
from rapidmass.report.products import RunProducts, SelectionProducts


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
    total = [0.0] * len(steps)
    rows = []
    for channel in selection.channels:
        members = run.list_members(selection, channel)
        yields = _add([run.get_yields(selection, name) for name in members], len(steps))
        total = _add([total, yields], len(steps))
        rows.append([channel, *map(write_number, yields)])
    rows.append(["all backgrounds", *map(write_number, total)])
    marked = frozenset({len(rows) - 1})
    rows += [
        [name, *map(write_number, run.get_yields(selection, name))]
        for name in selection.settings.signals
    ]
    for name in selection.settings.data:
        counts = [write_count(round(count)) for count in run.get_yields(selection, name)]
        rows.append([f"{name} (counted)", *counts])
    note = f"Simulation: expected events at {write_luminosity(run.luminosity)}."
    if selection.settings.data:
        what = run.name_data(selection).capitalize()
        note += f" {what}: as counted, at their own luminosity."
    return Table(("Channel", *steps), rows, marked=marked, note=note)


def _get_steps(selection: SelectionProducts) -> list[str]:
    return list(next(iter(selection.cutflow.values()))["steps"])


def _add(parts: Sequence[Sequence[float]], length: int) -> list[float]:
    return [sum(part[k] for part in parts) for k in range(length)]


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
