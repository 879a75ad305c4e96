"""The first page: what was searched for, what is expected, how sure, and what limits it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from rapidmass.plotting.names import SIGNIFICANCES
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report import captions
from rapidmass.report.budget import summarise_budget, tabulate_budget
from rapidmass.report.formatting import (
    Table,
    write_luminosity,
    write_measurement,
    write_number,
    write_number_of,
)
from rapidmass.report.products import RunProducts, SelectionProducts
from rapidmass.report.sections import Section
from rapidmass.report.warnings import list_warnings

NOTHING = (
    "No selection has a signal: there are no scans, significances or limits. The pages of networks "
    "and studies show what they make of background and data."
)
COLUMNS = ("Signal", "Best network", "Z behind cuts", "Best baseline", "Z behind cuts")
COLUMNS_OF_FITS = ("Best fit", "Z of it")
NOTE = (
    "Z: expected significance with an uncertain background. Behind cuts on a score and on MET, "
    "with the uncertainty from the size of the simulated samples; and of a fit, where it is done. "
    "The best of many scores is an optimum, and hence a little too large."
)
SOUND = (
    "No sample is empty, no channel has too few events, no event weighs too much, and every "
    "significance is defined."
)
SHOWN = 5  # of the cautions
LIMITS = "How sure, and what limits it"


def describe_overview(run: RunProducts) -> tuple[Section, ...]:
    """Describe the run on one or two screens.

    Parameters
    ----------
    run
        What the report tells.

    Returns
    -------
    tuple of Section
        One a selection with signals, and what limits the sensitivity.
    """
    searched = [selection for selection in run.selections if selection.settings.signals]
    if not searched:
        results = Section("overview-results", "Results", text=(NOTHING, _describe_events(run)))
        return results, _describe_cautions(run)
    sentences = dict(zip([s.name for s in searched], summarise_budget(run), strict=True))
    sections = [
        Section(
            f"overview-{number}",
            f"Selection {selection.name}",
            text=(sentences[selection.name],),
            tables=(_tabulate(selection),),
            figures=tuple(captions.list_comparisons(selection)[:1]),
        )
        for number, selection in enumerate(searched)
    ]
    limits = Section(
        "overview-limits", LIMITS, text=(_describe_events(run),), tables=(tabulate_budget(run),)
    )
    return (*sections, limits, _describe_cautions(run))


def list_headlines(run: RunProducts) -> list[str]:
    """List what one says first of a run, in a line each.

    Parameters
    ----------
    run
        What the report tells.

    Returns
    -------
    list of str
        What is expected of each selection, or why nothing is; and how many cautions there are.
    """
    found = len(list_warnings(run))
    cautions = f"{write_number_of(found, 'caution')} on the first page" if found else SOUND
    return [*(summarise_budget(run) or [NOTHING]), cautions]


def _describe_cautions(run: RunProducts) -> Section:
    found = list_warnings(run)
    lines = found[:SHOWN]
    if len(found) > SHOWN:
        lines.append(f"{len(found) - SHOWN} more are on the page of cautions.")
    return Section("overview-cautions", "Cautions", text=tuple(lines) or (SOUND,))


def _describe_events(run: RunProducts) -> str:
    names = ", ".join(selection.name for selection in run.selections)
    channels = dict.fromkeys(c for selection in run.selections for c in selection.channels)
    networks = dict.fromkeys(n.name for selection in run.selections for n in selection.networks)
    return (
        f"Selections: {names}; {write_number_of(len(channels), 'background channel')}, "
        f"{write_number_of(len(run.samples), 'sample')}. "
        f"Networks: {', '.join(networks)}. √s = {run.sqrt_s / 1000:.4g} TeV, "
        f"{write_luminosity(run.luminosity)}. Seed {run.seed}."
    )


def _tabulate(selection: SelectionProducts) -> Table:
    cuts, *fits = _read_significances(selection).values()
    baselines = {scorer.name for scorer in selection.scorers if scorer.is_baseline}
    rows = [
        [signal, *_find_best(cuts[signal], baselines, [found[signal] for found in fits])]
        for signal in selection.settings.signals
    ]
    return Table(COLUMNS + COLUMNS_OF_FITS if fits else COLUMNS, rows, words=2, note=NOTE)


def _find_best(
    cuts: Mapping[str, Any], baselines: Collection[str], fits: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    yield from _write_best({n: z for n, z in cuts.items() if n not in baselines})
    yield from _write_best({n: z for n, z in cuts.items() if n in baselines})
    for found in fits:
        yield from _write_best(found)


def _read_significances(selection: SelectionProducts) -> Mapping[str, Any]:
    if selection.comparison is None:
        return {"cuts": {signal: {} for signal in selection.settings.signals}}
    found: dict[str, Any] = read_json(selection.comparison / f"{SIGNIFICANCES}.json")
    return dict(found["significances"])


def _write_best(found: Mapping[str, Mapping[str, float]]) -> tuple[str, str]:
    if not found:
        return "–", "–"
    name = max(found, key=lambda name: found[name]["value"])
    value, uncertainty = found[name]["value"], found[name]["uncertainty"]
    return name, write_measurement(value, uncertainty) if uncertainty else write_number(value)
