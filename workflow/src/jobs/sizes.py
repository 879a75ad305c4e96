"""How much a job reads, in bytes of ROOT files: known before anything is made."""

from snakemake.iocontainers import Wildcards

from jobs.context import Context

# 34 bytes an event and 4 a variable, for about 350 in a ROOT file (docs/scaling.md)
SCORES_OF_FILES = 0.1
SCORED = ("scorer", "model", "architecture", "baseline")  # wildcards that name a score


def measure_events(context: Context, wildcards: Wildcards) -> int:
    """Measure the files with the events of a job: one, a piece, or all of a dataset.

    Jobs that read scores of a selection's background, nominal and with each variation, count by an
    estimate of their size. What is not known counts nothing: files on servers without a size in the
    sample sheet, and files that are still to be generated.

    Parameters
    ----------
    context
        The run.
    wildcards
        Of the job.

    Returns
    -------
    int
        In bytes.
    """
    if wildcards.get("part") is not None:
        # samples that no selection uses can be asked for by name
        origin = context.origins.get(wildcards.sample, {}).get(wildcards.part, {"bytes": 0})
        size: int = origin["bytes"]
        return size // (1 if wildcards.get("piece") is None else origin["pieces"])
    split = context.config.split
    dataset, selection = wildcards.get("dataset"), wildcards.get("selection")
    if dataset in context.sizes:
        return context.sizes[dataset] * (split.folds or 1)  # each fold's network scores all
    if selection is None or not any(wildcards.get(name) for name in SCORED):
        return 0
    samples = context.list_selected(selection, ["background"])
    scored = sum(context.sizes[name] for name in samples) * split.scored_share
    if dataset is not None:
        return round(scored)
    return round(scored * SCORES_OF_FILES * (1 + len(context.shifted[selection])))
