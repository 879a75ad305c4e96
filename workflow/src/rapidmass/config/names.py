"""What names may be that become names of files and folders: the one place that says so."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from rapidmass.provenance.addresses import is_address, redact_address
from rapidmass.storage.event_keys import hash_text

LONGEST = 100
FOLDERS = frozenset({"export", "files", "graphs", "report", "samples"})
"""Of results, beside selections."""
PRODUCTS = frozenset({
    "altered_events", "blind_test.json", "bump_hunt", "calibration.json", "categories",
    "channel_removal", "checkpoints", "classifier_checks", "combined_trainings.json", "comparison",
    "composition.json", "cut_and_count.json", "cutflow.json", "data.json", "data_comparison",
    "displays", "explanations", "figures", "fits", "jet_images", "latent", "losses.json",
    "megaset_number", "models", "scans", "scores", "scores_across", "sections", "seeds",
    "sensitivity", "sensitivity.json", "shifts", "tagger_images", "taggers.json",
    "trainings.json", "tree_tuning", "tuning", "two_sample.json",
})  # fmt: skip
"""Of a selection, beside its representations."""
UNSAFE = re.compile(r"[^\w+.()~@-]")  # in a part of a path that is a wildcard of the workflow


def _check_channel(name: str) -> str:
    wrong = sorted({sign for sign in name if not (sign.isalnum() or sign in " _+-.()~")})
    if wrong or not name or len(name) > LONGEST or name[0] in " .-~" or name[-1] in " .":
        what = f"{' '.join(map(ascii, wrong))} cannot be in it" if wrong else "it cannot"
        raise ValueError(
            f"channel {name!r} becomes the name of a file: {what}; take letters, digits, blanks "
            f"and _+-.()~, at most {LONGEST}, and begin with a letter, a digit, ( or +"
        )
    return name


def _check_selection(name: str) -> str:
    if name in FOLDERS:
        raise ValueError(
            f"results/{name} is a folder of other products: give the selection another name"
        )
    return name


def _check_representation(name: str) -> str:
    if name in PRODUCTS:
        raise ValueError(
            f"results/<selection>/{name} is a folder of other products: give the representation "
            "another name"
        )
    return name


def check_unique(names: list[str]) -> list[str]:
    """Make sure that no name is listed twice.

    Parameters
    ----------
    names
        Any.

    Returns
    -------
    list of str
        The same.

    Raises
    ------
    ValueError
        If a name is there twice.
    """
    twice = sorted(name for name, number in Counter(names).items() if number > 1)
    if twice:
        raise ValueError(f"{twice[0]} is listed twice")
    return names


Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]+$"), Field(max_length=LONGEST)]
"""Name of a selection, sample, network, baseline, campaign, shift, alteration, format, ..."""
SelectionName = Annotated[Name, AfterValidator(_check_selection)]
"""Name of a selection, which is a folder of results."""
RepresentationName = Annotated[Name, AfterValidator(_check_representation)]
"""Name of a representation, which is a folder of the results of a selection."""
UniqueNames = Annotated[list[Name], AfterValidator(check_unique)]
"""Names, each once."""
ChannelName = Annotated[str, AfterValidator(_check_channel)]
"""Name of a background channel of a selection, as people read it in figures and tables."""


def name_parts(files: Iterable[str]) -> dict[str, str]:
    """Name the parts of a sample by its files, so that adding a file renames no other part.

    Parameters
    ----------
    files
        Paths and addresses of a sample.

    Returns
    -------
    dict
        File by the name of its part: the stem of its name, with a digest where it has signs that
        the path of a product cannot have, or where another file has the same stem. The secrets of
        an address count nowhere.

    Raises
    ------
    ValueError
        If addresses differ in secrets alone.
    """
    known = {file: redact_address(file) for file in files}
    stems = {file: PurePosixPath(_find_path(place)).stem for file, place in known.items()}
    counts = Counter(stems.values())
    parts: dict[str, str] = {}
    for file, stem in stems.items():
        clean = UNSAFE.sub("_", stem) or "_"
        if counts[stem] > 1:
            name = f"{clean}-{hash_text(known[file]):016x}"
        else:  # in whatever folder
            name = stem if clean == stem else f"{clean}-{hash_text(stem):016x}"
        if name in parts:
            raise ValueError(f"{known[file]} is listed twice, with other words to be let in")
        parts[name] = file
    return parts


def _find_path(place: str) -> str:
    return urlsplit(place).path if is_address(place) else place
