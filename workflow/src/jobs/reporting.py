"""The report: what it must know of the whole configuration, and what people take home beside it."""

import json
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from snakemake.exceptions import WorkflowError
from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.files import list_quarantine_records
from jobs.inputs import list_all_scans, list_data_checks, list_parts, list_samples
from jobs.keys import get_luminosity, get_seed
from jobs.paths import fill
from jobs.quarantine import list_losses, list_quarantine_checks
from rapidmass.commands.history import find_commit
from rapidmass.config.inputs.samples import Sample
from rapidmass.provenance.addresses import Sealed, redact, redact_address


def _list_of_selections(context: Context, pattern: str) -> list[str]:
    return [fill(pattern, selection=selection) for selection in context.selections]


def _list_matrices(context: Context) -> list[str]:
    return [
        fill(paths.MATRICES, selection=selection, representation=name)
        for selection in context.selections
        for name in context.config.list_matrices()
    ]


def _list_comparisons(context: Context) -> list[str]:
    searched = [name for name, selection in context.selections.items() if selection.signals]
    return [fill(paths.COMPARED_SCORERS, selection=name) for name in searched]


def _list_of_runs(context: Context, pattern: str) -> list[str]:
    return [fill(pattern, selection=s, model=name, architecture=name) for s, name in context.runs]


def _list_sections(context: Context) -> list[str]:
    return [fill(paths.SECTION, selection=s, study=study) for s, study in context.sections]


def list_deliverables(context: Context) -> list[str]:
    """List what people take home beside the report.

    A product that is asked for here is made again when it is gone, as after a forced run that
    failed; one that others only pass through is not.
    """
    return [
        *_list_networks(context),
        *(
            fill(paths.BASELINE, selection=selection, baseline=name)
            for selection in context.selections
            for name in context.fits
        ),
        *_list_of_runs(context, paths.FIGURES),
        *list_all_scans(context),
        *_list_comparisons(context),
        *_list_matrices(context),
        *_list_sections(context),
    ]


def _list_networks(context: Context) -> list[str]:
    return [
        fill(path, selection=s, model=model)
        for s, name in context.runs
        for model in context.list_folds_of(name)
        for path in _list_products(context, model)
    ]


def _list_products(context: Context, model: str) -> tuple[str, ...]:
    weights = paths.BOOSTER if model in context.trees else paths.WEIGHTS
    return weights, paths.ONNX, paths.CARD, paths.HISTORY


def refuse_missing(context: Context) -> None:
    """Make sure that networks that shall stay as they are, are there.

    Raises
    ------
    WorkflowError
        If one is not; the message names it.
    """
    for path in _list_networks(context) if context.config.training.frozen else ():
        if not Path(path).exists():
            raise WorkflowError(
                f"training.frozen: {path} is not there to be kept: train it first, without "
                "training.frozen"
            )


def tell_results(dag: Any) -> None:  # noqa: ANN401
    """Tell on the console what a run found, where the report was among its targets."""
    if any(job.rule.name == "write_report" for job in dag.jobs):
        headlines = Path(paths.HEADLINES).read_text(encoding="utf-8").rstrip()
        sys.stderr.write(f"\n{headlines}\nThe report: {Path(paths.REPORT).absolute()}\n\n")


def list_inputs(context: Context) -> dict[str, list[str]]:
    """List what the report reads, in the order of its settings."""
    selections = context.selections
    cutflows = [
        path
        for selection in selections
        for path in list_parts(context, paths.CUTFLOW, selection, context.list_selected(selection))
    ]
    checks = [check for selection in selections for check in list_data_checks(context, selection)]
    return {
        "template": [str(context.checkout / "workflow/src/rapidmass/report/template.html.j2")],
        "cutflows": cutflows,
        "checked": [
            *_list_of_selections(context, paths.CUTFLOWS),
            *checks,
            *list_quarantine_checks(context),
        ],
        "quarantine_records": [
            path for sample in context.used for path in list_quarantine_records(context, sample)
        ],
        "losses": list_losses(context),
        "drawings": [
            fill(paths.PSEUDO_RECORD, sample=sample, part=part)
            for sample in context.used
            if sample in context.drawn
            for part in context.parts[sample]
        ],
        "weights": list_samples(context.used),
        "compositions": _list_of_selections(context, paths.COMPOSITION),
        "matrices": _list_matrices(context),
        "cards": [
            fill(paths.CARD, selection=s, model=model)
            for s, name in context.runs
            for model in context.list_folds_of(name)
        ],
        "figures": _list_of_runs(context, paths.FIGURES),
        "scans": list_all_scans(context),
        "sections": _list_sections(context),
        "comparisons": _list_comparisons(context),
    }


def list_templates(context: Context) -> list[str]:
    """List the templates of what an export writes as C++."""
    folder = context.checkout / "workflow/src/rapidmass/models/export"
    return [str(folder / f"{name}.j2") for name in ("network.h", "example.cpp")]


def describe_report(context: Context, _: Wildcards) -> Settings:
    """Describe the whole run."""
    config, used = context.config, context.used
    formats = {context.samples[name].format for name in used}
    return {
        "title": ("title", config.title),
        "seed": get_seed(context),
        "luminosity": get_luminosity(context),
        "sqrt_s": ("sqrt_s", config.sqrt_s),
        "split": ("split", config.split),
        "scan": ("scan", config.scan),
        "samples": ("samples", [_show(context.samples[name]) for name in used]),
        "unused": ("samples", context.analysis.list_unused_backgrounds()),
        "formats": ("ntuple_formats", {name: context.analysis.formats[name] for name in formats}),
        "selections": ("selections", [_describe_selection(context, s) for s in context.selections]),
        "matrices": ("representations", config.list_matrices()),
        "architectures": ("architectures", list(config.architectures)),
        "scorers": (
            "architectures.*.scores, baselines",
            [[name, s.model, s.kind] for name, s in context.scorers.items()],
        ),
        "unblinding": ("unblinding", config.unblinding),
        "frozen": ("training.frozen", config.training.frozen),
    }


def describe_start(context: Context, _: Wildcards) -> Sealed:
    """Describe how the run was started, for the foot of the report.

    No setting: another commit, day or number of cores makes no other report.
    """
    words = ["snakemake", *sys.argv[1:]]
    started = {
        "commit": find_commit(context.checkout) or "not in a repository",
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "command": redact(shlex.join(words)),
        "configuration": ", ".join(
            _show_place(Path(path), context.checkout) for path in context.origin.split(" + ")
        ),
    }
    return Sealed(json.dumps(started))


def _show_place(path: Path, checkout: Path) -> str:
    """Show where a file lies: in the working folder, in the checkout, or elsewhere."""
    for folder in (Path.cwd(), checkout):
        if path.absolute().is_relative_to(folder):
            return str(path.absolute().relative_to(folder))
    return str(path)


def describe_export(context: Context, _: Wildcards) -> Settings:
    """Describe what others take of a run."""
    return {"title": ("title", context.config.title)}


def _describe_selection(context: Context, name: str) -> dict[str, Any]:
    return {
        **context.selections[name].model_dump(mode="json"),
        "name": name,
        "samples": [[s, len(context.parts[s])] for s in context.list_selected(name)],
        "studies": [study for selection, study in context.sections if selection == name],
    }


def _show(sample: Sample) -> Sample:
    """Show a row of the sample sheet without passwords and tokens."""
    return sample.model_copy(update={"files": tuple(map(redact_address, sample.files))})
