# Where the ROOT files of samples are: made here, on disk, on a server, or copied from one.

import json
import os

from rapidmass.provenance.addresses import Sealed, is_address as is_remote, redact, redact_address
from rapidmass.config.names import name_parts
from rapidmass.provenance.atomic_files import shelter


def locate_file(name):
    """Where a file of the sample sheet is taken from: elsewhere, if `files.replace` says so."""
    fitting = [start for start in CONFIG.files.replace if name.startswith(start)]
    if not fitting:
        return name
    longest = max(fitting, key=len)
    place = CONFIG.files.replace[longest] + name.removeprefix(longest)
    # a copy in a folder has no query, with a token perhaps
    is_copy = is_remote(name) and not is_remote(place)
    return place.partition("?")[0] if is_copy else place


def match_files(sample):
    """Files of a sample that match its patterns: name in the sheet and place of each."""
    found = {}
    for name in sample.files:
        place = locate_file(name)
        if is_remote(place) or sample.adler32 or sample.size:
            found[name] = place
            continue
        # a path that exists is itself, whatever signs are in it
        matches = [place] if Path(place).exists() else sorted(glob(place))
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
        if not is_remote(path) and not Path(path).exists():
            raise WorkflowError(
                f"sample {sample.sample}: {path} is a link to nothing, does not exist, or cannot "
                "be reached; correct the column 'files' of the sample sheet"
            )
    # what several patterns match, or links lead to, is one file
    places = {
        os.path.realpath(path): name for name, path in sorted(found.items())[::-1]
    }
    return {
        name: path
        for name, path in found.items()
        if is_remote(path) or places[os.path.realpath(path)] == name
    }


def describe_file(sample, name, place):
    position = sample.files.index(name) if name in sample.files else None
    known = {"location": place}
    for column in ("size", "adler32"):
        entries = getattr(sample, column)
        if entries and position is not None:
            known[column] = entries[position]
    return known


def list_origins(sample):
    """Files of a sample by part: where each is, and what the sheet says of its content."""
    if sample.files:
        places = match_files(sample)
        try:
            parts = name_parts(sorted(places))
        except ValueError as error:
            raise WorkflowError(f"sample {sample.sample}: {error}") from None
        return {
            part: {
                "sheet": redact_address(name),
                **describe_file(sample, name, places[name]),
            }
            for part, name in parts.items()
        }
    if sample.process == PSEUDO_DATA:
        names = ["0"]
    else:
        jobs = math.ceil(scale_events(sample.events) / CONFIG.generator.events_per_file)
        names = [str(part) for part in range(jobs)]
    return {
        name: {"location": f"resources/ntuples/{sample.sample}/{name}.root"}
        for name in names
    }


# files of samples that no selection uses need not be there
ORIGINS = {name: list_origins(SAMPLES[name]) for name in USED}


def refuse_shared_files():
    """Make sure that no selection reads a file as two samples, unless they share its events out."""
    for selection in SELECTIONS:
        owners = {}
        for name in list_selected(selection):
            if SAMPLES[name].require is not None:
                continue
            for origin in ORIGINS[name].values():
                path = origin["location"]
                place = (
                    redact_address(path) if is_remote(path) else os.path.realpath(path)
                )
                if owners.setdefault(place, name) != name:
                    raise WorkflowError(
                        f"selection {selection}: samples {owners[place]} and {name} both have the "
                        f"file {redact_address(path)}; its events would count twice, unless the "
                        "column 'require' shares them out"
                    )


refuse_shared_files()

# Folder of whole copies of files on servers. Without a cache nothing is copied there.
FETCH_FOLDER = CONFIG.files.cache or "resources/fetched"


def place_file(sample, part, origin):
    """What a job reads: a path, or an address where nothing keeps copies."""
    if is_remote(origin["location"]) and CONFIG.files.cache is not None:
        return f"{FETCH_FOLDER}/{sample}/{part}.root"
    return origin["location"]


# By sample and part: the file that a job reads.
PARTS = {
    name: {part: place_file(name, part, origin) for part, origin in origins.items()}
    for name, origins in ORIGINS.items()
}
# Samples with files that are copied from a server before they are read.
FETCHED = [
    name
    for name, origins in ORIGINS.items()
    if CONFIG.files.cache is not None
    and any(is_remote(origin["location"]) for origin in origins.values())
]


# Links to files with braces in their names, in which Snakemake would see wildcards.
LINKS = Path(".cache", "rapidmass", "links")


def list_inputs(paths):
    """What of some files a job waits for: those that are not on a server."""
    return [shelter(path, LINKS) for path in paths if not is_remote(path)]


def ntuple_file(wildcards):
    return list_inputs([PARTS[wildcards.sample][wildcards.part]])


def keep(origin, *keys):
    """What is known of a file, of what is asked for."""
    return {key: origin[key] for key in keys if key in origin}


def name_source(sample, part):
    """A file as jobs open it."""
    origin = ORIGINS[sample][part]
    settings = CONFIG.files
    return {
        "location": PARTS[sample][part],
        "attempts": settings.attempts,
        "timeout": settings.timeout,
        **keep(origin, "size", "adler32"),
    }


def describe_source(wildcards):
    """Param: the file of a job. No setting, since it may move."""
    return Sealed(json.dumps(name_source(wildcards.sample, wildcards.part)))


def describe_origin(wildcards):
    """Param of jobs that copy a file: where it comes from."""
    origin = ORIGINS[wildcards.sample][wildcards.part]
    source = name_source(wildcards.sample, wildcards.part)
    return Sealed(json.dumps({**source, "location": origin["location"]}))


def fetch_settings(wildcards):
    origin = ORIGINS[wildcards.sample][wildcards.part]
    return write_canonical({"file": keep(origin, "sheet", "size", "adler32")})


def list_sources(sample):
    """Files of a sample by part, as jobs open them."""
    return {part: name_source(sample, part) for part in PARTS[sample]}


def identify_file(sample, part):
    """What decides whether a job runs again for a file that is not among its inputs."""
    if not is_remote(PARTS[sample][part]):
        return None
    return keep(ORIGINS[sample][part], "sheet", "size", "adler32")


def certified_of_sample(wildcards):
    """The list of certified sections of a sample of data, if it has one."""
    path = SAMPLES[wildcards.sample].certified
    if path is None:
        return []
    found = find_beside(path)
    if not Path(found).is_file():
        raise WorkflowError(
            f"sample {wildcards.sample}: there is no file {path} with certified sections; correct "
            "the column 'certified' of the sample sheet"
        )
    return [shelter(found, LINKS)]


def list_verdicts(sample):
    """What was found of the files of a sample, where bad ones are left out."""
    if CONFIG.files.bad_files == "fail":
        return []
    return [f"results/files/{sample}.json"]


def verdict_of_file(wildcards):
    return list_verdicts(wildcards.sample)
