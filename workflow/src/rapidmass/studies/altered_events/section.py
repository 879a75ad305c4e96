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
from rapidmass.report.prose import Prose
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
    prose = Prose("altered_events", events=first["test"]["events"], share=share)
    groups = dict.fromkeys(
        entry["name"] if entry["factor"] is not None else "" for entry in first["alterations"]
    )
    shapes = tuple(_caption(figure, prose) for figure in drawn if figure.kind == "shapes")
    return Section(
        anchor="altered_events",
        title="Altered events",
        text=prose.list_paragraphs("text"),
        tables=(_list_alterations(first, prose),),
        sections=(
            *(_describe_group(name, drawn, studies, prose) for name in groups),
            Section(anchor="altered_scores", title="Scores of altered events", figures=shapes),
        ),
    )


def _describe_group(
    name: str, drawn: Sequence[Drawn], studies: Sequence[Mapping[str, Any]], prose: Prose
) -> Section:
    """Describe an alteration with all its factors, or (without a name) all that have none."""
    chosen = [
        {**study, "alterations": [e for e in study["alterations"] if _is_of(e, name)]}
        for study in studies
    ]
    return Section(
        anchor=f"altered_{name or 'otherwise'}",
        title=f"Altered events: {_write_name(name) or 'other alterations'}",
        tables=(_list_aucs(chosen, prose), *_list_efficiencies(chosen, prose)),
        figures=tuple(
            _caption(f, prose) for f in drawn if f.kind != "shapes" and f.subject == name
        ),
    )


def _is_of(entry: Mapping[str, Any], name: str) -> bool:
    return bool(entry["name"] == name) if name else entry["factor"] is None


def _list_alterations(first: Mapping[str, Any], prose: Prose) -> Table:
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
        note=prose.write("alterations"),
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


def _list_aucs(studies: Sequence[Mapping[str, Any]], prose: Prose) -> Table:
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
        note=prose.write("aucs"),
    )


def _list_efficiencies(studies: Sequence[Mapping[str, Any]], prose: Prose) -> list[Table]:
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
                note=prose.write("efficiencies", share),
            )
        )
    return tables


def _caption(drawn: Drawn, prose: Prose) -> Figure:
    name, share = _write_name(drawn.subject), write_share(drawn.share or 0.0)
    if drawn.kind == "auc":
        title = f"AUC against the factor, {name}"
    elif drawn.kind == "efficiency":
        title = f"Efficiency against the factor, {name}, at {share} background"
    elif drawn.kind == "others":
        title = "AUC of the other alterations"
    else:
        title = f"Altered events, {name}"
    return Figure(drawn.path, title, prose.write(f"{drawn.kind}_figure", name, share))


def _write_name(name: str) -> str:
    return name.replace("_", " ")
