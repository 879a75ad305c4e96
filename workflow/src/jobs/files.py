"""The ROOT files that jobs read: those on disk are inputs, those on servers are params."""

import json
from pathlib import Path
from typing import Any

from snakemake.exceptions import WorkflowError
from snakemake.iocontainers import Wildcards

from jobs.context import Context, Settings
from jobs.origins import Origin
from jobs.paths import QUARANTINE_RECORD, fill
from rapidmass.config.inputs.constants import needs_files
from rapidmass.config.inputs.samples import Sample
from rapidmass.provenance.addresses import Sealed, is_address
from rapidmass.provenance.atomic_files import shelter

LINKS = Path(".cache", "rapidmass", "links")
"""Links to files with braces in their names, in which Snakemake would see wildcards."""


def find_ntuple(context: Context, wildcards: Wildcards) -> list[str]:
    """Find the file of a job, unless it is on a server."""
    return _keep_local([context.parts[wildcards.sample][wildcards.part]])


def _keep_local(paths: list[str]) -> list[str]:
    return [shelter(path, LINKS) for path in paths if not is_address(path)]


def describe_source(context: Context, wildcards: Wildcards) -> Sealed:
    """Describe the file of a job, as it opens it. No setting, since it may move."""
    return Sealed(json.dumps(_name_source(context, wildcards.sample, wildcards.part)))


def describe_origin(context: Context, wildcards: Wildcards) -> Sealed:
    """Describe where a file is copied from."""
    source = _name_source(context, wildcards.sample, wildcards.part)
    location = context.origins[wildcards.sample][wildcards.part]["location"]
    return Sealed(json.dumps({**source, "location": location}))


def _name_source(context: Context, sample: str, part: str) -> dict[str, Any]:
    settings = context.config.files
    return {
        "location": context.parts[sample][part],
        "attempts": settings.attempts,
        "timeout": settings.timeout,
        **keep(context.origins[sample][part], "size", "adler32"),
    }


def keep(origin: Origin, *keys: str) -> Origin:
    """Keep what is known of a file, of what is asked for."""
    return {key: origin[key] for key in keys if key in origin}


def identify_file(context: Context, sample: str, part: str) -> Origin | None:
    """Identify a file that is not among the inputs of a job, so that it runs again for another."""
    if not is_address(context.parts[sample][part]):
        return None
    return keep(context.origins[sample][part], "sheet", "size", "adler32")


def describe_fetching(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the copy of a file."""
    sample = wildcards.sample
    origin = context.origins[sample][wildcards.part]
    return {"file": (f"samples.{sample}.files", keep(origin, "sheet", "size", "adler32"))}


def find_files_with_weights(context: Context, wildcards: Wildcards) -> list[str]:
    """Find the files that the weight of a sample takes a look into."""
    sample = context.samples[wildcards.sample]
    return _keep_local(list(_list_parts_with_weights(context, sample).values()))


def describe_sources_with_weights(context: Context, wildcards: Wildcards) -> Sealed:
    """Describe these files by part, as a job opens them."""
    name = wildcards.sample
    parts = _list_parts_with_weights(context, context.samples[name])
    return Sealed(json.dumps({part: _name_source(context, name, part) for part in parts}))


def identify_files_with_weights(context: Context, sample: Sample) -> dict[str, Origin]:
    """Identify those of these files that are not among the inputs."""
    parts = _list_parts_with_weights(context, sample)
    known = {part: identify_file(context, sample.sample, part) for part in parts}
    return {part: identity for part, identity in known.items() if identity}


def _list_parts_with_weights(context: Context, sample: Sample) -> dict[str, str]:
    looks = needs_files(sample, context.analysis.formats[sample.format])
    return context.parts[sample.sample] if looks else {}


def find_certified(context: Context, wildcards: Wildcards) -> list[str]:
    """Find the list of certified sections of a sample of data, if it has one."""
    path = context.samples[wildcards.sample].certified
    if path is None:
        return []
    found = context.find_beside(path)
    if not Path(found).is_file():
        raise WorkflowError(
            f"sample {wildcards.sample}: there is no file {path} with certified sections; correct "
            "the column 'certified' of the sample sheet"
        )
    return [shelter(found, LINKS)]


def list_quarantine_records(context: Context, sample: str) -> list[str]:
    """List what was found of the files of a sample, where bad ones are left out."""
    return (
        [] if context.config.files.bad_files == "fail" else [fill(QUARANTINE_RECORD, sample=sample)]
    )


def find_quarantine_record(context: Context, wildcards: Wildcards) -> list[str]:
    """Find what was found of the files of the sample of a job."""
    return list_quarantine_records(context, wildcards.sample)
