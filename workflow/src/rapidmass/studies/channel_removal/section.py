"""Channel removal in words and tables."""

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
    write_share,
)
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section

MAP = "auc"


def name_shapes(network: str) -> str:
    """Name the figure of a network's scores of removed channels, without suffix."""
    return f"shapes_{network}"


def describe_removal(
    folder: Path,
    networks: Mapping[str, Mapping[str, Any]],
    baselines: Mapping[str, Mapping[str, Any]],
    minimum_effective_events: float,
) -> Section:
    """Describe channel removal in one selection.

    Parameters
    ----------
    folder
        Where the figures are.
    networks, baselines
        For each of them what `rapidmass.studies.channel_removal.measure.measure_removal` gives, by
        channel. There is at least one network.
    minimum_effective_events
        Channels with fewer effective events are marked.

    Returns
    -------
    Section
        With one part a network.
    """
    channels = next(iter(networks.values()))
    few = [
        name
        for name, content in channels.items()
        if content["removed"]["effective"] < minimum_effective_events
    ]
    floor = write_setting(minimum_effective_events)
    prose = Prose("channel_removal", baselines=baselines, few=few, floor=floor)
    return Section(
        "removal",
        "Channel removal",
        text=prose.list_paragraphs("text"),
        tables=(
            _tabulate_channels(channels, few, prose),
            _tabulate_aucs({**networks, **baselines}, channels, few, prose),
        ),
        figures=(Figure(folder / f"{MAP}.png", "AUC of removed channels", prose.write("map")),),
        sections=tuple(
            _describe_network(folder, name, measured, few, prose)
            for name, measured in networks.items()
        ),
    )


def _mark(channel: str, few: Sequence[str]) -> str:
    return f"{channel} *" if channel in few else channel


def _tabulate_channels(channels: Mapping[str, Any], few: Sequence[str], prose: Prose) -> Table:
    rows = []
    for name, content in channels.items():
        removed = content["removed"]
        total = removed["expected"] + content["rest"]["expected"]
        rows.append(
            [
                _mark(name, few),
                write_count(removed["events"]),
                write_number(removed["effective"]),
                write_number(removed["expected"]),
                write_share(removed["expected"] / total) if total > 0 else UNDEFINED,
            ]
        )
    columns = ("Channel", "Events in the test set", "Effective", "Expected", "Of the background")
    note = prose.write("channels")
    return Table(columns, rows, note=note)


def _list_scorers(measured: Mapping[str, Any]) -> list[str]:
    return list(next(iter(measured.values()))["scorers"])


def _tabulate_aucs(
    groups: Mapping[str, Mapping[str, Any]],
    channels: Mapping[str, Any],
    few: Sequence[str],
    prose: Prose,
) -> Table:
    columns = [(measured, s) for measured in groups.values() for s in _list_scorers(measured)]
    rows = []
    for name in channels:
        found = [measured[name]["scorers"][scorer] for measured, scorer in columns]
        rows.append([_mark(name, few), *(_write_auc(f.get("without", f["full"])) for f in found)])
    note = prose.write("aucs")
    return Table(("Channel", *(scorer for _, scorer in columns)), rows, note=note)


def _write_auc(measured: Mapping[str, Any]) -> str:
    return write_measurement(measured["auc"], measured["auc_uncertainty"])


def _describe_network(
    folder: Path, name: str, measured: Mapping[str, Any], few: Sequence[str], prose: Prose
) -> Section:
    caption = prose.write("shapes", name)
    figure = Figure(
        folder / f"{name_shapes(name)}.png", f"Removed channels, scored by {name}", caption
    )
    rows = [
        [scorer, _mark(channel, few), *_write_comparison(content["scorers"][scorer])]
        for scorer in _list_scorers(measured)
        for channel, content in measured.items()
    ]
    note = prose.write("network")
    return Section(
        f"removal-{name}",
        name,
        tables=(Table(_list_columns(measured, name), rows, 2, note=note),),
        figures=(figure,),
    )


def _list_columns(measured: Mapping[str, Any], scorer: str) -> list[str]:
    found = next(iter(measured.values()))["scorers"][scorer]["full"]["efficiencies"]
    efficiencies = [
        f"Efficiency at {write_setting(100 * at['background_efficiency'])} % of the rest, {kind}"
        for at in found
        for kind in ("not trained on", "trained on")
    ]
    aucs = ["AUC, not trained on", "AUC, trained on", "Difference"]
    return ["Score", "Channel", *aucs, *efficiencies]


def _write_comparison(found: Mapping[str, Any]) -> Iterator[str]:
    without, full = found["without"], found["full"]
    yield _write_auc(without)
    yield _write_auc(full)
    if without["auc"] is None or full["auc"] is None:
        yield UNDEFINED
    else:
        # no minus sign where nothing is left of the number
        yield f"{round(without['auc'] - full['auc'], 3) + 0.0:+.3f}".replace("-", "−")
    for pair in zip(without["efficiencies"], full["efficiencies"], strict=True):
        yield from map(write_efficiency, pair)
