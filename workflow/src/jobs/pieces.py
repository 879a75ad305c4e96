"""Pieces of large files: which files have some, and what is joined of them."""

import re
from collections.abc import Iterator

from snakemake.iocontainers import Wildcards

from jobs.context import Context, Settings
from jobs.paths import fill

ANY = r"[^/]+"
ENDINGS = r"\.(?:parquet|cutflow\.json)$"


def list_pieces(context: Context, wildcards: Wildcards, pattern: str) -> list[str]:
    """List the products for each piece of the file of a job."""
    number = context.origins[wildcards.sample][wildcards.part]["pieces"]
    values = dict(wildcards.items())
    return [fill(pattern, **values, piece=f"{k}of{number}") for k in range(1, number + 1)]


def parse_piece(wildcards: Wildcards) -> list[int] | None:
    """Tell which piece of how many a job reads; nothing if it reads a whole file."""
    piece = wildcards.get("piece")
    return None if piece is None else [int(number) for number in piece.split("of")]


def match_split(context: Context) -> str:
    """Make the pattern of the wildcard `part` that stands for a file with pieces."""
    return "|".join(_list_split(context)) or "(?!)"


def match_whole(context: Context) -> str:
    """Make the pattern of the wildcard `part` that stands for any other file."""
    split = "|".join(_list_split(context))
    return f"(?!(?:{split}){ENDINGS}){ANY}" if split else ANY


def _list_split(context: Context) -> Iterator[str]:
    # another sample may have a file of the same name: the folder before it tells whose it is
    for sample, origins in context.origins.items():
        for part, origin in origins.items():
            if origin["pieces"] > 1:
                yield rf"(?<=/{re.escape(sample)}/){re.escape(part)}"


def describe_join(_: Context, wildcards: Wildcards) -> Settings:
    """Describe what pieces are joined to."""
    return {"sample": ("samples", wildcards.sample)}
