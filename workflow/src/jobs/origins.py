"""Where the ROOT files of samples come from: made here, on disk, or on a server."""

import math
import os
from collections.abc import Mapping, Sequence
from glob import glob
from pathlib import Path
from typing import Any

from snakemake.exceptions import WorkflowError

from jobs.paths import NTUPLE, fill
from rapidmass.config.inputs.samples import PSEUDO_DATA, Sample
from rapidmass.config.names import name_parts
from rapidmass.config.root import Config
from rapidmass.provenance.addresses import is_address, redact_address

Origin = dict[str, Any]
"""A file: its `location`; its name in the `sheet`, its `size` and `adler32`, if these are known.

Also how many `bytes` it has, 0 if nobody knows, and in how many `pieces` it is read.
"""

BYTES_PER_GB = 10**9
MOST_PIECES = 1000  # of a file


def scale_events(config: Config, sample: Sample, factor: float = 1.0) -> int:
    """Scale the number of events of a sample to generate as the configuration asks."""
    scale = config.generator.find_scale(sample.sample)
    return max(1, round((sample.events or 0) * scale * factor))


def list_origins(config: Config, sample: Sample) -> dict[str, Origin]:
    """List the files of a sample by part.

    Parameters
    ----------
    config
        The configuration.
    sample
        A row of the sample sheet.

    Returns
    -------
    dict
        Where each is, and what the sheet says of its content.

    Raises
    ------
    WorkflowError
        If there is no such file, or two of one name; the message says what to correct.
    """
    if sample.files:
        places = _match_files(config, sample)
        try:
            parts = name_parts(sorted(places))
        except ValueError as error:
            raise WorkflowError(f"sample {sample.sample}: {error}") from None
        return {
            part: _describe_file(config, sample, name, places[name]) for part, name in parts.items()
        }
    jobs = 1
    if sample.process != PSEUDO_DATA:
        jobs = math.ceil(scale_events(config, sample) / config.generator.events_per_file)
    return {
        str(part): {
            "location": fill(NTUPLE, sample=sample.sample, part=part),
            "bytes": 0,
            "pieces": 1,
        }
        for part in range(jobs)
    }


def _locate_file(config: Config, name: str) -> str:
    """Say where a file of the sample sheet is taken from: elsewhere, if `files.replace` says so."""
    replace = config.files.replace
    fitting = [start for start in replace if name.startswith(start)]
    if not fitting:
        return name
    longest = max(fitting, key=len)
    place = replace[longest] + name.removeprefix(longest)
    # a copy in a folder has no query, with a token perhaps
    is_copy = is_address(name) and not is_address(place)
    return place.partition("?")[0] if is_copy else place


def _match_files(config: Config, sample: Sample) -> dict[str, str]:
    """Find the files that match the patterns of a sample: place of each by name in the sheet."""
    found: dict[str, str] = {}
    for name in sample.files:
        place = _locate_file(config, name)
        if is_address(place) or sample.adler32 or sample.size:
            found[name] = place
            continue
        # a path that exists is itself, whatever signs are in it
        matches = [place] if Path(place).exists() else sorted(glob(place))  # noqa: PTH207
        if not matches:
            raise WorkflowError(
                f"sample {sample.sample}: no file matches {place}; correct "
                + (
                    "the column 'files' of the sample sheet"
                    if place == name
                    else f"files.replace, which put it in the place of {redact_address(name)}"
                )
            )
        found |= {path: path for path in matches}
    for path in found.values():
        if not is_address(path) and not Path(path).exists():
            raise WorkflowError(
                f"sample {sample.sample}: {path} is a link to nothing, does not exist, or cannot "
                "be reached; correct the column 'files' of the sample sheet"
            )
    # what several patterns match, or links lead to, is one file
    places = {os.path.realpath(path): name for name, path in sorted(found.items())[::-1]}
    return {
        name: path
        for name, path in found.items()
        if is_address(path) or places[os.path.realpath(path)] == name
    }


def _describe_file(config: Config, sample: Sample, name: str, place: str) -> Origin:
    known: Origin = {"sheet": redact_address(name), "location": place}
    if name in sample.files:
        position = sample.files.index(name)
        for column in ("size", "adler32"):
            if entries := getattr(sample, column):
                known[column] = entries[position]
    if "size" in known:
        known["bytes"] = known["size"]
    else:
        known["bytes"] = 0 if is_address(place) else Path(place).stat().st_size
    known["pieces"] = _count_pieces(config, sample, place, known["bytes"])
    return known


def _count_pieces(config: Config, sample: Sample, place: str, size: int) -> int:
    """Count the pieces that a file is read in. It must not depend on whether it was fetched."""
    # packed arrays are read from their beginning on, so that a later piece would read all before it
    if place.partition("?")[0].endswith(".npz"):
        return 1
    pieces = max(1, math.ceil(size / (BYTES_PER_GB * config.files.split_above)))
    if pieces > MOST_PIECES:
        raise WorkflowError(
            f"sample {sample.sample}: {redact_address(place)} has {size} bytes, which "
            f"files.split_above would split into {pieces} pieces, and {MOST_PIECES} are the most: "
            f"set it to {size / BYTES_PER_GB / MOST_PIECES:.3g} or more"
        )
    return pieces


def refuse_shared_files(
    selection: str, samples: Sequence[Sample], origins: Mapping[str, Mapping[str, Origin]]
) -> None:
    """Make sure that a selection reads no file as two samples, unless they share its events out.

    Parameters
    ----------
    selection
        Name of the selection.
    samples
        Its samples.
    origins
        Their files, by sample and part.

    Raises
    ------
    WorkflowError
        If it does.
    """
    owners: dict[str, str] = {}
    for sample in samples:
        if sample.require is not None:
            continue
        name = sample.sample
        for origin in origins[name].values():
            path = origin["location"]
            place = redact_address(path) if is_address(path) else os.path.realpath(path)
            if owners.setdefault(place, name) != name:
                raise WorkflowError(
                    f"selection {selection}: samples {owners[place]} and {name} both have the "
                    f"file {redact_address(path)}; its events would count twice, unless the "
                    "column 'require' shares them out"
                )
