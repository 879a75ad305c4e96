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
from rapidmass.report.sections import Figure, Section

MAP = "auc"
METHOD = (
    "One background channel at a time is left out of the training, and then sought as if it were a "
    "signal: its events of the test set against those of all other channels. That answers what a "
    "search without a model must be asked: does the network find a process anomalous because it "
    "never saw one like it? Inputs are scaled anew without the channel, so nothing of it reaches "
    "the network; a cell that no other event fills is a constant for this network, and cannot tell "
    "it anything about the channel."
)
READING = (
    "AUC: the probability that an event of the channel has a larger score than an event of the "
    "rest. 0.5 separates nothing; below 0.5 the channel looks more ordinary than the rest even "
    "though the network never saw it, which happens to channels whose events have few or soft "
    "objects. What counts is the difference to the same network trained on every channel: a "
    "channel that is just as anomalous there is found by being hard or rich in objects, not by "
    "being new."
)
UNCERTAINTY = (
    "Uncertainties are statistical, from the weighted events of the test set. The networks with "
    "and without a channel score the same events, so the statistical uncertainty of their "
    "difference is smaller than that of either; but they are two trainings, and differences of the "
    "size that other seeds make mean nothing."
)
BASELINES = (
    "Baselines beside the networks are not made anew: where they are fitted to events at all, they "
    "were fitted with the channel."
)

MAP_CAPTION = (
    "AUC of each channel against the rest of the background, by networks that were not trained "
    "on it; in brackets the change against the same network trained on all channels. Baselines "
    "have no change. Red: the channel is more anomalous than the rest, blue: more ordinary."
)


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
    caution = (
        f"Marked *: channels with fewer than {floor} effective events, (Σw)² / Σw², in the test "
        f"set ({', '.join(few)}). Numbers on them rest on single events, and not even their "
        "uncertainties can be trusted: one event has no spread."
    )
    return Section(
        "removal",
        "Channel removal",
        text=(
            METHOD,
            READING,
            UNCERTAINTY,
            *([BASELINES] if baselines else []),
            *([caution] if few else []),
        ),
        tables=(
            _tabulate_channels(channels, few),
            _tabulate_aucs({**networks, **baselines}, channels, few),
        ),
        figures=(Figure(folder / f"{MAP}.png", "AUC of removed channels", MAP_CAPTION),),
        sections=tuple(
            _describe_network(folder, name, measured, few) for name, measured in networks.items()
        ),
    )


def _mark(channel: str, few: Sequence[str]) -> str:
    return f"{channel} *" if channel in few else channel


def _tabulate_channels(channels: Mapping[str, Any], few: Sequence[str]) -> Table:
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
    note = (
        "Expected: at the luminosity of the search, the test set scaled to the whole background. "
        "Leaving out a channel with a large share also leaves fewer events to train on."
    )
    return Table(columns, rows, note=note)


def _list_scorers(measured: Mapping[str, Any]) -> list[str]:
    return list(next(iter(measured.values()))["scorers"])


def _tabulate_aucs(
    groups: Mapping[str, Mapping[str, Any]], channels: Mapping[str, Any], few: Sequence[str]
) -> Table:
    columns = [(measured, s) for measured in groups.values() for s in _list_scorers(measured)]
    rows = []
    for name in channels:
        found = [measured[name]["scorers"][scorer] for measured, scorer in columns]
        rows.append([_mark(name, few), *(_write_auc(f.get("without", f["full"])) for f in found)])
    note = (
        "AUC of the channel against the rest of the background, by networks not trained on the "
        "channel, and by baselines."
    )
    return Table(("Channel", *(scorer for _, scorer in columns)), rows, note=note)


def _write_auc(measured: Mapping[str, Any]) -> str:
    return write_measurement(measured["auc"], measured["auc_uncertainty"])


def _describe_network(
    folder: Path, name: str, measured: Mapping[str, Any], few: Sequence[str]
) -> Section:
    caption = (
        f"Scores by {name}, one panel a channel, every distribution normalised to one. Red: the "
        "channel, and filled: the rest of the background, both scored by the network that was not "
        "trained on the channel. Dashed: the channel, scored by the network that was. First and "
        "last bin hold what lies outside. Bins whose weights add up to less than nothing are left "
        "empty."
    )
    figure = Figure(
        folder / f"{name_shapes(name)}.png", f"Removed channels, scored by {name}", caption
    )
    rows = [
        [scorer, _mark(channel, few), *_write_comparison(content["scorers"][scorer])]
        for scorer in _list_scorers(measured)
        for channel, content in measured.items()
    ]
    note = (
        "Efficiency: share of the channel above the cut that the given share of the rest passes, "
        "with its 68.3 % interval; undefined where too few effective events of the rest pass."
    )
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
