"""Checks of classifiers in words and tables."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rapidmass.config.studies.classifier_checks import ClassifierChecks
from rapidmass.report.formatting import (
    Table,
    write_measurement,
    write_number,
    write_share,
)
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section
from rapidmass.studies.classifier_checks.groups import CLASSES, SHAPES

Found = Mapping[str, Any]

MODEL = (
    "Classifier", "AUC, trained on", "AUC, unseen", "p of the background", "p of the signal",
    "Calibration error",
)  # fmt: skip
IMPORTANCE = ("Feature", "AUC alone", "Fall of the AUC")
KINDS = {
    "overtraining": "Trained and unseen events",
    "calibration": "Calibration",
    "purity": "Purity and efficiency",
    "importance": "Importance of features",
    "composition": "Composition in bins of the score",
}


def name_figure(name: str, kind: str) -> str:
    """Name a figure of a classifier, without suffix."""
    return f"{name}_{kind}"


def describe_checks(
    folder: Path, checks: Mapping[str, Found], settings: ClassifierChecks
) -> Section:
    """Describe the checks of all classifiers.

    Parameters
    ----------
    folder
        Where the figures are.
    checks
        By classifier, what `check_model` and `check_scores` found.
    settings
        Of the study.

    Returns
    -------
    Section
        A table of all, and a part for each with its figures.
    """
    prose = Prose("classifier_checks", permutations=settings.permutations, bins=settings.bins)
    return Section(
        "classifier_checks",
        "Checks of classifiers",
        text=prose.list_paragraphs("text"),
        tables=(Table(MODEL, [_write_model(name, one) for name, one in checks.items()]),),
        sections=tuple(_describe(folder, name, one, prose) for name, one in checks.items()),
    )


def _write_model(name: str, found: Found) -> list[str]:
    measured = found["overtraining"]
    auc = [measured["auc"][part] for part in ("trained", "unseen")]
    return [
        name,
        *(write_measurement(one["value"], one["uncertainty"]) for one in auc),
        *(write_number(measured["classes"][kind]["p_value"], 2) for kind in CLASSES),
        write_number(found["calibration"]["error"], 2),
    ]


def _describe(folder: Path, name: str, found: Found, prose: Prose) -> Section:
    return Section(
        f"classifier_checks-{name}",
        name,
        tables=(
            _tabulate_importance(found, prose),
            _tabulate_composition(found, prose),
            _tabulate_sculpting(found, prose),
        ),
        figures=tuple(_list_figures(folder, name, found, prose)),
        small=True,
    )


def _tabulate_importance(found: Found, prose: Prose) -> Table:
    entries = found["importance"]
    trees = "contribution" in entries[0]
    rows = [
        [
            entry["feature"],
            write_number(entry["alone"]),
            write_measurement(entry["loss"], entry["loss_spread"]),
            *([write_number(entry["contribution"])] if trees else []),
        ]
        for entry in entries
    ]
    columns = (*IMPORTANCE, *(["Mean |contribution|"] if trees else []))
    return Table(columns, rows, note=prose.write("importance_note"))


def _tabulate_composition(found: Found, prose: Prose) -> Table:
    bins = found["composition"]
    channels = list(bins[0]["channels"])
    rows = [
        [
            f"above {write_share(entry['share'])}",
            write_measurement(entry["events"], entry["uncertainty"]),
            write_number(entry["signal"]),
            *(write_number(s if s is None else 100 * s) for s in entry["channels"].values()),
        ]
        for entry in bins
    ]
    columns = ("Bin", "Background", "Signal", *(f"{name} [%]" for name in channels))
    return Table(columns, rows, note=prose.write("composition_note"))


def _tabulate_sculpting(found: Found, prose: Prose) -> Table:
    rows = []
    for variable, measured in found["sculpting"].items():
        moved = {cut["background_efficiency"]: cut["distance"] for cut in measured["cuts"]}
        rows.append([variable, *(write_number(moved.get(share)) for share in SHAPES[1:])])
    columns = ("Variable", *(f"{write_share(share)} pass" for share in SHAPES[1:]))
    return Table(columns, rows, note=prose.write("sculpting_note"))


def _list_figures(folder: Path, name: str, found: Found, prose: Prose) -> Iterator[Figure]:
    titles = {kind: (title, prose.write(kind)) for kind, title in KINDS.items()}
    for kind in CLASSES:
        titles[f"correlations_{kind}"] = f"Correlations, {kind}", prose.write("correlations")
    for variable in found["sculpting"]:
        titles[f"sculpting_{variable}"] = f"Sculpting of {variable}", prose.write("sculpting")
    for kind, (title, caption) in titles.items():
        path = folder / f"{name_figure(name, kind)}.png"
        yield Figure(path, f"{title}: {name}", caption)
