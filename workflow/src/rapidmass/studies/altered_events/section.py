"""What the report says about altered events."""

from collections.abc import Mapping, Sequence
from typing import Any

from rapidmass.report.formatting import (
    Table,
    join_words,
    write_count,
    write_interval,
    write_measurement,
    write_number,
    write_share,
)
from rapidmass.report.sections import Figure, Section
from rapidmass.studies.altered_events.figures import Drawn


def describe_alterations(
    drawn: Sequence[Drawn], studies: Sequence[Mapping[str, Any]], share: float
) -> Section:
    """Describe the study of altered events.

    Parameters
    ----------
    drawn
        From `rapidmass.studies.altered_events.figures.draw_alterations`.
    studies
        From `rapidmass.studies.altered_events.measure.study_alterations`, with `scorer`, one each.
    share
        Share of the test set that was altered.

    Returns
    -------
    Section
        Words, tables and figures.
    """
    first = studies[0]
    groups = dict.fromkeys(
        entry["name"] if entry["factor"] is not None else "" for entry in first["alterations"]
    )
    shapes = tuple(_caption(figure) for figure in drawn if figure.kind == "shapes")
    return Section(
        anchor="altered_events",
        title="Altered events",
        text=_write_text(first, share),
        tables=(_list_alterations(first),),
        sections=(
            *(_describe_group(name, drawn, studies) for name in groups),
            Section(anchor="altered_scores", title="Scores of altered events", figures=shapes),
        ),
    )


def _describe_group(
    name: str, drawn: Sequence[Drawn], studies: Sequence[Mapping[str, Any]]
) -> Section:
    """Describe an alteration with all its factors, or (without a name) all that have none."""
    chosen = [
        {**study, "alterations": [e for e in study["alterations"] if _is_of(e, name)]}
        for study in studies
    ]
    return Section(
        anchor=f"altered_{name or 'otherwise'}",
        title=f"Altered events: {_write_name(name) or 'other alterations'}",
        tables=(_list_aucs(chosen), *_list_efficiencies(chosen)),
        figures=tuple(_caption(f) for f in drawn if f.kind != "shapes" and f.subject == name),
    )


def _is_of(entry: Mapping[str, Any], name: str) -> bool:
    return bool(entry["name"] == name) if name else entry["factor"] is None


def _write_text(first: Mapping[str, Any], share: float) -> tuple[str, ...]:
    done = (
        f"A known anomaly is put into simulated background: {write_share(share)} of the events of "
        "the test set, which no network was trained on, are altered, and scored beside the whole "
        f"test set of {write_count(first['test']['events'])} events. The alteration is done on the "
        "four-momenta, before the matrix is built, so that masses, rapidity differences, MET and "
        "the sums of pT change with it. An altered event has the weight of its original, and has "
        "passed the selection before it was altered. Where an alteration has nothing to act on (an "
        "event without such an object), the event is left out."
    )
    meant = (
        "The AUC is the probability that an altered event has a higher score than an event of the "
        "test set: 0.5 if the score sees nothing, below 0.5 if it finds altered events more "
        "ordinary than real ones. Uncertainties are statistical; they take altered events as "
        "independent of the test set, of which they were made, and so are rather too large. A "
        "score that does not rise with the size of the alteration cannot be expected to find a "
        "signal of that kind; one that does need not find other kinds."
    )
    return done, meant


def _list_alterations(first: Mapping[str, Any]) -> Table:
    return Table(
        columns=("Alteration", "What is done", "Events", "Effective events"),
        rows=[
            (
                _write_name(entry["label"]),
                _explain(entry["settings"]),
                write_count(entry["events"]),
                write_number(entry["effective"]),
            )
            for entry in first["alterations"]
        ],
        words=2,
        note="Effective events: as many unweighted events would be as precise.",
    )


def _explain(settings: Mapping[str, Any]) -> str:
    """Say what an alteration does."""
    match settings["kind"]:
        case "scale_pt":
            types = join_words(settings["objects"])
            which = "the hardest object" if settings["which"] == "leading" else "all objects"
            met = "takes the recoil" if settings["recoil_met"] else "is kept"
            return f"pT of {which} of each type ({types}) times the factor; mass kept; MET {met}"
        case "swap":
            pairs = join_words([" and ".join(pair) for pair in settings["pairs"]])
            return f"objects put into each other's places: {pairs}"
        case "shuffle":
            return "each feature of each object, and of MET, taken from another event of the file"
        case _:
            drawn = ", and so is their number" if settings["multiplicities"] == "drawn" else ""
            return (
                f"each feature drawn from all objects of the type in the file{drawn}; MET as well"
            )


def _list_aucs(studies: Sequence[Mapping[str, Any]]) -> Table:
    labels = [_write_name(entry["label"]) for entry in studies[0]["alterations"]]
    return Table(
        columns=("AUC", *labels),
        rows=[
            (
                study["scorer"],
                *(
                    write_measurement(entry["auc"], entry["auc_uncertainty"])
                    for entry in study["alterations"]
                ),
            )
            for study in studies
        ],
        note="Altered events against the test set.",
    )


def _list_efficiencies(studies: Sequence[Mapping[str, Any]]) -> list[Table]:
    first = studies[0]["alterations"]
    tables = []
    for cut, efficiency in enumerate(first[0]["efficiencies"]):
        share = write_share(efficiency["background_efficiency"])
        tables.append(
            Table(
                columns=(
                    f"Efficiency at {share} background",
                    *(_write_name(entry["label"]) for entry in first),
                ),
                rows=[
                    (
                        study["scorer"],
                        *(
                            write_interval(e["efficiency"], e["low"], e["high"])
                            for e in (a["efficiencies"][cut] for a in study["alterations"])
                        ),
                    )
                    for study in studies
                ],
                note=f"Share of altered events above the cut that {share} of the test set passes, "
                "with its 68.3 % interval; undefined where too few effective events of the test "
                "set pass.",
            )
        )
    return tables


def _caption(drawn: Drawn) -> Figure:
    name = _write_name(drawn.subject)
    if drawn.kind == "auc":
        title = f"AUC against the factor, {name}"
        caption = (
            "AUC of altered events against the test set, for each score. Dotted: a score that sees "
            "nothing. Bars: statistical uncertainty."
        )
    elif drawn.kind == "efficiency":
        share = write_share(drawn.share or 0.0)
        title = f"Efficiency against the factor, {name}, at {share} background"
        caption = (
            f"Share of altered events above the cut that {share} of the test set passes, for each "
            "score. Dotted: a score that sees nothing. Points are missing where too few effective "
            "events of the test set pass the cut."
        )
    elif drawn.kind == "others":
        title = "AUC of the other alterations"
        caption = (
            "AUC of altered events against the test set, for each score. Events whose features do "
            "not belong together should have an AUC above 0.5 (dotted)."
        )
    else:
        title = f"Altered events, {name}"
        caption = (
            f"Distributions of the score {name}, each normalised to 1: filled the test set, lines "
            "its events after each alteration. The first and last bin take what lies outside."
        )
    return Figure(drawn.path, title, caption)


def _write_name(name: str) -> str:
    return name.replace("_", " ")
