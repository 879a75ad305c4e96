"""What was measured: kept as JSON by section, and told in pages."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.environment import HERE, INSTALL
from benchmarks.pairing import Spread, Timing, get_rates, get_ratios

RATE_UNITS = ((1e6, "Mev/s"), (1e3, "kev/s"), (1.0, "ev/s"))


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Parameters
    ----------
    what
        What was measured.
    peer
        What it was compared with; a dash for nothing.
    ours, other
        Our value and that of the peer.
    unit
        Unit of both.
    ratio, cpu_ratio
        How many times better we are, by the clock and by the time of the processor.
    target
        What was aimed at.
    met
        Whether it was reached; None where nothing was aimed at.
    moment
        When and on what revision, where the rows of a table differ in this.
    """

    what: str
    peer: str
    ours: Spread | None = None
    other: Spread | None = None
    unit: str = ""
    ratio: Spread | None = None
    cpu_ratio: Spread | None = None
    target: str = ""
    met: bool | None = None
    moment: str = ""


@dataclass
class Findings:
    """What a section found out.

    Parameters
    ----------
    about
        What was done, in a sentence or two.
    rows
        The table.
    notes
        What the table does not say.
    """

    about: str
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def skip(self, what: str) -> None:
        """Note what was left out as the peers are not installed."""
        self.notes.append(f"{what}: skipped, peer not installed (`{INSTALL}`).")


def compare_rates(
    what: str,
    peer: str,
    ours: Sequence[Timing],
    other: Sequence[Timing],
    events: float,
    *,
    other_events: float | None = None,
    least: float | None = None,
) -> Row:
    """Compare events per second.

    Parameters
    ----------
    what, peer
        What was measured, and what it was compared with.
    ours, other
        Timings of the same rounds.
    events, other_events
        Events of each of our timings, and of the peer's where they differ.
    least
        How many times faster we aim to be.

    Returns
    -------
    Row
        For the table.
    """
    other_events = other_events or events
    ratio, cpu_ratio = get_ratios(ours, other, events / other_events)
    return Row(
        what,
        peer,
        get_rates(ours, events),
        get_rates(other, other_events),
        "ev/s",
        ratio,
        cpu_ratio,
        "" if least is None else f"ratio ≥ {least:g}",
        None if least is None else ratio.median >= least,
    )


def compare_times(what: str, peer: str, ours: Sequence[Timing], other: Sequence[Timing]) -> Row:
    """Compare seconds.

    Parameters
    ----------
    what, peer
        What was measured, and what it was compared with.
    ours, other
        Timings of the same rounds.

    Returns
    -------
    Row
        For the table.
    """
    ratio, cpu_ratio = get_ratios(ours, other)
    own, others = (Spread.of([timing.wall for timing in found]) for found in (ours, other))
    return Row(what, peer, own, others, "s", ratio, cpu_ratio)


def write_findings(
    name: str,
    findings: Findings,
    told: Mapping[str, Any],
    folder: Path = HERE,
) -> None:
    """Keep what a section found.

    Parameters
    ----------
    name
        Name of the section.
    findings
        What it found.
    told
        `command`, `machine` and `moment`.
    folder
        Where the pages are, with the folder of the JSON files.
    """
    kept = folder / "results"
    kept.mkdir(parents=True, exist_ok=True)
    content = {"name": name, **told, **asdict(findings)}
    (kept / f"{name}.json").write_text(
        json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def render(title: str, remake: str, sections: Sequence[str], page: Path) -> None:
    """Write a page from the JSON files of its sections.

    Parameters
    ----------
    title
        Its heading.
    remake
        How to make it again.
    sections
        Their names, in the order of the page; those without a file are left out.
    page
        Where to write, beside the folder of the JSON files.
    """
    paths = [page.parent / "results" / f"{name}.json" for name in sections]
    contents = [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.exists()]
    lines = [line for content in contents for line in _write_section(content)]
    text = [*_write_head(title, remake, contents), *lines]
    page.write_text("\n".join(text).rstrip() + "\n", encoding="utf-8")


def _write_head(title: str, remake: str, contents: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [
        f"# {title}",
        "",
        "Written by `python -m benchmarks`; no number here was typed. Peers take turns with what",
        "is measured (A B A B ...) in one run. Numbers are medians over the rounds, with the",
        "smallest and largest in brackets; a ratio is taken in each round, and above 1 it is in",
        "favour of rapidmass. Its first value is by the clock, *cpu* by processor time, which",
        "other processes of a shared machine disturb less. One core unless it says otherwise.",
        "",
        f"Remake it with {remake}.",
        "",
    ]
    machines = list(dict.fromkeys(json.dumps(content["machine"]) for content in contents))
    for number, machine in enumerate(machines, start=1):
        if len(machines) > 1:
            lines += [f"Machine {number}:", ""]
        lines += [f"- {name}: {value}" for name, value in json.loads(machine).items()]
        lines.append("")
    return lines


def _write_section(content: Mapping[str, Any]) -> list[str]:
    moment = content["moment"]
    lines = [f"## {content['name']}", "", content["about"], ""]
    if content["rows"]:
        heads = ["what", "ours", "peer", "peer's", "ratio", "target"]
        heads += ["measured"] if any(row.get("moment") for row in content["rows"]) else []
        lines += [
            f"| {' | '.join(heads)} |",
            f"| {' | '.join(['---'] * len(heads))} |",
            *(_write_row(row) for row in content["rows"]),
            "",
        ]
    lines += [f"- {note}" for note in content["notes"]]
    lines += [""] if content["notes"] else []
    measured = f"{moment['date']}, revision {moment['revision']}, load before {moment['load']}"
    return [*lines, f"`{content['command']}`, {measured}", ""]


def _write_row(row: Mapping[str, Any]) -> str:
    ratio = _write_spread(row["ratio"], "")
    if row["cpu_ratio"]:
        ratio += f"; cpu {_write_number(row['cpu_ratio']['median'])}"
    met = {None: "", True: ": met", False: ": **not met**"}[row["met"]]
    cells = (
        row["what"],
        _write_spread(row["ours"], row["unit"]),
        row["peer"],
        _write_spread(row["other"], row["unit"]),
        ratio,
        row["target"] + met,
        *([row["moment"]] if row.get("moment") else []),
    )
    return f"| {' | '.join(cells)} |"


def _write_spread(spread: Mapping[str, float] | None, unit: str) -> str:
    if spread is None:
        return ""
    factor = 1.0
    if unit == "ev/s":
        factor, unit = next(
            (pair for pair in RATE_UNITS if spread["median"] >= pair[0]), RATE_UNITS[-1]
        )
    median, low, high = (_write_number(spread[k] / factor) for k in ("median", "low", "high"))
    return f"{median} [{low}, {high}] {unit}".rstrip()


def _write_number(value: float) -> str:
    if value and (abs(value) < 0.001 or abs(value) >= 1e5):
        return f"{value:.3g}"
    digits = max(0, 3 - len(str(int(abs(value)))))
    return f"{value:.{digits}f}" if abs(value) >= 1 else f"{value:.3g}"
