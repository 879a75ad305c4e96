"""The study of the number of megasets in words and tables."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidmass.report.formatting import (
    UNDEFINED,
    Table,
    write_count,
    write_efficiency,
    write_measurement,
    write_number,
    write_setting,
)
from rapidmass.report.sections import Figure, Section

TIMES = "times"
METHOD = (
    "The same background events were portioned into other numbers of megasets, and each network "
    "trained on them from the same initial weights. Megasets are there to keep memory and the size "
    "of a file in bounds; this study shows whether their number changes a result."
)
CHANGES = (
    "What does not change with the number: which events train, validate and test, how inputs are "
    "scaled, how often an event is visited (the epochs of the network), and that weights and the "
    "moments of the optimiser (Adam) go on from one megaset to the next. What changes: the order. "
    "A megaset is done with before the next begins, so with one megaset each pass goes over all "
    "events, and with many an event is visited in all its epochs within a short time and never "
    "again; the last steps then see a small part of the events only. Each epoch of a megaset ends "
    "in one batch that is not full, so with more megasets the weights are updated more often, with "
    "smaller batches: hardly so where a megaset has many batches, but where it has few the number "
    "of steps grows, and a network that has not yet learned all it can becomes better by that "
    "alone. The table counts the steps."
)
LOSSES = (
    "The validation loss of a training is measured on the validation part of its last megaset: "
    "with more megasets on fewer events, and not on the same. Its differences therefore hold the "
    "scatter of those events. The mean score, the distribution and the AUC come from the test set, "
    "which is the same for every number: it follows from the identity of each event alone."
)
SEEDS = (
    "Bands in the figures of the AUC show the standard deviation of trainings with other seeds; "
    "differences between numbers of megasets within it are no effect of their number."
)
NO_SEEDS = (
    "How much another seed changes is not known here (the study of other seeds is off), so small "
    "differences may be nothing but luck."
)
TIME = (
    "Times are those of the latest run of each training job, its start and the export of the "
    "network included, on whatever machine and beside whatever other jobs it ran; a training that "
    "was interrupted counts from where it went on. They are the one thing in this section that "
    "differs from run to run."
)


def name_losses(network: str) -> str:
    """Name the figure of a network's losses, without suffix."""
    return f"losses_{network}"


def name_aucs(network: str) -> str:
    """Name the figure of a network's AUC, without suffix."""
    return f"auc_{network}"


def name_shapes(network: str) -> str:
    """Name the figure of a network's score distributions, without suffix."""
    return f"scores_{network}"


def describe_megaset_number(
    folder: Path,
    networks: Mapping[str, Mapping[str, Any]],
    times: Mapping[str, Mapping[str, float | None]],
    *,
    has_spreads: bool,
) -> Section:
    """Describe what the number of megasets changes in one selection.

    Parameters
    ----------
    folder
        Where the figures are.
    networks
        For each of them what `rapidmass.studies.megaset_number.measure.compare_numbers` gives; at
        least one.
    times
        Seconds by number of megasets, for each network.
    has_spreads
        Whether figures show the spread over seeds.

    Returns
    -------
    Section
        With one part a network.
    """
    figure = Figure(folder / f"{TIMES}.png", "Training time", f"Time of each training. {TIME}")
    return Section(
        "megaset-study",
        "Number of megasets",
        text=(METHOD, CHANGES, LOSSES, SEEDS if has_spreads else NO_SEEDS),
        tables=(_tabulate_trainings(networks, times),),
        figures=(figure,),
        sections=tuple(
            _describe_network(folder, name, content, has_spreads=has_spreads)
            for name, content in networks.items()
        ),
    )


def _tabulate_trainings(
    networks: Mapping[str, Mapping[str, Any]],
    times: Mapping[str, Mapping[str, float | None]],
) -> Table:
    rows = [
        [
            name,
            write_count(found["megasets"]),
            write_count(found["visits"]),
            write_count(found["steps"]),
            write_number(found["training_loss"]),
            write_number(found["validation_loss"]),
            write_count(found["validation_events"]),
            write_measurement(found["mean_score"], found["mean_score_uncertainty"]),
            _write_time(times[name][str(found["megasets"])]),
        ]
        for name, content in networks.items()
        for found in content["numbers"]
    ]
    columns = (
        "Network",
        "Megasets",
        "Visits of events",
        "Steps",
        "Training loss",
        "Validation loss",
        "on events",
        "Mean score",
        "Time",
    )
    note = (
        "Visits: events in all epochs together. Steps: updates of the weights. Losses: of the last "
        "epoch, on the last megaset. Mean score: over the test set, with the statistical "
        f"uncertainty of its events, which all numbers share. {TIME}"
    )
    return Table(columns, rows, note=note)


def _write_time(seconds: float | None) -> str:
    if seconds is None:
        return "not known"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def _describe_network(
    folder: Path, name: str, content: Mapping[str, Any], *, has_spreads: bool
) -> Section:
    numbers: Sequence[Mapping[str, Any]] = content["numbers"]
    rows = [
        [signal, write_count(found["megasets"]), *_write_separation(found["signals"][signal])]
        for signal in numbers[0]["signals"]
        for found in numbers
    ]
    shares = [
        write_setting(100 * found["background_efficiency"])
        for found in next(iter(numbers[0]["signals"].values()))["efficiencies"]
    ]
    columns = (
        "Signal",
        "Megasets",
        "AUC",
        *(f"Efficiency at {share} % of the background" for share in shares),
    )
    note = (
        "Uncertainties are statistical; all numbers score the same events, so they say little on "
        "differences between them."
    )
    return Section(
        f"megaset-study-{name}",
        name,
        tables=(Table(columns, rows, note=note),),
        figures=tuple(_list_figures(folder, name, has_spreads=has_spreads)),
    )


def _write_separation(measured: Mapping[str, Any]) -> Iterator[str]:
    auc = measured["auc"]
    yield UNDEFINED if auc is None else write_measurement(auc, measured["auc_uncertainty"])
    for found in measured["efficiencies"]:
        yield write_efficiency(found)


def _list_figures(folder: Path, name: str, *, has_spreads: bool) -> Iterator[Figure]:
    yield Figure(
        folder / f"{name_losses(name)}.png",
        f"Losses of {name}",
        "Losses of the last epoch, by number of megasets. Validation losses of different numbers "
        "come from different events.",
    )
    bands = " Bands: standard deviation over seeds, around the mean of all numbers."
    yield Figure(
        folder / f"{name_aucs(name)}.png",
        f"AUC of {name}",
        "AUC of each signal against the background, by number of megasets, with statistical "
        f"uncertainties.{bands if has_spreads else ''}",
    )
    yield Figure(
        folder / f"{name_shapes(name)}.png",
        f"Scores by {name}",
        "Score of the test set, normalised, by number of megasets. First and last bin hold what "
        "lies outside.",
    )
