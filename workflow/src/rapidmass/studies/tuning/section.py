"""What tuning found, in words and tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rapidmass.report.formatting import UNDEFINED, Table, write_count, write_number, write_setting
from rapidmass.report.sections import Figure, Section

SHOWN = 5
PARAMETERS = ("depth", "width", "latent", "activation", "learning_rate", "batch_size")
TRIALS, IMPORTANCES = "trials", "importances"
MEANING = (
    "A smaller loss on background means a better description of background, not a better search: a "
    "network that is wide enough to copy its inputs describes anomalies as well. Compare scans "
    "before a network is replaced. Each trial is one training; differences that are no larger than "
    "those between trainings with other seeds mean nothing."
)


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
    text = (_describe_trials(settings), _describe_search(settings), MEANING)
    parts = tuple(_describe_network(folder, name, tuning) for name, tuning in tunings.items())
    return Section(anchor="tuning", title="Tuning of the networks", text=text, sections=parts)


def _describe_trials(settings: Mapping[str, Any]) -> str:
    number = settings["rounds"] * settings["batches"] * settings["trials"]
    return (
        f"For each network, {write_count(number)} others of the same family were trained on the "
        f"first {write_count(settings['megasets'])} megasets, with other numbers of layers and "
        "units, activation functions, step sizes and sizes of batches. What decides between them "
        "is the loss on background events that were not trained on. No signal and no data were "
        "read. Loss, scaling and inputs are the same in all trials of a network, so that their "
        "losses can be compared; losses of different networks cannot."
    )


def _describe_search(settings: Mapping[str, Any]) -> str:
    return (
        f"The trials ran in {write_count(settings['rounds'])} rounds. Each proposes parameters "
        "from the results of the rounds before it with a tree-structured Parzen estimator; up to "
        f"{write_count(settings['random_trials'])} results, parameters are drawn at random."
    )


def _describe_network(folder: Path, name: str, tuning: Mapping[str, Any]) -> Section:
    trials = [trial for trial in tuning["trials"] if trial["parameters"] is not None]
    failed = sum(trial["loss"] is None for trial in trials)
    best, configured = tuning["trials"][tuning["best"]], tuning["configured_loss"]
    text = [_describe_best(name, len(trials), best["loss"], configured)]
    if failed:
        text.append(
            f"{write_count(failed)} of them failed because the loss did not stay finite. These "
            "count as worse than all others."
        )
    figures = [
        Figure(
            folder / name / f"{TRIALS}.png",
            f"Validation loss of the trials of {name}",
            "Validation loss of the last epoch of each trial, and the smallest up to it. Trials of "
            "a round between two dotted lines do not know of each other unless they are of one "
            "batch.",
        )
    ]
    if tuning["importances"]:
        figures.append(
            Figure(
                folder / name / f"{IMPORTANCES}.png",
                f"Importance of the parameters of {name}",
                "How much each parameter decides whether a trial is among the better ones "
                "(PED-ANOVA, arXiv:2304.10255), as a share of all of them. It tells of the ranges "
                "that were tried, and of trials that came to prefer good values.",
            )
        )
    return Section(
        anchor=f"tuning-{name}",
        title=name,
        text=tuple(text),
        tables=(_make_table(tuning),),
        figures=tuple(figures),
    )


def _describe_best(name: str, number: int, loss: float, configured: float | None) -> str:
    return (
        f"The best of {write_count(number)} trials has a validation loss of "
        f"{write_number(loss, 4)}; the network as configured, trained in the same way, has "
        f"{write_number(configured, 4)}. The file best.yaml beside the trials holds the network "
        f"of the best one as a block {name}_tuned, ready to be put among the architectures."
    )


def _make_table(tuning: Mapping[str, Any]) -> Table:
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
        note=f"The best {len(chosen)} trials and the network as configured. Trials are named by "
        "round, batch and number, all from 0. Depth: hidden layers on each side of the narrowest "
        "layer; width: units of the outermost ones; latent: units of the narrowest layer; weights: "
        "number of weights and biases.",
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
