"""Which files have pieces, as patterns of Snakemake's wildcards, and what their jobs read."""

import re
from types import SimpleNamespace

import pytest
from snakemake.io import regex_from_filepattern
from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.pieces import list_pieces, match_split, match_whole, parse_piece

SPLIT = {
    "a": {"large": 3, "large.p": 1, "x(1)": 2, "small": 1},
    "b": {"large": 1},
}


def make_context(pieces):
    origins = {
        sample: {part: {"pieces": number} for part, number in parts.items()}
        for sample, parts in pieces.items()
    }
    return SimpleNamespace(origins=origins)


def find(context, match, pattern):
    """Find the files whose products a rule makes."""
    placed = pattern.replace("{part}", f"{{part,{match(context)}}}").replace(
        "{selection}/{representation}", "lep/rmm"
    )
    regex = re.compile(regex_from_filepattern(placed))
    return {
        (sample, part)
        for sample, parts in context.origins.items()
        for part in parts
        if regex.match(paths.fill(pattern, selection="lep", representation="rmm",
                                  sample=sample, part=part))
    }  # fmt: skip


@pytest.mark.parametrize("pattern", [paths.SHARD, paths.CUTFLOW, paths.AUGMENTED])
def test_each_file_is_whole_or_in_pieces(pattern):
    context = make_context(SPLIT)
    split = find(context, match_split, pattern)
    assert split == {("a", "large"), ("a", "x(1)")}
    assert (
        find(context, match_whole, pattern)
        == {(sample, part) for sample, parts in SPLIT.items() for part in parts} - split
    )


def test_without_large_files_no_rule_of_pieces_fits():
    context = make_context({"a": {"small": 1}, "b": {"small": 1}})
    assert find(context, match_split, paths.SHARD) == set()
    assert find(context, match_whole, paths.SHARD) == {("a", "small"), ("b", "small")}


def test_a_join_reads_all_pieces_and_each_knows_its_number():
    values = {"selection": "lep", "representation": "rmm", "sample": "a", "part": "large"}
    job = Wildcards(fromdict=values)
    found = list_pieces(make_context(SPLIT), job, paths.PIECE)
    assert found == [f"results/lep/rmm/pieces/a/large/{k}of3.parquet" for k in (1, 2, 3)]
    assert parse_piece(Wildcards(fromdict={**values, "piece": "2of3"})) == [2, 3]
    assert parse_piece(job) is None
