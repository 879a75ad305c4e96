"""The `files` block: where input files come from, and what happens to bad ones."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from rapidmass.config.base import Section


def _check_braces(path: Path) -> Path:
    if {"{", "}"} & set(str(path)):
        raise ValueError(f"{path} has braces, which are wildcards in names of products: rename it")
    return path


class FileSettings(Section):
    """Where input files come from, and what happens to bad ones."""

    replace: dict[str, str] = Field(
        {},
        description="Beginnings of file names of the sample sheet, and what stands in their place: "
        "another server, or a folder with copies. The longest that fits counts. Another server "
        "makes nothing run again; in a folder the files are inputs like any others, and what was "
        "read from afar is read again.",
    )
    cache: Annotated[Path, AfterValidator(_check_braces)] | None = Field(
        None,
        description="Folder for whole copies of files that are read over the network. They are "
        "checked against the sample sheet, and are fetched once for all jobs. Without it each job "
        "reads the branches that it needs from afar. No braces may be in its name.",
    )
    attempts: Annotated[int, Field(ge=1, le=1000)] = Field(
        5, description="How often a piece of a file is asked for, before a job fails."
    )
    timeout: Annotated[float, Field(gt=0, le=86_400)] = Field(
        60, description="Seconds to wait for an answer of a server."
    )
    bad_files: Literal["fail", "quarantine"] = Field(
        "fail",
        description="What a file leads to that cannot be read, repeats events of another one, or "
        "holds events with impossible numbers: the end of the run (`fail`), or it, or these "
        "events, are left out, listed in the report, and luminosity and sums of weights corrected "
        "(`quarantine`).",
    )
    quarantine_cap: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.05, description="Largest share of the events of a sample that may be left out."
    )
    split_above: Annotated[float, Field(ge=1e-6, le=1e6)] = Field(
        20,
        description="Size in GB (10^9 bytes) above which a file of the sample sheet is read by "
        "several jobs, in as many pieces as have at most this size: whole clusters of the file. "
        "Their shards are joined to the one that the file has without pieces, with the same "
        "events, keys and sums. Files whose size is not known beforehand (on a server, without "
        "the column `size` of the sheet), and npz files, are one piece. The jobs of "
        "one submission to a cluster read no more together, unless one reads more by itself.",
    )
