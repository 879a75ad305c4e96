"""Which files count, where bad ones are left out: inputs and settings of what judges them."""

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.files import identify_file, keep, list_quarantine_records
from jobs.inputs import list_measured_data, list_parts
from jobs.paths import fill
from jobs.settings import get_format
from rapidmass.config.inputs.constants import list_constants
from rapidmass.config.inputs.samples import Sample


def describe_inspection(context: Context, wildcards: Wildcards) -> Settings:
    """Describe what is looked for in a file."""
    sample = context.samples[wildcards.sample]
    settings = context.analysis.formats[sample.format]
    where = sample.sum_of_weights
    row, form = f"samples.{sample.sample}", f"ntuple_formats.{sample.format}"
    # what every selection needs: no cut of one, and no shift, decides about files
    objects = sorted({*context.config.objects, *settings.leptons})
    file = {"part": wildcards.part, **_identify_content(context, sample, wildcards.part)}
    return {
        "format": (form, get_format(context, sample)),
        "objects": ("representations", objects),
        "is_data": (f"{row}.role", sample.is_data),
        "require": (f"{row}.require", sample.require),
        "largest_momentum": ("sqrt_s", context.config.sqrt_s / 2),
        "constants": (f"{form}.in_file", list_constants(sample, settings.in_file)),
        "sum_of_weights": (f"{row}.sum_of_weights", where if isinstance(where, str) else None),
        "file": (f"{row}.files", file),
    }


def _identify_content(context: Context, sample: Sample, part: str) -> dict[str, object]:
    """Identify what decides whether a file is inspected again, beside a local file itself."""
    known = keep(context.origins[sample.sample][part], "size", "adler32")
    return {**(identify_file(context, sample.sample, part) or {}), **known}


def list_file_summaries(context: Context, wildcards: Wildcards) -> list[str]:
    """List what was found of each file of a sample."""
    sample = wildcards.sample
    return [fill(paths.FILE_SUMMARY, sample=sample, part=part) for part in context.parts[sample]]


def describe_quarantine(context: Context, wildcards: Wildcards) -> Settings:
    """Describe a sample whose files are judged."""
    name = wildcards.sample
    return {
        "sample": ("samples", name),
        "role": (f"samples.{name}.role", context.samples[name].role),
        "parts": (f"samples.{name}.files", list(context.parts[name])),
    }


def describe_cap(context: Context, _: Wildcards) -> Settings:
    """Describe how much of a sample may be left out."""
    return {"cap": ("files.quarantine_cap", context.config.files.quarantine_cap)}


def list_quarantine_checks(context: Context) -> list[str]:
    """List the check of each sample that no more is left out of it than may be."""
    samples = [name for name in context.used if list_quarantine_records(context, name)]
    return [fill(paths.QUARANTINE_CHECK, sample=name) for name in samples]


def list_shifted_cutflows(context: Context, wildcards: Wildcards) -> list[str]:
    """List the cutflows of variations."""
    selection = wildcards.selection
    return [
        path
        for shift, samples in context.shifted[selection].items()
        for path in list_parts(context, paths.SHIFTED_CUTFLOW, selection, samples, shift=shift)
    ]


def describe_losses(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the samples and variations whose losses are counted."""

    def count_parts(names: list[str]) -> list[list[object]]:
        return [[name, len(context.parts[name])] for name in names]

    shifted = context.shifted[wildcards.selection].items()
    selected = context.list_selected(wildcards.selection)
    return {
        "samples": ("samples", count_parts(selected)),
        "shifted": ("systematics", [[shift, count_parts(names)] for shift, names in shifted]),
    }


def list_losses(context: Context) -> list[str]:
    """List what selections and shifts leave out, where bad events are left out."""
    quarantine = context.config.files.bad_files == "quarantine"
    return [fill(paths.LOSSES, selection=s) for s in context.selections if quarantine]


def list_data_to_check(context: Context, wildcards: Wildcards) -> list[str]:
    """List the shards of data that could share events."""
    selection = wildcards.selection
    return list_parts(context, paths.SHARD, selection, list_measured_data(context, selection))


def describe_data_check(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the data that could share events."""
    names = list_measured_data(context, wildcards.selection)
    formats = {name: context.analysis.formats[context.samples[name].format] for name in names}
    unnumbered = [name for name in names if formats[name].identity is None]
    return {
        "samples": ("samples", [[name, len(context.parts[name])] for name in names]),
        "unnumbered": ("ntuple_formats.*.identity", unnumbered),
    }
