"""What tuning found, in words and tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rapidmass.report.formatting import UNDEFINED, Table, write_count, write_number, write_setting
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section

SHOWN = 5
PARAMETERS = ("depth", "width", "latent", "activation", "learning_rate", "batch_size")
TRIALS, IMPORTANCES = "trials", "importances"


def describe_tuning(
    folder: Path, tunings: Mapping[str, Mapping[str, Any]], settings: Mapping[str, Any]
) -> Section:
    """Describe what the trials of all networks of a selection found.

    Parameters
    ----------
    folder
        Where their figures are: `<network>/trials.png` and, with enough trials,
        `<network>/importances.png`.
    tunings
        From `rapidmass.studies.tuning.results.describe_tuning`, by network.
    settings
        `rounds`, `batches`, `trials`, `random_trials` of the configuration, and `megasets`: how
        many of them the trials were trained on.

    Returns
    -------
    Section
        With one part a network.
    """
    prose = Prose("tuning", **settings)
    return Section(
        anchor="tuning",
        title="Tuning of the networks",
        text=prose.list_paragraphs("text"),
        sections=tuple(
            _describe_network(folder, name, tuning, prose) for name, tuning in tunings.items()
        ),
    )


def _describe_network(folder: Path, name: str, tuning: Mapping[str, Any], prose: Prose) -> Section:
    trials = [trial for trial in tuning["trials"] if trial["parameters"] is not None]
    failed = sum(trial["loss"] is None for trial in trials)
    best, configured = tuning["trials"][tuning["best"]], tuning["configured_loss"]
    found = (name, len(trials), best["loss"], configured, failed)
    figures = [
        Figure(
            folder / name / f"{TRIALS}.png",
            f"Validation loss of the trials of {name}",
            prose.write("trials_figure"),
        )
    ]
    if tuning["importances"]:
        figures.append(
            Figure(
                folder / name / f"{IMPORTANCES}.png",
                f"Importance of the parameters of {name}",
                prose.write("importances_figure"),
            )
        )
    return Section(
        anchor=f"tuning-{name}",
        title=name,
        text=prose.list_paragraphs("network", *found),
        tables=(_make_table(tuning, prose),),
        figures=tuple(figures),
    )


def _make_table(tuning: Mapping[str, Any], prose: Prose) -> Table:
    finished = [trial for trial in tuning["trials"] if trial["loss"] is not None]
    varied = [trial for trial in finished if trial["parameters"] is not None]
    chosen = sorted(varied, key=lambda trial: trial["loss"])[:SHOWN]  # stable: the first of equals
    configured = [trial for trial in finished if trial["parameters"] is None]
    return Table(
        columns=[
            "trial", "validation loss", "weights", *(name.replace("_", " ") for name in PARAMETERS)
        ],
        rows=[_make_row(trial) for trial in (*chosen, *configured)],
        marked=frozenset(range(len(chosen), len(chosen) + len(configured))),
        note=prose.write("table", len(chosen)),
    )  # fmt: skip


def _make_row(trial: Mapping[str, Any]) -> list[str]:
    parameters = trial["parameters"]
    name = "as configured"
    shown = ["—"] * len(PARAMETERS)
    if parameters is not None:
        name = f"{trial['round']}-{trial['batch']}-{trial['number']}"
        shown = [_write_parameter(parameters[key]) for key in PARAMETERS]
    weights = UNDEFINED if trial["weights"] is None else write_count(trial["weights"])
    return [name, write_number(trial["loss"], 4), weights, *shown]


def _write_parameter(value: str | float) -> str:
    if isinstance(value, str):
        return value.replace("_", " ")
    return write_setting(value) if isinstance(value, int) else write_number(value)
