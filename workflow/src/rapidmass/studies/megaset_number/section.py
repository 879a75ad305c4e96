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
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section

TIMES = "times"


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
    prose = Prose("megaset_number", has_spreads=has_spreads)
    figure = Figure(folder / f"{TIMES}.png", "Training time", prose.write("times_figure"))
    return Section(
        "megaset-study",
        "Number of megasets",
        text=prose.list_paragraphs("text"),
        tables=(_tabulate_trainings(networks, times, prose),),
        figures=(figure,),
        sections=tuple(
            _describe_network(folder, name, content, prose) for name, content in networks.items()
        ),
    )


def _tabulate_trainings(
    networks: Mapping[str, Mapping[str, Any]],
    times: Mapping[str, Mapping[str, float | None]],
    prose: Prose,
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
    note = prose.write("trainings")
    return Table(columns, rows, note=note)


def _write_time(seconds: float | None) -> str:
    if seconds is None:
        return "not known"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def _describe_network(folder: Path, name: str, content: Mapping[str, Any], prose: Prose) -> Section:
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
    note = prose.write("separation")
    return Section(
        f"megaset-study-{name}",
        name,
        tables=(Table(columns, rows, note=note),),
        figures=tuple(_list_figures(folder, name, prose)),
    )


def _write_separation(measured: Mapping[str, Any]) -> Iterator[str]:
    auc = measured["auc"]
    yield UNDEFINED if auc is None else write_measurement(auc, measured["auc_uncertainty"])
    for found in measured["efficiencies"]:
        yield write_efficiency(found)


def _list_figures(folder: Path, name: str, prose: Prose) -> Iterator[Figure]:
    yield Figure(
        folder / f"{name_losses(name)}.png",
        f"Losses of {name}",
        prose.write("losses"),
    )
    yield Figure(
        folder / f"{name_aucs(name)}.png",
        f"AUC of {name}",
        prose.write("aucs"),
    )
    yield Figure(
        folder / f"{name_shapes(name)}.png",
        f"Scores by {name}",
        prose.write("shapes"),
    )
